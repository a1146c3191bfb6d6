"""Products of a NumPy program: each as the BLAS call it can be, and without copies where views do."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd.compiler.arrays.program import Product
from autograd.compiler.backends.backend import Numbers
from autograd.compiler.backends.numpy_memory import Memory


def write_product(memory: Memory, product: Product, into: Numbers) -> None:
    """Let every run write Σ left · right, without the coefficient, to `into` of shape ([batch,] g, i, j)."""
    left = memory.read(product.left)
    right_varies = product.right is not None and product.right.array.varies
    if not product.left.array.varies and (product.over_batch or (into.ndim == 4 and not right_varies)):
        left = np.broadcast_to(left, (memory.batch, *left.shape))
    if product.right is None:
        if product.over_batch and left.shape[-1] == 1:
            memory.call(np.matmul, np.ones(memory.batch, memory.dtype), left[:, :, 0, 0], into[:, 0, 0])
        elif product.over_batch:
            memory.call(np.add.reduce, left, (0, -1), None, into[..., 0])
        else:
            _sum_of_rows(memory, left, into[..., 0])
        return
    right = memory.read(product.right)
    if product.over_batch:
        _contraction(memory, left, np.broadcast_to(right, (memory.batch, *product.right.at.shape)), into)
    elif not product.is_matrix:
        rows = memory.temporary((*into.shape[:-1], product.left.at.shape[-1]))
        memory.call(np.multiply, left, right, rows)
        _sum_of_rows(memory, rows, into[..., 0])
    else:
        _matrix_product(memory, left, right, into)


def _sum_of_rows(memory: Memory, rows: Numbers, into: Numbers) -> None:
    """Let every run write the sums of rows ([batch,] g, 1, k) to `into`, of shape ([batch,] g, 1).

    Times a column of ones, as one product if all of it lies in a row: that takes a fraction of add.reduce.
    """
    ones = np.ones(rows.shape[-1], memory.dtype)
    rows, into = rows[..., 0, :], into[..., 0]
    if rows.flags.c_contiguous and into.flags.c_contiguous:
        rows, into = rows.reshape(-1, len(ones)), into.reshape(-1)
    memory.call(np.matmul, rows, ones, into)


def _matrix_product(memory: Memory, left: Numbers, right: Numbers, into: Numbers) -> None:
    if into.shape[-3] == 1:
        left, right, into = left[..., 0, :, :], right[..., 0, :, :], into[..., 0, :, :]
    if left.ndim == 2 and right.ndim == 3:  # weights times inputs: one product for the whole batch
        rows, out_rows = _merged(right), _merged(np.swapaxes(into, -1, -2))
        if rows is not None and out_rows is not None:
            memory.call(np.matmul, rows, left.T, out_rows)
            return
    memory.call(np.matmul, left, np.swapaxes(right, -1, -2), into)


def _contraction(memory: Memory, left: Numbers, right: Numbers, into: Numbers) -> None:
    if into.shape[0] == 1:
        rows, columns = [_rows(memory, np.swapaxes(side[:, 0], -1, -2)) for side in (left, right)]
        memory.call(np.matmul, rows.T, columns, out=into[0])
    else:
        memory.call(partial(np.einsum, out=into), "bgik,bgjk->gij", left, right)


def _rows(memory: Memory, side: Numbers) -> Numbers:
    """Return (batch, k, i) as rows (batch · k, i), copied if no view has them."""
    merged = _merged(side)
    if merged is None:
        copy = memory.temporary(side.shape)
        memory.call(np.copyto, copy, side)
        merged = copy.reshape(-1, side.shape[-1])
    return merged


def _merged(numbers: Numbers) -> Numbers | None:
    """Return (a, b, c) as a view of shape (a · b, c), or None where there is none."""
    a, b, c = numbers.shape
    outer, inner, last = numbers.strides
    if b == 1:
        inner = outer
    elif a > 1 and outer != b * inner:
        return None
    return as_strided(numbers, (a * b, c), (inner, last))
