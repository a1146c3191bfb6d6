"""The smallest graphs of `python -m benchmarks drawing`."""

from pathlib import Path

import pytest

from autograd import graph_stats
from benchmarks.drawing import SHAPES, measure, training_graph


@pytest.mark.parametrize("shape", SHAPES[:2], ids=str)
def test_a_small_graph_is_measured(shape: tuple[int, tuple[int, ...]], tmp_path: Path) -> None:
    model, loss = training_graph(*shape)
    nodes, drawn, *seconds = measure(model, loss, tmp_path, opened=None)
    assert nodes == drawn == graph_stats(loss).nodes
    assert all(each is not None and each > 0 for each in seconds[:3])
    assert seconds[3:] == [None, None, None]


def test_a_large_graph_is_folded_and_its_page_is_not_opened(tmp_path: Path) -> None:
    model, loss = training_graph(8, (8, 8, 1))
    nodes, drawn, *_, load, frame = measure(model, loss, tmp_path, opened=lambda page: (1.0, 1.0))
    assert nodes == graph_stats(loss).nodes > 1500
    assert drawn == 8 + 8 + 1 + 3
    assert load is frame is None
