"""A user's operations as they were when they were recorded, whatever becomes of what they read from outside.

A recording is bound, differentiated and exported later, and each of these would read it anew. So what an
operation computes is written down as instructions, and its rules as the operations that they apply.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from autograd.compiler.record.operations import fast_or_exact
from autograd.notation.listing import Symbol, computed, listed
from autograd.operators import Operators
from autograd.ops import TABLE
from autograd.outside import outside
from autograd.primitive import CACHE_SIZE, Primitive, Rule, unless, when

FEW = (1, 2, 3)
"""For how many arguments an operation on any number is written down, beside all; one stands for a row."""


class Keeper:
    """The operations of one recording, each as it was when it was first met there."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Primitive, int], Primitive] = {}

    def __copy__(self) -> Keeper:
        other = Keeper()
        other._kept |= self._kept
        return other

    def kept(self, primitive: Primitive, count: int) -> Primitive:
        """Return what stands for an operation on `count` arguments: itself, if nothing can change that."""
        if outside(primitive) == ():
            return _reading_all(primitive, count)
        key = primitive, count
        if key not in self._kept:
            rules: list[Callable[..., Any] | None] = []

            def rule_at(n: int) -> Rule:
                return lambda *args: rules[n](*args)  # type: ignore[misc]

            changed: dict[str, Any] = {"impl": _kept_impl(primitive, count), "expansion_is_exact": False}
            if primitive.arity is None:
                changed["all_partials"] = rule_at(0)
            else:
                changed["partials"] = tuple([p and rule_at(n) for n, p in enumerate(primitive.partials)])
            # It is there before its rules, which may apply it.
            self._kept[key] = replace(primitive, **changed)
            if primitive.all_partials is not None:
                rules.append(_Steps(self, 1 + count, primitive.all_partials).all)
            rules += [p and _Steps(self, 1 + count, _in_a_row(p)).first for p in primitive.partials]
        return self._kept[key]


@lru_cache(CACHE_SIZE)
def _reading_all(primitive: Primitive, count: int) -> Primitive:
    """Return what stands for an operation, itself if its result needs all arguments.

    Over arrays, what passes over an argument would lack the axes that it alone has.
    """
    if primitive is fast_or_exact or (TABLE.get(primitive.name) is primitive and primitive.arity is None):
        return primitive
    impl = _over_all(primitive.impl, listed(primitive.impl, [None] * count))
    return primitive if impl is None else replace(primitive, impl=impl, expansion_is_exact=False)


def _over_all(impl: Callable[..., Any], written: tuple[Any, ...]) -> Callable[..., Any] | None:
    """Return an `impl` that asks for each argument that another passes over, None if there is none."""
    calls, symbols, result = written
    needed = {x for call in calls for x in call.arguments if isinstance(x, Symbol)} | {result}
    passed_over = [n for n, symbol in enumerate(symbols) if symbol not in needed]

    def over_all(xp: Any, *args: Any) -> Any:
        out = impl(xp, *args)
        for n in passed_over:
            out = xp.where(args[n] == args[n], out, out)
        return out

    return over_all if passed_over else None


def _kept_impl(primitive: Primitive, count: int) -> Callable[..., Any]:
    """Return the `impl` that runs the instructions of another."""
    written = {count: listed(primitive.impl, [None] * count)}
    for few in FEW if primitive.arity is None else ():
        with suppress(IndexError, TypeError, ValueError):  # it takes no such number of them
            written[few] = listed(primitive.impl, [None] * few, row=few == 1)
    impl = partial(_computed, primitive.name, written)
    return _over_all(impl, written[count]) or impl


def _computed(name: str, written: Mapping[int, tuple[Any, ...]], xp: Any, *args: Any) -> Any:
    if len(args) not in written:
        raise ValueError(f"{name} was recorded with {next(iter(written))} arguments, got {len(args)}")
    calls, symbols, result = written[len(args)]
    return computed(calls, dict(zip(symbols, args, strict=True)), result, xp)


def _in_a_row(rule: Rule) -> Rule:
    """Return the rule for one partial as one for several."""
    return lambda *args: (rule(*args),)


class _Steps:
    """What a rule for several partials does with what it is given: operations, comparisons and choices."""

    def __init__(self, keeper: Keeper, count: int, rule: Rule) -> None:
        self.keeper = keeper
        self.count = count
        self.calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self.results = tuple(rule(*[_Told(self, n) for n in range(count)]))

    def made(self, function: Callable[..., Any], *args: Any) -> _Told:
        """Add a step and return what stands for its result."""
        self.calls.append((function, args))
        return _Told(self, self.count + len(self.calls) - 1)

    def all(self, *args: Any) -> list[Any]:
        """Return the results of the rule for what it is given now."""
        held = list(args)
        for function, given in self.calls:
            held.append(function(*[held[x.place] if type(x) is _Told else x for x in given]))
        return [held[x.place] if type(x) is _Told else x for x in self.results]

    def first(self, *args: Any) -> Any:
        """Return the only result."""
        return self.all(*args)[0]


class _Told(Operators):
    """Stands for what a rule is given, and for the result of each of its steps, by their place."""

    __slots__ = ("place", "steps")
    rank = 6  # above a recorded scalar, below a Dual

    def __init__(self, steps: _Steps, place: int) -> None:
        self.steps = steps
        self.place = place

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        steps = next(arg.steps for arg in args if type(arg) is cls)
        return steps.made(steps.keeper.kept(primitive, len(args)), *args)

    def selecting(self, partial: Any, holds: bool) -> Any:
        return self.steps.made(when if holds else unless, self, partial)

    def __lt__(self, other: Any) -> Any:
        return self.steps.made(operator.lt, self, other)

    def __gt__(self, other: Any) -> Any:
        return self.steps.made(operator.gt, self, other)

    def __le__(self, other: Any) -> Any:
        return self.steps.made(operator.le, self, other)

    def __ge__(self, other: Any) -> Any:
        return self.steps.made(operator.ge, self, other)
