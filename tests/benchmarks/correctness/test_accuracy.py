"""A fixed, fast sample of `python -m benchmarks accuracy`: no primitive loses digits it need not lose."""

from math import inf, nan

import pytest

from autograd.ops import TABLE
from benchmarks.correctness.accuracy import LIMITS, ORDERS, REASONS, Errors, measure, stratified
from benchmarks.correctness.definitions import DEFINITIONS


def test_every_primitive_that_rounds_has_a_definition() -> None:
    steps = {name for name, primitive in TABLE.items() if primitive.step_like}
    assert set(TABLE) - set(DEFINITIONS) - steps == {"vanishing_product", "mod", "dot", "clamp"}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_errors_stay_within_the_promised_units(name: str) -> None:
    worst = measure(name, stratified(TABLE[name], 10, seed=1))
    for order, (found, limit) in enumerate(zip(worst, LIMITS, strict=True)):
        assert found.ulp <= limit or (name, order) in REASONS, f"{ORDERS[order]} at {found.at}"


def test_a_formula_that_cancels_is_found() -> None:
    """The textbook's 1 − tanh² loses everything in the tails; the measure must notice."""
    from dataclasses import replace

    from benchmarks.correctness import accuracy

    cancelling = replace(TABLE["tanh"], partials=(lambda out, x: 1.0 - out * out,))
    table = {**TABLE, "tanh": cancelling}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accuracy, "TABLE", table)
        worst = measure("tanh", [(9.0,)])
    assert worst[1].ulp > 1e5


def test_errors_are_counted_and_the_worst_is_kept() -> None:
    ulps = [0.0, 0.5, 0.75, 1.0, 1.5, 2.0, 7.0]
    together = sum((Errors.of(ulp, (ulp,)) for ulp in ulps), Errors())
    assert together == Errors(7, (2, 4, 6), 7.0, (7.0,))
    assert (together + Errors.of(inf, (1.0,))).at == (1.0,)
    for one, other in ((Errors.of(nan, (3.0,)), together), (together, Errors.of(nan, (3.0,)))):
        assert (one + other).at == (3.0,)
        assert (one + other).within == (2, 4, 6)
