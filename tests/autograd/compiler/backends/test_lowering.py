"""What a statement is to a backend is decided once: bound to memory and printed, it gives what it says."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.arrays.program import NOTHING, Array, Operand, Product, Program, Sum
from autograd.compiler.backends.jax_program import load
from autograd.compiler.backends.lowering import Form, contraction
from autograd.compiler.backends.numpy.program import NumpyBackend
from autograd.compiler.backends.source.program import source
from tests.autograd.compiler.closeness import NumpyNamespace

BATCH, SIZE = 3, 24
X, P = Array("x", SIZE, True), Array("parameters", SIZE, False)
SMALL = st.integers(1, 3)


@st.composite
def operands(draw: Any, batched: bool, shape: tuple[int, ...]) -> Operand:
    """Draw scalars in regular order, in an order that repeats, or in none."""
    count = int(np.prod(shape))
    orders = [np.arange(count), np.arange(count)[::-1] // 2, np.random.default_rng(count).permutation(SIZE)]
    at = draw(st.sampled_from(orders))[:count].reshape(shape)
    axes = draw(st.permutations(range(len(shape))))
    moved = np.ascontiguousarray(at.reshape([shape[n] for n in axes]).transpose(np.argsort(axes)))
    return Operand(X if batched else P, moved)


@st.composite
def products(draw: Any, count: int) -> Product:
    """Draw a product that has an element for each of `count` sums, in any order, and perhaps others."""
    length, over = draw(SMALL), draw(st.booleans())
    coefficient = draw(st.sampled_from((1.0, -1.0, 0.5)))
    shapes = [(count, 1, 1), (1, count, 1), (1, 1, count), (1, 2, (count + 1) // 2), (2, (count + 1) // 2, 1)]
    if draw(st.booleans()):
        left = draw(operands(over or draw(st.booleans()), (count, 1, length)))
        return Product(over, coefficient, left, None, np.arange(count)[:, None, None])
    blocks, rows, columns = draw(st.sampled_from([*shapes, (2, 2, (count + 3) // 4)]))
    elements = [*range(count), *[NOTHING] * (blocks * rows * columns - count)]
    sums = np.array(draw(st.permutations(elements))).reshape(blocks, rows, columns)
    batched = draw(
        st.sampled_from([(True, True), (True, False), (False, True), *[(False, False)] * (not over)])
    )
    left = draw(operands(batched[0], (blocks, rows, length)))
    return Product(over, coefficient, left, draw(operands(batched[1], (blocks, columns, length))), sums)


def by_definition(product: Product, x: Any, p: Any, count: int) -> Any:
    """Return each element of a product for each example, in the order of the sums."""
    left, right = [
        None if side is None else np.broadcast_to(x if side.array.batched else p, x.shape)[:, side.at]
        for side in (product.left, product.right)
    ]
    elements = left.sum(-1)[..., None] if right is None else np.einsum("bgik,bgjk->bgij", left, right)
    if product.sum_over_batch:
        elements = np.broadcast_to(elements.sum(0), elements.shape)
    found = np.empty((len(x), count))
    found[:, product.sums[product.sums != NOTHING]] = elements[:, product.sums != NOTHING]
    return product.coefficient * found


@given(st.data(), st.integers(1, 6), SMALL)
def test_sums_of_products_are_bound_and_printed_as_what_they_are(data: Any, count: int, terms: int) -> None:
    parts = tuple([data.draw(products(count)) for _ in range(terms)])
    batched = [
        not part.sum_over_batch
        and any(side is not None and side.array.batched for side in (part.left, part.right))
        for part in parts
    ]
    out = Array("sum", count, any(batched))
    program = Program(
        exact=False,
        mean=False,
        arguments=[X],
        shapes=[(SIZE,)],
        parameters=P,
        names=[f"p[{n}]" for n in range(SIZE)],
        arrays=[X, P, out],
        statements=[Sum(parts, Operand(out, np.arange(count)))],
        outputs=[(out, n) for n in range(count)],
    )
    random = np.random.default_rng(0)
    x, p = random.normal(size=(BATCH, SIZE)), random.normal(size=SIZE)
    expected = sum(by_definition(part, x, p, count) for part in parts)
    expected = expected if out.batched else expected[0]
    for found in (
        NumpyBackend().bind(program, BATCH, np.dtype(float))([x], p)[0],
        load(source(program), NumpyNamespace(), np.dtype(float))(x, p),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def product(sum_over_batch: bool, left: Any, right: Any, sums: Any) -> Product:
    sides = [None if side is None else Operand(side[0], np.zeros(side[1], int)) for side in (left, right)]
    return Product(sum_over_batch, 1.0, *sides, np.arange(np.prod(sums)).reshape(sums))


@pytest.mark.parametrize(
    ("form", "letters", "given"),
    [
        (Form.SUM, ("bg", "", "g"), (True, (X, (4, 1, 1)), None, (4, 1, 1))),
        (Form.SUM, ("bgk", "", "bg"), (False, (X, (4, 1, 2)), None, (4, 1, 1))),
        (Form.DOT, ("bgk", "bgk", "bg"), (False, (X, (4, 1, 2)), (X, (4, 1, 2)), (4, 1, 1))),
        # A layer, for one input and for several of an example, and the gradient of its weights.
        (Form.MATMUL, ("bk", "jk", "bj"), (False, (P, (1, 4, 2)), (X, (1, 1, 2)), (1, 4, 1))),
        (Form.MATMUL, ("bik", "jk", "bij"), (False, (P, (1, 4, 2)), (X, (1, 3, 2)), (1, 4, 3))),
        (Form.MATMUL, ("bki", "bkj", "ij"), (True, (X, (1, 4, 2)), (X, (1, 3, 2)), (1, 4, 3))),
        # The heads of an attention.
        (Form.MATMUL, ("bgik", "bgkj", "bgij"), (False, (X, (2, 4, 3)), (X, (2, 4, 3)), (2, 4, 4))),
        (Form.EINSUM, ("bgik", "bgjk", "gij"), (True, (X, (2, 4, 3)), (X, (2, 4, 3)), (2, 4, 4))),
    ],
)
def test_each_kind_of_product_has_the_form_of_its_call(form: Form, letters: Any, given: Any) -> None:
    found = contraction(product(*given))
    assert (found.form, found.letters) == (form, letters)
    assert found.sums.ndim == len(found.letters[2].replace("b", ""))
