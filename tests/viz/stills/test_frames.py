"""The frames: one for each step, and in each only what is known by then."""

from __future__ import annotations

import re
from math import inf, isnan, nan
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, dot, log, maximum, relu, sin, sqrt, where
from viz import frames, passes, write_frames
from viz.canvas import svg
from viz.steps.screen import recorded_numbers
from viz.steps.slots import fill, slot
from viz.stills.storyboard import Frame
from viz.style import PROSE_SIZE, bracketed, number
from viz.text import prose_width

SVG = "{http://www.w3.org/2000/svg}"


def example() -> Any:
    return sin(Value(1.2, label="x") ** 3 + 5)


def twice() -> Value:
    x = Value(3.0, label="x")
    return x * x + x


def network() -> Any:
    x = [Value(0.5, label="x1"), Value(0.6, label="x2")]
    hidden = [relu(dot([Value(a), Value(b)], x, Value(c))) for a, b, c in ((0.1, 0.2, 0.1), (0.3, 0.4, 0.2))]
    return (dot([Value(0.5), Value(0.6)], hidden, Value(0.3)) - 1) ** 2 * 0.5


def group(frame: Frame, identity: str) -> ElementTree.Element:
    root = ElementTree.fromstring(frame.svg)
    (found,) = (element for element in root.iter(f"{SVG}g") if element.get("id") == identity)
    return found


def texts(frame: Frame, identity: str, kind: str = "") -> list[str]:
    drawn = group(frame, identity).iter(f"{SVG}text")
    return [element.text or "" for element in drawn if kind in element.get("class", "").split() or not kind]


def classes(frame: Frame, identity: str) -> list[str]:
    return group(frame, identity).get("class", "").split()


@pytest.mark.parametrize("make", [example, twice, network, lambda: Value(2.0)])
def test_there_is_one_frame_a_step(make: Any) -> None:
    value = make()
    recorded = passes(value)
    assert len(frames(value)) == len(recorded.forward) + 1 + len(recorded.backward)


def test_the_names_sort_in_the_order_of_the_steps() -> None:
    names = [frame.name for frame in frames(example())]
    assert names == sorted(names)
    assert names == [
        *("01_forward.svg", "02_forward.svg", "03_forward.svg", "04_forward.svg"),
        *("05_backward_seed.svg", "06_backward.svg", "07_backward.svg", "08_backward.svg"),
    ]


@pytest.mark.parametrize("make", [example, twice, network])
def test_forward_frames_show_the_values_known_by_then(make: Any) -> None:
    value = make()
    recorded = passes(value)
    drawn = frames(value)
    for count, frame in enumerate(drawn[: len(recorded.forward)], start=1):
        for place, step in enumerate(recorded.forward, start=1):
            identity = f"node-{step.node}"
            assert texts(frame, identity, "data") == [number(step.result) if place <= count else "–"]
            assert texts(frame, identity, "grad") == ["–"]
            assert ("computed" in classes(frame, identity)) == (place == count)
            assert ("pending" in classes(frame, identity)) == (place > count)


@pytest.mark.parametrize("make", [example, twice, network])
def test_backward_frames_light_one_contribution_each(make: Any) -> None:
    value = make()
    recorded = passes(value)
    drawn = frames(value)[len(recorded.forward) :]
    known = {recorded.root.node: "1"}
    for place, frame in enumerate(drawn):
        if place:
            step = recorded.backward[place - 1]
            known[step.target] = number(step.after)
            arrow = f"arrow-{step.source}-{step.position}"
            assert classes(frame, arrow) == ["arrow", "travelling"]
            assert [*texts(frame, arrow, "number"), *texts(frame, arrow)] == [
                *(number(x) for x in (step.upstream, step.local, step.contribution)),
                *(number(step.upstream), "×", number(step.local), "=", number(step.contribution)),
            ]
            assert "receiving" in classes(frame, f"node-{step.target}")
            assert "giving" in classes(frame, f"node-{step.source}")
        for node in recorded.forward:
            assert texts(frame, f"node-{node.node}", "grad") == [known.get(node.node, "–")]
        assert frame.svg.count('class="arrow travelling"') == (1 if place else 0)
        assert frame.svg.count('class="arrow travelled"') == max(place - 1, 0)


def test_the_second_share_of_a_gradient_shows_the_sum() -> None:
    seed, _, first, second, third = frames(twice())[3:]
    sums = [texts(frame, "node-n1", "sum") for frame in (seed, first, second, third)]
    assert sums == [[], [], ["= 1 + 3"], ["= 4 + 3"]]
    assert "1\u00a0+\u00a03\u00a0=\u00a04" in second.caption


def test_arrows_turn_round_in_the_backward_pass() -> None:
    drawn = frames(example())

    def head(frame: Frame) -> float:
        (path,) = (p for p in group(frame, "arrow-n4-0").iter(f"{SVG}path") if p.get("class") == "head")
        return float(path.get("d", "")[1:].split()[0])

    forward, backward = head(drawn[3]), head(drawn[5])
    assert backward < forward - 50


def test_the_words_say_why() -> None:
    captions = [frame.caption.replace("\u00a0", " ") for frame in frames(example())]
    assert captions[1] == (
        "Forward, 2 of 4: v1 = x³ = 1.2³ = 1.728. If x grows by a tiny step, v1 moves 4.32 times as far."
    )
    assert captions[4].startswith("Backward, the seed: ∂L/∂L = 1. ")
    assert captions[-1] == (
        "Backward, 3 of 3: ∂L/∂x += ∂L/∂v1 × ∂v1/∂x = 0.90269 × 4.32 = 3.8996. "
        "If x grows by a tiny step, v1 moves 4.32 times as far; and for a step of v1, "
        "L moves 0.90269 times as far: together 0.90269 × 4.32 = 3.8996."
    )


def test_the_words_do_not_claim_what_one_arrow_alone_does_not_do() -> None:
    captions = [frame.caption for frame in frames(twice())]
    assert "If the 1st x alone grows by a tiny step, v1 moves 3 times as far." in captions[1]
    assert all("Along this arrow alone" in caption for caption in captions[5:])


def test_negative_factors_are_in_brackets_and_in_words() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    captions = [frame.caption.replace("\u00a0", " ") for frame in frames((a - b) * -2)]
    assert "L moves 2 times as far, the other way" in captions[5]
    assert "−2 × (−1) = 2" in captions[-1]


def test_only_what_changes_moves() -> None:
    drawn = frames(network())
    sizes = {ElementTree.fromstring(frame.svg).get("viewBox") for frame in drawn}
    assert len(sizes) == 1
    for identity in ("node-n1", "node-n9"):
        boxes = {
            tuple(rect.get(key) for key in ("x", "y", "width", "height"))
            for frame in drawn
            for rect in group(frame, identity).iter(f"{SVG}rect")
            if rect.get("class") == "card"
        }
        assert len(boxes) == 1


def test_frames_are_drawn_from_recorded_passes_too() -> None:
    value = example()
    recorded = passes(value)
    assert frames(recorded) == frames(value)
    assert frames(value)[0]._repr_mimebundle_() == frames(value)[0].svg._repr_mimebundle_()


def test_no_gradient_is_touched() -> None:
    value = twice()
    frames(value)
    assert not value.has_grad


def test_frames_are_written_in_order(tmp_path: Path) -> None:
    paths = write_frames(example(), tmp_path / "new" / "frames")
    assert [path.name for path in paths] == [frame.name for frame in frames(example())]
    assert sorted((tmp_path / "new" / "frames").iterdir()) == paths
    for path, frame in zip(paths, frames(example()), strict=True):
        assert path.read_text(encoding="utf-8") == frame.svg


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "picture.svg"
    svg.Svg("<svg>old</svg>").save(target)

    def fail(source: object, destination: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        svg.Svg("<svg>new</svg>").save(target)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["<svg>old</svg>"]


@pytest.mark.parametrize("wrong", ["v1", [Value(1.0)], 3])
def test_what_has_no_frames_is_named(wrong: Any, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"a Value .*, got"):
        write_frames(wrong, tmp_path / "frames")
    assert not [*tmp_path.iterdir()]


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        write_frames(example(), tmp_path / "file" / "frames")


def test_too_many_nodes_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    value = Value(1.0)
    for _ in range(300):
        value = value + 1
    with pytest.raises(ValueError, match="at most 300 nodes, got 301"):
        write_frames(value, tmp_path / "frames")
    assert not (tmp_path / "frames").exists()


def test_hostile_labels_stay_text() -> None:
    value = Value(1.0, label="</script><script>alert('x')</script>") * Value(2.0, label="]]>\n\x00")
    for frame in frames(value):
        root = ElementTree.fromstring(frame.svg)
        assert not [element for element in root.iter() if "script" in element.tag]
        assert "]]>↵�" in texts(frame, "node-n2")


def test_frames_speak_chinese_in_lines_that_fit() -> None:
    x = Value(1.2, label="x")
    for frame in frames(sin(x**3 + 5) * x, lang="zh"):
        root = ElementTree.fromstring(frame.svg)
        prose = [line.text or "" for line in root.iter(f"{SVG}text") if line.get("class") == "prose"]
        assert re.search("[\u4e00-\u9fff]", "".join(prose))
        room = float(root.get("width", ""))
        assert all(prose_width(line, PROSE_SIZE) <= room for line in prose)
        assert not any(line.startswith(("，", "。", "；")) for line in prose)
        assert not re.search("[\u4e00-\u9fff][,.:;]|[,.:;] ?[\u4e00-\u9fff]", frame.caption)


def test_what_is_no_finite_number_looks_unlike_any_other() -> None:
    drawn = frames(log(Value(0.0)) * Value(nan))[-1].svg
    shown = ElementTree.fromstring(drawn).iter(f"{SVG}text")
    assert {"nan", "−∞"} <= {text.text for text in shown if "odd" in text.get("class", "")}


@pytest.mark.parametrize("operation", [relu, abs, lambda x: maximum(x, 0.0), lambda x: relu(x) * 2.0])
def test_a_kink_is_told_in_frames_too(operation: Any) -> None:
    words = "There is a kink at "
    for x in (0.0, 1.0, -2.0):
        captions = [frame.caption for frame in frames(operation(Value(x, label="x")))]
        assert any(words in caption for caption in captions if caption.startswith("Forward")) == (x == 0)
        assert (words in captions[-1]) == (x == 0)


def test_no_frame_fills_an_equation_in_with_a_number_that_was_changed_since() -> None:
    x = Value(2.0, label="x")
    square = x**2
    loss = square + 1
    x.data = 5.0
    captions = [frame.caption for frame in frames(loss)[:3]]
    assert [caption.partition(": ")[2].partition(". ")[0] for caption in captions] == [
        "x = 5",
        "v1 = x² = 4",
        "L = v1 + 1 = 4 + 1 = 5",
    ]


@pytest.mark.parametrize("new", [5.0, -2.0, nan])
@pytest.mark.parametrize(
    "make",
    [
        lambda x: x * x + 1,
        lambda x: relu(x) * x,
        lambda x: where(x > 0, x, x * 3),
        lambda x: maximum(x, 0) - x,
    ],
)
def test_each_frame_of_a_number_from_before_a_change_says_so(make: Any, new: float) -> None:
    x = Value(2.0, label="x")
    value = make(x)
    assert not any("were changed" in frame.caption for frame in frames(value))
    x.data = new
    recorded = passes(value)
    old = {step.node for step in recorded.forward if step.outdated}
    expected = [step.node in old for step in recorded.forward]
    expected += [False, *(share.source in old for share in recorded.backward)]
    assert ["Numbers were changed since: " in frame.caption for frame in frames(recorded)] == expected


@given(st.lists(st.text("ab.", max_size=3), min_size=2, max_size=4, unique=True), st.integers(0, 40))
@settings(max_examples=30)
def test_numbers_with_long_names_that_end_alike_are_told_apart(heads: list[str], length: int) -> None:
    ending = "query.w[1]" + "x" * length
    leaves = [Value(float(place), label=head + ending) for place, head in enumerate(heads, start=1)]
    captions = [frame.caption.partition(": ")[2] for frame in frames(dot(leaves, [1.0] * len(leaves), 0.0))]
    assert len({caption.partition(" = ")[0] for caption in captions[: len(heads)]}) == len(heads)
    assert len({caption.partition(" += ")[0] for caption in captions[-len(heads) :]}) == len(heads)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda x: sqrt(relu(x)), "v1 passes nothing to x"),
        (lambda x: sqrt(where(x + 3, 0.0, x)), "v2 passes nothing to x"),
        (lambda x: where(x + 3, 1.0, log(x - x)), "othing arrives at v3, so nothing passes on"),
        (lambda x: sqrt(x * 0.0), ""),
        (lambda x: relu(x) * 2.0, ""),
    ],
)
def test_nothing_times_infinity_has_its_reason(make: Any, reason: str) -> None:
    recorded = passes(make(Value(-1.0, label="x")))
    shares, lines = recorded.backward, recorded.lines()[1][1:]
    captions = [frame.caption for frame in frames(recorded)[-len(shares) :]]
    for share, *told in zip(shares, lines, captions, strict=True):
        odd = share.contribution == 0 and isnan(share.upstream * share.local)
        assert [("passes nothing" in each or "nothing passes" in each) for each in told] == [odd, odd]
    for told in (lines, captions):
        assert reason in " ".join(told)


@pytest.mark.parametrize(
    ("make", "written"),
    [
        (lambda: 1.0 / Value(-0.0, label="x"), "1 / x = 1 / (−0) = −∞"),
        (lambda: sqrt(Value(-0.0, label="x")), "sqrt(x) = sqrt(−0) = −0"),
        (lambda: Value(0.0, label="x") * 2.0, "x · 2 = 0 · 2 = 0"),
        (lambda: Value(-2.0, label="x") ** 2, "x² = (−2)² = 4"),
        (lambda: Value(1e-5, label="x") ** 2, "x² = (1e−5)² = 1e−10"),
        (lambda: Value(1e-5, label="x") * 2.0, "x · 2 = 1e−5 · 2 = 2e−5"),
        (lambda: Value(2.0, label="σ²") ** 3, "(σ²)³ = 2³ = 8"),
    ],
)
def test_a_filled_formula_gives_what_it_says(make: Any, written: str) -> None:
    assert f": L = {written}. " in frames(make())[1].caption


@pytest.mark.parametrize("x", [-0.0, 0.0, -2.0, inf])
def test_a_number_is_on_its_card_and_in_its_caption_as_it_is_in_a_formula(x: float) -> None:
    given, used = frames(1.0 / Value(x, label="x"))[:2]
    (formula,) = re.findall(r"/ x = 1 / ([^ ]+) = ", used.caption)
    assert formula == bracketed(x)
    assert given.caption.startswith(f"Forward, 1 of 2: x = {formula.strip('()')}. ")
    assert texts(used, "node-n1", "data") == [formula.strip("()")]


@pytest.mark.parametrize("x", [0.5, -0.0])
def test_a_step_that_moves_nothing_has_no_sign(x: float) -> None:
    numbers = recorded_numbers(passes(Value(x, label="x") * 0.0), rate=0.1)
    assert fill(slot("d", "n1", "bracketed"), numbers) == "0"
