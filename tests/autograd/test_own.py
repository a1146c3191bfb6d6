"""Operations of one's own: what is entered works everywhere, what is refused says why and changes nothing."""

import builtins
import functools
import inspect
import math
import operator
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
import viz
from autograd import Value, define, ops
from autograd.compiler.backends import BACKENDS
from autograd.compiler.record.fast_backward import _Placeholder
from autograd.notation.formula import Text
from autograd.outside import outside
from autograd.own import FUNCTIONS
from autograd.primitive import Primitive, unless, when


@pytest.fixture(autouse=True)
def _table_as_it_was() -> Iterator[None]:
    before = dict(ops._entries)
    yield
    ops._entries.clear()
    ops._entries.update(before)


def cube() -> Primitive:
    return define(
        "cube", lambda xp, x: x * x * x, lambda out, x: 3.0 * x * x, doc="x³. Domain: all x.", activation=True
    )


def test_it_has_gradients_of_every_order_and_is_compiled_and_described() -> None:
    op = cube()
    assert ops.TABLE["cube"] is op is pickle.loads(pickle.dumps(op))
    assert (op(2.0), ag.grad(op)(2.0), ag.grad(ag.grad(op))(2.0)) == (8.0, 12.0, 12.0)
    assert ag.jvp(op, (2.0,), (1.0,)) == (8.0, 12.0)
    w = Value(0.5)
    program = ag.compile(lambda x: op(w * x), [w])
    value, slopes = program.value_and_grad([1.0, 2.0])
    assert value == pytest.approx(np.mean([0.125, 1.0]))
    assert slopes == pytest.approx([np.mean([0.75, 6.0])])
    assert "x³." in str(op.__doc__)
    assert "∂out/∂x = 3 * x * x" in str(op.__doc__)


@pytest.mark.parametrize(
    ("impl", "partials", "facts"),
    [
        (lambda xp, x: xp.floor(2.0 * x) / 2.0, (None,), {"step_like": True}),
        (lambda xp, x: xp.abs(x), (lambda out, x: ops.sign(x),), {"kinks": ((0.0,),)}),
        (lambda xp, x: xp.log(x), (lambda out, x: ops.div(1.0, x),), {"domain": ((0.0, math.inf),)}),
        (
            lambda xp, x, y: xp.where(xp.abs(x) > xp.abs(y), y, x),
            (
                lambda out, x, y: unless(ag.abs(x) > ag.abs(y)),
                lambda out, x, y: when(ag.abs(x) > ag.abs(y)),
            ),
            {},
        ),
        (
            lambda xp, *xs: sum(xs[::2]) - sum(xs[1::2]),
            (),
            {"all_partials": lambda out, *xs: [1.0 - 2.0 * (i % 2) for i in range(len(xs))]},
        ),
        (lambda xp, x: xp.arcsin(x), (lambda out, x: ops.power(1.0 - x * x, -0.5),), {"domain": ((-1, 1),)}),
    ],
)
def test_steps_kinks_choices_and_many_arguments_are_let_in(impl, partials, facts) -> None:
    assert define("fresh", impl, *partials, **facts) is ops.TABLE["fresh"]


SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@pytest.mark.parametrize(("sign", "holds"), SIGNS.items())
@pytest.mark.parametrize("chosen", [when, lambda condition: ag.where(condition, 1.0, 0.0)])
def test_a_partial_compares_with_any_sign(sign: str, holds: Any, chosen: Callable[[Any], Any]) -> None:
    part = define("part", lambda xp, x: xp.where(holds(x, 0.5), x, 0.0), lambda out, x: chosen(holds(x, 0.5)))
    w = Value(1.0, label="w")
    value, slope = ag.compile(lambda x: part(w * x), [w]).value_and_grad([0.25, 2.0])
    assert (value, slope.tolist()) == ((0.125, [0.125]) if holds(0.0, 0.5) else (1.0, [1.0]))
    assert f"w {sign} 0.5" in unescape(viz.draw(part(w)).svg())


@pytest.mark.parametrize(("kind", "said"), [(_Placeholder, "in a compiled gradient"), (Text, "as formulas")])
def test_a_partial_that_fails_only_where_it_is_compiled_or_drawn_is_refused(
    kind: type, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(kind, "__le__")
    with pytest.raises(ValueError, match=f"the partials of fresh {said}: .*operations"):
        define("fresh", lambda xp, x: xp.where(x <= 0.5, x, 0.0), lambda out, x: when(x <= 0.5))


SCALE = 2.0


def scaled_by(how: str) -> Callable[[float], None]:
    settings = SimpleNamespace(scale=2.0)
    sys.modules["settings_of_a_user"] = settings  # type: ignore[assignment]
    scale = 2.0

    def rescale(to: float) -> None:
        nonlocal scale
        global SCALE
        scale = settings.scale = SCALE = to

    rescale(2.0)
    impl, slope = {
        "global": (lambda xp, x: SCALE * x, lambda out, x: SCALE),
        "closure": (lambda xp, x: scale * x, lambda out, x: scale),
        "attribute": (lambda xp, x: settings.scale * x, lambda out, x: settings.scale),
        "nested": (lambda xp, x: (lambda: SCALE * x)(), lambda out, x: next(SCALE for _ in [x])),
        "function": (lambda xp, x: present(SCALE) * x, lambda out, x: present(SCALE)),
        "import": (importing_impl, importing_slope),
        "__import__": (
            lambda xp, x: __import__("settings_of_a_user").scale * x,
            lambda out, x: __import__("settings_of_a_user").scale,
        ),
        "globals": (lambda xp, x: globals()["SCALE"] * x, lambda out, x: globals()["SCALE"]),
        "eval": (lambda xp, x: eval("SCALE") * x, lambda out, x: eval("SCALE")),
        "builtins": (lambda xp, x: builtins.eval("SCALE") * x, lambda out, x: builtins.eval("SCALE")),
        "alias": (lambda xp, x: look()["SCALE"] * x, lambda out, x: look()["SCALE"]),
        "disguise": (lambda xp, x: disguised() * x, lambda out, x: disguised()),
    }[how]
    vars(rescale)["op"] = define(f"scaled_by_{how}", impl, slope)
    return rescale


def present(x: float) -> float:
    return x


look = globals


@functools.wraps(ag.grad)
def disguised() -> float:
    return SCALE


def importing_impl(xp: Any, x: Any) -> Any:
    from settings_of_a_user import scale

    return scale * x


def importing_slope(out: Any, x: Any) -> Any:
    from settings_of_a_user import scale

    return scale


SEARCHED = ["import", "__import__", "globals", "eval", "builtins", "alias", "disguise"]


@pytest.mark.parametrize("how", ["global", "closure", "attribute", "nested", "function", *SEARCHED])
def test_what_it_reads_from_outside_may_change(how: str) -> None:
    rescale = scaled_by(how)
    op = rescale.op
    for scale in (2.0, 5.0):
        rescale(scale)
        value = Value(3.0)
        out = op(value)
        out.backward()
        slopes = (value.grad, ag.grad(op)(3.0), ag.jvp(op, (3.0,), (1.0,))[1])
        assert (out.data, op(3.0), slopes) == (3 * scale, 3 * scale, (scale,) * 3)
        assert ag.compile(lambda x: op(x))([3.0]) == 3 * scale


def test_what_reads_nothing_from_outside_is_recorded_as_fast_as_our_own() -> None:
    tanh = ag.tanh
    for op in (
        cube(),
        define(
            "fresh", lambda xp, x: xp.tanh(x) * math.pi, lambda out, x: (1.0 - tanh(x) * tanh(x)) * math.pi
        ),
        define("also_fresh", lambda xp, x: xp.sin(x), lambda out, x: ag.cos(x)),
    ):
        assert outside(op) is not None
    assert outside(define("new", lambda xp, x: SCALE * x, lambda out, x: SCALE)) is None


@pytest.mark.parametrize("how", ["global", "closure"])
def test_a_rule_that_uses_an_operation_follows_what_that_one_reads_from_outside(how: str) -> None:
    inner = scaled_by(how)
    op = inner.op
    outer = define("outer", lambda xp, x: xp.where(x > 0.0, 1.0, 0.0), lambda out, x: op(x), step_like=True)
    for scale in (2.0, 5.0):
        inner(scale)
        assert ag.grad(outer)(3.0) == ag.jvp(outer, (3.0,), (1.0,))[1] == 3 * scale


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("how", ["global", "closure", "attribute", "nested", "function", *SEARCHED])
def test_a_compiled_function_keeps_what_it_was_recorded_with(how: str, backend: str, tmp_path: Path) -> None:
    if BACKENDS[backend].missing():
        pytest.skip(f"{backend} cannot run here")
    rescale = scaled_by(how)
    op = rescale.op
    outer = define("outer", lambda xp, x: xp.where(x > 0.0, 1.0, 0.0), lambda out, x: op(x), step_like=True)
    w = Value(1.0)
    step = ag.compile(lambda x: [op(w * x), outer(w * x)], [w], backend=backend)
    of_loss = ag.compile(lambda x: op(w * x) + outer(w * x), [w], backend=backend)
    assert (step([3.0]).tolist(), of_loss.grad([3.0]).tolist()) == ([[6.0, 1.0]], [24.0])
    assert of_loss.argument_grads([3.0]) == {"x": [8.0]}
    rescale(5.0)
    assert step([3.0, 3.0]).tolist() == [[6.0, 1.0]] * 2  # bound anew
    assert of_loss.grad([3.0, 3.0]).tolist() == [24.0]
    assert step([3.0, math.inf]).tolist() == [[6.0, 1.0], [math.inf, 1.0]]  # the exact program
    assert of_loss.argument_grads([3.0, math.inf])["x"].tolist() == [4.0, math.inf]
    ag.export_python(step, tmp_path / "step.py")
    scope: dict[str, Any] = {}
    exec((tmp_path / "step.py").read_text(), scope)
    assert scope["outputs"]([3.0]).tolist() == [[6.0, 1.0]]
    again = ag.compile(lambda x: op(w * x) + outer(w * x), [w], backend=backend)
    assert (again([3.0]), again.grad([3.0]).tolist()) == (16.0, [60.0])  # what is recorded now reads anew


def joined_by(how: str, scale: Callable[[], float]) -> Primitive:
    join = {
        "operator": operator.add,
        "lambda": lambda x, y: x + y,
        "another of that name": SimpleNamespace(add=lambda x, y: y + x).add,
    }[how]
    return define(
        "joined",
        lambda xp, *xs: scale() * xp.reduce(join, xs),
        all_partials=lambda out, *xs: [scale()] * len(xs),
    )


@pytest.mark.parametrize("how", ["operator", "lambda", "another of that name"])
@pytest.mark.parametrize("count", [1, 2, 3, 20])
def test_any_number_of_arguments_may_be_joined_by_any_function(how: str, count: int) -> None:
    scale = 2.0
    op = joined_by(how, lambda: scale)
    for scale in (2.0, 3.0):
        step = ag.compile(lambda xs: op(*xs), reduction="sum")
        rows = np.arange(2.0 * count).reshape(2, count)
        expected = sum(op(*row) for row in rows.tolist())
        assert step(rows) == pytest.approx(expected)
        assert step.argument_grads(rows)["xs"] == pytest.approx(np.full((2, count), scale))
    scale = 7.0
    assert step(rows[[0, 1, 1]]) == pytest.approx(expected + 3.0 * sum(rows[1]))


def test_a_rule_may_yield_its_partials_one_by_one() -> None:
    scale = 2.0
    op = define(
        *("scaled", lambda xp, *xs: scale * xp.reduce(operator.add, xs)),
        all_partials=lambda out, *xs: (scale for _ in xs),
    )
    assert ag.compile(lambda x: op(x, x, 1.0)).argument_grads([3.0])["x"].tolist() == [4.0]


LIBRARY = ag.curves


def test_a_rule_follows_a_name_of_a_module_that_is_given_to_something_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    op = define("fresh", lambda xp, x: xp.sin(x), lambda out, x: LIBRARY.cos(x))
    assert op(Value(0.0)).partials == (1.0,)
    monkeypatch.setattr(sys.modules[__name__], "LIBRARY", SimpleNamespace(cos=lambda x: 5.0))
    assert op(Value(0.0)).partials == (5.0,)


SLOPE = ag.exp


def test_a_rule_follows_a_name_that_is_given_to_another_function(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = ag.exp
    by_global = define(
        "by_global", lambda xp, x: xp.where(x > 0.0, 1.0, 0.0), lambda out, x: SLOPE(x), step_like=True
    )
    by_closure = define(
        "by_closure", lambda xp, x: xp.where(x > 0.0, 1.0, 0.0), lambda out, x: shape(x), step_like=True
    )
    for slope in (ag.exp, ag.sin, ag.exp):
        shape = slope
        monkeypatch.setattr(sys.modules[__name__], "SLOPE", slope)
        assert ag.grad(by_global)(1.0) == ag.grad(by_closure)(1.0) == slope(1.0)


def test_a_rule_of_ours_that_holds_a_function_of_a_user_is_not_written_down() -> None:
    slope = ag.grad(lambda y: SCALE * y)
    assert outside(Primitive("of_grad", lambda xp, x: x, (lambda out, x: slope(1.0),))) is None
    assert outside(Primitive("of_default", lambda xp, x: 2.0 * x, (lambda out, x, k=2.0: k,))) == ()


@pytest.mark.parametrize(
    "rule",
    [
        lambda out, x: 1.0 if x > 0.0 else 0.0,
        lambda out, x: SCALE if out > 0.0 else 0.0,  # which reads what may change, and so is kept
        lambda out, x: x and 1.0,
        lambda out, x: 0.0 if not x > 0.0 else 1.0,
    ],
)
def test_a_rule_that_branches_is_refused_by_whatever_has_no_number(rule: Callable[..., Any]) -> None:
    ramp = Primitive("ramp", lambda xp, x: xp.where(x > 0.0, x, 0.0), (rule,))
    w = Value(-2.0)
    for asks in (
        lambda: ag.compile(lambda x: ramp(w * x), [w]).value_and_grad([1.0]),
        lambda: ag.compile(lambda x: [ag.grad(ramp)(x)])([1.0]),
        lambda: ramp.derivatives(Text("out"), [Text("x")]),
    ):
        with pytest.raises(TypeError, match=r"choose with xp\.where or where, not with if|branches on"):
            asks()


def one(out: object, x: object) -> float:
    return 1.0


def of_arguments(count: int) -> tuple[Any, ...]:
    """Return a fault: an operation on any number of arguments whose rules fit `count` of them."""
    rules = lambda xp, *xs: sum(xs[n] for n in range(count)), {"all_partials": lambda *xs: [1.0] * count}
    said = r"fresh\(.*any number of arguments: name them, as in impl\(xp, x, y\), if their number is fixed"
    return "fresh", rules[0], (), rules[1], said


FAULTS = {
    "taken": ("tanh", lambda xp, x: x, (one,), {}, "'tanh' is taken, choose another"),
    "no name": ("my tanh", lambda xp, x: x, (one,), {}, "an identifier, such as my_tanh, got 'my tanh'"),
    "keyword": ("lambda", lambda xp, x: x, (one,), {}, "an identifier"),
    "arity": ("fresh", lambda xp, x, y: x * y, (one,), {}, "one partial for each argument.* and 1 partials"),
    "no signature": ("fresh", math.tanh, (one,), {}, "one partial for each argument"),
    "math": ("fresh", lambda xp, x: math.atan(x), (one,), {}, "impl of fresh computes only floats.*of xp"),
    "NumPy": ("fresh", lambda xp, x: float(np.tanh(x)), (one,), {}, "impl of fresh computes only floats.*xp"),
    "if": ("fresh", lambda xp, x: x if x > 0 else 0.0, (one,), {}, "choose with xp.where"),
    "misspelt": ("fresh", lambda xp, x: xp.tahn(x), (one,), {}, "'tahn'; use .*of xp"),
    "division": ("fresh", lambda xp, x: 1 / x, (one,), {}, r"fresh\(0.0\): ZeroDivisionError.*xp.divide"),
    "complex": ("fresh", lambda xp, x: x**0.5, (one,), {}, r"fresh\(-1.3\) gives .*j\), which is no float"),
    "int": ("fresh", lambda xp, x: 0, (one,), {}, "gives 0, which is no float: write 1.0 for 1"),
    "int partial": ("fresh", lambda xp, x: x, (lambda out, x: 1,), {}, "partial of .* is 1, .* write 1.0"),
    "math in a partial": (
        *("fresh", lambda xp, x: xp.arctan(x), (lambda out, x: math.cos(out) ** 2,), {}),
        "partials of fresh compute only floats: .*operations, autograd.ops.div",
    ),
    "division in a partial": (
        *("fresh", lambda xp, x: xp.log(x), (lambda out, x: 1 / x,), {}),
        r"partials of fresh\(0.0\): ZeroDivisionError.*autograd.ops.div",
    ),
    "wrong": (
        *("fresh", lambda xp, x: xp.tanh(x), (lambda out, x: 1.0 - out,), {}),
        "∂f/∂x0 of fresh .* by its partial, but .* by differences of its values",
    ),
    "wrong for Values": (
        *("fresh", lambda xp, x: x * x, (lambda out, x: x * 2.0 if type(x) is float else x * 3.0,), {}),
        "gives -3.9 in partials on Values, but -2.6 on floats: write rules that do not ask",
    ),
    "too few partials": (
        *("fresh", lambda xp, *xs: sum(xs), (), {"all_partials": lambda out, *xs: [1.0]}),
        "gives 1 partials for 3 arguments",
    ),
    **{f"for {count} arguments only": of_arguments(count) for count in (2, 3, 4, 5)},
    "a partial for three arguments only": (
        *("fresh", lambda xp, *xs: sum(xs) / len(xs), ()),
        {"all_partials": lambda out, *xs: [1 / 3] * len(xs)},
        "∂f/∂x0 of fresh .* by its partial, but 0.5 by differences of its values",
    ),
    "activation of two": (
        *("fresh", lambda xp, x, y: x + y, (lambda *_: 1.0,) * 2, {"activation": True}),
        "an activation takes one argument, but fresh takes 2",
    ),
    "domain": ("fresh", lambda xp, x: x, (one,), {"domain": ((1.0, 0.0),)}, "a pair low < high"),
    "no pairs": (
        "fresh",
        lambda xp, x: x,
        (one,),
        {"domain": (0.0, 1.0)},
        r"pair low < high.* got \(0.0, 1.0\)",
    ),
    "two domains": ("fresh", lambda xp, x: x, (one,), {"domain": ((0.0, 1.0),) * 2}, "a pair low < high"),
}


@pytest.mark.parametrize(("name", "impl", "partials", "facts", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_refused_in_one_line_and_changes_nothing(name, impl, partials, facts, said) -> None:
    before = dict(ops.TABLE)
    with pytest.raises(ValueError, match=said) as refused:
        define(name, impl, *partials, **facts)
    assert "\n" not in str(refused.value)
    assert dict(ops.TABLE) == before


def test_a_fact_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"an operation has no 'colour': its facts are .*kinks"):
        define("fresh", lambda xp, x: x, one, colour="red")


def test_help_lists_what_xp_offers() -> None:
    text = " ".join(str(inspect.getdoc(define)).split())
    assert f": {', '.join(FUNCTIONS)}." in text


def test_the_example_in_the_docstring_runs() -> None:
    lines = [line.strip() for line in str(define.__doc__).splitlines()]
    scope = {"define": define}
    exec(next(line for line in lines if line.startswith("cube = ")), scope)
    assert ops.TABLE["cube"](2.0) == 8.0


def test_it_is_defined_without_numpy_too() -> None:
    script = """
import sys
sys.modules["numpy"] = sys.modules["mpmath"] = None
from autograd import define, grad
op = define("square", lambda xp, x: x * x, lambda out, x: 2.0 * x)
print(grad(op)(3.0))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("6.0\n", "")


def test_an_operation_on_any_number_of_arguments_refuses_to_be_called_with_none() -> None:
    op = define(
        "total",
        lambda xp, *xs: xp.reduce(operator.add, xs),
        all_partials=lambda out, *xs: (1.0,) * len(xs),
    )
    with pytest.raises(TypeError, match=r"^total takes one or more arguments, got none: give it a number"):
        op()


def test_a_page_has_an_operation_as_it_is_now() -> None:
    factor = [2.0]
    op = define("scaled", lambda xp, x: x * factor[0], lambda out, x: factor[0])
    x = Value(3.0, label="x")
    for now in (2.0, 5.0):
        factor[0] = now
        assert f"x0 * {now}" in viz.player(op(x) * x).html


@pytest.mark.parametrize(
    ("later", "told"),
    [
        ((5.0, 2.0), r"its value at \(3\.0\) was 6\.0, and is 15\.0 now"),
        ((2.0, -2.0), r"its slope at \(3\.0\) was 2\.0, and is -2\.0 now"),
    ],
)
def test_a_page_of_passes_from_before_an_operation_was_changed_is_refused(
    later: tuple[float, float], told: str
) -> None:
    outer, inner = [2.0, 2.0], Value(3.0)
    op = define("scaled", lambda xp, x: x * outer[0], lambda out, x: outer[1])
    before = viz.passes(op(inner))
    outer[:] = later
    with pytest.raises(ValueError, match=f"^player .* scaled .* outside was changed since: {told}; compute "):
        viz.player([viz.passes(op(inner)), before])
    assert viz.player(op(inner)).recorded.gradients["n1"] == later[1]


def test_a_page_of_a_network_is_refused_too_where_its_operation_was_changed() -> None:
    factor = [2.0]
    define("scaled", lambda xp, x: x * factor[0], lambda out, x: factor[0], activation=True)
    model = nn.MLP(1, [2, 1], activation="scaled", seed=0)
    before = viz.passes(model([Value(1.0)]), model=model)
    assert viz.player(before).recorded.root.result == before.root.result
    factor[0] = 5.0
    with pytest.raises(ValueError, match="what scaled computes"):
        viz.player(before)


@pytest.mark.parametrize("x", [-2.0, -0.0, 0.0, 1.5, math.inf, math.nan])
def test_a_page_of_an_operation_that_selects_is_not_refused(x: float) -> None:
    least = [0.0]
    op = define("above", lambda xp, x: xp.maximum(x, least[0]), lambda out, x: when(x > least[0]))
    assert f"x0 > {least[0]}" in viz.player(op(Value(x)) * 2.0).html
