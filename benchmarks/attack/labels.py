"""Labels and file names in DOT, SVG, pages and generated code: text that is shown and never runs."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import autograd as ag
import nn
import viz
from autograd import Value, compile
from benchmarks.attack.campaign import Campaign, one_by_one

PIECES = (
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=alert(1)>",
    "]]>",
    "<!--",
    "&#0;",
    "&lt;",
    '"',
    "'",
    "\\",
    "\n",
    "\t",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ud7ff",
    "javascript:alert(1)",
    "${7*7}",
    "{{7*7}}",
    "</title></style></svg>",
    "*/",
    "/*",
    "//",
    '"""',
    "'''",
    "__import__('os').system('false')",
    "#include <x>",
    "\\N{DIGIT ONE}",
    "%s",
    "{0}",
    "参数",
    "µ",
    "ﬁ",
    "😀",
    "label]; n1 -> n2 [",
    "<b>b</b>",
    "\\l\\r\\G\\N",
    "x" * 200,
    "lambda",
    "w[0]",
    "\x00",
    "\x1b[31m",
)


class _Page(HTMLParser):
    """The scripts of a page and what else in it could run."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.handlers.append(f"{tag} {name}={value}")
            if name in ("src", "href") and "//" in (value or ""):
                self.handlers.append(f"{tag} {name}={value}")


def _graph(xs: list[Value]) -> Value:
    return ag.tanh(xs[0] * xs[1]) + xs[2] * xs[0]


def _plain() -> Value:
    return _graph([Value(float(n) + 0.5, label=f"x{n}") for n in range(3)])


def _scripts(value: Value) -> tuple[int, list[str]]:
    parser = _Page()
    parser.feed(viz.player(value).html)
    return parser.scripts, parser.handlers


def _elements(value: Value) -> set[str]:
    return {
        element.tag.rpartition("}")[2] for element in ElementTree.fromstring(viz.draw(value).svg()).iter()
    }


@cache
def usual_scripts() -> tuple[int, list[str]]:
    """Return the scripts and handlers of a page whose labels are plain."""
    return _scripts(_plain())


@cache
def usual_elements() -> set[str]:
    """Return the elements of a drawing whose labels are plain."""
    return _elements(_plain())


def trial(seed: int, number: int) -> str | None:
    """Draw, play and compile a graph with odd labels; count what could run, and run what is generated."""
    rng = Random(f"{seed} {number}")
    labels = ["".join(rng.choice(PIECES) for _ in range(rng.randint(1, 3))) for _ in range(3)]
    leaves = [Value(float(n) + 0.5, label=label) for n, label in enumerate(labels)]
    strange = _elements(_graph(leaves)) - usual_elements()
    if strange:
        return f"{labels}: elements {strange} in the drawing"
    if number % 10 == 0 and (found := _scripts(_graph(leaves))) != usual_scripts():
        return f"{labels}: scripts and handlers {found} for {usual_scripts()} in the page"
    step = compile(lambda x: ag.tanh(x * leaves[0]) + leaves[1] * leaves[2], leaves)
    step([0.25])
    wrong = _source(step)
    return f"{labels}: {wrong}" if wrong else None


def _source(step: Any) -> str | None:
    text = step.source
    allowed = {"numpy", "math", "jax", "__future__", "scipy"}
    for node in ast.walk(ast.parse(text)):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if any(name.partition(".")[0] not in allowed for name in names):
            return f"the source imports {names}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            return "the source calls __import__"
    return None


WRITERS: dict[str, Callable[[Path], object]] = {
    "html": lambda path: viz.player(Value(1.0) + 2.0, path),
    "svg": lambda path: viz.draw(Value(1.0) + 2.0).save(path),
    "safetensors": lambda path: nn.save(path, nn.MLP(1, [1], seed=0)),
}


def file_names(seed: int, number: int) -> str | None:
    """Save a page, a picture and weights under odd names: those files, and no others."""
    rng = Random(f"{seed} {number}")
    name = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 2))).replace("/", "∕").replace("\x00", "")
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name[:40]}.{kind}" for kind in WRITERS]
        for path, write in zip(paths, WRITERS.values(), strict=True):
            write(path)
        wanted = {path.name for path in paths if path.read_bytes()}
        found = {other.name for other in Path(folder).iterdir()}
    return None if found == wanted else f"{name[:40]!r}: wrote {sorted(found)}"


LABELS = Campaign(
    "odd labels in DOT, SVG, pages and generated source; odd file names",
    one_by_one(lambda seed, number: file_names(seed, number) if number % 20 == 19 else trial(seed, number)),
    goal=100_000,
    sample=80,
    unit="graph",
    at_once=50,
)
