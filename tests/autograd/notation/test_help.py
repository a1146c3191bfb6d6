"""What `help` says of an operation, and that it is so."""

import inspect
import math
import pydoc
import re
from inspect import Parameter
from itertools import product
from math import floor, inf, nan, pi
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import autograd
from autograd import curves, ops
from autograd.notation.formula import partial_formulas
from autograd.operators import METHODS
from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.value import Value

EXPORTED: dict[str, Any] = {
    name: thing
    for name in autograd.__all__
    if isinstance(thing := getattr(autograd, name), Primitive) or thing.__module__ == "autograd.functions"
}
COMPOSED = {"mean", "softmax", "log_softmax", "selu"}
"""Functions made of several operations, whose docstrings say the derivative in words."""

NUMBER = r"-?(?:inf|nan|\d+(?:\.\d+)?(?:e\d+)?)"
CLAIM = re.compile(
    rf"\b(\w+)\(([^()]*)\) = (pi(?: / \d)?|{NUMBER}), slopes? ({NUMBER}(?:(?:, | and ){NUMBER})*)"
)
CLAIMS = [
    pytest.param(*claim.groups(), id=claim[0])
    for primitive in TABLE.values()
    for claim in CLAIM.finditer(" ".join(primitive.doc.split()))
]


def shown(thing: object) -> str:
    return pydoc.render_doc(thing, renderer=pydoc.plaintext)


def number(text: str) -> float:
    return float(eval(text, {"inf": inf, "nan": nan, "pi": pi}))


def same(x: float, y: float) -> bool:
    return x == y or (math.isnan(x) and math.isnan(y)) or math.isclose(x, y, rel_tol=1e-15)


@pytest.mark.parametrize("name", EXPORTED)
def test_help_tells_what_an_operation_is_its_derivatives_and_its_domain(name: str) -> None:
    thing = EXPORTED[name]
    text = shown(thing)
    assert f"{thing.__name__}(" in text
    assert "Domain: " in text
    for parameter in inspect.signature(thing).parameters:
        assert re.search(rf"\b{parameter}\b", text), parameter
    if name in COMPOSED:
        assert "derivative" in text
        return
    assert text.count("∂out/∂") >= len(TABLE[thing.__name__].parameters)
    for names in re.findall(r"where out is \w+\((.*?)\):", text):
        for formula in partial_formulas(TABLE[thing.__name__], names.split(", ")):
            assert f" = {formula}\n" in text


@pytest.mark.parametrize("primitive", TABLE.values(), ids=TABLE)
def test_every_entry_has_a_text_of_its_own(primitive: Primitive) -> None:
    assert len(primitive.doc.partition("Domain: ")[0]) > 5
    text = shown(primitive)
    assert f"{primitive.name} = <primitive {primitive.name}>" in text
    assert " ".join(primitive.doc.split()) in " ".join(text.split())
    assert str(Primitive.__doc__).splitlines()[0] not in text
    assert (primitive.arity or 3 + 2 * (primitive.counted_by - 1)) == text.count("∂out/∂")


@pytest.mark.parametrize("primitive", TABLE.values(), ids=TABLE)
def test_a_value_is_a_number_exactly_on_the_domain_stated(primitive: Primitive) -> None:
    (stated,) = re.findall(r"Domain: (.*?)\.(?: |$)", " ".join(primitive.doc.split()))
    if stated.startswith("all "):
        assert stated[4:].split(", for")[0].split(", ") == [*primitive.parameters]
        stated = "True"
    for sign, python in {" = ": " == ", "≥": ">=", "≤": "<=", "≠": "!="}.items():
        stated = stated.replace(sign, python)
    stated = re.sub(r"(\w+) whole", r"\1 == floor(\1)", stated)
    for point in product((-2.5, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0), repeat=primitive.arity or 3):
        scope = {"floor": floor, "count": len(point) - 1}
        inside = eval(stated, scope, dict(zip(primitive.parameters, point, strict=False)))
        assert math.isnan(primitive(*point)) is not inside, point


@pytest.mark.parametrize(("name", "point", "value", "slopes"), CLAIMS)
def test_special_values_are_as_stated(name: str, point: str, value: str, slopes: str) -> None:
    node = TABLE[name](*[Value(number(x)) for x in point.split(", ")])
    expected = [number(slope) for slope in re.split(", | and ", slopes)]
    assert same(node.data, number(value))
    assert len(expected) == len(node.partials)
    assert all(map(same, node.partials, expected)), node.partials


def test_no_statement_of_a_special_value_goes_unread() -> None:
    for name, primitive in TABLE.items():
        stated = re.findall(rf"\b{name}\([^()]*\) = ", " ".join(primitive.doc.split()))
        assert len(stated) == sum(claim.values[0] == name for claim in CLAIMS), name


def test_the_example_of_the_recipe_passes_when_it_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = (Path(__file__).parents[3] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(   sec = .*?)```", recipe, re.DOTALL)
    scope = {**vars(curves), "define": ops.checked}
    exec(dedent(code), scope)
    sec = scope["sec"]
    monkeypatch.setitem(ops._entries, "sec", sec)
    test_every_entry_has_a_text_of_its_own(sec)
    test_a_value_is_a_number_exactly_on_the_domain_stated(sec)
    (claim,) = CLAIM.findall(sec.doc)
    test_special_values_are_as_stated(*claim)


def test_signatures_and_names_are_those_of_functions() -> None:
    assert str(inspect.signature(autograd.clamp)) == "(x, low, high)"
    assert str(inspect.signature(autograd.atan2)) == "(y, x)"
    assert str(inspect.signature(TABLE["max"])) == "(*xs)"
    assert (autograd.tanh.__name__, autograd.abs.__name__, Primitive.__name__) == ("tanh", "abs", "Primitive")
    assert str(inspect.signature(Primitive)).startswith("(name: ")
    assert str(Primitive.__doc__).startswith("One operation: its value")


@pytest.mark.parametrize("primitive", TABLE.values(), ids=TABLE)
def test_a_signature_says_which_arguments_a_call_takes_by_name(primitive: Primitive) -> None:
    parameters = inspect.signature(primitive).parameters
    point = [1.0] * len(parameters)
    named = dict(zip(parameters, point, strict=True))
    if {parameter.kind for parameter in parameters.values()} == {Parameter.POSITIONAL_OR_KEYWORD}:
        assert same(primitive(**named), primitive(*point))
        assert same(primitive(*point[:1], **dict([*named.items()][1:])), primitive(*point))
    else:
        with pytest.raises(TypeError, match=r"takes \(\*args\), got 0 arguments and "):
            primitive(**named)


@pytest.mark.parametrize(("name", "method"), METHODS.items())
def test_a_method_refuses_a_name_by_its_own(name: str, method: Any) -> None:
    assert method.__name__ == {"swish": "silu"}.get(name, name)
    with pytest.raises(TypeError, match=rf"^{method.__name__}(\(\)| takes \(.*\), got) .*\bby\b"):
        getattr(Value(0.5), name)(by=1.0)


def test_a_notebook_shows_the_same() -> None:
    oinspect = pytest.importorskip("IPython.core.oinspect")
    assert "∂out/∂x = 1 / cosh(x) ** 2" in oinspect.getdoc(autograd.tanh)
