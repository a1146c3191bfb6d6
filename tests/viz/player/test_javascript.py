"""What the page computes is what Python computes: operations, derivatives, graphs, and written numbers."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from itertools import product
from math import inf, isfinite, nan, ulp
from random import Random
from typing import Any

import pytest

from autograd import Value, scalar
from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.testing import SMOOTH, argument_counts, chosen_program
from viz import passes
from viz.player.javascript import slopes_function, value_function
from viz.player.page import asset
from viz.player.program import leaf_numbers, page_program
from viz.record.passes import Passes
from viz.style import bracketed, number, raised

EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 3.0, 5e-324, 1e-300, 1e300, inf, -inf, nan, 1e3, -1e3, 50.0)
LIBRARY = {"tanh": 4, "sech_squared": 4, "erf": 3, "erfc": 5, "normal_cdf": 5, "gelu": 6}
"""Where the C library is itself more than 2 ULP off, as its erfc is by 2.5, or within 2 ULP as ours, but on
the other side: how far the two may be apart."""

CANCELLING = ("power", "power_slope", "silu", "gelu", "gelu_tanh")
"""Whose derivatives have zeros of their own, where they are differences, with the rounding of their terms."""

RECEIVE = """const num = (x) => ({ inf: Infinity, "-inf": -Infinity, nan: NaN })[x] ?? x;
const told = (x) => (x === undefined || x === null ? null : x === true ? 1 : x === false ? 0
    : Object.is(x, -0) ? "-0" : Number.isFinite(x) ? x
    : String(x).replace("Infinity", "inf").replace("NaN", "nan"));
"""


@pytest.fixture(scope="module")
def run(browser: Any) -> Iterator[Any]:
    """Run a script behind the page's own and return what its last expression is."""
    page = browser.new_page()
    own = "".join(map(asset, ("scalar.js", "special.js", "numbers.js", "program.js")))
    yield lambda script: page.evaluate(f"() => {{ {own}{RECEIVE}{script} }}")
    page.close()


def plain(x: float) -> float | str:
    return x if isfinite(x) else repr(x)


def samples(rng: Random, count: int) -> list[float]:
    return [
        rng.choice(
            (
                rng.choice(EDGES),
                rng.gauss(0, 3),
                rng.gauss(0, 3),
                rng.choice((1, -1)) * 10 ** rng.uniform(-20, 20),
            )
        )
        for _ in range(count)
    ]


def check(found: Any, expected: float | None, most: float, where: Any, scale: float = 0.0) -> None:
    """Check a number within so many ULP, of itself or of `scale`; nan, infinity and zero's sign exactly."""
    if expected is None or found is None:
        assert found is expected, where
    elif expected == float(found) == 0:
        assert repr(float(found)) == repr(expected), where
    elif isfinite(expected) and isfinite(float(found)):
        assert abs(float(found) - expected) <= most * ulp(max(abs(expected), scale)), (where, found, expected)
    else:
        assert repr(float(found)) == repr(expected), where


@pytest.mark.parametrize("primitive", TABLE.values(), ids=repr)
def test_each_operation_and_derivative_is_that_of_python(primitive: Primitive, run: Any) -> None:
    rng = Random(primitive.name)
    most = LIBRARY.get(primitive.name, 2)
    for count in argument_counts(primitive, 5)[-2:]:
        points = [samples(rng, count) for _ in range(400)]
        points += [[*edges] for edges in product(EDGES, repeat=count) if count <= 2]
        outs = [primitive.impl(scalar, *point) for point in points]
        rows = [[*map(plain, (y, *point))] for y, point in zip(outs, points, strict=True)]
        found = run(
            f"const value = {value_function(primitive, count).text};"
            f"const slopes = {slopes_function(primitive, (True,) * count).text};"
            f"return {json.dumps(rows)}.map((row) => row.map(num))"
            ".map(([y, ...xs]) => [told(value(...xs)), slopes(y, ...xs).map(told)]);"
        )
        for point, y, (value, slopes) in zip(points, outs, found, strict=True):
            check(value, y, most, point)
            expected = primitive(*map(Value, point)).edges[1::2]
            terms = max((abs(x) for x in (y, *point, 1.0) if isfinite(x)), default=1.0)
            for slope, local in zip(slopes, expected, strict=True):
                check(slope, local, max(most, 2), point, terms if primitive.name in CANCELLING else 0.0)


def test_a_constant_argument_gets_no_derivative(run: Any) -> None:
    slopes = slopes_function(TABLE["power"], (True, False)).text
    assert run(f"return ({slopes})(9, -3, 2);") == [-6, None]
    assert "log" not in slopes


def graphs(count: int, seed: int) -> list[Passes]:
    rng = Random(seed)
    found: list[Passes] = []
    while len(found) < count:
        strange = len(found) % 2
        program = chosen_program(
            rng.choice, 3, rng.choice((3, 10, 20)), [*TABLE.values()] if strange else SMOOTH
        )
        value = program(
            *(
                Value(rng.choice((*EDGES, *[rng.gauss(0, 2)] * 20)) if strange else rng.gauss(0, 2))
                for _ in range(3)
            )
        )
        if isinstance(value, Value):
            found.append(passes(value))
    return found


def both_passes(run: Any, graph: Passes) -> Any:
    program = page_program(graph)
    return run(
        f"{program.operations} const found = computed(readProgram({json.dumps(program.data)}),"
        f"{json.dumps(leaf_numbers(graph))}.map(num));"
        "return Object.fromEntries(Object.entries(found).map(([part, xs]) => [part, Array.from(xs, told)]));"
    )


def compare(found: Any, graph: Passes) -> None:
    """Check both passes within 1e-12 of their largest number."""
    numbers: dict[str, list[float | None]] = {"value": [step.result for step in graph.forward]}
    for part in ("upstream", "local", "before", "after"):
        numbers[part] = [getattr(share, part) for share in graph.backward]
    numbers["share"] = [share.contribution for share in graph.backward]
    largest = max(abs(x) for xs in numbers.values() for x in xs if x is not None and isfinite(x))
    for part, expected in numbers.items():
        for place, x in enumerate(expected):
            check(found[part][place], x, 1e-12 * largest / ulp(largest), (part, place), largest)


def test_random_graphs_have_the_same_passes(run: Any) -> None:
    for graph in graphs(200, seed=0):
        compare(both_passes(run, graph), graph)


def test_numbers_are_written_alike(run: Any) -> None:
    rng = Random(0)
    ties = [
        99999.5,
        100000.5,
        12344.5,
        12345.5,
        9999999.5,
        999999.5,
        1e7,
        1e21,
        2.5e-5,
        0.5,
        -0.0,
        inf,
        -inf,
        nan,
    ]
    xs = ties + [
        rng.choice(
            (
                abs(struct.unpack("<d", struct.pack("<Q", rng.getrandbits(63)))[0]),
                rng.gauss(0, 10 ** rng.randint(-8, 8)),
                rng.randint(-(10**9), 10**9) / rng.choice((1, 2, 4, 8, 10, 1000)),
                rng.randint(1, 10**6) / 2 ** rng.randint(0, 30),
            )
        )
        for _ in range(100_000)
    ]
    for digits in (5, 4, 10):
        found = run(
            f"return {json.dumps([*map(plain, xs)])}.map(num)"
            f".map((x) => [number, bracketed, raised].map((form) => form(x, {digits})));"
        )
        forms = (number, bracketed, raised)
        assert found == [[form(x, digits) for form in forms] for x in xs]
