"""Every partial of the table, broken in every way that has been seen in the wild, must be caught."""

from __future__ import annotations

import pytest

from autograd.checks.check import compare
from autograd.primitive import Primitive
from benchmarks.attack.partials import DIFFERENTIABLE, EQUIVALENT, MUTANTS, points, refused

# A mutant asks whether a derivative is None, which instructions can not say before they run.
pytestmark = pytest.mark.usefixtures("recorded_the_general_way")


@pytest.mark.parametrize("primitive", DIFFERENTIABLE, ids=lambda p: p.name)
def test_the_table_itself_passes(primitive: Primitive) -> None:
    for at in points(primitive):
        report = compare(primitive, *at, order=2)
        assert report.ok, f"{at}\n{report}"


@pytest.mark.parametrize(
    ("name", "how", "mutant"), MUTANTS, ids=[f"{name}: {how}" for name, how, _ in MUTANTS]
)
def test_every_mutant_is_killed(name: str, how: str, mutant: Primitive) -> None:
    assert refused(mutant) is ((name, how) not in EQUIVALENT)


def test_a_dropped_accumulation_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep that overwrites an adjoint where it should add is caught by any value used twice."""
    import inspect

    from autograd import graph, transforms

    source = inspect.getsource(graph.adjoints)
    assert "adjoint[arg] += partial * upstream" in source
    scope = dict(vars(graph))
    exec(source.replace("] += partial", "] = partial"), scope)
    monkeypatch.setattr(transforms.graph, "adjoints", scope["adjoints"])
    assert compare(lambda x: x * x, 3.0).entries[0].verdict == "wrong"
