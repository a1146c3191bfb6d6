"""Dividing the nodes of a graph into parts in parts: by module, by row of a matrix, by call, by stretch."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.ops import TABLE
from viz.nesting import Path
from viz.record.folding import Group
from viz.record.grouping import MOST_BOXES, runs
from viz.record.modules import Home, module_of_node, title
from viz.record.network import parameter_names
from viz.record.neuron import terms_of
from viz.record.part_words import Outside, PartWords
from viz.record.passes import Passes
from viz.record.quotient_graph import Arguments, grouped, in_order, tangled
from viz.record.replay import rebuilt
from viz.text import printable

SMALL = 20
"""The most nodes of a graph whose modules are not kept apart."""

SMALLEST = 12
"""The most nodes of a module whose own modules are not kept apart."""

MOST_SCALARS = 60
"""The most nodes that are shown one by one."""

MOST_LOOSE = 8
"""The most nodes beside the parts of a part that are shown one by one."""

INDEX = re.compile(r"\[(\d+)\]")
"""A place in a list, in the path of a parameter."""

STRETCH = 40
"""About how many nodes a stretch of a part has that nothing else divides."""


@dataclass(slots=True)
class Box:
    """Nodes, by their places, that become a box: a scalar if there is no title. `level` counts the modules
    around it. `groups` are inside, where that is known already; `apart` it stands, not to share a box."""

    title: str | None
    members: list[int]
    level: int = 0
    groups: list[Box] | None = None
    apart: bool = False


class Division:
    """What dividing a graph looks at: for each node its arguments, module, row of a matrix, and call."""

    def __init__(self, recorded: Passes, model: Any, words: PartWords) -> None:
        self.steps, self.model, self.words = recorded.forward, model, words
        self.ids = [step.node for step in self.steps]
        place = {node: i for i, node in enumerate(self.ids)}
        self.args: Arguments = [
            [place[arg] for arg in step.args if isinstance(arg, str)] for step in self.steps
        ]
        self.users: list[list[int]] = [[] for _ in self.ids]
        for i, args in enumerate(self.args):
            for arg in args:
                self.users[arg].append(i)
        paths = {} if model is None else parameter_names(recorded, model)
        self.parameters = {place[node] for node in paths}
        self.module_of_node: list[Home] = [Outside.BEFORE] * len(self.ids)
        if paths:
            values = rebuilt(recorded)
            by_node = module_of_node(values.values(), {values[node]: path for node, path in paths.items()})
            self.module_of_node = [by_node[values[node]] for node in self.ids]
        self.rows = self._rows({place[node]: path for node, path in paths.items()})
        self.calls = self._calls()

    def _own(self, i: int) -> list[int]:
        """Return the arguments of a node that lie in its own module."""
        return [arg for arg in self.args[i] if self.module_of_node[arg] == self.module_of_node[i]]

    def _rows(self, paths: Mapping[int, str]) -> list[int | None]:
        """Return the row of its module's matrices that each node belongs to: w[3][0] is in row 3."""
        indices = {i: [int(place) for place in INDEX.findall(path)] for i, path in paths.items()}
        matrices = {self.module_of_node[i] for i, found in indices.items() if len(found) > 1}
        rows: list[int | None] = []
        for i in range(len(self.ids)):
            if i in indices:
                rows.append(indices[i][0] if indices[i] and self.module_of_node[i] in matrices else None)
                continue
            own = self._own(i)
            used = {rows[arg] for arg in own if arg in self.parameters} or {rows[arg] for arg in own}
            rows.append(used.pop() if len(used) == 1 else None)
        return rows

    def _calls(self) -> list[int]:
        """Return the call of its module that each node belongs to, from 1; 0 for parameters of several."""
        calls = [0] * len(self.ids)
        for parameter in self.parameters:
            # What is computed of the input alone may stand anywhere: its turn comes where its result is used.
            used = sorted({*self.users[parameter]}, key=lambda i: min(self.users[i], default=i))
            for count, user in enumerate(used, start=1):
                calls[user] = max(calls[user], count)
        for i in range(len(self.ids)):
            calls[i] = max((calls[i], *(calls[arg] for arg in self._own(i))))
        for i in reversed(range(len(self.ids))):
            later = {
                calls[user] for user in self.users[i] if self.module_of_node[user] == self.module_of_node[i]
            }
            weighted = not self.parameters.isdisjoint(self.args[i])
            if later and (weighted or (i in self.parameters and len(later) == 1)):
                calls[i] = max(calls[i], min(later))
        return calls

    def top(self) -> list[Box]:
        """Return the boxes of the whole graph; the result is always alone."""
        every = [*range(len(self.ids))]
        if len(every) <= (SMALL if self.parameters else MOST_SCALARS):
            return scalars(every)
        if self.parameters:
            return self.divided(Box(type(self.model).__name__, every))
        keys, titles = runs(self.args, [step.operation for step in self.steps], self.words)
        return _numbered(self._grouped(every, [*keys[:-1], "result"], [*titles[:-1], None]))

    def divided(self, group: Box) -> list[Box]:
        """Return the boxes inside a group."""
        members, level = group.members, group.level
        here = [self.module_of_node[i] for i in members]
        deepest = max((len(home) for home in here if isinstance(home, tuple)), default=0)
        while level < deepest and len({_within(home, level) for home in here}) == 1 and len(here) > 1:
            level += 1
        if level < deepest and len(members) > SMALLEST:
            return self._by_module(members, group.title or "", level)
        if len(members) <= MOST_SCALARS:
            return scalars(members)
        assert group.title is not None
        called = {call: place for place, call in enumerate(sorted({self.calls[i] for i in members} - {0}), 1)}
        for found, sign in (
            ([self.rows[i] for i in members], "[{}]"),
            ([called.get(self.calls[i]) for i in members], " #{}"),
        ):
            if len({*found} - {None}) > 1 and not tangled(
                self._arguments(members), self._loose(members, found)
            ):
                titles = [None if key is None else group.title + sign.format(key) for key in found]
                return self._collected(members, found, titles, group.title, level)
        count = min(-(-len(members) // STRETCH), MOST_BOXES)
        stretch = [n * count // len(members) for n in range(len(members))]
        return _numbered(
            self._grouped(members, stretch, [f"{group.title} ({k + 1})" for k in stretch], level)
        )

    def _by_module(self, members: list[int], name: str, level: int) -> list[Box]:
        found = [_within(self.module_of_node[i], level) for i in members]
        keys: list[Hashable] = [*found]
        circling = tangled(self._arguments(members), self._loose(members, keys))
        if circling:
            keys = [
                (key, self._call(i)) if key in circling else key for key, i in zip(keys, members, strict=True)
            ]
        titles = [
            None if path is None else title(path, self.model) + (self._call(i) if path in circling else "")
            for path, i in zip(found, members, strict=True)
        ]
        return self._collected(members, keys, titles, name, level + 1)

    def _call(self, i: int) -> str:
        """Return what a title ends in that tells the call of a node, or that it is a parameter of several."""
        if not self.calls[i] and i in self.parameters:
            return f".{self.words.parameters}"
        return f" #{self.calls[i]}"

    def _collected(
        self,
        members: list[int],
        keys: Sequence[Hashable],
        titles: Sequence[str | None],
        name: str,
        level: int,
    ) -> list[Box]:
        """Group the members; those without a key stay alone if they are few, and are parts if not."""
        keys, names, loose = [*keys], [*titles], set[str]()
        kinds = [
            (
                self.module_of_node[i],
                i in self.parameters,
                not self.args[i] and self.module_of_node[i] is not Outside.BEFORE,
            )
            for i in members
        ]
        few = Counter(kind for kind, title in zip(kinds, titles, strict=True) if title is None)
        for n, (i, kind) in enumerate(zip(members, kinds, strict=True)):
            if names[n] is None and few[kind] > MOST_LOOSE and i != len(self.ids) - 1:
                home, given, leaf = kind
                words = self.words
                what = words.parameters if given else words.given if leaf else words.between
                keys[n] = kind
                names[n] = words.outside(home) if isinstance(home, Outside) else f"{name}.{what}"
                loose.add(str(names[n]))
        groups = self._grouped(members, keys, names, level)
        for group in groups:
            group.apart = group.title is None or group.title in loose
        return self._banded(_numbered(groups))

    def _grouped(
        self, members: list[int], keys: Sequence[Hashable], titles: Sequence[str | None], level: int = 0
    ) -> list[Box]:
        """Return groups in an order that all arrows follow; those in a circle are split into stages."""
        args = self._arguments(members)
        known: list[Hashable] = [
            ("alone", n) if name is None else key
            for n, (key, name) in enumerate(zip(keys, titles, strict=True))
        ]
        return [
            Box(titles[inside[0]], [members[n] for n in inside], level) for inside in grouped(args, known)
        ]

    def _banded(self, groups: list[Box]) -> list[Box]:
        """Return at most about `MOST_BOXES` groups: of too many, neighbours that are not apart share a box.

        They stay as they are where boxes of several would depend on each other in turn.
        """
        parts = [group for group in groups if not group.apart]
        if len(parts) <= MOST_BOXES:
            return groups
        size = -(-len(parts) // (MOST_BOXES // 2))
        bands = [_band(parts[start : start + size]) for start in range(0, len(parts), size)]
        boxes = [*bands, *(group for group in groups if group.apart)]
        key = {i: place for place, group in enumerate(boxes) for i in group.members}
        members = sorted(key)
        args, keys = self._arguments(members), [key[i] for i in members]
        return groups if tangled(args, keys) else [boxes[int(str(place))] for place in in_order(args, keys)]

    def _arguments(self, members: Sequence[int]) -> Arguments:
        place = {i: n for n, i in enumerate(members)}
        return [[place[arg] for arg in self.args[i] if arg in place] for i in members]

    def _loose(self, members: Sequence[int], keys: Sequence[Hashable]) -> list[Hashable]:
        return [("alone", i) if key is None else key for i, key in zip(members, keys, strict=True)]

    def group(self, name: str, box: Box, members: Sequence[str]) -> Group:
        """Return a box as a group, with its members in this order."""
        inside, last = {*box.members}, len(self.ids) - 1
        outputs = [i for i in box.members if i == last or not inside.issuperset(self.users[i])]
        alone = outputs[0] if len(outputs) == 1 else None
        return Group(
            name=name,
            title=printable(str(box.title)),
            members=tuple(members),
            operations=dict(Counter(self.steps[i].operation for i in box.members).most_common()),
            parameters=len(inside & self.parameters),
            inner=sum(arg in inside for i in box.members for arg in self.args[i]),
            output=None if alone is None else self.ids[alone],
            formula="" if alone is None else self._neuron(box.members, alone),
        )

    def _neuron(self, members: Sequence[int], output: int) -> str:
        """Return how the members make the output, if they are a neuron: weights, a sum, a function of it."""
        own = {i for i in members if i in self.parameters}
        own |= {arg for i in members for arg in self.args[i] if arg in self.parameters}
        results = [i for i in members if self.args[i]]
        functions: list[str] = []
        total = output
        while total in results and len(self.steps[total].args) == 1 and not self._adds(total):
            functions.append(self.steps[total].operation)
            (total,) = self.args[total]
        weights = {self.ids[i] for i in own}
        sums = {self.ids[i] for i in results if self._adds(i)}
        products = {self.ids[i] for i in results if self.steps[i].operation == "mul"}
        if self.ids[total] not in sums or len(results) != len(functions) + len(sums) + len(products):
            return ""
        terms = [terms_of(TABLE[self.steps[i].operation], self.steps[i].args) for i in results]
        if any(weights.isdisjoint(pair) for pairs, _ in terms for pair in pairs):
            return ""
        addends = {arg for _, added in terms for arg in added}
        if not addends <= weights | sums | products | {0.0}:
            return ""
        formula = "W·x" if weights.isdisjoint(addends) else "W·x + b"
        for function in reversed(functions):
            formula = f"{function}({formula})"
        return formula

    def _adds(self, i: int) -> bool:
        return TABLE[self.steps[i].operation].adds


def _band(groups: list[Box]) -> Box:
    """Return groups as one, which opens them, or its nodes where they are few."""
    first, last = (str(groups[place].title) for place in (0, -1))
    members = [i for group in groups for i in group.members]
    few = len(groups) == 1 or len(members) <= MOST_SCALARS
    title = first if first == last else f"{first} – {_ending(first, last)}"
    return Box(title, members, groups[0].level, None if few else groups)


def _numbered(groups: list[Box]) -> list[Box]:
    """Number groups of one title in turn: "norm #1", "norm #2", and behind a number "norm #3 (1)"."""
    total = Counter(group.title for group in groups)
    seen = Counter[str]()
    for group in groups:
        if group.title is not None and total[group.title] > 1:
            title = group.title
            seen[title] += 1
            group.title += f" ({seen[title]})" if title[-1].isdigit() and "#" in title else f" #{seen[title]}"
    return groups


def _within(home: Home, level: int) -> Path | None:
    """Return the modules around a node down to a level, None if it lies in none so deep."""
    return home[: level + 1] if isinstance(home, tuple) and len(home) > level else None


def scalars(members: Sequence[int]) -> list[Box]:
    return [Box(None, [i]) for i in members]


def _ending(first: str, last: str) -> str:
    """Return what of a title differs from another's: "8" of "conv #8" beside "conv #1"."""
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    while same and (last[same - 1].isdigit() or last[same - 1] in "["):
        same -= 1
    return last[same:].lstrip("#[ ").rstrip("]") or last
