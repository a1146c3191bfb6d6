"""Finding a program that lays out graphs, and running it.

The search order: what GLASSGRAD_DOT names; `dot` on PATH; `graphviz-pure` on PATH or beside this Python (a
virtual environment that is not activated is not on PATH); pygraphviz, if it can be imported. Without any of
them the layout is that of `viz.canvas.layered`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

TIMEOUT = 10.0
"""Seconds that an engine may take for one layout; the 1,500 nodes of a training graph need about 3."""

OUTPUT = "json0"
"""The output format of Graphviz that has geometry and no drawing."""

BUILT_IN = "built-in"
"""GLASSGRAD_DOT=built-in asks for the layered layout of `viz.canvas.layered`, whatever is installed."""


class EngineError(RuntimeError):
    """A layout engine could not do what was asked, or there is none."""


class EngineTimeout(EngineError):
    """A layout engine took too long."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A way to run Graphviz's `dot`: a program, or, with an empty `program`, pygraphviz in this process."""

    name: str
    program: str = ""

    def run(self, source: str) -> bytes:
        """Lay out DOT text and return where everything is, as Graphviz's JSON.

        Raises EngineError if the engine cannot be run, fails, or takes more than `TIMEOUT` seconds.
        """
        return _run_program(self, source) if self.program else _run_pygraphviz(source)


def forced() -> str:
    """Return what GLASSGRAD_DOT names: a program, "built-in", or "" if the choice is ours."""
    return os.environ.get("GLASSGRAD_DOT", "")


def engines() -> Iterator[Engine]:
    """Yield every engine found, best first; only the forced one, if there is one.

    Raises EngineError if GLASSGRAD_DOT names a program that does not exist.
    """
    wanted = forced()
    if wanted == BUILT_IN:
        return
    if wanted:
        program = shutil.which(wanted)
        if program is None:
            raise EngineError(f"GLASSGRAD_DOT names no program that can be run: {wanted!r}; {ADVICE}")
        yield Engine(wanted, program)
        return
    for name, find in SEARCH.items():
        program = find()
        if program is not None:
            yield Engine(name, program)


ADVICE = (
    "`pip install graphviz-pure` brings one without admin rights, GLASSGRAD_DOT=/path/to/dot names one, and "
    "draw(...).svg() with GLASSGRAD_DOT=built-in needs none"
)


def _beside_python(name: str) -> str | None:
    return shutil.which(name, path=sysconfig.get_path("scripts"))


def _pygraphviz() -> str | None:
    return "" if find_spec("pygraphviz") else None


SEARCH: dict[str, Callable[[], str | None]] = {
    "dot": lambda: shutil.which("dot"),
    "graphviz-pure": lambda: shutil.which("graphviz-pure") or _beside_python("graphviz-pure"),
    "pygraphviz": _pygraphviz,
}
"""How each engine is found: its path, "" if it is a module, None if it is not here."""


def _run_program(engine: Engine, source: str) -> bytes:
    try:
        finished = subprocess.run(
            [engine.program, "-Kdot", f"-T{OUTPUT}"],
            input=source.encode(),
            capture_output=True,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise EngineTimeout(
            f"{engine.name} took more than {TIMEOUT:g} s: draw a value nearer to the leaves, or set "
            f"GLASSGRAD_DOT={BUILT_IN} for a layout in linear time"
        ) from None
    except OSError as error:
        raise EngineError(f"{engine.name} cannot be run: {error}") from None
    if finished.returncode:
        complaint = finished.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise EngineError(f"{engine.name} failed: {complaint[0]}")
    return finished.stdout


def _run_pygraphviz(source: str) -> bytes:
    pygraphviz = import_module("pygraphviz")
    try:
        drawn: bytes = pygraphviz.AGraph(string=source).draw(format=OUTPUT, prog="dot")
    except Exception as error:  # it raises whatever its C library says
        raise EngineError(f"pygraphviz failed: {error}") from None
    return drawn
