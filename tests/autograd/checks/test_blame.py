"""Who is to blame for a gradient."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Value, explain
from autograd.testing import points, programs


def test_the_chain_of_blame_of_document_003() -> None:
    """Prediction 0.7, truth 1: the output's share is −0.3, the hidden neuron's −0.3 · 0.25 · w."""
    h = Value(0.0, label="h")
    w = Value(1.0, label="w")
    hidden = h.sigmoid()
    hidden.label = "hidden"
    prediction = hidden * w + 0.2
    loss = (prediction - 1.0) ** 2 / 2
    blame = explain(loss, h)
    assert blame.count == 1
    assert blame.paths[0].product == pytest.approx(-0.3 * 1.0 * 0.25)
    assert str(blame.paths[0]).startswith("h →(× 0.25) hidden →(× 1) ")


def test_the_strongest_paths_come_first_and_the_rest_is_exact() -> None:
    x = Value(2.0, label="x")
    out = 5 * x + x * x - 0.5 * x
    blame = explain(out, x, paths=2)
    assert [path.product for path in blame.paths] == [5.0, 2.0]
    assert (blame.count, blame.total, blame.rest) == (4, 8.5, 1.5)
    assert "the other 2 paths: 1.5" in str(blame)
    assert str(explain(x * 2.0, x)).splitlines()[0] == "2 in all, over 1 path"


def test_a_path_that_is_nan_leaves_the_number_of_the_others() -> None:
    x = Value(0.0, label="x")
    blame = explain(x + 2 * x + 3 * x + ag.log(x) * 0 + 100 * x, x, paths=3)
    assert math.isnan(blame.total)
    assert math.isnan(blame.paths[0].product)
    assert [path.product for path in blame.paths[1:]] == [100.0, 3.0]
    assert "the other 2 paths: 3" in str(blame).splitlines()[-1]


@settings(max_examples=60)
@given(programs(inputs=2, operations=8), points(2, reach=2.0), st.integers(1, 6))
def test_the_rest_is_the_sum_of_the_paths_that_are_not_listed(program, point, shown) -> None:
    x, y = map(Value, point)
    out = program(x, y)
    every, some = explain(out, x, paths=5_000), explain(out, x, paths=shown)
    if every.count <= 5_000:
        others = [path.product for path in every.paths[shown:]]
        assert some.rest == pytest.approx(math.fsum(others), rel=1e-9, abs=1e-9)


def test_exponentially_many_paths_take_linear_time() -> None:
    x = Value(1.0, label="x")
    node = x
    for _ in range(500):
        node = 0.5 * node + 0.5 * node
    blame = explain(node, x, paths=3)
    assert blame.count == 2**500
    assert blame.total == 1.0
    assert len(blame.paths) == 3
    assert blame.paths[0].product == 0.5**500


@settings(max_examples=40)
@given(programs(inputs=2, operations=8), points(2, reach=2.0))
def test_all_paths_together_are_the_gradient(program, point) -> None:
    x, y = map(Value, point)
    out = program(x, y)
    out.backward()
    blame = explain(out, x, paths=10_000)
    if blame.count <= 10_000:
        assert len(blame.paths) == blame.count
        assert math.fsum(path.product for path in blame.paths) == pytest.approx(x.grad, rel=1e-9, abs=1e-9)
    assert blame.total == x.grad
    assert [abs(p.product) for p in blame.paths] == sorted(
        (abs(p.product) for p in blame.paths), reverse=True
    )


def test_a_path_that_was_not_selected_is_no_path() -> None:
    x = Value(0.0, label="x")
    found = explain(ag.where(x > 0, ag.sqrt(x), 3 * x), x)
    assert (found.count, found.total, [path.product for path in found.paths]) == (1, 3.0, [3.0])


def test_a_path_along_an_infinite_slope_is_blamed_for_the_nan_that_backward_gives() -> None:
    x = Value(0.0, label="x")
    loss = ag.sqrt(x) * 0 + 3 * x
    loss.backward()
    found = explain(loss, x)
    assert math.isnan(x.grad)
    assert math.isnan(found.total)
    assert math.isnan(found.paths[0].product)


def test_a_value_without_a_way_to_the_loss_has_no_blame() -> None:
    blame = explain(Value(1.0) * 2, Value(3.0))
    assert (blame.paths, blame.count, blame.total) == ((), 0, 0.0)


@pytest.mark.parametrize("paths", [0, 2.5, math.inf, "2", None])
def test_what_is_no_number_of_paths_is_refused(paths) -> None:
    with pytest.raises(ValueError, match=rf"^explain shows a .* at least 1, got {paths!r}: give 5"):
        explain(Value(1.0) * 2, Value(3.0), paths=paths)


def test_more_paths_than_one_can_read_are_told_by_their_size() -> None:
    x = start = Value(0.3)
    for _ in range(14_500):
        x = x + x * 1e-5
    told = explain(x, start, paths=1)
    for text in (str(told), told._repr_html_()):
        assert "the other about 2^14500 paths" in text


def test_one_path_that_is_not_listed_is_told_as_one() -> None:
    x = Value(2.0, label="x")
    told = explain(x * x * x, x, paths=2)
    assert "the other path: 4" in str(told)
    assert "<td>the other path</td>" in told._repr_html_()


def test_a_blank_label_is_none() -> None:
    blank, unlabelled = Value(2.0, label=" "), Value(2.0)
    assert str(explain(blank * blank, blank)) == str(explain(unlabelled * unlabelled, unlabelled))


@pytest.mark.parametrize(("loss", "x"), [(3.0, Value(1.0)), (Value(1.0), 3.0)])
def test_a_number_in_place_of_a_value_is_refused_with_a_remedy(loss, x) -> None:
    with pytest.raises(
        TypeError, match=r"^explain needs .* a Value .*, got 3\.0: compute the loss from Values$"
    ):
        explain(loss, x)
    with pytest.raises(
        TypeError, match=r"^graph_stats needs the Value .*, got 3\.0: give a result of Values$"
    ):
        ag.graph_stats(3.0)
