"""Randomness is explicit: a seed or a generator is handed in; without one, Python's global one draws."""

from __future__ import annotations

import random
from numbers import Integral
from random import Random
from typing import TypeAlias

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
