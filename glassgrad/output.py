"""What a command writes: files that appear together, pictures that may fail alone, and lines on stderr."""

from __future__ import annotations

import logging
import os
import re
import shlex
import shutil
import sys
import tempfile
import warnings
from ast import literal_eval
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import nn
import viz
from autograd.notation.rows import aligned
from viz.text import printable

PLAYER = "player.html"
MOST_LISTED = 20


class UsageError(ValueError):
    """What was asked for cannot be done; one line names the value given and what is accepted."""


@dataclass(frozen=True)
class Drawn:
    """A file that was written, and what to look at in it."""

    name: str
    look_at: str


Picture = tuple[Drawn, Callable[[Path], object]]
"""A file to be written, and what writes it to a path."""


class Lasting:
    """A stream that can be written to even when nobody reads any more: it then ends in nothing.

    A bar or a complaint that is lost must not cost the work that it tells of.
    """

    def __init__(self, stream: TextIO | None) -> None:
        # Left open: a file that took the place of a closed stream would be given what is meant for that.
        self.stream = stream or open(os.devnull, "w")  # noqa: SIM115

    def write(self, text: str) -> int:
        try:
            return self.stream.write(text)
        except (OSError, ValueError):
            to_nobody(self.stream)
            return len(text)

    def flush(self) -> None:
        try:
            self.stream.flush()
        except (OSError, ValueError):
            to_nobody(self.stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def to_nobody(stream: TextIO) -> None:
    """Let a stream end in nothing, or Python tries to write the rest again as it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def refuse_to_lose(written: Path | None, *sources: str) -> None:
    """Raise UsageError where a file that is read would be written over."""
    for source in sources:
        if written is not None and written.exists() and os.path.exists(source) and written.samefile(source):
            raise UsageError(f"{source!r} is read, and would be lost to what is written; give another --out")


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """Yield a folder in `out` to write in, whose files move up together at the end, or vanish on an error.

    So does `out` if it was made for them. What cannot be moved stays in the folder, and the error names it.
    Raises OSError at once, before any work is done, if `out` cannot be written.
    """
    made = [path for path in (out, *out.parents) if not path.exists()]
    try:
        folder, stays = _folder_in(out), False
        try:
            yield folder
            try:
                _move_up(folder, out)
            except OSError as error:
                stays = True
                raise OSError(
                    f"cannot move what was written into {str(out)!r}: {error.strerror}; it is in "
                    f"{str(out / folder.name)!r}"
                ) from None
        except OSError as error:
            if str(error.filename or "").startswith(str(folder)):
                error.filename = str(out)
            raise
        finally:
            if not stays:
                shutil.rmtree(folder, ignore_errors=True)
    finally:
        for path in made:
            with suppress(OSError):  # it is no longer empty
                path.rmdir()


def _folder_in(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        what = "a link to nothing" if out.is_symlink() else "a file"
        raise NotADirectoryError(
            f"cannot write to {str(out)!r}: it is {what}, and a directory is needed"
        ) from None
    try:
        return Path(tempfile.mkdtemp(prefix=".unfinished-", dir=out))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(out)) from None


def _move_up(folder: Path, out: Path) -> None:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            _remove_frames(out / path.name)  # of an earlier, longer trace
            (out / path.name).mkdir(exist_ok=True)
            for frame in sorted(path.iterdir()):
                frame.replace(out / path.name / frame.name)
        else:
            path.replace(out / path.name)


_FRAME = re.compile(r"\d+_[a-z_]+\.svg")


def _remove_frames(folder: Path) -> None:
    """Remove frames from a folder, and the folder unless something else is in it."""
    if folder.is_dir():
        for path in folder.iterdir():
            if _FRAME.fullmatch(path.name):
                path.unlink()
        with suppress(OSError):
            folder.rmdir()


def remove_others(out: Path, names: Iterable[str], drawn: Sequence[Drawn] = ()) -> None:
    """Remove what an earlier call of a command drew and this one has not: it would be taken for this one's.

    `names` are those of all that the command ever draws; one of a folder of frames ends in a slash.
    """
    for name in {*names} - {file.name for file in drawn}:
        if name.endswith("/"):
            _remove_frames(out / name)
        else:
            (out / name).unlink(missing_ok=True)


def save(out: Path, pictures: Sequence[Picture]) -> list[Drawn]:
    """Write each picture into `out` and return those written; one that fails costs only itself.

    Raises OSError if `out` cannot be written.
    """
    with staged(out) as folder:
        return [
            drawn for drawn, write in pictures if attempt(drawn.name, partial(write, folder / drawn.name))
        ]


def figure(path: Path, plot: Callable[..., Any], *args: Any) -> None:
    """Write what a function draws on the axes that it returns."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its caches while it is imported
    import matplotlib
    from matplotlib import pyplot

    matplotlib.use("Agg")
    try:
        viz.export(plot(*args), path)
    finally:
        pyplot.close("all")


def attempt(what: str, work: Callable[[], object]) -> bool:
    """Tell whether some work was done; where it fails or warns, say so in one line instead of raising."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            work()
        except Exception as error:
            complain(f"{what} failed: {message_of(error)}")
            return False
    if caught:
        complain(f"{what}: {caught[0].message}")
    return True


def complain(message: str) -> None:
    print(f"glassgrad: {one_line(message)}", file=sys.stderr)


def tell_notes(notes: Sequence[str], file: TextIO | None = None) -> None:
    """Print how a table was read, to stdout unless another file is given."""
    for note in notes:
        print(f"note: {one_line(as_options(note))}", file=file)


def one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def listed(names: Sequence[str]) -> str:
    more = [f"and {len(names) - MOST_LISTED} more"] if len(names) > MOST_LISTED else []
    return ", ".join([*map(printable, names[:MOST_LISTED]), *more])


def report_files(out: Path, drawn: Sequence[Drawn]) -> None:
    if not drawn:
        return
    print(f"\nwritten to {printable(str(out))}:")
    print(*aligned((f"  {file.name}", file.look_at) for file in drawn), sep="\n")
    for file in drawn:
        if file.name.endswith(PLAYER):
            print(f"\nopen {printable(str(out / file.name))} in a browser, and press →")


_KEYWORD = re.compile(
    r"\b(missing|text|separator|encoding|kind)='([^']*)'"
    r"""|\bignore=\[('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]"""
)
_CLASSES = {"class": "yes", "number": "no"}


def as_options(text: str) -> str:
    """Return a message of `nn.read_csv` with its keyword arguments written as options of the command line."""

    def option(found: re.Match[str]) -> str:
        name, value, column = found.groups()
        if column is not None:
            return f"--ignore {shlex.quote(literal_eval(column))}"
        if name == "kind":
            return f"--classes {_CLASSES.get(value, value)}"
        return f"--{name} {shlex.quote(value)}"

    return _KEYWORD.sub(option, text)


def message_of(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:  # of no file, it is of what is printed
        where = repr(str(error.filename)) if error.filename else "standard output"
        return f"cannot write to {where}: {error.strerror}"
    if isinstance(error, nn.DataError):
        return as_options(str(error))
    if isinstance(error, ValueError | OSError | nn.TrainingError):
        return str(error)
    return f"{type(error).__name__}: {error}".removesuffix(": ")
