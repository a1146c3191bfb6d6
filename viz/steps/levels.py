"""The steps through a graph in parts: part by part, and inside an open part box by box, down to scalars.

All stand on one timeline. The steps inside a part come first and are passed over while it is closed; after
them comes one that tells of the part as a whole. Where a part has one output its numbers are shown; else it
stands for too many numbers, and what passes back between two parts is told by its length: the root of the sum
of the squares of all shares, upstream × local, that cross from one to the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import groupby

from viz.graph.cards import NORM, kinds_of
from viz.record.folding import Group, Link
from viz.record.levels import Levels
from viz.record.part_words import PartWords
from viz.steps.captions import Captions
from viz.steps.slots import long, slot
from viz.steps.step import Caption, Step, Term
from viz.steps.timeline import timeline
from viz.steps.words import Words
from viz.style import NO_GRADIENT

MOST_TERMS = 4
"""The most kinds of nodes that an equation counts one by one."""

HIGHLIGHTED = {"forward": "computed", "backward": "giving", "update": "updated"}
"""How a part is marked while the steps go through what is inside."""


def level_steps(levels: Levels, captions: Captions, moves: Mapping[str, bool]) -> Iterator[Step]:
    """Yield the steps of one epoch through a graph in parts. `moves` has the leaves that an update moves."""
    told = _Parts(levels, captions)
    texts, states = told.forgotten()
    begun = False
    for _, steps in groupby(timeline(levels.recorded, captions, moves), key=lambda step: step.phase):
        known = list(steps)
        places = [told.place_of(step) for step in known]
        for step, here, after in zip(known, places, [*places[1:], ""], strict=True):
            inner = told.inside(step, here)
            if not begun:
                inner = replace(inner, texts=texts | inner.texts, states=states | inner.states)
                begun = True
            yield inner
            if here:
                around = {*levels.around(after)} if after else set()
                for part in levels.around(here)[-2::-1]:
                    if part not in around:
                        yield from told.whole(part, step.phase, moves)


class _Parts:
    """What is said of the parts of a graph, and what each step shows of them."""

    def __init__(self, levels: Levels, captions: Captions) -> None:
        self.levels, self.captions, self.words = levels, captions, captions.words
        self.arriving = levels.links()
        self.last = _last_shares(levels)
        self.complete: dict[str, list[str]] = defaultdict(list)
        for part, arrow in self.last.items():
            self.complete[arrow].append(part)
        self.giver = {share.arrow: share.source for share in levels.recorded.backward}

    def place_of(self, step: Step) -> str:
        """Return the node that a step is at: back along an arrow, the one that passes on; "" for the seed."""
        if step.phase != "backward":
            return step.node
        return next((self.giver[name] for name in step.marks if name in self.giver), "")

    def forgotten(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return what an epoch begins with: the texts and the states of parts of which nothing is known."""
        texts: dict[str, str] = {}
        states: dict[str, str] = {}
        for part, group in self.levels.parts.items():
            arrows = [link.arrow for link in self.arriving[part]]
            texts |= dict.fromkeys(
                (f"{part}.{row}" for row in (("data", "grad") if group.output else ("grad",))), NO_GRADIENT
            )
            texts |= {f"{arrow}.1": NO_GRADIENT for arrow in arrows}
            states |= dict.fromkeys((part, *arrows), "pending")
        return texts, states

    def inside(self, step: Step, here: str) -> Step:
        """Return the step of a scalar as one inside its part, with what it shows of the parts around it."""
        levels, node = self.levels, step.node
        around = levels.around(here)[:-1] if here else []
        receiving = levels.around(node)[:-1]
        marks = dict.fromkeys(receiving, "receiving") if step.phase == "backward" else {}
        marks |= dict.fromkeys(around, HIGHLIGHTED[step.phase])
        texts = dict(step.texts)
        for part in receiving:
            if levels.parts[part].output == node:
                for row in ("data", "grad"):
                    if f"{node}.{row}" in texts:
                        texts[f"{part}.{row}"] = texts[f"{node}.{row}"]
        if step.phase == "backward":
            arrow = next((name for name in step.marks if name in self.giver), "")
            texts |= {f"{part}.grad": slot("N", part) for part in self.complete[arrow]}
        return replace(step, within=around[-1] if around else "", texts=texts, marks=marks | step.marks)

    def whole(self, part: str, phase: str, moves: Mapping[str, bool]) -> Iterator[Step]:
        """Yield what is said of a part as a whole after what is inside."""
        if phase == "forward":
            yield self._computed(part)
        elif phase == "update":
            yield self._updated(part, moves)
        else:
            yield from map(self._passed_back, reversed(self.arriving[part]))

    def _computed(self, part: str) -> Step:
        say, group = self.words, self.levels.parts[part]
        arrows = [link.arrow for link in self.arriving[part]]
        boxes = self.levels.inside[self.levels.home[part]]
        known = value(group)
        return Step(
            phase="forward",
            count=say("count", place=boxes.index(part) + 1, count=len(boxes)),
            node=part,
            caption=self._holding(group, [self.levels.box(link.source) for link in self.arriving[part]]),
            line=long(f"{group.title} = {group.formula or '…'} = {known}")
            if known
            else say("page.told", name=group.title, told=holding(group, self.levels.words)),
            question="",
            answer=known,
            within=self.levels.home[part],
            states=dict.fromkeys((part, *arrows), "known"),
            marks=dict.fromkeys((part, *arrows), "computed"),
        )

    def _holding(self, group: Group, sources: Sequence[Group]) -> Caption:
        """Say what is computed in a group, and from which others."""
        say, title = self.words, group.title
        results = group.count - group.operations.get("", 0)
        kind = "group.given" if not results else "group.computed.from" if sources else "group.computed"
        texts = {"title": title, "count": f"{group.count:,}", "inner": f"{group.inner:,}"}
        listed = ", ".join(source.title for source in sources)
        sentence = say(kind, results=f"{results:,}", sources=listed, **texts)
        if known := value(group):
            key = "group.neuron" if group.formula else "group.output"
            sentence = say(
                key, title=title, formula=group.formula, value=known, sources=listed, sentence=sentence
            )
            term = Term("", group.formula or "…", known, say("term.value"))
            return Caption(" = ".join(filter(None, (title, group.formula, known))), "", sentence, (term,))
        kinds = [*kinds_of(group, self.levels.words).items()]
        rest = sum(count for _, count in kinds[MOST_TERMS:])
        counted = kinds[:MOST_TERMS] + ([(say("group.others"), rest)] if rest else [])
        terms = [
            Term("+" if place else "", "", f"{count:,}", kind) for place, (kind, count) in enumerate(counted)
        ]
        total = Term("=", title, f"{group.count:,}", say("group.nodes"))
        told = group.formula or f"{group.count:,} {say('group.nodes')}"
        return Caption(say("page.told", name=title, told=told), "", sentence, (*terms, total))

    def _passed_back(self, link: Link) -> Step:
        say, tail, head, length = (
            self.words,
            self.levels.box(link.source),
            self.levels.box(link.target),
            slot("L", link.arrow),
        )
        boxes = self.arriving[link.target]
        last = self.last.get(tail.name)  # whether the last share of all has come with these
        complete = bool(last) and link.target in self.levels.around(self.giver[str(last)])
        shares = say("group.share") if link.count == 1 else say("group.shares", count=f"{link.count:,}")
        caption = self._back(link, tail, head, shares, complete)
        total = (Term("", key(tail), gradient(tail), say("term.now")),) if complete else ()
        return Step(
            phase="backward",
            count=say("count", place=len(boxes) - boxes.index(link), count=len(boxes)),
            node=tail.name,
            caption=caption,
            line=long(caption.headline),
            question="",
            answer=length,
            sum=total,
            share=say("group.line", head=head.title, shares=shares, length=length),
            within=self.levels.home[link.target],
            texts={f"{link.arrow}.1": length},
            states={link.arrow: "travelled"},
            marks={tail.name: "receiving", head.name: "giving", link.arrow: "travelling"},
        )

    def _back(self, link: Link, tail: Group, head: Group, shares: str, complete: bool) -> Caption:
        """Say what one group passes back to another, and what has become known by it."""
        say, length = self.words, slot("L", link.arrow)
        many = ".one" if link.count == 1 else ""
        counted = f"{link.count:,}"
        sentence = say(f"group.back{many}", head=head.title, tail=tail.title, count=counted, length=length)
        if complete:
            texts = {"tail": tail.title, "count": f"{tail.count:,}", "gradient": gradient(tail)}
            sentence = say("group.complete", sentence=sentence, **texts)
        terms = (
            Term("", f"{tail.title} ← {head.title}", counted, ""),
            Term(say("group.of-length"), "", length, say("group.squares") if link.count > 1 else ""),
        )
        headline = say("group.passed", tail=tail.title, head=head.title, shares=shares, length=length)
        return Caption(headline, "", sentence, terms)

    def _updated(self, part: str, moves: Mapping[str, bool]) -> Step:
        say, group = self.words, self.levels.parts[part]
        moved = [node for node in group.members if node in moves]
        texts = {"title": group.title, "root": self.captions.root, "rate": slot("r", "")}
        learning = [node for node in moved if moves[node]]
        others = [node for node in moved if not moves[node]]
        told = []
        if learning:
            several = say.updates("group.update", part, count=f"{len(learning):,}", **texts)
            told.append(self.captions.update_of(learning, True, several))
        if others:
            several = say("group.renewed", count=f"{len(others):,}", **texts)
            told.append(self.captions.update_of(others, False, several))
        sentence = (
            told[0] if len(told) == 1 else say("group.renewed.besides", sentence=told[0], renewed=told[1])
        )
        headline = say("page.told", name=group.title, told=f"{len(moved):,} {say('group.nodes')}")
        term = Term("", group.title, f"{len(moved):,}", say("group.nodes"))
        return Step(
            phase="update",
            count=group.title,
            node=part,
            caption=Caption(headline, "", sentence, (term,)),
            line=headline,
            question="",
            answer="",
            within=self.levels.home[part],
            marks={part: "updated"},
        )


def part_words(words: Words) -> PartWords:
    """Return what the parts of a graph are called in a language."""
    return PartWords(**{field.name: words.table[f"part.{field.name}"] for field in fields(PartWords)})


def _last_shares(levels: Levels) -> dict[str, str]:
    """Return the arrow of the last share that comes to each part from outside, "" where none does.

    Only of parts that are told by the length of their gradients.
    """
    last = dict.fromkeys((name for name, group in levels.parts.items() if group.output is None), "")
    for share in levels.recorded.backward:
        giving = {*levels.around(share.source)}
        for part in levels.around(share.target)[:-1]:
            if part in last and part not in giving:
                last[part] = share.arrow
    return last


def key(group: Group) -> str:
    """Return what its card calls the gradient of a group."""
    return "grad" if group.output else NORM


def value(group: Group) -> str:
    """Return the slot of a group's one output, "" for more than one."""
    return slot("v", group.output) if group.output else ""


def gradient(group: Group) -> str:
    """Return the slot of the gradient of a group's one output, else of the length of all its gradients."""
    return slot("g", group.output) if group.output else slot("N", group.name)


def holding(group: Group, words: PartWords) -> str:
    """Say what nodes a group holds: "48 parameters + 640 mul"."""
    return group.formula or " + ".join(f"{count:,} {word}" for word, count in kinds_of(group, words).items())
