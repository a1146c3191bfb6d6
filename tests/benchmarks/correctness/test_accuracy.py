"""A fixed, fast sample of `python -m benchmarks accuracy`: no primitive loses digits it need not lose."""

from argparse import ArgumentParser
from math import inf, isnan, nan

import pytest
from flint import arb

from autograd.ops import TABLE
from autograd.transforms import grad
from benchmarks.correctness.accuracy import (
    LIMITS,
    ORDERS,
    REASONS,
    Errors,
    _computed,
    add_arguments,
    as_promised,
    measure,
    stratified,
)
from benchmarks.correctness.definitions import DEFINITIONS


def test_every_primitive_that_rounds_has_a_definition() -> None:
    steps = {name for name, primitive in TABLE.items() if primitive.step_like}
    assert set(TABLE) - set(DEFINITIONS) - steps == {"vanishing_product", "mod", "dot", "clamp"}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_errors_stay_within_the_promised_units(name: str) -> None:
    for order, found in enumerate(measure(name, stratified(TABLE[name], 10, seed=1))):
        assert as_promised(name, order, found), f"{ORDERS[order]} at {found.at}"


def test_units_hold_where_a_million_points_once_showed_more() -> None:
    found = measure("sech_squared", [(0.7452787531473579,)])
    assert all(errors.ulp <= limit for errors, limit in zip(found, LIMITS, strict=True))


@pytest.mark.parametrize(("name", "order"), REASONS)
def test_a_reason_does_not_excuse_that_most_are_off(name: str, order: int) -> None:
    assert as_promised(name, order, Errors(10, (2, 4, 5), 1e6, (0.5,)))
    assert not as_promised(name, order, Errors(10, (2, 4, 4), 1e6, (0.5,)))
    assert not as_promised(name, order, Errors(10, (2, 4, 4), nan, (0.5,)))


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


def test_a_wrong_coefficient_of_a_definition_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEFINITIONS, "exp2", lambda x: (x * arb("0.6931471805599")).exp())
    assert [found.ulp > limit for found, limit in zip(measure("exp2", [(3.0,)]), LIMITS, strict=True)] == [
        True
    ] * 3


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_numbers_measured_are_those_of_grad(name: str) -> None:
    primitive = TABLE[name]
    for point in stratified(primitive, 3, seed=2):
        _, slopes = _computed(primitive, point)
        for index, found in enumerate(slopes):
            once = grad(primitive, index)
            expected = once(*point), grad(once, index)(*point)
            assert all(a == b or (isnan(a) and isnan(b)) for a, b in zip(found, expected, strict=True)), point


def test_whether_a_sum_is_correctly_rounded_is_proved() -> None:
    middle = (1.0, 2.0**-53)  # between two numbers, of which the sum is the lower
    assert measure("add", [middle])[0] == Errors(1, (1, 1, 1), 0.5, middle)
    for last, correct in ((5e-324, 0), (-5e-324, 1)):
        assert measure("sum", [(*middle, last)])[0].within[0] == correct


def test_errors_are_counted_and_the_worst_is_kept() -> None:
    ulps = [0.0, 0.5, 0.75, 1.0, 1.5, 2.0, 7.0]
    together = sum((Errors.of([(ulp, (ulp,))]) for ulp in ulps), Errors())
    assert together == Errors.of([(ulp, (ulp,)) for ulp in ulps]) == Errors(7, (2, 4, 6), 7.0, (7.0,))
    assert (together + Errors.of([(inf, (1.0,))])).at == (1.0,)
    assert Errors.of([]) == Errors()
    worst = Errors.of([(nan, (3.0,))])
    for both in (
        worst + together,
        together + worst,
        Errors.of([(inf, (1.0,)), (nan, (3.0,)), (7.0, (2.0,))]),
    ):
        assert both.at == (3.0,)
    assert (worst + together).within == (together + worst).within == (2, 4, 6)


@pytest.mark.parametrize(
    ("arguments", "told"), [(["--only", "sine"], "'sine'"), (["--points", "0"], "got '0'")]
)
def test_what_cannot_be_measured_is_told_in_a_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = ArgumentParser()
    add_arguments(parser)
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err.splitlines()[-1]
