"""An operation is one entry of the table: all the rest of the house picks it up with no edit."""

from __future__ import annotations

import pydoc
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, detect_anomaly, grad, gradcheck, jvp, tanh, value_and_grad
from autograd.checks.check import compare
from autograd.notation.formula import partial_formulas, value_formula
from autograd.ops import TABLE, _entries, define, unless, when
from autograd.primitive import Primitive
from autograd.testing import argument_counts, chosen_program
from tests.viz.graph.test_draw import check_harmless, texts
from viz import draw, passes
from viz.player.story import described
from viz.steps.captions import Captions
from viz.steps.words import Words

Entered = Callable[..., Primitive]


@pytest.fixture
def enter() -> Iterator[Entered]:
    """Enter primitives as `define` does, and take them out of the table again."""
    before = dict(_entries)
    yield define
    for name in _entries.keys() - before:
        del _entries[name]
    assert dict(TABLE) == before


@pytest.fixture
def stairs(enter: Entered) -> Primitive:
    """Return a step-like operation: x rounded down to halves."""
    return enter(
        "stairs",
        lambda xp, x: xp.floor(2.0 * x) / 2.0,
        None,
        doc="The largest half ≤ x. Domain: all x. stairs(0.75) = 0.5, slope 0.",
        step_like=True,
        drawn_as="⌊⌋",
    )


@pytest.fixture
def nearer(enter: Entered) -> Primitive:
    """Return an operation that selects: whichever of x and y is nearer to 0."""
    return enter(
        "nearer",
        lambda xp, x, y: xp.where(xp.abs(x) > xp.abs(y), y, x),
        lambda out, x, y: unless(TABLE["abs"](x) > TABLE["abs"](y)),
        lambda out, x, y: when(TABLE["abs"](x) > TABLE["abs"](y)),
        doc="Whichever of x and y is nearer to 0. Domain: all x, y.",
    )


def test_a_step_is_computed_and_passes_nothing(stairs: Primitive) -> None:
    x = Value(0.8)
    node = stairs(x)
    node.backward()
    assert (node.data, node.partials, x.grad) == (0.5, (0.0,), 0.0)
    assert stairs(-0.2) == -0.5
    assert stairs.arity == 1
    with pytest.raises(TypeError, match=r"stairs takes \(x\), got 2 arguments"):
        stairs(x, x)


def test_a_step_goes_through_every_order_and_mode(stairs: Primitive) -> None:
    def f(x: Any) -> Any:
        return x * x * stairs(x)

    assert value_and_grad(f)(1.7) == pytest.approx((1.7 * 1.7 * 1.5, 2 * 1.7 * 1.5))
    assert grad(grad(f))(1.7) == pytest.approx(2 * 1.5)
    assert jvp(f, (1.7,), (1.0,)) == pytest.approx(value_and_grad(f)(1.7))
    assert jvp(grad(f), (1.7,), (1.0,))[1] == pytest.approx(2 * 1.5)
    gradcheck(f, 1.7, order=2)
    assert [entry.verdict for entry in compare(f, 1.5).entries] != ["ok"], "at a jump no quotient agrees"


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_a_step_is_compiled(stairs: Primitive, backend: str) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    w = Value(0.6)

    def loss(x: float) -> Any:
        return stairs(3.0 * x) * w * w + grad(lambda t: t * t * stairs(t))(w * x)

    program = compile(loss, [w], backend=backend)
    xs = [0.3, -0.4, 1.2]
    eager = [loss(x) for x in xs]
    value, slopes = program.value_and_grad(xs)
    assert value == pytest.approx(np.mean([node.data for node in eager]), rel=1e-12)
    for node in eager:
        node.backward()
    assert slopes == pytest.approx([w.grad / len(xs)], rel=1e-12)


def test_a_step_is_written_drawn_and_described(stairs: Primitive) -> None:
    assert value_formula(stairs, ["x"]) == "stairs(x)"
    assert partial_formulas(stairs, ["x"]) == ["0"]
    result = stairs(Value(0.8, label="x")) * 3.0
    recorded = passes(result)
    assert [step.formula for step in recorded.forward] == ["", "stairs(x)", "v1 * 3"]
    assert [share.local for share in recorded.backward if share.target == "n1"] == [0.0]
    drawn = draw(result).svg()
    check_harmless(drawn)
    assert texts(drawn, "node-n2")[:3] == ["⌊⌋", "v1", "= stairs(x)"]
    text = pydoc.render_doc(stairs, renderer=pydoc.plaintext)
    assert "The largest half ≤ x." in text
    assert "∂out/∂x = 0" in text
    with detect_anomaly(), pytest.raises(ArithmeticError, match=r"stairs\(x\) = inf"):
        stairs(Value(1e308, label="x"))


@pytest.mark.parametrize("name", ["stairs", "nearer"])
def test_random_programs_call_it(name: str, request: pytest.FixtureRequest) -> None:
    primitive: Primitive = request.getfixturevalue(name)
    choices = [primitive, tanh, TABLE["mul"], TABLE["sub"]]
    checked = 0
    for seed in range(20):
        program = chosen_program(Random(seed).choice, operations=6, primitives=choices)
        if all(line.primitive is not primitive for line in program.lines):
            continue
        point = (0.377, -0.891)
        slopes = [grad(program, argnums=i)(*point) for i in range(2)]
        forward = [jvp(program, point, along)[1] for along in ((1.0, 0.0), (0.0, 1.0))]
        assert forward == pytest.approx(slopes, rel=1e-12, abs=1e-12)
        batch = [[x] for x in point]
        assert compile(program)(*batch) == pytest.approx(program(*point), rel=1e-12)
        verdicts = {entry.verdict for entry in compare(program, *point).entries}
        assert "wrong" not in verdicts
        checked += "inconclusive" not in verdicts
    assert checked > 10
    assert argument_counts(primitive) == (primitive.arity,)


def test_what_is_not_selected_passes_nothing_in_any_mode(nearer: Primitive) -> None:
    def f(x: Any) -> Any:
        return nearer(1 / x, x)

    assert value_and_grad(f)(0.0) == (0.0, 1.0)
    assert jvp(f, (0.0,), (1.0,)) == (0.0, 1.0)
    assert grad(grad(f))(0.0) == 0.0
    w = Value(0.0)
    assert compile(lambda x: f(w) + 0.0 * x, [w]).grad([1.0]) == [1.0]


def test_a_curve_that_levels_out_is_warned_of(enter: Entered) -> None:
    flat = enter(
        "flat",
        lambda xp, x: xp.tanh(2.0 * x),
        lambda out, x: 2.0 * (1 - out * out),
        doc="tanh(2x). Domain: all x.",
        saturates=True,
    )
    recorded = passes(flat(Value(4.0, label="x")))
    told = described(recorded.root, Captions(recorded, Words()))
    assert (told["steepest"], told["argument"]) == (2.0, "x"), "the page warns far below"


def test_an_nary_entry_says_by_how_many_its_arguments_are_counted(enter: Entered) -> None:
    alternating = enter(
        "alternating",
        lambda xp, *xs: sum(xs[::2]) - sum(xs[1::2]),
        all_partials=lambda out, *xs: [1.0 - 2.0 * (i % 2) for i in range(len(xs))],
        doc="x₁ − x₂ + x₃ − … Domain: all xs.",
        counted_by=2,
    )
    assert argument_counts(alternating, 5) == (1, 3, 5)
    gradcheck(alternating, 1.0, 2.0, 4.0)
    assert "∂out/∂x4 = -1" in str(alternating.__doc__)
