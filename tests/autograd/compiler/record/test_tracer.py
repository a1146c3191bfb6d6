"""What is refused of a recorded scalar, and what the refusal names as the remedy."""

from typing import Any

import pytest

from autograd import TraceError, Value, compile, where


@pytest.mark.parametrize(
    "joined",
    [
        lambda a, b: a & b,
        lambda a, b: True & a,
        lambda a, b: a | b,
        lambda a, b: False | a,
        lambda a, b: a ^ b,
        lambda a, b: ~a,
    ],
)
def test_conditions_joined_by_an_operator_of_bits_are_refused_with_what_joins_them(joined: Any) -> None:
    with pytest.raises(
        TraceError, match=r"test_tracer\.py:\d+ uses .*: use \(x > 0\) \* \(y > 0\) where both"
    ):
        compile(lambda x, y: where(joined(x > 0, y > 0), x, y))([1.0], [1.0])


def test_what_joins_conditions_is_the_same_compiled() -> None:
    def outputs(x: Any, y: Any) -> Any:
        both, one = (x > 0) * (y > 0), where(x > 0, 1, y > 0)
        return [where(condition, 3.0, 5.0) for condition in (both, one, 1 - (x > 0))]

    xs, ys = [1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0]
    expected = [[float(z) for z in outputs(*pair)] for pair in zip(xs, ys, strict=True)]
    assert compile(outputs)(xs, ys).tolist() == expected


def test_a_number_that_depends_on_nothing_given_is_refused_with_the_remedy() -> None:
    with pytest.raises(TraceError, match="computed outside the function, or with floats"):
        compile(lambda x: x * (Value(2.0) * 3).data)([1.0])
