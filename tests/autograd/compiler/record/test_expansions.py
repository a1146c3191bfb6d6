"""Operations computed as their expansions, where those are exact."""

from math import inf, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.backends.elementwise import instructions
from autograd.ops import TABLE
from autograd.primitive import Primitive

PLAIN = [op for op in TABLE.values() if op.expansion_is_exact]


ANYTHING = st.floats() | st.sampled_from((0.0, -0.0, 1.0, -1.0, 2.0, -3.0, inf, -inf, 5e-324, 1e17))


@pytest.mark.parametrize("op", PLAIN, ids=lambda op: op.name)
@given(st.data())
def test_what_is_computed_as_its_expansion_is_right_wherever_that_is_finite(
    op: Primitive, data: st.DataObject
) -> None:
    x, *others = data.draw(st.tuples(*[ANYTHING] * len(op.partials)))
    assert op.expansion is not None
    expanded = op.expansion(x, *others)
    in_full, sparingly = [len(instructions(op, [None, *others], exact)[0]) for exact in (True, False)]
    if sparingly < in_full and isfinite(expanded):
        assert op(x, *others) == pytest.approx(expanded, rel=1e-12, abs=1e-290)


def test_only_the_exact_program_computes_a_usual_exponent_in_full() -> None:
    def calls(exponent: float | None, exact: bool) -> int:
        return len(instructions(TABLE["power_slope"], [None, exponent], exact)[0])

    assert calls(-0.5, True) > 10 > calls(-0.5, False)
    assert calls(1e17, False) == calls(1e17, True)  # where y - 1 is y
    assert calls(None, False) == calls(None, True)
