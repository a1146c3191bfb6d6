"""Judges an answer to a question of the notebooks: what is wrong is said, and nothing is raised."""

from collections.abc import Sequence
from math import isclose
from numbers import Real
from typing import Any


def check(answer: Any, right: Any, hint: str) -> None:
    """Print whether `answer` is `right`.

    Integers must be exact, other numbers to half a percent, sequences entry by entry.
    An array is a sequence, one without axes a number. None means that nothing has been tried yet. To a wrong
    answer `hint` is added.
    """
    answer = _plain(answer)
    entries = answer if isinstance(answer, list | tuple) and answer else [answer]
    if all(entry is None for entry in entries):
        print("Your turn: put your answer in the place of None, and run the cell again.")
        return
    wrong = _difference(answer, right)
    print("Right." if wrong is None else f"Not yet: {wrong}. {hint}")


def _difference(answer: Any, right: Any) -> str | None:
    """Return what is wrong with an answer, or None."""
    if isinstance(right, list | tuple):
        if not isinstance(answer, Sequence) or isinstance(answer, str):
            return f"{answer!r} is one answer, {len(right)} are asked for"
        if len(answer) != len(right):
            return f"you gave {len(answer)} answers, {len(right)} are asked for"
        found = ((place, _difference(*pair)) for place, pair in enumerate(zip(answer, right, strict=True), 1))
        return next((f"number {place} of {len(right)}: {wrong}" for place, wrong in found if wrong), None)
    if _is_number(right) and not _is_number(answer):
        return f"{answer!r} is not a number"
    return None if _same(answer, right) else f"it is not {answer!r}"


def _plain(answer: Any) -> Any:
    """Return an array, also among others in a list, as lists of numbers."""
    if isinstance(answer, list | tuple):
        return [*map(_plain, answer)]
    return answer.tolist() if hasattr(answer, "tolist") else answer


def _is_number(thing: Any) -> bool:
    return isinstance(thing, Real) and not isinstance(thing, bool)


def _same(answer: Any, right: Any) -> bool:
    if not _is_number(right) or isinstance(right, int):
        return bool(answer == right)
    try:
        return isclose(answer, right, rel_tol=0.005, abs_tol=1e-9)
    except OverflowError:  # a whole number beyond every float
        return False
