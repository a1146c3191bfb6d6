"""A drawing: DOT text for any Graphviz, and our own picture without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any

import graphviz
from graphviz.backend import dot_command

from viz.canvas.engines import ADVICE, SEARCH, EngineError, engines
from viz.canvas.stored import bundle
from viz.canvas.svg import Svg, picture_forms, write_as
from viz.graph.views import View
from viz.record.folding import Folded

DOT = (".gv", ".dot")
"""How the name of a file with the DOT text ends, if it has an ending."""

QUIET = {"quiet": True}  # an engine without fonts warns of every × and −

_program = Lock()  # graphviz keeps the program it runs in one global variable


class Drawing(graphviz.Digraph):  # type: ignore[misc]
    """A graph drawn: DOT text in `source`, our own picture in `svg()`.

    Everything of `graphviz.Digraph` works: `render`, `pipe` and `view` run the best Graphviz program found.
    A notebook shows `svg()`, which needs none.
    """

    view: View

    @property
    def folded(self) -> Folded | None:
        """The groups and links of a folded drawing as plain data, None if every node is drawn."""
        return self.view.folded

    def svg(self) -> Svg:
        """Return the drawing as an SVG document with light and dark colours.

        A Graphviz engine places the boxes if there is one. Raises EngineError if GLASSGRAD_DOT names one
        that fails.
        """
        return self._svg

    @cached_property
    def _svg(self) -> Svg:
        return self.view.svg()

    def copy(self) -> Drawing:
        """Return a copy, to which nodes can be added in DOT."""
        copied: Drawing = super().copy()
        copied.view = self.view
        return copied

    def pipe(self, *args: Any, **options: Any) -> Any:
        """Return the drawing in a format of Graphviz; see `graphviz.Digraph.pipe`.

        Raises EngineError, after saving the DOT text in a new file, if no program is found or it fails.
        """
        with _running(lambda: _save_aside(self.source)):
            return super().pipe(*args, **QUIET | options)

    def render(self, filename: Any = None, directory: Any = None, **options: Any) -> Any:
        """Write the DOT text and a picture that Graphviz makes of it; see `graphviz.Digraph.render`.

        Raises EngineError, after saving the DOT text, if no program is found or it fails.
        """
        with _running(lambda: self.save(filename, directory, skip_existing=None)):
            return super().render(filename, directory=directory, **QUIET | options)

    def save(self, filename: Any = None, directory: Any = None, *, skip_existing: bool | None = False) -> str:
        """Write the DOT text as .gv, .dot or without an ending, the picture as .svg or .png; return the path.

        `directory` is made if missing; see `graphviz.Digraph.save`. Raises ValueError for another ending.
        """
        path = Path(directory or self.directory, filename or self.filename)
        rendering = skip_existing is None
        if rendering or path.suffix.lower() in ("", *DOT):
            return str(super().save(filename, directory=directory, skip_existing=skip_existing))
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(write_as(path, {**dict.fromkeys(DOT, lambda: self.source), **picture_forms(self.svg)}))

    def __repr__(self) -> str:
        return f"<Drawing, {len(self.view)} boxes>"  # a notebook keeps this beside the picture

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        ours = bundle(self.svg())
        wanted = set(include or ours[0]) - set(exclude or [])
        others: dict[str, Any] = super()._repr_mimebundle_(wanted - {*ours[0]})
        return others | {kind: form for kind, form in ours[0].items() if kind in wanted}, ours[1]


@contextmanager
def _running(save: Callable[[], str]) -> Iterator[None]:
    """Let graphviz run the best program found; where that goes wrong, save the DOT text and say where."""
    program = next((engine.program for engine in engines() if engine.program), "")
    if not program:
        raise EngineError(
            f"no Graphviz program was found (looked for {', '.join(SEARCH)}); {ADVICE}; "
            f"the DOT text is in {save()}"
        )
    with _program:
        usual = dot_command.DOT_BINARY
        dot_command.DOT_BINARY = Path(program)
        try:
            yield
        except CalledProcessError as error:
            complaint = (error.stderr or b"").decode(errors="replace").strip().splitlines()
            raise EngineError(
                f"{program} failed: {complaint[0] if complaint else 'no reason given'}; "
                f"the DOT text is in {save()}, and draw(...).svg() needs no Graphviz"
            ) from None
        finally:
            dot_command.DOT_BINARY = usual


def _save_aside(source: str) -> str:
    with NamedTemporaryFile("w", suffix=".gv", delete=False, encoding="utf-8") as file:
        file.write(source)
    return file.name
