"""The steps of the player through a folded graph: what is shown and said at each.

A group stands for too many numbers to show, so what passes from one to another is told by its length: the
root of the sum of the squares of all shares, upstream × local, that cross between the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from viz.graph.folded import NORM, kinds_of
from viz.record.folding import Folded, Group, Link
from viz.steps.captions import Caption, Term, seed_caption
from viz.steps.timeline import Step
from viz.style import number

MOST_TERMS = 4
"""The most kinds of nodes that an equation counts one by one."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A link, and the length of all the shares that pass back along it."""

    link: Link
    length: float

    @property
    def name(self) -> str:
        """The id of its arrow: the group that passes back, then the one that receives."""
        return f"{self.link.target}-{self.link.source}"


def folded_steps(folded: Folded, crossings: Sequence[Crossing]) -> Iterator[Step]:
    """Yield the steps of both passes: each group computed, the seed, and each link passed along backwards.

    The norms of the groups must be those of the same pass.
    """
    groups = {group.name: group for group in folded.groups}
    arriving: dict[str, list[Crossing]] = {name: [] for name in groups}
    for crossing in crossings:
        arriving[crossing.link.target].append(crossing)
    yield from _forward(groups, arriving)
    root = folded.groups[-1]
    yield Step(
        epoch=0,
        phase="backward",
        count="the seed",
        node=root.name,
        caption=seed_caption(root.title),
        line=f"  ∂{root.title}/∂{root.title}: 1.0",
        question="",
        answer=1.0,
        texts={f"{root.name}.grad": "1"},
        marks={root.name: "receiving"},
    )
    yield from _backward(groups, [back for name in reversed(groups) for back in reversed(arriving[name])])


def _forward(groups: Mapping[str, Group], arriving: Mapping[str, Sequence[Crossing]]) -> Iterator[Step]:
    for place, (name, group) in enumerate(groups.items(), start=1):
        known = "" if group.data is None else number(group.data)
        holds = f": {holding(group)}" if group.data is None else f" = {group.data!r}"
        arrows = [crossing.name for crossing in arriving[name]]
        yield Step(
            epoch=0,
            phase="forward",
            count=f"{place} of {len(groups)}",
            node=name,
            caption=_computed(group, [groups[crossing.link.source] for crossing in arriving[name]]),
            line=f"  {group.title}{holds}",
            question="",
            answer=float(group.count),
            texts={f"{name}.data": known} if known else {},
            states=dict.fromkeys((name, *arrows), "known"),
            marks=dict.fromkeys((name, *arrows), "computed"),
        )


def _backward(groups: Mapping[str, Group], backwards: Sequence[Crossing]) -> Iterator[Step]:
    waiting = Counter(crossing.link.source for crossing in backwards)
    for place, crossing in enumerate(backwards, start=1):
        link = crossing.link
        tail, head = groups[link.source], groups[link.target]
        waiting[tail.name] -= 1
        complete = not waiting[tail.name]
        shares = "1 share" if link.count == 1 else f"{link.count:,} shares"
        line = f"  {tail.title} ← {head.title}: {shares}, length {crossing.length!r}"
        texts = {f"{crossing.name}.1": number(crossing.length)}
        total: tuple[Term, ...] = ()
        if complete:
            line += f"; {key(tail)} {gradient(tail)!r}"
            texts[f"{tail.name}.grad"] = number(gradient(tail))
            words = f"length of {tail.count:,} gradients" if tail.data is None else "complete"
            total = (Term("", key(tail), number(gradient(tail)), words),)
        yield Step(
            epoch=0,
            phase="backward",
            count=f"{place} of {len(backwards)}",
            node=tail.name,
            caption=_passed_back(crossing, tail, head, shares, complete),
            line=line,
            question="",
            answer=crossing.length,
            sum=total,
            share=f"from {head.title}: {shares}, of length {number(crossing.length)}",
            texts=texts,
            states={crossing.name: "travelled"},
            marks={tail.name: "receiving", head.name: "giving", crossing.name: "travelling"},
        )


def _computed(group: Group, sources: Sequence[Group]) -> Caption:
    """Say what is computed in a group, and from which others."""
    if group.data is not None:
        value = number(group.data)
        term = Term("", group.title, value, "computed" if sources else "given")
        return Caption(f"{group.title} = {value}", "", f"{group.title} is {value}.", (term,))
    sentence = f"{group.title}: {group.count:,} nodes and {group.inner:,} arrows between them. "
    results = group.count - group.operations.get("", 0)
    if not results:
        sentence += "All are given: nothing is computed here."
    else:
        beside = f", with what arrives from {_listed(sources)}" if sources else ""
        sentence += f"{results:,} nodes are computed{beside}."
    kinds = [*kinds_of(group).items()]
    rest = sum(count for _, count in kinds[MOST_TERMS:])
    counted = kinds[:MOST_TERMS] + ([("others", rest)] if rest else [])
    terms = [
        Term("+" if place else "", "", f"{count:,}", word) for place, (word, count) in enumerate(counted)
    ]
    total = Term("=", group.title, f"{group.count:,}", "nodes")
    return Caption(f"{group.title}: {group.count:,} nodes", "", sentence, (*terms, total))


def _passed_back(crossing: Crossing, tail: Group, head: Group, shares: str, complete: bool) -> Caption:
    """Say what one group passes back to another, and what has become known by it."""
    length, count = number(crossing.length), crossing.link.count
    each, size = f"each of the {count:,} arrows", "The root of the sum of their squares"
    if count == 1:
        each, size = "the one arrow", "Its size, without a sign,"
    sentence = (
        f"{head.title} passes back to {tail.title}: one share, upstream × local, along {each} between them. "
        f"{size} is {length}."
    )
    if not complete:
        sentence += f" More is still to come to {tail.title}."
    elif tail.data is not None:
        sentence += f" All has arrived, so its gradient is complete: {number(gradient(tail))}."
    else:
        sentence += (
            f" All has arrived at {tail.title}. Inside, the same rule goes on from node to node, until all "
            f"its {tail.count:,} gradients are known: their length is {number(gradient(tail))}."
        )
    terms = (
        Term("", f"{tail.title} ← {head.title}", f"{count:,}", "share" if count == 1 else "shares"),
        Term("of length", "", length, "size" if count == 1 else "root of the sum of squares"),
    )
    return Caption(f"{tail.title} ← {head.title}: {shares}, of length {length}", "", sentence, terms)


def key(group: Group) -> str:
    """Return what its card calls the gradient of a group."""
    return NORM if group.data is None else "grad"


def gradient(group: Group) -> float:
    """Return the gradient of a group of one node, else the length of all its gradients."""
    known = group.norm if group.data is None else group.grad
    assert known is not None, group
    return known


def holding(group: Group) -> str:
    """Say what nodes a group holds: "48 parameters + 640 mul"."""
    return " + ".join(f"{count:,} {word}" for word, count in kinds_of(group).items())


def _listed(groups: Sequence[Group]) -> str:
    titles = [group.title for group in groups]
    return " and ".join(filter(None, (", ".join(titles[:-1]), titles[-1])))
