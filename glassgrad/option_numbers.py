"""The numbers that options take, and what is said of others."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from math import inf, nan

MOST_LAYERS = 100


def widths(text: str) -> list[int]:
    """Return how many neurons each layer has; 0 alone is no layer."""
    found = [] if text.strip() == "0" else [whole(part) for part in text.split(",")]
    if len(found) > MOST_LAYERS:
        raise ArgumentTypeError(f"{len(found)} layers, accepted are at most {MOST_LAYERS}")
    return found


def whole(text: str) -> int:
    """Return a whole number from 1 to a million."""
    if not re.fullmatch(r"\d{1,7}", text.strip(), re.ASCII) or not 1 <= int(text) <= 1_000_000:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1000000")
    return int(text)


def positive(text: str) -> float:
    """Return a number above 0."""
    if not 0.0 < (number := _number(text)) < inf:
        raise ArgumentTypeError(f"{text!r} is not a positive number")
    return number


def temperature(text: str) -> float:
    """Return a number from 0 on."""
    if not 0.0 <= (number := _number(text)) < inf:
        raise ArgumentTypeError(f"{text!r} is not a number from 0 on")
    return number


def _number(text: str) -> float:
    """Return the number that a text is, nan for what is none."""
    try:
        return float(text)
    except ValueError:
        return nan
