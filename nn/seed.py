"""Randomness is explicit: a seed or a generator is handed in; without one, Python's global one draws."""

from __future__ import annotations

import random
from _random import Random as Twister
from collections.abc import Iterable
from numbers import Integral
from random import Random
from typing import Any, TypeAlias

from autograd.commit import UPDATE, Part

Seed: TypeAlias = int | Random | None
"""An int gives the same numbers in every run; a generator is drawn from; None is Python's global one."""

GLOBAL: Random = random.uniform.__self__  # type: ignore[attr-defined]
"""What `random.seed` seeds, and `random.uniform` draws from."""


def generator(seed: Seed) -> Random:
    """Return the generator that `seed` stands for. Raises TypeError for what is no seed."""
    if seed is None:
        return GLOBAL
    if not isinstance(seed, (Random, Integral)):
        raise TypeError(f"a seed is a whole number, a random.Random or None, got {seed!r}")
    return seed if isinstance(seed, Random) else Random(int(seed))


def position(generator: Random) -> tuple[Any, Any]:
    """Return where a generator stands in its sequence."""
    return Twister.getstate(generator), vars(generator).get("gauss_next")


def placed(generators: Iterable[Random], positions: Iterable[tuple[Any, Any]]) -> tuple[Part, Part]:
    """Return what sets generators to where others stood."""
    generators, states, spares = list(generators), *map(list, zip(*positions, strict=True))
    return (
        (Twister.setstate, generators, states),
        (UPDATE, list(map(vars, generators)), [{"gauss_next": spare} for spare in spares]),
    )
