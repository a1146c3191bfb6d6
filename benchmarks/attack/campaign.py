"""A campaign: what is attacked, and what one trial finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Attack: TypeAlias = Callable[[int, range], list[str]]
"""`attack(seed, numbers)`: those trials; a line for each break, with the input that shows it."""


@dataclass(frozen=True)
class Campaign:
    """What is attacked, with how many trials it is meant to be run, and how a run of trials is done.

    Trial n of a seed is always the same, so that a break is told by its seed and number. `every` campaigns
    have no more trials than `goal`: run at that count they are complete. `sample` trials take a few seconds.
    `at_once` trials go to one process together. `parts` are what trials try
    in turn, that with the number of the seed first; each is told in a row.
    """

    about: str
    attack: Attack
    goal: int
    sample: int
    unit: str
    at_once: int = 50
    every: bool = False
    parts: tuple[str, ...] = ()


def one_by_one(trial: Callable[[int, int], str | None]) -> Attack:
    """Return the attack of a trial that stands for itself; what a trial raises is a break too."""

    def attack(seed: int, numbers: range) -> list[str]:
        found = []
        for number in numbers:
            try:
                broken = trial(seed, number)
            except Exception as error:
                broken = f"raised {error!r}"
            if broken is not None:
                found.append(f"{number}: {broken}")
        return found

    return attack
