"""Choosing the groups of a folded graph: by module where the model is known, else by structure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from autograd import Value
from viz.record.folding import Folded, fold
from viz.record.model import Model
from viz.record.modules import Home, title
from viz.record.part_words import IN_ENGLISH, PartWords
from viz.record.passes import label_of
from viz.record.quotient_graph import Arguments, arguments, stages

MOST_BOXES = 24
"""The most boxes that a graph is folded to where the choice is ours: about what one glance can take in."""

BANDS = 12


def fold_by_module(
    ids: Mapping[Value, str], home: Mapping[Value, Home], model: Model, level: int | None = None
) -> Folded:
    """Fold a graph into the modules of a model, its data, what follows the model, and the result.

    `level` is how many levels of modules are kept apart: 0 makes the model one box, 1 its layers, 2 their
    neurons. None takes the finest level that gives at most `MOST_BOXES` boxes.
    """
    if level is not None:
        return _fold_at(ids, home, model, level)
    deepest = max((len(place) for place in home.values() if isinstance(place, tuple)), default=0)
    for finest in range(deepest, 0, -1):
        if len({_key(home[node], finest) for node in ids}) < MOST_BOXES:
            folded = _fold_at(ids, home, model, finest)
            if len(folded.groups) <= MOST_BOXES:
                return folded
    return _fold_at(ids, home, model, 0)


def fold_by_structure(ids: Mapping[Value, str]) -> Folded:
    """Fold a graph into runs of the same operation at the same stage of the computation, and the result.

    A leaf joins the run that uses it, if only one does. Where all that gives more than `MOST_BOXES` boxes,
    neighbouring stages share one.
    """
    keys, titles = runs(arguments(ids), [node.op.name if node.op else "" for node in ids])
    return _with_result(ids, keys, titles)


def runs(
    args: Arguments, operations: Sequence[str], words: PartWords = IN_ENGLISH
) -> tuple[list[Hashable], list[str]]:
    """Return for each node the key and the title of its run of one operation, or of its band of stages."""
    stage = stages(args, operations)
    found = list(zip(stage, operations, strict=True))
    users: list[set[tuple[int, str]]] = [set() for _ in found]
    for run, uses in zip(found[:-1], args, strict=False):  # the result stays alone
        for arg in uses:
            users[arg].add(run)
    found = [
        used.pop() if not run[1] and len(used) == 1 else run for run, used in zip(found, users, strict=True)
    ]
    if len(set(found)) > MOST_BOXES:
        return _bands(stage, words)
    return [*found], [name or words.given for _, name in found]


def _bands(stage: Sequence[int], words: PartWords) -> tuple[list[Hashable], list[str]]:
    """Return the keys and titles of `BANDS` groups of about as many stages each."""
    count = max(stage) + 1
    starts = [-(-band * count // BANDS) for band in range(BANDS + 1)]  # rounded up
    bands: list[Hashable] = []
    titles: list[str] = []
    for now in stage:
        band = now * BANDS // count
        first, last = starts[band] + 1, starts[band + 1]
        bands.append(band)
        title = words.stages if first < last else words.stage
        titles.append(title.format(first=f"{first:,}", last=f"{last:,}"))
    return bands, titles


def _fold_at(ids: Mapping[Value, str], home: Mapping[Value, Home], model: Model, level: int) -> Folded:
    keys = [_key(home[node], level) for node in ids]
    titles = {key: title(key, model) for key in set(keys)}
    parameters = [node for node in ids if not node.args and isinstance(home[node], tuple)]
    return _with_result(ids, keys, [titles[key] for key in keys], frozenset(parameters))


def _key(home: Home, level: int) -> Home:
    return home[:level] if isinstance(home, tuple) else home


def _with_result(
    ids: Mapping[Value, str],
    keys: Sequence[Hashable],
    titles: Sequence[str],
    parameters: frozenset[Value] = frozenset(),
) -> Folded:
    *_, result = ids
    return fold(ids, [*keys[:-1], "result"], [*titles[:-1], label_of(result) or "L"], parameters)
