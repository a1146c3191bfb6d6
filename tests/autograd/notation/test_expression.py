"""Expressions from outside: only arithmetic gets in."""

import warnings

import pytest

from autograd.notation.expression import ExpressionError, evaluate, names, parse
from autograd.value import Value


def compute(text: str, **variables: float) -> float:
    return evaluate(parse(text), variables).data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sin(x**3 + 5)", 0.4302906126745037),
        ("2*x - -x/+1", 3.5999999999999996),
        ("max(x, 1, 3)", 3.0),
        ("2**x**2", 2.7132086548953436),
        ("exp(0)*pi", 3.141592653589793),
        ("1e308*10", float("inf")),
    ],
)
def test_values(text: str, value: float) -> None:
    assert compute(text, x=1.2) == value


def test_the_graph_is_that_of_the_program() -> None:
    x = Value(1.2)
    out = evaluate(parse("sin(x**3 + 5)"), {"x": x})
    out.backward()
    assert x.grad == 3.8996226007235006


def test_names_come_in_order_of_appearance() -> None:
    assert names(parse("b*sin(a) + b*c + pi")) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('__import__("os")', "__import__"),
        ("os.system", "os.system"),
        ("x.__class__", "x.__class__"),
        ("[x for x in y]", "for x in y"),
        ("lambda: 1", "lambda"),
        ("'a'", "'a'"),
        ("1j", "1j"),
        ("True", "True"),
        ("x[0]", "x[0]"),
        ("x < 1", "x < 1"),
        ("x if x else y", "x if x else y"),
        ("(y := 1)", "y := 1"),
        ("frobnicate(x)", "'frobnicate'; accepted are"),
        ("sin(x, y)", "sin takes 1 argument, got 2"),
        ("max()", "max takes at least 1 argument, got 0"),
        ("take(x, 1, 2)", "unknown function 'take'; accepted are"),  # an index beyond would be nan
        ("sin(x=1)", "sin(x=1)"),
        ("sin(*x)", "*x"),
        ("x +", "'x +'"),
        ("", "''"),
        ("x; y", "'x; y'"),
        ("x // 2", "x // 2"),
        ("9**9**9", "exponent 3.8742e+08"),
        ("2**1e999", "exponent"),
        ("(" * 300 + "x" + ")" * 300, "not an expression"),
        ("-" * 500 + "x", "nested deeper than 250"),
        ("x+" * 1500 + "x", "at most 2000"),
        ("x\0", "not an expression"),
        ("x" + ".a" * 900, "not accepted: 'x.a.a"),
        ("x" + "[0]" * 600, "not accepted: 'x[0][0]"),
        ("x" + "()" * 900, "not accepted: 'x()()"),
        ("2**(" + "-" * 240 + "1001)", "exponent 1001"),
        ("\udcff", "not an expression"),
    ],
)
def test_everything_else_is_refused_by_name(text: str, part: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compute(text, x=1.0, y=1.0)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_variable_is_named_with_those_given() -> None:
    with pytest.raises(ExpressionError, match=r"no value for y, z; given: x; write for example y=1\.2"):
        compute("x*y + z", x=1.0)


@pytest.mark.parametrize("count", [2, 4, 100])
def test_dot_says_how_many_arguments_it_takes(count: int) -> None:
    with pytest.raises(
        ValueError, match=f"dot takes w's, as many x's and a bias, an odd number in all, got {count}"
    ):
        compute(f"dot({', '.join(['x'] * count)})", x=1.0)


@pytest.mark.parametrize("text", ["9x", "0x1g", "1if", "-" * 1_500, "(" * 1_500])
def test_a_text_that_is_no_expression_gets_one_short_line_and_no_warning(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ExpressionError, match="not an expression") as caught:
            parse(text)
    assert len(str(caught.value)) < 150
