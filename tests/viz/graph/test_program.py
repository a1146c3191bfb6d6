"""A compiled program drawn: the arrays of the source, and what goes into each."""

import pytest

import nn
import viz
from autograd import compile


def test_the_arrays_of_the_source_are_drawn_with_what_they_read() -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    step = compile(lambda x, y: (model(x) - y) ** 2, dict(model.named_parameters()))
    step.value_and_grad([[1.0, 2.0]], [0.5])
    folded = viz.draw_program(step).folded
    assert folded is not None
    sizes = {group.title: group.count for group in folded.groups}
    assert (sizes["x"], sizes["y"]) == (2, 1)
    assert sizes["parameters"] == sizes["gradient"] == 13
    for title in set(sizes) - {"x", "y", "parameters", "gradient"}:
        assert f"    {title} = " in step.source
    assert "gradient" in str(viz.draw_program(step).svg())
    titles = {group.name: group.title for group in folded.groups}
    into = {(titles[link.source], titles[link.target]) for link in folded.links}
    assert {("x", "z1"), ("parameters", "z1"), ("z1", "tanh1"), ("x", "gradient")} <= into


def test_a_picture_says_how_many_scalars_became_how_many_arrays() -> None:
    step = compile(lambda x: x * x + 1.0)
    with pytest.raises(ValueError, match="has not been called yet"):
        viz.draw_program(step)
    step([2.0, 3.0])
    drawing = viz.draw_program(step, direction="TB")
    assert "scalars of an example in" in str(drawing.svg())
    assert len(drawing.view) == len(step.plan)
