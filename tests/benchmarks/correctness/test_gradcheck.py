"""A sample of what `python -m benchmarks gradcheck` measures."""

import sys
from math import isfinite

import pytest

from autograd.ops import TABLE
from benchmarks.correctness.gradcheck import FAMILIES, KINDS, fault, right_case, verdict


def test_right_functions_are_not_blamed() -> None:
    for number in range(60):
        said, where = verdict(7, number)
        assert said == "ok", where


def test_planted_faults_are_caught_and_leave_the_table_as_it_was() -> None:
    before = {name: (p.partials, p.all_partials) for name, p in TABLE.items()}
    found = [hit for hit in (fault(7, number) for number in range(20 * len(KINDS))) if hit]
    assert {kind for kind, *_ in found} == {*KINDS}
    for kind, where, report in found:
        assert any(entry.verdict == "wrong" for entry in report.entries), f"{kind}: {where}\n{report}"
    assert {name: (p.partials, p.all_partials) for name, p in TABLE.items()} == before


def test_without_mpmath_a_right_function_is_never_called_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    for number in range(40):
        said, where = verdict(8, number)
        assert said in ("ok", "inconclusive"), where


def test_every_family_has_finite_points_and_comes_up() -> None:
    met = set()
    for number in range(600):
        case = right_case(9, number)
        met.add(case.name)
        assert all(map(isfinite, case.point))
    assert {*FAMILIES} <= met
