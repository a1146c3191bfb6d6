"""The steps of the player through a folded graph: what is shown and said at each.

A group stands for too many numbers to show, so what passes from one to another is told by its length: the
root of the sum of the squares of all shares, upstream × local, that cross between the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from viz.graph.folded import NORM, kinds_of
from viz.record.folding import Folded, Group, Link
from viz.steps.captions import seed_caption
from viz.steps.slots import slot
from viz.steps.step import Caption, Step, Term
from viz.steps.words import Words

MOST_TERMS = 4
"""The most kinds of nodes that an equation counts one by one."""


def folded_steps(folded: Folded, words: Words) -> Iterator[Step]:
    """Yield the steps of both passes: each group computed, the seed, and each link passed along backwards."""
    groups = {group.name: group for group in folded.groups}
    arriving: dict[str, list[Link]] = {name: [] for name in groups}
    for link in folded.links:
        arriving[link.target].append(link)
    yield from _forward(groups, arriving, words)
    root = folded.groups[-1]
    yield Step(
        phase="backward",
        count=words("count.seed"),
        node=root.name,
        caption=seed_caption(root.title, words),
        line=f"∂{root.title}/∂{root.title} = 1",
        question="",
        answer=gradient(root),
        texts={f"{root.name}.grad": "1"},
        marks={root.name: "receiving"},
    )
    backwards = [link for name in reversed(groups) for link in reversed(arriving[name])]
    yield from _backward(groups, backwards, words)


def arrow(link: Link) -> str:
    """Return the id of a link's arrow: the group that passes back, then the one that receives."""
    return f"{link.target}-{link.source}"


def _forward(
    groups: Mapping[str, Group], arriving: Mapping[str, Sequence[Link]], words: Words
) -> Iterator[Step]:
    for place, (name, group) in enumerate(groups.items(), start=1):
        known = value(group)
        arrows = [arrow(link) for link in arriving[name]]
        yield Step(
            phase="forward",
            count=words("count", place=place, count=len(groups)),
            node=name,
            caption=_computed(group, [groups[link.source] for link in arriving[name]], words),
            line=f"{group.title} = {known}" if known else f"{group.title}: {holding(group)}",
            question="",
            answer=known,
            texts={f"{name}.data": known} if known else {},
            states=dict.fromkeys((name, *arrows), "known"),
            marks=dict.fromkeys((name, *arrows), "computed"),
        )


def _backward(groups: Mapping[str, Group], backwards: Sequence[Link], words: Words) -> Iterator[Step]:
    waiting = Counter(link.source for link in backwards)
    for place, link in enumerate(backwards, start=1):
        tail, head, length = groups[link.source], groups[link.target], slot("L", arrow(link))
        waiting[tail.name] -= 1
        complete = not waiting[tail.name]
        shares = words("group.share") if link.count == 1 else words("group.shares", count=f"{link.count:,}")
        texts = {f"{arrow(link)}.1": length}
        total: tuple[Term, ...] = ()
        if complete:
            texts[f"{tail.name}.grad"] = gradient(tail)
            total = (Term("", key(tail), gradient(tail), words("term.now")),)
        yield Step(
            phase="backward",
            count=words("count", place=place, count=len(backwards)),
            node=tail.name,
            caption=_passed_back(link, tail, head, shares, complete, words),
            line=f"{tail.title} ← {head.title}: {shares}, {slot('L', arrow(link), 'long')}",
            question="",
            answer=length,
            sum=total,
            share=words("group.line", head=head.title, shares=shares, length=length),
            texts=texts,
            states={arrow(link): "travelled"},
            marks={tail.name: "receiving", head.name: "giving", arrow(link): "travelling"},
        )


def _computed(group: Group, sources: Sequence[Group], words: Words) -> Caption:
    """Say what is computed in a group, and from which others."""
    known, title = value(group), group.title
    if known:
        term = Term("", title, known, words("term.computed" if sources else "term.given"))
        return Caption(f"{title} = {known}", "", words("group.value", title=title, value=known), (term,))
    results = group.count - group.operations.get("", 0)
    kind = "group.given" if not results else "group.computed.from" if sources else "group.computed"
    texts = {"title": title, "count": f"{group.count:,}", "inner": f"{group.inner:,}"}
    listed = ", ".join(source.title for source in sources)
    sentence = words(kind, results=f"{results:,}", sources=listed, **texts)
    kinds = [*kinds_of(group).items()]
    rest = sum(count for _, count in kinds[MOST_TERMS:])
    counted = kinds[:MOST_TERMS] + ([(words("group.others"), rest)] if rest else [])
    terms = [
        Term("+" if place else "", "", f"{count:,}", kind) for place, (kind, count) in enumerate(counted)
    ]
    total = Term("=", title, f"{group.count:,}", words("group.nodes"))
    return Caption(f"{title}: {group.count:,} {words('group.nodes')}", "", sentence, (*terms, total))


def _passed_back(link: Link, tail: Group, head: Group, shares: str, complete: bool, words: Words) -> Caption:
    """Say what one group passes back to another, and what has become known by it."""
    length, one = slot("L", arrow(link)), ".one" if link.count == 1 else ""
    sentence = words(
        f"group.back{one}", head=head.title, tail=tail.title, count=f"{link.count:,}", length=length
    )
    kind = "group.more" if not complete else "group.complete" + (".one" if tail.data is not None else "")
    sentence = words(
        kind, sentence=sentence, tail=tail.title, count=f"{tail.count:,}", gradient=gradient(tail)
    )
    terms = (
        Term("", f"{tail.title} ← {head.title}", f"{link.count:,}", ""),
        Term(words("group.of-length"), "", length, words("group.squares") if link.count > 1 else ""),
    )
    return Caption(f"{tail.title} ← {head.title}: {shares}, {length}", "", sentence, terms)


def key(group: Group) -> str:
    """Return what its card calls the gradient of a group."""
    return NORM if group.data is None else "grad"


def value(group: Group) -> str:
    """Return the slot of a group's number, "" for more than one."""
    return slot("v", group.members[0]) if group.data is not None else ""


def gradient(group: Group) -> str:
    """Return the slot of the gradient of a group of one node, else of the length of all its gradients."""
    return slot("N", group.name) if group.data is None else slot("g", group.members[0])


def holding(group: Group) -> str:
    """Say what nodes a group holds: "48 parameters + 640 mul"."""
    return " + ".join(f"{count:,} {word}" for word, count in kinds_of(group).items())
