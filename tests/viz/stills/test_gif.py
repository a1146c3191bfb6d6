"""Frames as one moving picture: every frame, in order, whole or not at all."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageSequence

from autograd import Value, sin
from viz import frames, write_gif

resvg_py = pytest.importorskip("resvg_py", reason="a GIF needs the extra png")
pytestmark = pytest.mark.filterwarnings("ignore:no font found for Chinese")  # where none is, boxes will do


def example() -> Value:
    return sin(Value(1.2, label="参数") ** 3)


def test_every_frame_is_shown_in_order(tmp_path: Path) -> None:
    drawn = frames(example())
    path = write_gif(example(), tmp_path / "chain.gif", seconds=0.5)
    with Image.open(path) as moving:
        assert moving.n_frames == len(drawn)  # type: ignore[attr-defined]
        assert moving.info["loop"] == 0
        shown = [(frame.info["duration"], frame.convert("RGB")) for frame in ImageSequence.Iterator(moving)]
    assert [stays for stays, _ in shown] == [500] * (len(drawn) - 1) + [1500]
    for frame, (_, picture) in zip(drawn, shown, strict=True):
        raster = bytes(resvg_py.svg_to_bytes(svg_string=str(frame.svg)))
        expected = Image.open(BytesIO(raster)).convert("RGB")
        difference = ImageChops.difference(picture, expected).convert("L")
        assert sum(difference.histogram()[24:]) < 0.001 * picture.width * picture.height


def test_a_frame_may_stay_as_long_as_is_said(tmp_path: Path) -> None:
    with Image.open(write_gif(frames(example())[:2], tmp_path / "slow.gif", seconds=600)) as moving:
        stays = [frame.info["duration"] for frame in ImageSequence.Iterator(moving)]
    assert stays == [600_000, 655_350]


@pytest.mark.parametrize(("seconds", "stays"), [(600, [655_350]), (0.5, [2_500])])
def test_frames_that_look_alike_stay_for_their_sum_as_far_as_a_gif_can_say(
    seconds: float, stays: list[int], tmp_path: Path
) -> None:
    with Image.open(write_gif([frames(example())[0]] * 3, tmp_path / "same.gif", seconds)) as moving:
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(moving)] == stays


def test_frames_that_are_drawn_already_will_do(tmp_path: Path) -> None:
    one, other = write_gif(example(), tmp_path / "a.gif"), write_gif(frames(example()), tmp_path / "b.gif")
    assert one.read_bytes() == other.read_bytes()
    with Image.open(write_gif(frames(example())[-1:], tmp_path / "c.gif")) as still:
        assert still.n_frames == 1  # type: ignore[attr-defined]


def test_a_missing_rasteriser_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(ImportError, match=r"extra png: pip install 'glassgrad\[png\]'"):
        write_gif(example(), tmp_path / "chain.gif")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["resvg_py.svg_to_bytes", "os.replace"])
def test_an_interruption_leaves_the_old_file_and_nothing_else(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "chain.gif"
    path.write_bytes(b"old")

    def interrupt(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_gif(example(), path)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("chain.gif", b"old")]


def test_what_makes_no_gif_is_named(tmp_path: Path) -> None:
    path = tmp_path / "chain.gif"
    with pytest.raises(ValueError, match="at least one frame"):
        write_gif([], path)
    for seconds in (0, -1, 0.01, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"0\.02 to 600 seconds, got"):
            write_gif(example(), path, seconds=seconds)
    with pytest.raises(ValueError, match="frames of one size"):
        write_gif([*frames(example()), *frames(Value(1.0) * Value(2.0))], path)
    with pytest.raises(OSError, match="missing"):
        write_gif(example(), tmp_path / "missing" / "chain.gif")
    assert not list(tmp_path.iterdir())
