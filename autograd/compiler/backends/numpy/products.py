"""Contractions of a NumPy program: each as the BLAS call it can be, and without copies where views do."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd.compiler.backends.backend import Numbers
from autograd.compiler.backends.lowering import Contraction, Form
from autograd.compiler.backends.numpy.memory import Memory


def write_contraction(memory: Memory, product: Contraction, into: Numbers) -> None:
    """Let every run write a contraction, without a coefficient, into an array with the axes of its result."""
    left = memory.read(product.left)
    if product.right is None:
        _sum(memory, product, left, into)
        return
    right = memory.read(product.right)
    if product.form is Form.EINSUM:
        of_left, of_right, of_result = product.letters
        memory.call(partial(np.einsum, out=into), f"{of_left},{of_right}->{of_result}", left, right)
    elif product.form is Form.DOT:
        rows = memory.temporary((*into.shape, left.shape[-1]))
        memory.call(np.multiply, left, right, rows)
        _sum_of_rows(memory, rows, into)
    elif product.sum_over_batch:
        rows, columns = _rows(memory, product.letters[0], left), _rows(memory, product.letters[1], right)
        memory.call(np.matmul, rows.T, columns, out=into)
    elif product.letters[1] == "jk":
        _matrix_of_weights(memory, left, right.T, into)
    else:
        memory.call(np.matmul, left, right, out=into)


def _sum(memory: Memory, product: Contraction, left: Numbers, into: Numbers) -> None:
    if not product.sum_over_batch:
        _sum_of_rows(memory, left, into)
    elif product.letters[0] == "bg":
        memory.call(np.matmul, np.ones(memory.batch, memory.dtype), left, into)
    else:
        memory.call(np.add.reduce, left, (0, -1), None, into)


def _sum_of_rows(memory: Memory, rows: Numbers, into: Numbers) -> None:
    """Let every run write the sums of rows, the last axis, to `into`.

    Times a column of ones, as one product if all of it lies in a row: that takes a fraction of add.reduce.
    """
    ones = np.ones(rows.shape[-1], memory.dtype)
    if rows.flags.c_contiguous and into.flags.c_contiguous:
        rows, into = rows.reshape(-1, len(ones)), into.reshape(-1)
    memory.call(np.matmul, rows, ones, into)


def _matrix_of_weights(memory: Memory, inputs: Numbers, weights: Numbers, into: Numbers) -> None:
    """Let every run write inputs @ weights: one product for all inputs of all examples, where views allow."""
    if inputs.ndim == 3:
        rows, out_rows = _merged(inputs), _merged(into)
        if rows is not None and out_rows is not None:
            inputs, into = rows, out_rows
    memory.call(np.matmul, inputs, weights, into)


def _rows(memory: Memory, letters: str, side: Numbers) -> Numbers:
    """Return a side with axes b and k made one, copied if no view has them so."""
    if "k" not in letters:
        return side
    whole = side if "i" in letters or "j" in letters else side[..., None]
    merged = _merged(whole)
    if merged is None:
        copy = memory.temporary(whole.shape)
        memory.call(np.copyto, copy, whole)
        merged = copy.reshape(-1, whole.shape[-1])
    return merged if whole is side else merged[:, 0]


def _merged(numbers: Numbers) -> Numbers | None:
    """Return (a, b, c) as a view of shape (a · b, c), or None where there is none."""
    a, b, c = numbers.shape
    outer, inner, last = numbers.strides
    if b == 1:
        inner = outer
    elif a > 1 and outer != b * inner:
        return None
    return as_strided(numbers, (a * b, c), (inner, last))
