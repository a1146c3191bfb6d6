"""What each statement of a program is to a backend, decided once: to be printed, or bound to memory.

An operation, and a sum of plain products, goes element by element, in the shape in which most of its operands
are views. Every other product is a contraction, said in the letters of `einsum`: b is the batch, and g, i, j
and k are the axes of `Product`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import numpy as np

from autograd.compiler.arrays.program import Map, Operand, Positions, Product, Sum
from autograd.compiler.arrays.strides import common_shape
from autograd.primitive import Primitive


@dataclass(frozen=True, eq=False, slots=True)
class Elementwise:
    """out = op(*operands), all of one shape.

    Where an n-ary operation takes all from one array, `row` is its operands side by side, on a further axis.
    """

    op: Primitive
    operands: list[Operand]
    row: Operand | None
    out: Operand


class Form(Enum):
    """The call that a contraction is."""

    SUM = "sum of the left side over k, over b, or both"
    DOT = "sum over k of left times right, element by element"
    MATMUL = "one matrix product, or one for each of the axes that come first"
    EINSUM = "what is none of these"


@dataclass(frozen=True, eq=False, slots=True)
class Contraction:
    """The sum of left · right over the letters that `result` lacks.

    Each side has the axes of its letters, b excepted, which every batched array has in front; `right` is
    None for a factor of one. As a MATMUL it reads, by what the letters are,

        left "ki", right "kj"      leftᵀ @ right, where the rows of both are those of b and k
        left "ik", right "jk"      left @ rightᵀ, where `right` does not vary
        left "gik", right "gkj"    left @ right

    without those of i, j and g that have size 1. `sums` has the axes of the result, and the number of the sum
    that each element is, or NOTHING.
    """

    form: Form
    left: Operand
    right: Operand | None
    letters: tuple[str, str, str]
    sums: Positions

    @property
    def batched(self) -> bool:
        """Whether the result is another for every example."""
        return "b" in self.letters[2]

    @property
    def sum_over_batch(self) -> bool:
        """Whether the examples of a batch are added up."""
        return "b" in self.letters[0] and not self.batched


@dataclass(frozen=True, eq=False, slots=True)
class Addend:
    """A part of a combination: its coefficient times one or two operands multiplied, or a contraction."""

    coefficient: float
    factors: list[Operand] | Contraction


@dataclass(frozen=True, eq=False, slots=True)
class Combination:
    """out = the sum of its addends; operands have the shape of `out`."""

    addends: list[Addend]
    out: Operand


Lowered: TypeAlias = Elementwise | Combination


def lowered(statement: Map | Sum) -> Lowered:
    """Return what a statement is to a backend."""
    if isinstance(statement, Map):
        operands = list(statement.operands)
        out, *shaped = _in_common_shape([statement.out, *operands])
        row = None
        if statement.op.arity is None and len(operands) > 1 and len({o.array for o in operands}) == 1:
            row = shaped[0].reading(np.stack([operand.at for operand in shaped], -1))
        return Elementwise(statement.op, shaped, row, out)
    columns = [product.columns for product in statement.products]
    out, *shaped = _in_common_shape([statement.out, *[side for sides in columns for side in sides or ()]])
    waiting = iter(shaped)
    addends = [
        Addend(product.coefficient, [next(waiting) for _ in sides] if sides else contraction(product))
        for product, sides in zip(statement.products, columns, strict=True)
    ]
    return Combination(addends, out)


def _in_common_shape(operands: Sequence[Operand]) -> list[Operand]:
    shape = common_shape([operand.at for operand in operands])
    return [operand.reading(operand.at.reshape(shape)) for operand in operands]


def contraction(product: Product) -> Contraction:
    """Return a product as the call that it is; a side that does not vary is the right one."""
    left, right, sums = product.left, product.right, product.sums
    if right is None:
        letters = "gk" if left.at.shape[2] > 1 or not product.sum_over_batch else "g"
        return _contraction(Form.SUM, product.sum_over_batch, left, None, (letters, "", "g"), sums)
    if right.array.batched and not left.array.batched:
        left, right, sums = right, left, sums.transpose(0, 2, 1)
    blocks, rows, columns = sums.shape
    both, over = right.array.batched, product.sum_over_batch
    form, letters_of_each = Form.MATMUL, ("gik", "gkj", "gij")
    needed = "ijk"
    if over and (blocks > 1 or not both):
        form, letters_of_each = Form.EINSUM, ("gik", "gjk", "gij")
    elif over:
        letters_of_each, needed = ("ki", "kj", "ij"), ""
    elif rows == columns == 1 and (blocks > 1 or both):
        form, letters_of_each = Form.DOT, ("gk", "gk", "g")
    elif blocks == 1 and not both:
        letters_of_each, needed = ("ik", "jk", "ij"), "k"
    sizes = {"g": blocks, "i": rows, "j": columns, "k": left.at.shape[2]}
    kept = ["".join([x for x in letters if sizes[x] > 1 or x in needed]) for letters in letters_of_each]
    return _contraction(form, over, left, right, (kept[0], kept[1], kept[2]), sums)


def _contraction(
    form: Form,
    sum_over_batch: bool,
    left: Operand,
    right: Operand | None,
    letters: tuple[str, str, str],
    sums: Positions,
) -> Contraction:
    """Return a contraction of sides that still have their axes g, i, k and g, j, k."""
    batched = [left.array.batched, right is not None and right.array.batched]
    batch = ["b" * batched[0], "b" * batched[1], "b" * (any(batched) and not sum_over_batch)]
    return Contraction(
        form,
        left.reading(_arranged(left.at, "gik", letters[0])),
        None if right is None else right.reading(_arranged(right.at, "gjk", letters[1])),
        (batch[0] + letters[0], batch[1] + letters[1], batch[2] + letters[2]),
        _arranged(sums, "gij", letters[2]),
    )


def _arranged(at: Positions, letters: str, wanted: str) -> Positions:
    """Return positions with the wanted axes in their order; the others have size 1 and go."""
    others = [x for x in letters if x not in wanted]
    axes = [letters.index(x) for x in (*wanted, *others)]
    return at.transpose(axes).reshape([at.shape[n] for n in axes[: len(wanted)]])


def together(addends: Sequence[Addend]) -> list[list[Addend]]:
    """Return the addends, those together whose sum is one product of longer sides, or one sum over the batch.

    So the derivative of a weight that is used at every step of a recurrence is one product, and so is what
    flows back through several weights; two products stay as they are, as those of W · x + U · h.
    """
    found: dict[Any, list[Addend]] = {}
    for n, addend in enumerate(addends):
        key = _kind(addend)
        found.setdefault(n if key is None else key, []).append(addend)
    apart: list[list[Addend]] = []
    for same in found.values():
        product = same[0].factors
        is_one = len(same) > 2 or (isinstance(product, Contraction) and product.sum_over_batch)
        apart += [same] if is_one else [[addend] for addend in same]
    return apart


def _kind(addend: Addend) -> Any:
    """Return what addends have in common that can be made one, or None where this one cannot be."""
    product = addend.factors
    if not isinstance(product, Contraction):
        return None
    sums = product.sums.shape, product.sums.tobytes()
    if product.right is None:
        shape = product.left.at.shape
        return (addend.coefficient, product.letters, shape, sums) if product.sum_over_batch else None
    lengthens = product.sum_over_batch or product.letters[1] in ("jk", "k")
    if product.form is not Form.MATMUL or not lengthens:
        return None
    return addend.coefficient, product.letters, sums
