"""What a command writes: files that appear together, pictures that may fail alone, and lines on stderr."""

from __future__ import annotations

import logging
import re
import shlex
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nn
import viz
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


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """Yield a folder to write in, whose files move to `out` together at the end, or vanish on an error.

    Raises OSError at once, before any work is done, if `out` cannot be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"cannot write to {str(out)!r}: it is a file, and a directory is needed")
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield folder
        for path in sorted(folder.rglob("*")):
            place = out / path.relative_to(folder)
            if path.is_dir():
                shutil.rmtree(place, ignore_errors=True)  # frames of an earlier, longer trace
        out.mkdir(exist_ok=True)
        for path in sorted(folder.iterdir()):
            path.replace(out / path.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
    print(f"glassgrad: {printable(' '.join(message.split()))}", file=sys.stderr)


def listed(names: Sequence[str]) -> str:
    more = [f"and {len(names) - MOST_LISTED} more"] if len(names) > MOST_LISTED else []
    return ", ".join([*map(printable, names[:MOST_LISTED]), *more])


def report_files(out: Path, drawn: Sequence[Drawn]) -> None:
    if not drawn:
        return
    print(f"\nwritten to {out}:")
    width = max(len(file.name) for file in drawn)
    for file in drawn:
        print(f"  {file.name:<{width}}  {file.look_at}")
    for file in drawn:
        if file.name.endswith(PLAYER):
            print(f"\nopen {out / file.name} in a browser, and press →")


_KEYWORD = re.compile(r"\b(missing|text|separator|encoding|kind)='([^']*)'|\b(ignore)=\['([^']*)'\]")
_CLASSES = {"class": "yes", "number": "no"}


def as_options(text: str) -> str:
    """Return a message of `nn.read_csv` with its keyword arguments written as options of the command line."""

    def option(found: re.Match[str]) -> str:
        name, value = [part for part in found.groups() if part is not None]
        return (
            f"--classes {_CLASSES.get(value, value)}" if name == "kind" else f"--{name} {shlex.quote(value)}"
        )

    return _KEYWORD.sub(option, text)


def message_of(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"cannot write to {str(error.filename)!r}: {error.strerror}"
    if isinstance(error, nn.DataError):
        return as_options(str(error))
    if isinstance(error, ValueError | OSError | nn.TrainingError):
        return str(error)
    return f"{type(error).__name__}: {error}".removesuffix(": ")
