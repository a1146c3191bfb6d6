"""The smallest graphs of `python -m benchmarks drawing`."""

from pathlib import Path

import pytest

from autograd import graph_stats
from benchmarks.speed.drawing import SHAPES, measure, training_graph


@pytest.mark.parametrize("shape", SHAPES[:2], ids=str)
def test_a_small_graph_is_measured(shape: tuple[int, tuple[int, ...]], tmp_path: Path) -> None:
    model, loss = training_graph(*shape)
    nodes, drawn, *seconds = measure(model, loss, tmp_path, opened=None)
    assert nodes == graph_stats(loss).nodes
    assert drawn == min(nodes, 24), "beyond 20 nodes each neuron is a card"
    assert all(each is not None and each > 0 for each in seconds[:3])
    assert seconds[3:] == [None, None, None]


def test_a_large_graph_is_folded_and_so_is_its_page(tmp_path: Path) -> None:
    model, loss = training_graph(8, (8, 8, 1))
    pages: list[str] = []

    def opened(page: Path) -> tuple[float, float]:
        pages.append(page.read_text(encoding="utf-8"))
        return 1.0, 2.0

    nodes, drawn, *_, load, frame = measure(model, loss, tmp_path, opened)
    assert nodes == graph_stats(loss).nodes > 1500
    assert drawn == 8 + 8 + 1 + 3
    assert (load, frame) == (1.0, 2.0)
    assert f"The {nodes:,} nodes of this graph lie in boxes that open" in pages[0]
