"""Every operation of the table in C beside the scalar engine: over the whole line and at its ends."""

import ctypes
from math import inf, isfinite, nan

import numpy as np
import pytest
from mpmath import mp

from autograd import compile
from autograd.compiler.backends.native import toolchain
from autograd.compiler.backends.native.emit.dialect import POWERS
from autograd.compiler.backends.native.emit.functions import functions_in
from autograd.compiler.backends.native.program import NativeBackend
from autograd.notation.listing import Listing
from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.testing import argument_counts

ENDS = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    -2.5,
    50.5,
    inf,
    -inf,
    nan,
    5e-324,
    -5e-324,
    1e300,
    -1e300,
    709.79,
    -745.2,
]


def raw_results(ops: list[Primitive], arguments: np.ndarray, dtype: str) -> np.ndarray:
    """Return what C computes, which the compiled function hands on where all is finite: a row an example."""
    step = compile(lambda x: [op(*x[:n]) for op in ops for n in argument_counts(op)], dtype=dtype)
    step(arguments[:1])
    program = step._last().program(exact=False, ragged=True)
    return NativeBackend().bind(program, len(arguments), np.dtype(dtype))([arguments], step.vector)[0]


def sample(count: int, dtype: str) -> np.ndarray:
    """Return points of the whole line, by their bits, its ends, and the part where most happens."""
    rng = np.random.default_rng(0)
    kind = np.uint64 if dtype == "float64" else np.uint32
    anywhere = rng.integers(0, np.iinfo(kind).max, (count, 4), kind).view(dtype)
    ends = rng.choice(ENDS, (count, 4))
    with np.errstate(over="ignore", invalid="ignore"):
        return np.concatenate([anywhere, ends, rng.normal(0, 3, (2 * count, 4))]).astype(dtype)


def ulps(found: float, expected: float, dtype: str, size: float = 0.0) -> float:
    """Return by how many ULP of the expected number, or of a larger one that it is made of, they differ."""
    if found == expected:
        return 0.0
    return float(abs(found - expected) / np.spacing(np.dtype(dtype).type(max(abs(expected), size))))


def is_one_function(op: Primitive, count: int) -> bool:
    listing = Listing()
    op.impl(listing, *[listing.argument() for _ in range(count)])
    return len(listing.instructions) == 1


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_operation_is_that_of_the_engine(dtype: str) -> None:
    """In float32 only what is one function: a formula's roundings are those of its precision."""
    ops = [op for op in TABLE.values() if not op.by_index]  # an index is refused before
    points = sample(60, dtype)
    columns = [(op, n) for op in ops for n in argument_counts(op)]
    with np.errstate(all="ignore"):
        found = raw_results(ops, points, dtype)
        for (op, n), column in zip(columns, found.T, strict=True):
            if dtype == "float32" and not is_one_function(op, n):
                continue
            for x, y in zip(points.tolist(), column.tolist(), strict=True):
                expected = float(np.dtype(dtype).type(op(*x[:n])))
                told = f"{op.name}{x[:n]} = {expected}, got {y}"
                if not isfinite(expected):
                    assert not isfinite(y), told
                elif not isfinite(y):  # then the exact program decides, as where an expansion is not the rule
                    assert op.expansion, told
                else:
                    largest = 0.0 if op.arity else max(map(abs, x[:n]))
                    assert ulps(y, expected, dtype, largest) <= 2, told


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("silu", 1.2072461340290768),
        ("gelu_tanh", 0.661098827629963),
        ("normal_pdf", -1.5868977800603088),
        ("sech_squared", 356.0512314225679),
    ],
)
def test_what_is_made_of_an_exponential_does_not_magnify_its_last_bit(name: str, x: float) -> None:
    """Here an exponential that is right, and not the C library's, makes 3 and 4 ULP."""
    (found,) = raw_results([TABLE[name]], np.full((1, 4), x), "float64")[0].tolist()
    assert ulps(found, TABLE[name](x), "float64") <= 1


def test_the_exponential_is_right_to_little_more_than_half_a_unit_where_it_is_subnormal_too() -> None:
    edges = [0.0, -0.0, 1e-300, 512.0, -512.0, -708.4, 709.78, -745.13, -745.14, 709.79, inf, -inf, nan]
    points = np.concatenate([np.linspace(-746, 709, 997), np.linspace(-1, 1, 500), edges])
    found = raw_results([TABLE["exp"]], np.stack([points] * 4, 1), "float64")[:, 0]
    assert found[-4:-1].tolist() == [inf, inf, 0.0]
    assert np.isnan(found[-1])
    for x, y in zip(points[:-4].tolist(), found[:-4].tolist(), strict=True):
        with mp.workdps(40):
            error = float(abs(mp.exp(mp.mpf(x)) - mp.mpf(y)) / mp.mpf(float(np.spacing(y))))
        assert error <= 0.52, (x, y)


@pytest.mark.parametrize("double", [True, False])
@pytest.mark.parametrize("size", [16, 32, 64])
def test_totals_are_those_of_each_vector_whatever_the_width_of_a_register(size: int, double: bool) -> None:
    text = functions_in("totals", double)
    for macro, width in (("__AVX512F__", 64), ("__AVX__", 32)):
        text = text.replace(f"defined({macro})", str(int(width == size)))
    dtype = np.float64 if double else np.float32
    rows = np.arange(4 * size // dtype().itemsize, dtype=dtype).reshape(4, -1) ** 2
    given, found = aligned(rows.ravel()), np.zeros(4, dtype)
    caller = "void four(T *into, V *x) { totals(into, x[0], x[1], x[2], x[3]); }\n"
    source = f"typedef {'double' if double else 'float'} T;\n{text}\n{caller}"
    toolchain.library(source).four(*[ctypes.c_void_p(x.ctypes.data) for x in (found, given)])
    assert found.tolist() == rows.sum(1).tolist()


def aligned(numbers: np.ndarray) -> np.ndarray:
    """Return the same numbers where a vector may lie."""
    room = np.empty(numbers.nbytes + 64, np.uint8)
    start = -room.ctypes.data % 64
    found = room[start : start + numbers.nbytes].view(numbers.dtype)
    found[:] = numbers
    return found


def test_tanh_is_close_enough_that_it_may_differ_from_the_c_librarys() -> None:
    """That is up to two ULP off, and two apart they may be: ours has less than one."""
    points = np.concatenate([np.linspace(-1, 1, 999), [-0.21371382118904858, 0.18933836075106036]])
    found = raw_results([TABLE["tanh"]], np.stack([points] * 4, 1), "float64")[:, 0]
    with mp.workdps(40):
        exact = [mp.tanh(mp.mpf(x)) for x in points.tolist()]
        errors = [abs(mp.mpf(y) - t) for y, t in zip(found.tolist(), exact, strict=True)]
    assert max(float(e) / float(np.spacing(abs(y))) for e, y in zip(errors, found, strict=True)) < 1.0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("exponent", [*POWERS, 0.25, -3.0])
def test_a_power_by_a_constant_is_that_of_the_engine_everywhere(exponent: float, dtype: str) -> None:
    """Also where a step on the way would overflow, at -0 and at infinities."""
    power = Primitive("of", lambda xp, x: xp.power(x, exponent), (None,))
    limits = np.finfo(dtype)
    far = [limits.max ** float(share) for share in np.linspace(-1, 1, 41)] + [float(limits.tiny) / 8]
    points = np.concatenate([sample(500, dtype)[:, 0], far, np.negative(far)]).astype(dtype)
    found = raw_results([power], np.stack([points] * 4, 1), dtype)[:, 0]
    for x, y in zip(points.tolist(), found.tolist(), strict=True):
        with np.errstate(over="ignore"):
            expected = float(np.dtype(dtype).type(power(x)))
        told = f"{x} ** {exponent} = {expected}, got {y}"
        assert repr(y) == repr(expected) or ulps(y, expected, dtype) <= 2, told


def test_a_zero_keeps_its_sign_where_the_engine_keeps_it() -> None:
    signed = [
        "sin",
        "tan",
        "asin",
        "atan",
        "sinh",
        "tanh",
        "asinh",
        "atanh",
        "expm1",
        "log1p",
        "cbrt",
        "sqrt",
    ]
    ops = [TABLE[name] for name in (*signed, "neg", "identity", "round", "floor", "erf")]
    found = raw_results(ops, np.array([[0.0] * 4, [-0.0] * 4]), "float64")
    expected = [[op(x) for op in ops] for x in (0.0, -0.0)]
    assert np.signbit(found).tolist() == np.signbit(expected).tolist()
