"""A short run of every campaign of `python -m benchmarks attack`, other trials with every commit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.attack import CAMPAIGNS
from benchmarks.attack.campaign import one_by_one

ROOT = Path(__file__).parents[2]


def seed_of_commit() -> int:
    """Return a number of the commit that is checked out; 0 without one."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return int(done.stdout[:6] or "0", 16)


@pytest.mark.parametrize("name", [name for name, campaign in CAMPAIGNS.items() if campaign.sample])
def test_what_is_promised_holds(name: str) -> None:
    if name == "page" and not shutil.which("chromium"):
        pytest.skip("no browser on this machine")
    campaign, seed = CAMPAIGNS[name], seed_of_commit()
    broken = campaign.attack(seed, range(campaign.sample))
    assert not broken, f"python -m benchmarks attack {name} --seed {seed}"


def test_what_breaks_is_told_by_its_number_and_so_is_what_is_raised() -> None:
    def trial(seed: int, number: int) -> str | None:
        return None if number % 3 else f"{6 // number} of {seed}"

    assert one_by_one(trial)(7, range(5)) == [
        "0: raised ZeroDivisionError('integer division or modulo by zero')",
        "3: 2 of 7",
    ]
