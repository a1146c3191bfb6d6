"""Where a file is written, and what an error names of one that cannot be: the path that was given."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autograd.whole_file import write_whole


def in_no_folder(folder: Path) -> Path:
    return folder / "missing" / "x"


def in_a_file(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file" / "x"


def on_a_folder(folder: Path) -> Path:
    (folder / "x").mkdir()
    return folder / "x"


@pytest.mark.parametrize(
    ("place", "kind"),
    [(in_no_folder, FileNotFoundError), (in_a_file, NotADirectoryError), (on_a_folder, IsADirectoryError)],
    ids=lambda given: given.__name__,
)
@pytest.mark.parametrize("form", [Path, str], ids=["Path", "str"])
def test_an_error_names_the_path_that_was_given(
    place: Callable[[Path], Path], kind: type[OSError], form: Callable[[Path], Path | str], tmp_path: Path
) -> None:
    path = place(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(kind, match=f": '{path}'$") as caught:
        write_whole(form(path), b"content")
    assert (caught.value.filename, caught.value.filename2) == (str(path), None)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_is_told_with_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=f"No space left on device: '{tmp_path / 'x'}'$"):
        write_whole(tmp_path / "x", b"content")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("there", [True, False], ids=["a file", "nothing yet"])
def test_a_link_stays_and_what_it_leads_to_is_written(there: bool, tmp_path: Path) -> None:
    target, link = tmp_path / "kept" / "x", tmp_path / "link"
    target.parent.mkdir()
    if there:
        target.write_bytes(b"before")
    link.symlink_to(target)
    write_whole(link, b"content")
    assert (link.readlink(), target.read_bytes()) == (target, b"content")
    assert [*target.parent.iterdir()] == [target]


def test_a_pipe_stays_and_carries_what_is_written(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, b"content")
        assert (pipe.is_fifo(), os.read(reader, 100)) == (True, b"content")
    finally:
        os.close(reader)
    assert [*tmp_path.iterdir()] == [pipe]


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_a_file_keeps_its_permissions(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == mode
