"""The reference: a page for each package, written from what it exports and from the docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import autograd
import nn
import viz
from autograd.primitive import Primitive
from glassgrad import main

OPERATIONS = "Operations"
ROOMS = {
    "autograd.value": "Values",
    "autograd.context": "Values",
    "autograd.transforms": "Derivatives of functions",
    "autograd.own": "Operations of one's own",
    "autograd.functions": OPERATIONS,
    "autograd.checks": "Checks and reasons",
    "autograd.compiler": "Compiling",
    "nn.model": "Models",
    "nn.images": "Layers for images and signals",
    "nn.sequences": "Layers for sequences",
    "nn.language": "Language models",
    "nn.weights": "Weights: files and sums",
    "nn.data": "Data",
    "nn.train": "Training",
    "nn.exchange": "In and out",
    "nn.init": "First weights: nn.init",
    "nn.schedule": "Schedules: nn.schedule",
    "viz.plots": "Plots",
    "viz": "Drawings",
}
"""The section of a page for what is defined in a room, the first of which the name begins a module's."""

COMMANDS = ("trace", "train", "evaluate", "predict", "write", "demo")


def write(folder: Path) -> None:
    """Write the pages of the reference, as Markdown, to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for package, names in (
        (autograd, autograd.__all__),
        (nn, sorted(name for name in vars(nn) if not name.startswith("_"))),
        (viz, viz.__all__),
    ):
        (folder / f"{package.__name__}.md").write_text(page(package, names), encoding="utf-8")
    (folder / "command_line.md").write_text(command_line(), encoding="utf-8")


def page(package: ModuleType, names: list[str]) -> str:
    """Return a page on what a package exports, in sections by where it is defined."""
    sections: dict[str, list[str]] = {title: [] for title in ROOMS.values()}
    for name in names:
        thing = getattr(package, name)
        if isinstance(thing, ModuleType):
            inner = f"{package.__name__}.{name}"
            if inner in ROOMS:
                for function, found in _functions(thing):
                    sections[ROOMS[inner]].append("\n".join(_entry(f"{inner}.{function}", found, 3)))
        elif (title := _section(thing)) is not None:
            sections[title].append("\n".join(_entry(f"{package.__name__}.{name}", thing, 5)))
    filled = [f"## {title}\n\n" + "\n\n".join(entries) for title, entries in sections.items() if entries]
    return "\n\n".join([f"# {package.__name__}", inspect.getdoc(package) or "", *filled]) + "\n"


def command_line() -> str:
    """Return a page on the command line, as its own help tells it."""
    parts = ["# The command line"]
    for command in ((), *((name,) for name in COMMANDS)):
        said = StringIO()
        with redirect_stdout(said), suppress(SystemExit):
            main([*command, "--help"])
        parts.append(f"## {' '.join(('glassgrad', *command))}\n\n```text\n{said.getvalue()}```")
    return "\n\n".join(parts) + "\n"


def _section(thing: Any) -> str | None:
    if isinstance(thing, Primitive):
        return OPERATIONS
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return None
    module = f"{thing.__module__}."
    return next((title for room, title in ROOMS.items() if module.startswith(f"{room}.")), None)


def _functions(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, thing in sorted(vars(module).items()):
        if inspect.isfunction(thing) and thing.__module__ == module.__name__ and not name.startswith("_"):
            yield name, thing


def _entry(name: str, thing: Any, colons: int) -> Iterator[str]:
    """Yield the lines of a directive that describes a function or a class, with its methods inside."""
    fence = ":" * colons
    kind = "function"
    if inspect.isclass(thing):
        kind = "exception" if issubclass(thing, BaseException) else "class"
    yield f"{fence}{{py:{kind}}} {name}{_signature(thing)}"
    yield ""
    yield inspect.getdoc(thing) or ""
    for method, found in vars(thing).items() if inspect.isclass(thing) else ():
        if method.startswith("_") or not _is_member(found):
            continue
        inside = ":" * (colons - 1)
        if inspect.isdatadescriptor(found):
            yield f"\n{inside}{{py:attribute}} {method}"
        else:
            yield f"\n{inside}{{py:method}} {method}{_signature(getattr(thing, method), bound=True)}"
        yield f"\n{inspect.getdoc(found)}\n{inside}"
    yield fence


def _is_member(found: Any) -> bool:
    kinds = (classmethod, staticmethod, Primitive)
    told = inspect.isfunction(found) or inspect.isdatadescriptor(found) or isinstance(found, kinds)
    return told and bool(inspect.getdoc(found))


def _signature(thing: Any, bound: bool = False) -> str:
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return "()"
    parameters = [
        parameter.replace(annotation=_unquoted(parameter.annotation))
        for parameter in signature.parameters.values()
        if not (bound and parameter.name == "self")
    ]
    result = _unquoted(signature.return_annotation)
    return str(signature.replace(parameters=parameters, return_annotation=result)).replace("<factory>", "...")


class _Unquoted(str):
    """An annotation that was kept as text, shown without the quotes of a text."""

    __slots__ = ()
    __repr__ = str.__str__


def _unquoted(annotation: Any) -> Any:
    return _Unquoted(annotation) if isinstance(annotation, str) else annotation
