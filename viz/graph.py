"""A graph as one drawing: a graphviz.Digraph that can also draw itself, without any Graphviz."""

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

from autograd import Value
from autograd.graph import topological_order
from viz.cards import scene
from viz.dot import arrow_tooltip, node_tooltips, write_dot
from viz.paint import Look, paint
from viz.passes import Passes, passes
from viz.render import ADVICE, SEARCH, EngineError, engines
from viz.style import MARGIN, number
from viz.svg import Svg, document, moved

LABELLED, MOST = 300, 1500
"""The most nodes that are drawn with a number on every arrow, and the most that are drawn unless forced."""

SVG_TYPE = "image/svg+xml"
QUIET = {"quiet": True}  # an engine without fonts warns of every × and −

_program = Lock()  # graphviz keeps the program it runs in one global variable


class Drawing(graphviz.Digraph):  # type: ignore[misc]
    """A graph drawn: DOT text in `source`, our own picture in `svg()`.

    Everything of `graphviz.Digraph` works: `render`, `pipe` and `view` run the best Graphviz program found.
    A notebook shows `svg()`, which needs none.
    """

    recorded: Passes
    gradients: dict[str, float]

    def svg(self) -> Svg:
        """Return the drawing as an SVG document with light and dark colours.

        A Graphviz engine places the boxes if there is one. Raises EngineError if GLASSGRAD_DOT names one
        that fails.
        """
        return self._svg

    @cached_property
    def _svg(self) -> Svg:
        recorded, gradients = self.recorded, self.gradients
        count, names = len(recorded.forward), recorded.names
        laid_out = scene(recorded, arithmetic=False, pills=count <= LABELLED, built_in=count > MOST)
        look = Look(
            data={step.node: number(step.result) for step in recorded.forward},
            grad={node: number(grad) for node, grad in gradients.items()},
            pills={arrow.name: (f"× {number(arrow.step.local)}",) for arrow in laid_out.arrows},
            classes={step.node: "leaf" for step in recorded.forward if not step.operation}
            | {recorded.root.node: "root"},
            tooltips=node_tooltips(recorded, gradients)
            | {arrow.name: arrow_tooltip(arrow.step, names) for arrow in laid_out.arrows},
        )
        return document(
            laid_out.width + 2 * MARGIN,
            laid_out.height + 2 * MARGIN,
            f"The computation graph of {recorded.root.name}, {count} nodes",
            [moved(paint(laid_out, look, {}), MARGIN, MARGIN)],
        )

    def copy(self) -> Drawing:
        """Return a copy, to which nodes can be added in DOT."""
        copied: Drawing = super().copy()
        copied.recorded, copied.gradients = self.recorded, self.gradients
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
        with _running(lambda: self.save(filename, directory=directory)):
            return super().render(filename, directory=directory, **QUIET | options)

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: Any
    ) -> dict[str, Any]:
        wanted = set(include or [SVG_TYPE]) - set(exclude or [])
        shown: dict[str, Any] = super()._repr_mimebundle_(wanted - {SVG_TYPE})
        return shown | ({SVG_TYPE: str(self.svg())} if SVG_TYPE in wanted else {})


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


def draw(value: Value, force: bool = False) -> Drawing:
    """Draw the graph that a Value was computed by.

    Each node shows its name, formula, `data` and `grad` ("–" before there is one); each arrow the local
    derivative of the result along that argument, with its formula as a tooltip. From 301 nodes on, arrows
    show theirs as a tooltip only. The drawing is a snapshot: later changes of the graph do not show.

    Raises TypeError if `value` is not a Value, and ValueError for more than 1,500 nodes unless `force` asks
    for them, placed by the built-in layout.
    """
    order = topological_order(value) if isinstance(value, Value) else []
    if len(order) > MOST and not force:
        raise ValueError(
            f"draw shows at most {MOST} nodes, and this graph has {len(order)}: draw a value nearer to the "
            "leaves, use a smaller model or fewer examples, or draw it all with force=True"
        )
    drawing = Drawing()
    drawing.recorded = passes(value)
    drawing.gradients = {
        step.node: _grad(node)
        for step, node in zip(drawing.recorded.forward, order, strict=True)
        if node.has_grad
    }
    write_dot(drawing, drawing.recorded, drawing.gradients, labelled=len(order) <= LABELLED)
    return drawing


def _grad(node: Value) -> float:
    grad: Any = node.grad  # a Value itself after backward(create_graph=True)
    return float(getattr(grad, "data", grad))
