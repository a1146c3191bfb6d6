"""Every partial of the table, broken in every way that has been seen in the wild, must be caught.

The checks under test are the ones users have: `gradcheck` at a handful of points of the primitive's domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from autograd.checks.check import compare
from autograd.cpython import specialise
from autograd.ops import TABLE
from autograd.primitive import Primitive, Rule

# One point at which nothing is zero, one or symmetric, by the sign that the domain asks for.
SPREAD = (0.37, 0.83, 0.59, 0.71, 0.43)


@pytest.fixture(autouse=True)
def _recorded_the_general_way(request: pytest.FixtureRequest) -> Iterator[None]:
    # A mutant asks whether a derivative is None, which instructions can not say before they run.
    specialise.switch_off()
    yield
    if not request.config.getoption("--plain"):
        specialise.switch_on()


def point(primitive: Primitive, scale: float) -> tuple[float, ...]:
    """Return a point inside the domain; `scale` moves it to another place."""

    def inside(i: int) -> float:
        low, high = primitive.interval(i)
        x = SPREAD[i] * scale
        return x if low < x < high else low + SPREAD[i] if low > -1e9 else high - SPREAD[i]

    return tuple(inside(i) for i in range(primitive.arity or 3))


def points(primitive: Primitive) -> list[tuple[float, ...]]:
    places = [point(primitive, scale) for scale in (1.0, 2.3, -1.7)]
    if primitive.arity is None:
        return [*places, tuple(sorted(places[0])), tuple(sorted(places[0], reverse=True))]
    low, high = primitive.interval(0)
    far = [(stretch * places[0][0], *places[0][1:]) for stretch in (4.0, -4.0)]  # beyond every bound
    return places + [at for at in far if low < at[0] < high]


def times(factor: float, partial: Any) -> Any:
    return None if partial is None else factor * partial  # None: the argument was not selected


def plus(offset: float, partial: Any) -> Any:
    return offset if partial is None else partial + offset


def mutants(primitive: Primitive) -> Iterator[tuple[str, Primitive]]:
    for index, rule in enumerate(primitive.partials):
        if rule is None:
            continue

        def broken(how: Rule, index: int = index) -> Primitive:
            return replace(
                primitive, partials=(*primitive.partials[:index], how, *primitive.partials[index + 1 :])
            )

        yield f"sign {index}", broken(lambda *args, rule=rule: times(-1.0, rule(*args)))
        yield f"factor {index}", broken(lambda *args, rule=rule: times(1.001, rule(*args)))
        yield f"missing {index}", broken(None)
        yield f"offset {index}", broken(lambda *args, rule=rule: plus(1e-3, rule(*args)))
    if len(primitive.partials) == 2 and all(primitive.partials):
        yield "swapped operands", replace(primitive, partials=primitive.partials[::-1])
    if primitive.all_partials is not None:
        each = primitive.all_partials

        def changed(change: Callable[[list[Any]], list[Any]]) -> Primitive:
            return replace(primitive, all_partials=lambda *args: change(list(each(*args))))

        yield "sign", changed(lambda partials: [times(-1.0, p) for p in partials])
        yield "factor of the last", changed(lambda partials: [*partials[:-1], times(1.001, partials[-1])])
        yield "rotated operands", changed(lambda partials: partials[1:] + partials[:1])
        yield "first dropped", changed(lambda partials: [0.0, *partials[1:]])


def refused(primitive: Primitive, order: int = 1) -> bool:
    return any(not compare(primitive, *at, order=order).ok for at in points(primitive))


DIFFERENTIABLE = [primitive for primitive in TABLE.values() if not primitive.step_like]
MUTANTS = [
    (primitive.name, how, mutant) for primitive in DIFFERENTIABLE for how, mutant in mutants(primitive)
]

# Mutants that are no mistakes: the partials of these are equal to one another, or shared among ties.
EQUIVALENT = {("add", "swapped operands"), ("sum", "rotated operands")}


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
