"""Folding a graph: many nodes as one box, such that what the boxes say stays exact.

Every node is in one group, so counts add up to the whole graph; an arrow between nodes of two groups is
counted in their link. Links never run in a circle: where groups depend on each other in turn, as the steps
of a recurrent network do, each is split into its stages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import hypot

from autograd import Value
from viz.record.quotient_graph import arguments, grouped


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes drawn as one box.

    `name` is its id, g1, g2, … in topological order; `members` are node ids, n1, n2, …; `operations` counts
    the members by what made them, "" for leaves, the most frequent first; `parameters` of the leaves belong
    to a model. `inner` counts the arrows between members. `data` and `grad` are those of its one node, or of
    the output of a neuron, else None. `norm` is the root of the sum of the squares of the members' gradients,
    None if none has a gradient; an infinity among them makes it infinite, else a nan makes it nan. `output`
    is the one member that others take their numbers from, None where there are more; `formula` says how a
    neuron makes it: "tanh(W·x + b)", "" for any other group. `facts` are said of it in place of its
    operations.
    """

    name: str
    title: str
    members: tuple[str, ...]
    operations: dict[str, int]
    parameters: int = 0
    inner: int = 0
    data: float | None = None
    grad: float | None = None
    norm: float | None = None
    output: str | None = None
    formula: str = ""
    facts: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many nodes it stands for."""
        return len(self.members)


@dataclass(frozen=True, slots=True)
class Link:
    """The arrows from the members of one group to those of another, and how many they are."""

    source: str
    target: str
    count: int

    @property
    def arrow(self) -> str:
        """The name of its arrow: the group that passes back, then the one that receives: "g3-g1"."""
        return f"{self.target}-{self.source}"


@dataclass(frozen=True, slots=True)
class Folded:
    """A graph of groups, as plain data; `dataclasses.asdict` makes it ready for JSON."""

    groups: tuple[Group, ...]
    links: tuple[Link, ...]
    gradients: bool = True
    """Whether its nodes may have gradients, which the arrays of a program have not."""

    @property
    def nodes(self) -> int:
        """How many nodes the groups stand for."""
        return sum(group.count for group in self.groups)


def fold(
    ids: Mapping[Value, str],
    keys: Sequence[Hashable],
    titles: Sequence[str],
    parameters: Collection[Value] = (),
) -> Folded:
    """Put the nodes that have the same key into one group.

    `ids` are those of the nodes, in topological order; `keys` and `titles` are in the same order, and a group
    has the title of its first member. Groups that depend on each other in turn are split into stages, and
    groups of the same title are numbered "title #1", "title #2", ….
    """
    order, names = list(ids), list(ids.values())
    args = arguments(order)
    members = grouped(args, keys)
    group_of = {i: place for place, inside in enumerate(members) for i in inside}
    counts = Counter((group_of[arg], group_of[i]) for i, uses in enumerate(args) for arg in uses)
    named = _numbered([titles[inside[0]] for inside in members])
    return Folded(
        tuple(
            Group(
                name=f"g{place + 1}",
                title=named[place],
                members=tuple(names[i] for i in inside),
                operations=dict(Counter(_operation(order[i]) for i in inside).most_common()),
                parameters=sum(order[i] in parameters for i in inside),
                inner=counts[place, place],
                data=order[inside[0]].data if len(inside) == 1 else None,
                grad=gradient(order[inside[0]]) if len(inside) == 1 else None,
                norm=_norm([order[i] for i in inside]),
            )
            for place, inside in enumerate(members)
        ),
        tuple(
            Link(f"g{tail + 1}", f"g{head + 1}", count)
            for (tail, head), count in sorted(counts.items())
            if tail != head
        ),
    )


def gradient(node: Value) -> float | None:
    """Return the gradient of a node as a plain number, None before it has one."""
    if not node.has_grad:
        return None
    grad: object = node.grad  # a Value itself after backward(create_graph=True)
    return grad.data if isinstance(grad, Value) else node.grad


def _norm(members: Sequence[Value]) -> float | None:
    known = [grad for node in members if (grad := gradient(node)) is not None]
    return hypot(*known) if known else None


def _operation(node: Value) -> str:
    return node.op.name if node.op else ""


def _numbered(titles: Sequence[str]) -> list[str]:
    total, seen = Counter(titles), Counter[str]()
    numbered: list[str] = []
    for title in titles:
        seen[title] += 1
        numbered.append(f"{title} #{seen[title]}" if total[title] > 1 else title)
    return numbered
