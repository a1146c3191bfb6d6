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
    sizes = {group.title.partition(":")[0]: group.count for group in folded.groups}
    assert (sizes["x"], sizes["y"]) == (2, 1)
    assert sizes["parameters"] == sizes["gradient"] == 13
    for title in set(sizes) - {"x", "y", "parameters", "gradient"}:
        assert f"    {title} = " in step.source
    assert "gradient" in str(viz.draw_program(step).svg())
    titles = {group.name: group.title.partition(":")[0] for group in folded.groups}
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
    with pytest.raises(ValueError, match="direction must be one of 'LR', 'TB', got 'up'"):
        viz.draw_program(step, direction="up")


def test_a_box_says_how_it_is_computed_its_shape_and_which_is_the_loss() -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    step = compile(lambda x, y: (model(x) - y) ** 2, dict(model.named_parameters()))
    step.value_and_grad([[1.0, 2.0]], [0.5])
    folded = viz.draw_program(step).folded
    assert folded is not None
    facts = {group.title: group.facts for group in folded.groups}
    assert facts["x"] == ("given", "shape n × 2")
    assert facts["parameters"] == ("given", "shape 13")
    assert facts["z1"] == ("= x @ layers_0_neurons_w.T + layers_0_neurons_b", "shape n × 3")
    [loss] = [title for title in facts if "the loss" in title]
    assert facts[loss][-1] == "shape 1"
    for planned in step.plan:
        for formula in planned.formulas:
            assert f" = {formula}\n" in step.source
    drawn = str(viz.draw_program(step).svg())
    assert "= x @ layers_0_neurons_w.T + layers_0_neurons_b" in drawn
    assert "sum of products" not in drawn
    step([[1.0, 2.0]], [0.5])
    folded = viz.draw_program(step).folded
    assert folded is not None
    assert [group.title for group in folded.groups if "the result" in group.title] == [
        folded.groups[-1].title
    ]
