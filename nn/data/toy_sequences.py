"""Sequences made by code, of which it is known what is to be learned: a far memory, and a translation."""

from __future__ import annotations

from nn.seed import Seed, generator
from nn.sizes import require_at_least


def first_bits(count: int, steps: int, *, seed: Seed = 0) -> tuple[list[list[list[float]]], list[float]]:
    """Return `count` sequences of `steps` random bits, a row of one number each, and the first bit of each.

    A bit is −1 or 1 in the sequence, 0 or 1 as the target; what follows the first is of no use. Raises
    ValueError for fewer than one sequence or step.
    """
    require_at_least(1, count=count, steps=steps)
    rng = generator(seed)
    sequences = [[[rng.choice((-1.0, 1.0))] for _ in range(steps)] for _ in range(count)]
    return sequences, [float(sequence[0][0] > 0) for sequence in sequences]


def reversals(
    count: int, length: int, *, letters: str = "abcdefghijklmnopqrstuvwxyz", seed: Seed = 0
) -> list[tuple[str, str]]:
    """Return `count` random strings of `length` letters, each with the string read backwards.

    It is a translation whose grammar is known: the first word of the one language is the last of the other.
    Raises ValueError for fewer than one string or letter.
    """
    require_at_least(1, count=count, length=length, letters=len(letters))
    rng = generator(seed)
    strings = ["".join(rng.choice(letters) for _ in range(length)) for _ in range(count)]
    return [(string, string[::-1]) for string in strings]
