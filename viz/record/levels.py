"""Levels of detail of a recorded graph: parts in parts, from modules down to scalars.

Where a model is known its parts are modules in modules, then the rows of a matrix of weights, then the calls
of a module that is used more than once, as a recurrent one is at every step in time. Without a model, or
where a part has still too many nodes, they are runs of the same operation, or stretches of the computation.
At each level no arrows run in a circle, so the nodes have an order in which every part is one stretch.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot
from typing import Any

from viz.record.division import Box, Division
from viz.record.folding import Group, Link
from viz.record.part_words import IN_ENGLISH, PartWords
from viz.record.passes import Contribution, Forward, Passes


@dataclass(frozen=True, slots=True)
class Levels:
    """A graph in parts: `recorded` are its passes part by part.

    `nodes` are groups of one, `parts` those that open; `inside` has the boxes of each, and of the whole for
    "", by name, and `home` the part that a node or a part lies in. `words` are those of their language.
    """

    recorded: Passes
    nodes: Mapping[str, Group]
    parts: Mapping[str, Group]
    inside: Mapping[str, tuple[str, ...]]
    home: Mapping[str, str]
    words: PartWords = IN_ENGLISH

    def around(self, name: str) -> list[str]:
        """Return the parts that a node or part lies in, the outermost first, and itself at the end."""
        found = [name]
        while home := self.home[found[-1]]:
            found.append(home)
        return found[::-1]

    def box_in(self, part: str, name: str) -> str:
        """Return the box that stands for a node in the picture of a part: one in it, or one beside it."""
        here, there = self.around(part) if part else [], self.around(name)
        apart = next(place for place, one in enumerate(there) if place >= len(here) or here[place] != one)
        return there[apart]

    def box(self, name: str) -> Group:
        """Return a part, or a node as a group of its own."""
        return self.parts.get(name) or self.nodes[name]

    def links(self) -> dict[str, list[Link]]:
        """Return the links that lead to each part, from the boxes of its picture, in their order."""
        counts = {name: Counter[str]() for name in self.parts}
        for share in self.recorded.backward:
            for tail, head in self.crossed(share):
                counts[head][tail] += 1
        place = {name: place for place, name in enumerate((*self.nodes, *self.parts))}
        order = {name: place[self.box(name).members[0]] for name in place}
        return {
            head: [Link(tail, head, tails[tail]) for tail in sorted(tails, key=order.__getitem__)]
            for head, tails in counts.items()
        }

    def crossed(self, share: Contribution) -> Iterator[tuple[str, str]]:
        """Yield the links that a share goes along: the box it comes to, and each part that it leaves."""
        there = self.around(share.target)
        for head in self.around(share.source)[:-1]:
            if head not in there:
                yield self.box_in(self.home[head], share.target), head

    def ordered(self, recorded: Passes) -> Passes:
        """Return passes through the same graph part by part, with gradients added up in that order."""
        return recorded.ordered({node: place for place, node in enumerate(self.nodes)})

    def lengths(self, recorded: Passes) -> dict[str, dict[str, float]]:
        """Return the lengths of the gradients of parts, "N", and of the shares along links, "L"."""
        gradients = recorded.gradients
        shares: dict[str, list[float]] = defaultdict(list)
        for share in recorded.backward:
            for tail, head in self.crossed(share):
                shares[Link(tail, head, 0).arrow].append(share.contribution)
        return {
            "N": {
                name: hypot(*(gradients.get(member, 0.0) for member in group.members))
                for name, group in self.parts.items()
            },
            "L": {arrow: hypot(*passed) for arrow, passed in shares.items()},
        }


def levels(recorded: Passes, model: Any = None, words: PartWords = IN_ENGLISH) -> Levels:
    """Return the levels of detail of recorded passes, whose parts `words` name; raise as `network_nodes`."""
    graph = Division(recorded, model, words)
    parts: dict[str, Group] = {}
    home: dict[str, str] = {}
    top = graph.top()
    waiting: list[tuple[str, list[Box]]] = [("", top)]
    inside: dict[str, tuple[str, ...]] = {}
    boxes: list[tuple[str, Box]] = []
    while waiting:
        outer, groups = waiting.pop()
        names: list[str] = []
        for box in groups:
            if box.title is None:
                name = graph.ids[box.members[0]]
            else:
                name = f"g{len(boxes) + 1}"
                boxes.append((name, box))
                waiting.append((name, box.groups or graph.divided(box)))
            home[name] = outer
            names.append(name)
        inside[outer] = tuple(names)
    order = _nested(inside)
    rank = {node: place for place, node in enumerate(order)}
    for name, box in boxes:
        members = sorted((graph.ids[i] for i in box.members), key=rank.__getitem__)
        parts[name] = graph.group(name, box, members)
    for name, group in reversed(parts.items()):  # what is inside comes after what it lies in
        formulas = {parts[box].formula if box in parts else "" for box in inside[name]}
        if len(formulas) == 1 and (formula := formulas.pop()):
            parts[name] = replace(group, formula=f"{len(inside[name])} × {formula}")
    steps = {step.node: step for step in recorded.forward}
    found = Levels(recorded, {node: _alone(steps[node]) for node in order}, parts, inside, home, words)
    return replace(found, recorded=found.ordered(recorded))


def in_parts(recorded: Passes, parts: Mapping[str, str]) -> Levels:
    """Return passes with each node in the part that has its name in `parts`, one stretch after the other."""
    members: dict[str, list[str]] = defaultdict(list)
    for step in recorded.forward:
        members[parts[step.node]].append(step.node)
    groups = {name: Group(name, name, tuple(nodes), {}) for name, nodes in members.items()}
    inside = {"": tuple(groups)} | {name: tuple(nodes) for name, nodes in members.items()}
    home = dict.fromkeys(groups, "") | {step.node: parts[step.node] for step in recorded.forward}
    return Levels(recorded, {step.node: _alone(step) for step in recorded.forward}, groups, inside, home)


def _alone(step: Forward) -> Group:
    """Return a node as a group of its own."""
    return Group(step.node, step.name, (step.node,), {step.operation: 1}, output=step.node)


def _nested(inside: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the nodes in the order of the boxes that they lie in."""
    order: list[str] = []
    waiting = [*reversed(inside[""])]
    while waiting:
        name = waiting.pop()
        if name in inside:
            waiting += reversed(inside[name])
        else:
            order.append(name)
    return order
