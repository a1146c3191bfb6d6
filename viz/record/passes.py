"""The two passes through a graph, as data: every forward step and every contribution of the chain rule.

This is the one source of every view: the transcript, the numbered frames, the drawing. It is computed
beside the graph, so that no `grad` of the user's Values is touched.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from math import isfinite, isnan
from typing import Any

from autograd import Value, scalar
from autograd.graph import contributions, topological_order
from autograd.notation.formula import derivative, enclosed, filled, partial_formulas, value_formula
from autograd.notation.rows import aligned
from viz.record.model import Model, paths_within
from viz.style import NO_GRADIENT
from viz.text import few, printable

MOST_OUTDATED = 5
"""The most results that are named where their arguments were changed."""

LONG = 44
"""A formula of more columns than this does not push the columns after it to the right."""


@dataclass(frozen=True, slots=True)
class Forward:
    """One node, computed (or given, for a leaf).

    `node` is its id: n1, n2, … in topological order. `label` is the user's, "" if it is blank; `name` is what
    formulas call the node, and is different for every node. `operation` is a name in `autograd.ops.TABLE`, or
    "" for a leaf. `args` holds ids, and plain numbers for constants. `formula` is written with names,
    `numbers` with numbers at full precision; both are "" for a leaf. `numbers` is "" too for a result where
    the numbers of its arguments do not give it, or its local derivatives: they were changed since.
    """

    node: str
    label: str
    name: str
    operation: str
    args: tuple[str | float, ...]
    formula: str
    numbers: str
    result: float

    @property
    def outdated(self) -> bool:
        """Whether the numbers of the arguments were changed after the result was computed from them."""
        return bool(self.operation) and not self.numbers


@dataclass(frozen=True, slots=True)
class Contribution:
    """One share of a gradient: what reaches `target` from `source` along the source's argument `position`.

    `which` says "1st", "2nd", … where the source uses the target more than once, as in x * x; else "".
    `contribution` is `upstream` (∂L/∂source) times `local` (∂source/∂target, with its formula), or 0 where
    nothing passes: the target was not selected, or nothing reaches the source. `before` and `after` are the
    target's gradient; `before` is None for the first share.
    """

    source: str
    target: str
    position: int
    which: str
    upstream: float
    local: float
    formula: str
    contribution: float
    before: float | None
    after: float

    @property
    def arrow(self) -> str:
        """The name of its arrow: the id of the result, and the position of the argument in it: "n3-0"."""
        return f"{self.source}-{self.position}"

    @property
    def withheld(self) -> bool:
        """Whether nothing passes where `upstream` times `local` would be nan."""
        return self.contribution == 0 and isnan(self.upstream * self.local)


@dataclass(frozen=True, slots=True)
class Whole:
    """What a part of the passes keeps of the whole graph: its result, and each node's gradient by id."""

    result: Forward
    gradients: Mapping[str, float] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Passes:
    """Every step of the forward and the backward pass through the graph of one result.

    The last forward step is the result L, whose seed ∂L/∂L = 1 starts the backward pass. Where `only` left
    steps out, `whole` says what they belong to. `str()` gives the transcript. `model` is the one that named
    the parameters, if any, and `parameters` holds their paths in it by node id.
    """

    forward: tuple[Forward, ...]
    backward: tuple[Contribution, ...]
    model: Model | None = field(default=None, compare=False, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    whole: Whole | None = None

    @property
    def root(self) -> Forward:
        """The result, from which the backward pass starts."""
        return self.whole.result if self.whole else self.forward[-1]

    @property
    def names(self) -> dict[str, str]:
        """What each node is called, by its id."""
        return {step.node: step.name for step in self.forward}

    @property
    def gradients(self) -> dict[str, float]:
        """Return ∂L/∂node by node id: the numbers that `backward` leaves in `grad` on a fresh graph.

        Those of a part are those of the whole graph.
        """
        if self.whole:
            return {**self.whole.gradients}
        return {self.root.node: 1.0} | {step.target: step.after for step in self.backward}

    def ordered(self, rank: Mapping[str, int]) -> Passes:
        """Return the same passes from the lowest rank of a node to the highest and back, added up so."""
        known = {self.root.node: 1.0}
        backward: list[Contribution] = []
        for share in sorted(self.backward, key=lambda share: -rank[share.source]):
            before = known.get(share.target)
            known[share.target] = (before or 0.0) + share.contribution
            backward.append(replace(share, before=before, after=known[share.target]))
        forward = sorted(self.forward, key=lambda step: rank[step.node])
        return replace(self, forward=tuple(forward), backward=tuple(backward))

    @property
    def outdated_note(self) -> str:
        """What is said of results whose arguments were changed since; "" if there are none."""
        return outdated_note(self._outdated_names())

    def _outdated_names(self) -> list[str]:
        return [step.name for step in self.forward if step.outdated]

    def refuse_changed(self, what: str) -> None:
        """Raise ValueError if numbers were changed since, for `what` computes all others from them."""
        names = few(self._outdated_names(), MOST_OUTDATED)
        if names:
            raise ValueError(
                f"{what} computes a graph from its numbers, and some were changed after these were computed: "
                f"{names}; record passes(value) before a step changes them, or compute the value again"
            )

    def refuse_part(self, what: str) -> None:
        """Raise ValueError if steps were left out, for `what` shows all of them."""
        if self.whole:
            raise ValueError(
                f"{what} shows every step of a graph, and these passes have {len(self.forward):,} of its "
                f"{len(self.whole.gradients):,} nodes: record them without only, or draw(value, of=node)"
            )

    def transcript(self) -> str:
        """Return both passes as aligned text, every number at full precision."""
        forward, backward = self.lines()
        return "\n".join(
            (
                "forward: every value, from what it was computed",
                *forward,
                *[f"  {told}" for told in (self.outdated_note,) if told],
                "",
                "backward: upstream × local = contribution, added to grad",
                *backward,
                *self._left_out(),
            )
        )

    def lines(self) -> tuple[list[str], list[str]]:
        """Return the lines of the transcript: one a node, then the seed and one a contribution."""
        names, root = self.names, self.root.name
        forward = [
            (f"  {step.name}", f"= {step.formula}", f"= {step.numbers or '…'}", f"= {step.result!r}")
            if step.operation
            else (f"  {step.name}", f"= {step.result!r}")
            for step in self.forward
        ]
        backward = [
            (
                f"  {derivative(root, names[step.target])}:",
                f"{step.upstream!r} × {step.local!r}",
                f"= {step.contribution!r}",
                f"grad {NO_GRADIENT if step.before is None else repr(step.before)} → {step.after!r}",
                f"{quotient(step, names)} = {step.formula}{_withheld(step, names)}",
            )
            for step in self.backward
        ]
        seed = ((f"  {derivative(root, root)}:", "1.0", "", f"grad {NO_GRADIENT} → 1.0"),)
        return aligned(forward, longest=LONG), aligned((*seed, *backward), longest=LONG)

    def _left_out(self) -> list[str]:
        """Return what is said of gradients to which shares belong that are not listed, if there are any."""
        listed = {self.root.node: 1.0} | {step.target: step.after for step in self.backward}
        gradients = self.gradients
        told = [
            f"{derivative(self.root.name, step.name)} = {gradients[step.node]!r}"
            for step in self.forward
            if repr(listed.get(step.node)) != repr(gradients[step.node])
        ]
        return [f"  … with the shares that were left out: {', '.join(told)}"] if told else []

    def to_json(self) -> str:
        """Return the passes as JSON text at full precision; nan and ±inf, which JSON lacks, as strings.

        Its form is that of `passes.schema.json`, beside this file.
        """
        return json_text({part: [*map(asdict, getattr(self, part))] for part in ("forward", "backward")})

    def __str__(self) -> str:
        return self.transcript()


def outdated_note(names: Sequence[str]) -> str:
    """Return what is said of results of these names, whose arguments were changed since; "" of none."""
    if not names:
        return ""
    return (
        f"Numbers were changed after these were computed: {few(names, MOST_OUTDATED)}; they, and the "
        "local derivatives, are those from before."
    )


def json_text(data: Any) -> str:
    """Return plain data as JSON text at full precision; nan and ±inf become strings."""
    return json.dumps(_finite(data))


def quotient(step: Contribution, names: Mapping[str, str]) -> str:
    """Return the sign of a local derivative: "∂v1/∂x", or "∂v1/∂(2nd x)" if v1 uses x more than once."""
    source, target = enclosed(names[step.source]), enclosed(names[step.target])
    return f"∂{source}/∂" + (f"({step.which} {target})" if step.which else target)


def _withheld(step: Contribution, names: Mapping[str, str]) -> str:
    """Return why the product is 0 and not nan, behind a formula; "" where it is what the factors say."""
    if not step.withheld:
        return ""
    source = names[step.source]
    if step.upstream:
        return f", but {source} passes nothing to {names[step.target]}"
    return f", but nothing arrives at {source}, so nothing passes on"


def passes(value: Value, *, model: Model | None = None, only: Collection[Value] | None = None) -> Passes:
    """Record the forward and the backward pass through the graph of a Value.

    The backward pass seeds ∂value/∂value = 1 and visits each node once, results before arguments; a node
    used twice receives two contributions, which add. No `grad` is read or written. `model`, any object with
    `named_parameters()`, names the parameters that have no label of their own, such as
    `layers.0.neurons.3.w[1]`. `only` leaves out the steps of all other nodes; ids, names, numbers and
    gradients stay those of the whole graph. Frames and the player need all steps, and refuse such a part.

    Raises TypeError if `value` is not a Value or `model` names no parameters, ValueError if none of them is
    in the graph.
    """
    if not isinstance(value, Value):
        raise TypeError(f"a Value is needed, the result of a computation, got {value!r}")
    order = topological_order(value)
    ids = {node: f"n{place}" for place, node in enumerate(order, start=1)}
    paths = {} if model is None else paths_within(model, ids)
    labels = [printable(label_of(node) or paths.get(node, "")) for node in order]
    names = dict(zip(order, _names(order, labels), strict=True))
    wanted = ids if only is None else only
    forward = tuple(_forward(node, ids, names) for node in order if node in wanted)
    backward, gradients = _backward(order, ids, names, wanted)
    whole = None if len(forward) == len(order) else Whole(_forward(value, ids, names), gradients)
    parameters = {ids[parameter]: path for parameter, path in paths.items() if parameter in ids}
    return Passes(forward, tuple(backward), model, parameters, whole)


def _names(order: Sequence[Value], labels: Sequence[str]) -> list[str]:
    """Name every node once: its label, else L for the result, v1, v2 … for results, u1, u2 … for leaves.

    A label that was given before becomes `label#2`, and so on.
    """
    taken = set(labels)
    counts: Counter[str] = Counter()
    names: list[str] = []
    for node, label in zip(order, labels, strict=True):
        stem = f"{label}#" if label else "v" if node.args else "u"
        counts[stem] += 1
        name = label
        if not label or counts[stem] > 1:
            while (name := f"{stem}{counts[stem]}") in taken:
                counts[stem] += 1
            taken.add(name)
        names.append(name)
    if not labels[-1] and "L" not in taken:
        names[-1] = "L"
    return names


def label_of(node: Value) -> str:
    """Return the label of a node; a blank one counts as none."""
    return node.label if node.label.strip() else ""


def outdated(node: Value) -> bool:
    """Return whether a node's number or a local derivative is not what the numbers of its arguments give.

    They were changed after it was computed from them.
    """
    if node.op is None:
        return False
    edges = node.edges
    given = [arg.data if isinstance(arg, Value) else arg for arg in edges[::2]]
    moving = [isinstance(arg, Value) for arg in edges[::2]]
    now = (node.op.impl(scalar, *given), *node.op.derivatives(node.data, given, moving))
    then = (node.data, *edges[1::2])
    return (now != then or 0.0 in now) and repr(now) != repr(then)  # only 0 and −0 are equal and differ


def _forward(node: Value, ids: dict[Value, str], names: dict[Value, str]) -> Forward:
    formula = numbers = ""
    if node.op is not None:
        formula = value_formula(node.op, [names[arg] if isinstance(arg, Value) else arg for arg in node.args])
        if not outdated(node):
            numbers = value_formula(
                node.op, [filled(arg.data) if isinstance(arg, Value) else arg for arg in node.args]
            )
    return Forward(
        node=ids[node],
        label=label_of(node),
        name=names[node],
        operation="" if node.op is None else node.op.name,
        args=tuple(ids[arg] if isinstance(arg, Value) else arg for arg in node.args),
        formula=formula,
        numbers=numbers,
        result=node.data,
    )


def _backward(
    order: Sequence[Value], ids: dict[Value, str], names: dict[Value, str], wanted: Collection[Value]
) -> tuple[list[Contribution], dict[str, float]]:
    """Return the shares between nodes that are wanted, and the gradient of every node by id."""
    gradient = {order[-1]: 1.0}
    steps: list[Contribution] = []
    for node, of_node in groupby(contributions(order[-1]), key=lambda each: each.node):
        formulas: list[str] = []
        uses, seen = Counter[Any](), Counter[Value]()
        if node in wanted and node.op is not None:
            called = [names[arg] if isinstance(arg, Value) else arg for arg in node.args]
            formulas = partial_formulas(node.op, called, out=names[node])
            uses.update(node.args)
        for _, position, arg, upstream, local, amount in of_node:
            seen[arg] += 1
            share = 0.0 if amount is None else amount
            before = gradient.get(arg)
            gradient[arg] = (before or 0.0) + share
            if not formulas or arg not in wanted:
                continue
            steps.append(
                Contribution(
                    source=ids[node],
                    target=ids[arg],
                    position=position,
                    which=_ordinal(seen[arg]) if uses[arg] > 1 else "",
                    upstream=upstream,
                    local=local,
                    formula=formulas[position],
                    contribution=share,
                    before=before,
                    after=gradient[arg],
                )
            )
    return steps, {ids[node]: total for node, total in gradient.items()}


def _ordinal(count: int) -> str:
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"


def _finite(data: Any) -> Any:
    # The data nests four deep whatever the graph's depth, so recursion is safe here.
    if isinstance(data, dict):
        return {key: _finite(item) for key, item in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(item) for item in data]
    return repr(data) if isinstance(data, float) and not isfinite(data) else data
