"""Frames of pandas and polars as they come are read by the rules of tables."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import nn

MIXED = {
    "n": [1, 2, 3],
    "f": [0.5, None, 1.5],
    "b": [True, False, True],
    "s": ["p", None, "q"],
    "y": ["no", "yes", "no"],
}


def pandas() -> Any:
    return pytest.importorskip("pandas")


def polars() -> Any:
    return pytest.importorskip("polars")


MAKERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "pandas": lambda columns: pandas().DataFrame(columns),
    "pandas, nullable": lambda columns: pandas().DataFrame(columns).convert_dtypes(),
    "polars": lambda columns: polars().DataFrame(columns),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_frame_is_read_as_its_file_would_be(make: Callable[..., Any]) -> None:
    data = nn.from_frame(make(MIXED), missing="mean", text="one-hot")
    assert data.feature_names == ["n", "f", "b", "s=p", "s=q"]
    assert list(data.features) == [[1, 0.5, 1, 1, 0], [2, 1, 0, 0, 0], [3, 1.5, 1, 0, 1]]
    assert (data.targets, data.class_names) == ([0, 1, 0], ["no", "yes"])
    with pytest.raises(nn.DataError, match=r"row 1, column 'f': '.*' is missing; missing='drop' leaves"):
        nn.from_frame(make(MIXED), text="one-hot")
    with pytest.raises(nn.DataError, match="has no column 'z'; it has 'n', 'f', 'b', 's', 'y'"):
        nn.from_frame(make(MIXED), "z")
    kept = nn.from_frame(make(MIXED), "b", missing="drop", ignore=["s", "y"])
    assert (list(kept.features), kept.targets) == ([[1, 0.5], [3, 1.5]], [1.0, 1.0])


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_decimals_are_numbers_and_dates_are_not(make: Callable[..., Any]) -> None:
    data = nn.from_frame(make({"x": [Decimal("1.5"), Decimal("2.5")], "y": [0.25, 0.5]}))
    assert (list(data.features), data.targets) == ([[1.5], [2.5]], [0.25, 0.5])
    with pytest.raises(nn.DataError, match=r"row 0, column 'x': '2020-01-0.* is neither a number nor text"):
        nn.from_frame(make({"x": [date(2020, 1, 1)] * 2, "y": [1.0, 2.0]}))


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(
    ("columns", "options", "name"),
    [
        ({"x": ["1", "2"], "y": [0.5, 1.5]}, {}, "x"),
        ({"x": [None, "1"], "y": [0.5, 1.5]}, {"missing": "mean"}, "x"),
        ({"x": [0.5, 1.5], "y": ["1", "2"]}, {"kind": "number"}, "y"),
    ],
)
def test_numbers_kept_as_text_are_told_to_be_text(
    make: Callable[..., Any], columns: dict[str, Any], options: dict[str, Any], name: str
) -> None:
    told = rf"column '{name}': '1' stands in a column of text; convert the column, as pandas\.to_numeric does"
    with pytest.raises(nn.DataError, match=told):
        nn.from_frame(make(columns), **options)
    mixed = columns | {name: ["1", "a"]}
    with pytest.raises(nn.DataError, match=f"column '{name}': 'a' is no number"):
        nn.from_frame(make(mixed), **options)


def test_categories_and_rows_cut_out_of_a_frame() -> None:
    pd = pandas()
    frame = pd.DataFrame({"x": [1, 2, 3, 4], "y": pd.Categorical(["b", "a", "b", "a"])}, index=[9, 7, 5, 3])
    data = nn.from_frame(frame.iloc[1:])
    assert (list(data.features), data.targets, data.class_names) == ([[2], [3], [4]], [0, 1, 0], ["a", "b"])
    pl = polars()
    frame = pl.DataFrame({"x": [1, 2, 3], "y": ["b", "a", "b"]}).with_columns(
        pl.col("y").cast(pl.Categorical)
    )
    assert nn.from_frame(frame).targets == [1, 0, 1]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_column_may_have_the_name_of_a_method(make: Callable[..., Any]) -> None:
    # pandas gives frame.collect for it, which was taken for a frame that has to be collected.
    frame = make({"collect": [0.5, 1.5], "columns": [1.5, 0.5], "y": [2.5, 3.5]})
    assert nn.from_frame(frame).feature_names == ["collect", "columns"]


def test_what_is_no_frame_is_told_what_to_give() -> None:
    pd, pl = pandas(), polars()
    with pytest.raises(
        nn.DataError, match=r"expected a data frame of pandas or polars, got Series: make one"
    ):
        nn.from_frame(pd.Series([1.0]))
    with pytest.raises(nn.DataError, match=r"got dict: make one with DataFrame\(…\), or use nn\.from_arrays"):
        nn.from_frame({"x": [1.0]})
    with pytest.raises(nn.DataError, match=r"a LazyFrame has no rows yet: give frame\.collect\(\)"):
        nn.from_frame(pl.DataFrame(MIXED).lazy())
    with pytest.raises(nn.DataError, match="column 1 is called '0'; give the frame names"):
        nn.from_frame(pd.DataFrame(np.ones((2, 2))))
    with pytest.raises(nn.DataError, match="two columns called 'a'"):
        nn.from_frame(pd.DataFrame(np.ones((2, 2)), columns=["a", "a"]))
    with pytest.raises(nn.DataError, match="the frame has no rows"):
        nn.from_frame(pd.DataFrame({"x": [], "y": []}))
    with pytest.raises(nn.DataError, match=r"row 0, column 'x': .* is neither a number nor text"):
        nn.from_frame(pl.DataFrame({"x": [[1], [2]], "y": [1.0, 2.5]}))


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_frame_trains_a_network(make: Callable[..., Any]) -> None:
    columns = {"x": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "y": [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scaling, (rows,) = nn.standardise(nn.from_frame(make(columns), kind="number"))
    model = nn.MLP(1, [1], seed=0)
    optimizer = nn.SGD(model.parameters(), 0.5)
    history = nn.fit(model, rows, nn.mse, optimizer, epochs=60, batch_size=6, progress=False)
    assert history.train_loss[-1] < 1e-9
    assert scaling.undo(nn.predict(model, rows.features)) == pytest.approx(columns["y"], abs=1e-3)


def square(make: Callable[..., Any]) -> Any:
    """Return a frame with as many rows as columns, so that its columns could pass for rows."""
    return make({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0], "c": [7.0, 9.0, 8.0]})


ROWS = [[1.0, 4.0, 7.0], [2.0, 5.0, 9.0], [3.0, 6.0, 8.0]]
MODEL = nn.MLP(3, [3], seed=0)
SCALING, (DATA,) = nn.standardise(nn.from_arrays(ROWS, ROWS, feature_names="abc"))
TRAINED = nn.Trained(MODEL, SCALING, DATA.rows([]))


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(
    ("call", "remedy"),
    {
        "features": (lambda frame: nn.from_arrays(frame, [1, 2, 3]), r"nn\.from_frame reads one, or give"),
        "targets": (lambda frame: nn.from_arrays(ROWS, frame), r"nn\.from_frame reads one, or give"),
        "a model": (lambda frame: nn.predict(MODEL, frame), r"give frame\.to_numpy\(\)$"),
        "outputs": (lambda frame: SCALING.undo(frame), r"give frame\.to_numpy\(\)$"),
        "logits": (lambda frame: nn.accuracy(frame, [0, 1, 2]), r"give frame\.to_numpy\(\)$"),
        "a loss": (lambda frame: nn.cross_entropy(frame, [0, 1, 2]), r"give frame\.to_numpy\(\)$"),
        "what was trained": (TRAINED.predict, r"frame\[trained\.columns\.feature_names\]\.to_numpy\(\)$"),
    }.values(),
)
def test_a_frame_is_refused_where_rows_are_expected(
    make: Callable[..., Any], call: Callable[[Any], Any], remedy: str
) -> None:
    with pytest.raises(
        TypeError, match=rf"expected a list, got a DataFrame, which is iterated by its columns: .*{remedy}"
    ):
        call(square(make))


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_remedy_for_a_frame_takes_its_columns_by_name(make: Callable[..., Any]) -> None:
    turned = make({name: square(make)[name] for name in "cba"})
    assert TRAINED.predict(turned[TRAINED.columns.feature_names].to_numpy()) == TRAINED.predict(ROWS)


@pytest.mark.parametrize("hole", [Decimal("nan"), Decimal("sNaN"), Decimal("-sNaN")])
def test_a_decimal_that_is_no_number_is_missing(hole: Decimal) -> None:
    frame = pandas().DataFrame({"x": [Decimal("1.5"), hole, Decimal("2.5")], "y": [0.25, 0.5, 1.0]})
    assert nn.from_frame(frame, missing="mean").features == [[1.5], [2.0], [2.5]]
    assert nn.from_frame(frame, missing="drop").features == [[1.5], [2.5]]
    with pytest.raises(
        nn.DataError, match=r"^the frame, row 1, column 'x': '-?s?NaN' is missing; missing='drop'"
    ):
        nn.from_frame(frame)
