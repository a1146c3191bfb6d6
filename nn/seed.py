"""Randomness is explicit: a seed or a generator is handed in, `random`'s global state is never touched."""

from __future__ import annotations

from random import Random
from typing import TypeAlias

Seed: TypeAlias = int | Random | None
"""An int gives the same numbers in every run; a generator is drawn from; None differs from run to run."""


def generator(seed: Seed) -> Random:
    """Return the generator that `seed` stands for."""
    return seed if isinstance(seed, Random) else Random(seed)
