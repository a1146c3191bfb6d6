"""Geometry: nothing overlaps, every link runs from left to right and meets its boxes."""

from __future__ import annotations

from itertools import combinations, pairwise
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from viz import passes
from viz.canvas import engines as render
from viz.canvas.geometry import Box, Geometry, Size
from viz.canvas.layered import LONGEST_ROUTED, layered
from viz.canvas.layout import lay_out, place
from viz.canvas.outlines import outlined
from viz.graph.cards import cards
from viz.graph.scene import laid_out, share_arrows
from viz.nesting import clusters

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
        assert len(curve) % 3 == 1
        assert curve[0] == pytest.approx((start.right, start.middle), abs=0.2)
        assert curve[-1] == pytest.approx((end.x, end.middle), abs=0.2)
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
@settings(max_examples=25)
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
        for start, end in pairwise(curve[::3]):
            if start[1] == pytest.approx(end[1]):  # the level pieces are those that run through a column
                way = Box(start[0], start[1], end[0] - start[0], 0.2)
                assert not any(overlap(way, box) for box in others if box.x < end[0] and start[0] < box.right)


@given(dags(), st.booleans(), st.data())
@settings(max_examples=40)
def test_links_with_pills_run_to_the_right_or_down(graph: Graph, pilled: bool, data: st.DataObject) -> None:
    sizes, links = graph
    links = data.draw(st.permutations(links))
    pills = [data.draw(st.none() | st.just((30.0, 12.0))) if pilled else None for _ in links]
    for direction in ("LR", "TB"):
        placed = place(sizes, links, pills, direction, built_in=True)
        boxes = [*placed.boxes, *(way.pill for way in placed.ways if way.pill)]
        assert not any(overlap(a, b) for a, b in combinations(boxes, 2))
        for box, size in zip(placed.boxes, sizes, strict=True):
            assert (box.width, box.height) == pytest.approx(size, abs=0.1)
        for (tail, head), pill, way in zip(links, pills, placed.ways, strict=True):
            assert (way.pill is None) == (pill is None)
            first, last = way.curves[0][0], way.curves[-1][-1]
            start, end = placed.boxes[tail], placed.boxes[head]
            if direction == "LR":
                ends = (start.right, start.middle), (end.x, end.middle)
            else:
                ends = (start.centre, start.bottom), (end.centre, end.y)
            assert first == pytest.approx(ends[0], abs=0.2)
            assert last == pytest.approx(ends[1], abs=0.2)


HOMES = [(), ("a",), ("a", "b"), ("a", "c"), ("d",)]


@given(dags(), st.data())
@settings(max_examples=40)
def test_an_outline_holds_what_is_in_its_cluster_and_nothing_else(graph: Graph, data: st.DataObject) -> None:
    sizes, links = graph
    cluster_of = [data.draw(st.sampled_from(HOMES)) for _ in sizes]
    placed, outlines = outlined(layered(sizes, links), cluster_of)
    assert {path for path, _ in outlines} <= set(clusters(cluster_of))
    for path, outline in outlines:
        for home, box in zip(cluster_of, placed.boxes, strict=True):
            if home[: len(path)] == path:
                assert outline.x < box.x < box.right < outline.right
                assert outline.y < box.y < box.bottom < outline.bottom
            else:
                assert not overlap(outline, box)
    for (one, box), (other, other_box) in combinations(outlines, 2):
        assert one == other[: len(one)] or not overlap(box, other_box)


@given(dags(), st.data())
@settings(max_examples=15)
def test_an_engine_keeps_every_cluster_together(graph: Graph, data: st.DataObject) -> None:
    sizes, links = graph
    cluster_of = [data.draw(st.sampled_from(HOMES)) for _ in sizes]
    placed = place(sizes, links, [None] * len(links), cluster_of=cluster_of)
    assert [path for path, _ in placed.outlines] == clusters(cluster_of)
    for box in (*placed.boxes, *(outline for _, outline in placed.outlines)):
        assert 0 <= box.x < box.right <= placed.width
        assert 0 <= box.y < box.bottom <= placed.height


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
    routed = [curve for curve in placed.curves if len(curve) > 3 * LONGEST_ROUTED * 3]
    assert not routed


def test_pills_and_cards_of_a_scene_do_not_overlap() -> None:
    x, w = Value(0.5, label="x" * 60), Value(-1.25, label="参数" * 10)
    y = (x * w + x).tanh() * w + x * x
    for arithmetic in (False, True):
        for built_in in (False, True):
            drawn, arrows = cards(passes(y), arithmetic), share_arrows(passes(y), arithmetic)
            placed = laid_out(drawn, arrows, built_in=built_in)
            boxes = [*placed.boxes.values(), *(way.pill for way in placed.ways.values() if way.pill)]
            assert len(boxes) == 8 + 11
            assert not any(overlap(a, b) for a, b in combinations(boxes, 2))
