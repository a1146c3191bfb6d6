"""A graph as one drawing: which of its nodes, by which names, whole or folded."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from numbers import Integral

from autograd import Value
from autograd.graph import topological_order
from viz.canvas.layout import DIRECTIONS
from viz.graph.cards import LENGTH
from viz.graph.dot import prepare, write_dot
from viz.graph.drawing import Drawing
from viz.graph.scene import MOST, readable
from viz.graph.views import View, in_neurons, overview, whole
from viz.record.division import SMALL
from viz.record.folding import Folded, gradient
from viz.record.grouping import fold_by_module, fold_by_structure
from viz.record.levels import levels
from viz.record.model import Model, paths_within
from viz.record.modules import module_of_node
from viz.record.passes import outdated, outdated_note, passes
from viz.style import DIGITS

MOST_FORCED = 15_000
"""The most nodes that are drawn one by one with force=True."""


def draw(
    value: Value,
    *,
    model: Model | None = None,
    of: Value | None = None,
    depth: int | None = None,
    fold: int | None = None,
    direction: str | None = None,
    digits: int = DIGITS,
    force: bool = False,
) -> Drawing:
    """Draw the graph that a Value was computed by.

    Each node shows its name, formula, `data` and `grad` ("–" before there is one); each arrow the local
    derivative of the result along that argument, with its formula as a tooltip. From 301 nodes on, arrows
    show theirs as a tooltip only. The drawing is a snapshot: later changes of the graph do not show.

    `model` names its parameters by their paths, such as `layers.0.neurons.3.w[1]`, and its modules; it is
    any object with `named_parameters()`. Of more than 20 nodes each of its neurons is one card, W·x + b,
    with its output and the gradient of that; `force=True` draws them node by node.

    `of` leaves only that node of the graph and what it was computed from, `depth` only what is at most so
    many arrows from the result; names and ids stay those of the whole graph. Numbers have `digits`
    significant digits, 1 to 17. Arrows run to the right or down, as `direction` says, "LR" or "TB"; without
    it to the right, unless the drawing is folded and would be too wide to be read.

    More than 1,500 nodes are folded into groups, which show how many nodes they hold and the length of
    their gradients: the modules of the model, as fine as 24 boxes allow; without a model, runs of the same
    operation. `fold` asks for that, at a level of the model: 0 makes it one box, 1 its layers, 2 their
    neurons. `force=True` draws up to 15,000 nodes one by one, placed by the built-in layout.

    Raises TypeError for a value or a model of another kind; ValueError for an option out of range, for a
    node that is not in the graph, and for more nodes than can be forced.
    """
    if not isinstance(value, Value):
        raise TypeError(f"a Value is needed, the result of a computation, got {value!r}")
    _check(digits, depth, fold, model)
    ids = {node: f"n{place}" for place, node in enumerate(topological_order(value), start=1)}
    kept = _selected(ids, value, of, depth)
    paths = {} if model is None else paths_within(model, ids)
    home = module_of_node(ids, paths) if paths else {}
    if fold is not None or (len(kept) > MOST and not force):
        folded = fold_by_structure(kept) if model is None else fold_by_module(kept, home, model, fold)
        values = {name: node for node, name in kept.items()}
        changed = [
            group.title
            for group in folded.groups
            if any(outdated(values[member]) for member in group.members)
        ]
        told = (_folding_note(folded, model is not None), outdated_note(changed))
        return drawn(overview(folded, " ".join(filter(None, told)), digits), direction)
    gradients = {name: grad for node, name in kept.items() if (grad := gradient(node)) is not None}
    if model is not None and len(kept) == len(ids) and len(ids) > SMALL and not force:
        return drawn(in_neurons(levels(passes(value, model=model), model), gradients, digits), direction)
    if len(kept) > MOST_FORCED:
        raise ValueError(
            f"force=True draws at most {MOST_FORCED:,} nodes, and this graph has {len(kept):,}: leave it "
            "out for a folded drawing, or draw a part with of=node or depth=3"
        )
    return drawn(
        whole(
            recorded=passes(value, model=model, only=kept),
            gradients=gradients,
            module_of_node={
                name: place for node, name in kept.items() if isinstance(place := home.get(node), tuple)
            },
            note=_selection_note(len(kept), len(ids), depth),
            digits=digits,
            built_in=len(kept) > MOST,
        ),
        direction,
    )


def drawn(view: View, direction: str | None) -> Drawing:
    """Return what is to be drawn as a drawing, in the direction that suits it unless one is asked for."""
    if direction not in (None, *DIRECTIONS):
        raise ValueError(f"direction must be one of {', '.join(map(repr, DIRECTIONS))}, got {direction!r}")
    drawing = Drawing()
    drawing.view = replace(view, direction=direction) if direction else view.directed()
    prepare(drawing, drawing.view.direction)
    write_dot(drawing, drawing.view)
    return drawing


def _check(digits: int, depth: int | None, fold: int | None, model: Model | None) -> None:
    if not _whole(digits) or digits not in range(1, 18):
        raise ValueError(f"digits must be an integer from 1 to 17, got {digits!r}")
    for name, number in (("depth", depth), ("fold", fold)):
        if number is not None and (not _whole(number) or number < 0):
            raise ValueError(f"{name} must be an integer of at least 0, got {number!r}")
    if fold is not None and model is None:
        raise ValueError(f"fold={fold} is a level of a model: give the model too")


def _whole(given: object) -> bool:
    return isinstance(given, Integral) and not isinstance(given, bool)


def _selected(ids: dict[Value, str], value: Value, of: Value | None, depth: int | None) -> dict[Value, str]:
    """Return the nodes to be drawn and their ids, in topological order."""
    if of is not None and of not in ids:
        raise ValueError(f"of must be a node of the graph of {value!r}, got {of!r}")
    if of is None and depth is None:
        return ids
    reached = {value if of is None else of}
    edge = {*reached}
    for _ in count() if depth is None else range(depth):
        edge = {arg for node in edge for arg in node.args if isinstance(arg, Value)} - reached
        if not edge:
            break
        reached |= edge
    return {node: name for node, name in ids.items() if node in reached}


def _folding_note(folded: Folded, by_module: bool) -> str:
    what = "one module" if by_module else "one operation, or of a stretch of the computation"
    counts = "the number on an arrow counts the arrows it stands for"
    if not readable(folded):
        counts = "there are too many arrows to number them, so each tells as a tooltip what it stands for"
    more = "fold=0, 1, 2 draws coarser or finer" if by_module else "model=model folds by module"
    return (
        f"{folded.nodes:,} nodes in {len(folded.groups)} boxes. A stack of cards holds the nodes of {what}; "
        f"{counts}. {LENGTH} To see more: {more}, of=node or depth=3 draws a part."
    )


def _selection_note(kept: int, all_nodes: int, depth: int | None) -> str:
    if kept == all_nodes:
        return ""
    cut = "" if depth is None else "; … before an operation says that not all its arguments are drawn"
    return f"{kept:,} of {all_nodes:,} nodes{cut}."
