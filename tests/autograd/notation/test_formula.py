"""The table read as text."""

import pytest

from autograd.notation.formula import LONGEST, number, partial_formulas, value_formula
from autograd.ops import TABLE


@pytest.mark.parametrize(
    ("name", "arguments", "value", "partials"),
    [
        ("sin", ["x"], "sin(x)", ["cos(x)"]),
        ("power", ["x", 3.0], "x ** 3", ["3 * x ** 2", "out * log(x)"]),
        ("power", ["x", 0.0], "x ** 0", ["0", "out * log(x)"]),
        ("power", ["x", "y"], "x ** y", ["y * x ** (y - 1)", "out * log(x)"]),
        ("sub", ["a", -2.0], "a - (-2)", ["1", "-1"]),
        ("div", ["a", "b"], "a / b", ["1 / b", "-out / b"]),
        ("sigmoid", ["z"], "sigmoid(z)", ["out * sigmoid(-z)"]),
        ("relu", ["z"], "relu(z)", ["1 if z > 0 else 0"]),
        ("log", ["x"], "log(x)", ["1 / x"]),
        ("sign", ["x"], "sign(x)", ["0"]),
        ("dot", ["w1", "w2", "x1", "x2", "b"], "b + w1 * x1 + w2 * x2", ["x1", "x2", "w1", "w2", "1"]),
        ("mul", [2.0, 3.0], "2 * 3", ["3", "2"]),
        ("mul", [2.0, -3.0], "2 * (-3)", ["-3", "2"]),
        ("dot", ["w1", "w2", "x1", "x2", 0.0], "w1 * x1 + w2 * x2", ["x1", "x2", "w1", "w2", "1"]),
        ("dot", ["w", 0.0, "x", 0.0, "b"], "b + w * x + 0 * 0", ["x", "0", "w", "0", "1"]),
        ("neg", [-3.0], "-(-3)", ["-1"]),
        ("detach", ["x"], "detach(x)", ["0"]),
        ("dot", [1.0, 2.0, 3.0, 4.0, 0.5], "0.5 + 1 * 3 + 2 * 4", ["3", "4", "1", "2", "1"]),
    ],
)
def test_formulas(name: str, arguments: list, value: str, partials: list[str]) -> None:
    primitive = TABLE[name]
    assert value_formula(primitive, arguments) == value
    assert partial_formulas(primitive, arguments) == partials


def test_brackets_stand_where_they_are_needed() -> None:
    add, sub, mul, power, neg = (TABLE[name] for name in ("add", "sub", "mul", "power", "neg"))
    from autograd.notation.formula import Text

    a, b, c = map(Text, "abc")
    assert str(sub(a, sub(b, c))) == "a - (b - c)"
    assert str(sub(sub(a, b), c)) == "a - b - c"
    assert str(mul(add(a, b), c)) == "(a + b) * c"
    assert str(power(power(a, b), c)) == "(a ** b) ** c"
    assert str(power(a, power(b, c))) == "a ** b ** c"
    assert str(power(neg(a), b)) == "(-a) ** b"
    assert str(neg(power(a, b))) == "-a ** b"
    assert str(power(a, -1.0)) == "a ** (-1)"
    assert str((a < b) < c) == "(a < b) < c"
    assert str(a >= (b > c)) == "a >= (b > c)"


@pytest.mark.parametrize("name", ["σ²", "x^2", "xⁿ", "a²b", "e^(-x)"])
def test_a_name_that_reads_as_a_power_has_brackets_under_a_power_alone(name: str) -> None:
    assert value_formula(TABLE["power"], [name, 3.0]) == f"({name}) ** 3"
    assert value_formula(TABLE["mul"], [2.0, name]) == f"2 * {name}"
    assert value_formula(TABLE["neg"], [name]) == f"-{name}"
    assert value_formula(TABLE["power"], [f"f({name})", 3.0]) == f"f({name}) ** 3"


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (1.0, "1"),
        (-0.0, "-0"),
        (1e16 - 2, "9999999999999998"),
        (-0.5, "-0.5"),
        (1e300, "1e+300"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_are_brief(x: float, text: str) -> None:
    assert number(x) == text


@pytest.mark.parametrize("name", [name for name, primitive in TABLE.items() if primitive.arity is None])
def test_a_long_formula_leaves_out_its_middle(name: str) -> None:
    names = [f"x{i}" for i in range(501)]
    whole, *partials = value_formula(TABLE[name], names), *partial_formulas(TABLE[name], names)
    assert len(partials) == 501
    assert max(map(len, (whole, *partials))) <= LONGEST + 3
    assert "x0" in whole
    assert "x500" in whole or name == "dot"  # whose bias, the last, is written first
    assert " … " in whole


@pytest.mark.parametrize("name", ["sum", "dot", "prod", "max", "logsumexp"])
@pytest.mark.parametrize("count", [300, 501])
def test_a_long_formula_is_cut_once_and_shows_no_number_that_is_not_there(name: str, count: int) -> None:
    numbers, names = [0.123456789] * (count if name == "dot" else 0), [f"z{i}" for i in range(count)]
    bias = [0.0] * (name == "dot")
    words = value_formula(TABLE[name], [*numbers, *names, *bias]).split(" ")
    assert words.count("…") == 1
    shown = {word.removeprefix(f"{name}(").strip(",)") for word in words}
    assert shown <= {"…", "+", "*", "0.123456789", *names}


@pytest.mark.parametrize(
    ("name", "numbers", "written"),
    [
        ("div", [1.0, -0.0], "1 / (-0)"),
        ("div", [1.0, 0.0], "1 / 0"),
        ("atan2", [-0.0, -1.0], "atan2(-0, -1)"),
        ("power", [-0.0, 3.0], "(-0) ** 3"),
        ("dot", [1.0, 2.0, -0.0, 3.0, -0.0], "1 * (-0) + 2 * 3"),
    ],
)
def test_a_number_keeps_the_sign_of_a_zero(name: str, numbers: list[float], written: str) -> None:
    assert value_formula(TABLE[name], numbers) == written


def test_what_fits_is_written_whole() -> None:
    names = [f"x{i}" for i in range(100)]
    assert value_formula(TABLE["sum"], names) == " + ".join(names)
