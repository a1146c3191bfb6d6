"""What is iterated by its keys, or in no order, is no sequence: it is refused with the remedy."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
from autograd import Value

NUMBERS = [0.5, 2.0, 1.0]

UNORDERED: dict[str, Callable[[], Any]] = {
    "dict": lambda: dict(enumerate(NUMBERS)),
    "OrderedDict": lambda: OrderedDict(enumerate(NUMBERS)),
    "defaultdict": lambda: defaultdict(float, enumerate(NUMBERS)),
    "Counter": lambda: Counter(range(3)),
    "mappingproxy": lambda: MappingProxyType(dict(enumerate(NUMBERS))),
    "set": lambda: {*NUMBERS},
    "frozenset": lambda: frozenset(NUMBERS),
    "DataFrame": lambda: pytest.importorskip("pandas").DataFrame([NUMBERS]),
    "DataFrame of polars": lambda: pytest.importorskip("polars").DataFrame({"a": NUMBERS}),
}


class Named(NamedTuple):
    """A row with a field of the name that data frames have."""

    rows: float
    columns: float
    rest: float


ORDERED: dict[str, Callable[[], Any]] = {
    "tuple": lambda: tuple(NUMBERS),
    "named tuple": lambda: Named(*NUMBERS),
    "deque": lambda: deque(NUMBERS),
    "array": lambda: np.array(NUMBERS),
    "values": lambda: dict(zip("abc", NUMBERS, strict=True)).values(),
    "keys": lambda: dict.fromkeys(NUMBERS).keys(),
    "generator": lambda: (x for x in NUMBERS),
    "Series": lambda: pytest.importorskip("pandas").Series(NUMBERS, index=[2, 0, 1]),
    "Series with a label": lambda: pytest.importorskip("pandas").Series(NUMBERS, index=["a", "columns", "b"]),
    "Series of polars": lambda: pytest.importorskip("polars").Series(NUMBERS),
}

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    **{
        name: getattr(autograd, name)
        for name in ("sum", "prod", "mean", "norm", "logsumexp", "softmax", "log_softmax", "max", "min")
    },
    "take": lambda row: autograd.take(row, 1),
    "dot of weights": lambda row: autograd.dot(row, NUMBERS),
    "dot of inputs": lambda row: autograd.dot(NUMBERS, row, 1.0),
}


@pytest.mark.parametrize("make", UNORDERED.values(), ids=UNORDERED)
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_what_has_no_order_of_its_own_is_no_sequence(
    function: Callable[[Any], Any], make: Callable[[], Any]
) -> None:
    # A dict gave what its keys give, and a set another last digit in another order.
    row = make()
    told = (
        rf"^expected a list, got (a|the) {type(row).__name__}\b.* which (is iterated by|has no).*: give \S+"
    )
    with pytest.raises(TypeError, match=told) as caught:
        function(row)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", ORDERED.values(), ids=ORDERED)
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_what_comes_in_order_is_a_sequence(function: Callable[[Any], Any], make: Callable[[], Any]) -> None:
    assert function(make()) == function(NUMBERS)


@pytest.mark.parametrize("values", [{"a": 1.0}, {1.0}])
def test_primals_and_parameters_are_asked_for_in_order(values: Any) -> None:
    with pytest.raises(TypeError, match=r"jvp takes primals in a tuple, .*: write \(\{"):
        autograd.jvp(lambda x: x, values, (1.0,))
    with pytest.raises(TypeError, match=r"got the set .*, which has no order: give"):
        autograd.compile(lambda x: x, params={Value(1.0), Value(2.0)})


@pytest.mark.parametrize(
    "argnums", [{1, 0}, frozenset({1, 0}), {1: "y", 0: "x"}], ids=["set", "frozenset", "dict"]
)
@pytest.mark.parametrize("transform", [autograd.grad, autograd.value_and_grad, autograd.jacobian])
def test_indices_of_arguments_are_asked_for_in_order(transform: Callable[..., Any], argnums: Any) -> None:
    """The gradients of {1, 0} came as those of (0, 1): a set has the order of its hashes."""
    with pytest.raises(TypeError, match=r"argnums is the index of an argument, or several, such as 0 or"):
        transform(lambda x, y: x * y, argnums)
