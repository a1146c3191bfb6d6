"""Geometry: nothing overlaps, every link runs from left to right and meets its boxes."""

from __future__ import annotations

from itertools import combinations, pairwise
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from viz import passes, render
from viz.cards import scene
from viz.geometry import Box, Geometry, Size
from viz.layered import LONGEST_ROUTED, layered
from viz.layout import lay_out

Graph = tuple[list[Size], list[tuple[int, int]]]


@st.composite
def dags(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 14))
    side = st.floats(10, 250)
    sizes = [(draw(side), draw(side)) for _ in range(count)]
    links = [
        (draw(st.integers(0, head - 1)), head)
        for head in range(1, count)
        for _ in range(draw(st.integers(0, 3)))
    ]
    return sizes, links


def overlap(a: Box, b: Box) -> bool:
    slack = 0.11  # places are rounded to a tenth
    return (
        a.x < b.right - slack and b.x < a.right - slack and a.y < b.bottom - slack and b.y < a.bottom - slack
    )


def check(placed: Geometry, sizes: list[Size], links: list[tuple[int, int]]) -> None:
    for box, size in zip(placed.boxes, sizes, strict=True):
        assert (box.width, box.height) == pytest.approx(size, abs=0.1)
    assert not any(overlap(a, b) for a, b in combinations(placed.boxes, 2))
    for (tail, head), curve in zip(links, placed.curves, strict=True):
        start, end = placed.boxes[tail], placed.boxes[head]
        assert start.right < end.x
        assert len(curve.points) % 3 == 1
        assert curve.points[0] == pytest.approx((start.right, start.middle), abs=0.2)
        assert curve.points[-1] == pytest.approx((end.x, end.middle), abs=0.2)
    for box in placed.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.right <= placed.width
        assert box.bottom <= placed.height


@given(dags())
def test_the_built_in_layout(graph: Graph) -> None:
    sizes, links = graph
    check(layered(sizes, links), sizes, links)


@given(dags())
@settings(max_examples=25, deadline=None)
def test_the_layout_of_an_engine(graph: Graph) -> None:
    assert next(render.engines()).name
    sizes, links = graph
    check(lay_out(sizes, links), sizes, links)


@given(dags())
@settings(max_examples=40)
def test_the_built_in_layout_crosses_no_box(graph: Graph) -> None:
    sizes, links = graph
    placed = layered(sizes, links)
    for (tail, head), curve in zip(links, placed.curves, strict=True):
        others = [box for index, box in enumerate(placed.boxes) if index not in (tail, head)]
        for start, end in pairwise(curve.points[::3]):
            if start[1] == pytest.approx(end[1]):  # the level pieces are those that run through a column
                way = Box(start[0], start[1], end[0] - start[0], 0.2)
                assert not any(overlap(way, box) for box in others if box.x < end[0] and start[0] < box.right)


def test_leaves_stand_next_to_their_uses() -> None:
    sizes = [(50.0, 20.0)] * 5
    placed = layered(sizes, [(0, 1), (1, 2), (2, 4), (3, 4)])
    assert placed.boxes[3].x == placed.boxes[2].x


def test_a_parameter_used_along_a_deep_chain_stays_linear() -> None:
    count = 4000
    links = [(0, head) for head in range(1, count)] + [(head - 1, head) for head in range(2, count)]
    started = perf_counter()
    placed = layered([(50.0, 20.0)] * count, links)
    assert perf_counter() - started < 10
    routed = [curve for curve in placed.curves if len(curve.points) > 3 * LONGEST_ROUTED * 3]
    assert not routed


def test_pills_and_cards_of_a_scene_do_not_overlap() -> None:
    x, w = Value(0.5, label="x" * 60), Value(-1.25, label="参数" * 10)
    y = (x * w + x).tanh() * w + x * x
    for arithmetic in (False, True):
        for built_in in (False, True):
            placed = scene(passes(y), arithmetic, built_in=built_in)
            boxes = [*placed.boxes.values(), *(arrow.pill for arrow in placed.arrows if arrow.pill)]
            assert len(boxes) == 8 + 11
            assert not any(overlap(a, b) for a, b in combinations(boxes, 2))
