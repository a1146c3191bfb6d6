"""The operations that results need, each of them once: dead code goes, and equal operations are made one.

A recording has many scalars, and each has many arguments. So all this is done for the scalars of one depth at
once: those that lie as far from the leaves. Rows of factors count as scalars here, between a dot and them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.record.factor_rows import spelled_out, with_rows
from autograd.compiler.record.recording import Index, Recording
from autograd.compiler.record.segments import Flags, Integers, Segments, by_number, distinct_numbers, starts
from autograd.nary import nary_dot
from autograd.ops import add
from autograd.primitive import Primitive

Transparent: TypeAlias = Mapping[Primitive, int]
"""Operations that give one argument as it is, and which."""

ROW = -(2**63)
"""Stands for a row of factors among the codes of operations."""


class Calls:
    """A recording in columns: which operation each scalar is, by its code, its arguments, all depths.

    Behind the scalars come the rows of factors. A `transparent` operation has its one argument in place of
    all of them.
    """

    def __init__(self, recording: Recording, transparent: Transparent) -> None:
        count = len(recording)
        self.args = with_rows(recording.args.shared(), recording.made_by([nary_dot]))
        rows = (0, len(self.args.start) - 1 - count)
        self.op = np.pad(np.array(recording.code), rows, constant_values=ROW)
        depth = np.pad(2 * np.array(recording.depth), rows)
        of_rows = Segments(self.args.flat, self.args.start[count:])
        depth[count:] = 1 + of_rows.reduced(np.maximum, depth[self.args.flat], 0)
        self.by_depth = [scalars for scalars in by_number(depth) if len(scalars)]
        self.transparent = np.pad(recording.made_by(transparent), rows)
        for op, alone in transparent.items():
            scalars = np.flatnonzero(recording.made_by([op]))
            at, start = self.args.places(scalars)
            self.args.flat[at] = np.repeat(self.args.flat[at[start[:-1] + alone]], np.diff(start))

    def needed(self, outputs: Sequence[Index]) -> Flags:
        """Mark what the outputs need."""
        live = np.zeros(len(self.op), bool)
        live[list(outputs)] = True
        for scalars in reversed(self.by_depth[1:]):
            live[self.args.chosen(scalars[live[scalars]]).flat] = True
        return live


@dataclass(frozen=True, slots=True)
class Distinct:
    """The operations to be done: the `scalars` that are their results, and their arguments.

    These may be `rows`, which stand behind the scalars and have factors for arguments, none of them a number.
    `first[i]` is the scalar or row that stands for i, and `depth[i]` how far that one is from the leaves.
    """

    scalars: Integers
    rows: Integers
    args: Segments
    first: Integers
    depth: Integers


def distinct(
    recording: Recording, outputs: Sequence[Index], transparent: Transparent, kept: Sequence[Index]
) -> Distinct:
    """Return the operations that the outputs need; of the equal ones the first, which takes their place.

    What only passes its argument on is not done at all: what is `transparent`, and x + 0 unless it is `kept`.
    """
    calls = Calls(recording, transparent)
    live = np.flatnonzero(calls.needed(outputs))
    _pass_zeros_on(calls, recording, kept)
    for seed in count():
        named, depth = _names(calls, seed)
        first = np.arange(len(calls.op))
        at, which = distinct_numbers(named[live])
        first[live] = live[at[which]]
        others = live[(first[live] != live) & ~calls.transparent[live]]
        if _are_equal(calls, first, others):  # two names are the same once in 2⁶⁴ times
            break
    done = np.zeros(len(first), bool)
    done[live[first[live] == live]] = True
    done[calls.op < 0] = False
    args = Segments(first[calls.args.flat], calls.args.start)
    args = spelled_out(args, _dots_to_spell_out(args, recording, done, kept), len(recording))
    scalars = np.flatnonzero(done)
    used = args.chosen(scalars).flat
    done[used[used >= len(recording)]] = True
    rows = np.flatnonzero(done[len(recording) :]) + len(recording)
    flat = args.flat[np.repeat(done, args.counts)]
    return Distinct(scalars, rows, Segments(flat, starts(np.where(done, args.counts, 0))), first, depth)


def _dots_to_spell_out(args: Segments, recording: Recording, done: Flags, kept: Sequence[Index]) -> Integers:
    """Return the dots that are not to be products of rows: those to be done as written, and with numbers."""
    rows = (0, len(done) - len(recording))
    is_number = np.pad(np.frombuffer(recording.is_number, bool), rows)
    has_numbers = args.reduced(np.logical_or, is_number[args.flat], False)
    has_numbers[: len(recording)] = False
    apart = args.reduced(np.logical_or, has_numbers[args.flat], False)
    apart[list(kept)] = True
    return np.flatnonzero(done & apart & np.pad(recording.made_by([nary_dot]), rows))


def _pass_zeros_on(calls: Calls, recording: Recording, kept: Sequence[Index]) -> None:
    """Make x + 0 transparent."""
    zero = np.zeros(len(calls.op), bool)
    zero[[index for index, number in recording.number.items() if number == 0.0]] = True
    adds = np.zeros_like(zero)
    adds[: len(recording)] = recording.made_by([add])
    adds[list(kept)] = False
    passing = np.flatnonzero(calls.transparent | adds)
    left, right = (
        calls.args.flat[calls.args.start[passing]],
        calls.args.flat[calls.args.start[passing + 1] - 1],
    )
    for index, is_add, x, y in zip(
        passing.tolist(), adds[passing].tolist(), left.tolist(), right.tolist(), strict=True
    ):
        if not is_add:
            zero[index] = zero[x]
        elif zero[x] or zero[y]:
            calls.transparent[index] = True
            calls.args.flat[calls.args.start[index] : calls.args.start[index + 1]] = x if zero[y] else y


def _names(calls: Calls, seed: int) -> tuple[NDArray[np.uint64], Integers]:
    """Return a name for each scalar, a number that equal ones share by chance alone, and its depth.

    What is transparent has name and depth of its argument.
    """
    rng = np.random.default_rng(seed)
    longest = int(calls.args.counts.max(initial=1))
    by_place = rng.integers(2**64, size=longest, dtype=np.uint64)
    named = rng.integers(2**64, size=len(calls.op), dtype=np.uint64)
    depth = np.zeros(len(calls.op), int)
    for scalars in calls.by_depth[1:]:
        args = calls.args.chosen(scalars)
        places = np.arange(len(args.flat)) - np.repeat(args.start[:-1], args.counts)
        total = args.reduced(np.add, named[args.flat] * by_place[places], 0)
        passed = calls.transparent[scalars]
        first = args.flat[args.start[:-1]]
        named[scalars] = np.where(passed, named[first], _mixed(total + calls.op[scalars].astype(np.uint64)))
        depth[scalars] = np.where(passed, depth[first], 1 + args.reduced(np.maximum, depth[args.flat], 0))
    return named, depth


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return numbers whose bits all depend on all bits; this is splitmix64's last step."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _are_equal(calls: Calls, first: Integers, scalars: Integers) -> bool:
    """Tell whether scalars are the same operations on the same arguments as what comes first."""
    one, another = calls.args.chosen(scalars), calls.args.chosen(first[scalars])
    return (
        np.array_equal(calls.op[scalars], calls.op[first[scalars]])
        and np.array_equal(one.start, another.start)
        and np.array_equal(first[one.flat], first[another.flat])
    )
