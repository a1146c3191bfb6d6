"""Mistakes that people make with their own data: each is one line that names the remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import glassgrad
import nn
from autograd import Value, compile
from nn.language.sampling import drawn_symbol

TABLE = "x,kind\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in range(10))
LINE, NUMBERS = nn.MLP(1, [1], seed=0), nn.from_arrays([[1.0], [2.0]], [0.0, 1.0])
STEP = compile(lambda x, y: (LINE(x) - y) ** 2, LINE.parameters())
DATA = nn.from_arrays([[float(n)] for n in range(10)], list("ababababab"))


def trained() -> nn.Trained:
    scaling, _ = nn.standardise(DATA)
    return nn.Trained(nn.MLP(1, [2], seed=0), scaling, DATA.rows([]))


def fitted(
    model: nn.Module,
    data: Any = DATA,
    loss: Any = nn.cross_entropy,
    of: Any = None,
    epochs: Any = 1,
    **options: Any,
) -> Any:
    parameters = (of or model).parameters()
    before = [parameter.data for parameter in parameters]
    try:
        return nn.fit(model, data, loss, nn.SGD(parameters, 0.1), epochs=epochs, progress=False, **options)
    finally:
        assert [parameter.data for parameter in parameters] == before


BEYOND = 10**309
"""A whole number that no float is."""

WEIGHTS = LINE.parameters()

TOO_LARGE: dict[str, Callable[[], Any]] = {
    "learning rate": lambda: nn.SGD(WEIGHTS, BEYOND),
    "weight decay": lambda: nn.SGD(WEIGHTS, 0.1, weight_decay=BEYOND),
    "eps": lambda: nn.Adam(WEIGHTS, eps=BEYOND),
    "numbers of a schedule": lambda: nn.schedule.cosine(BEYOND, 3),
    "last rate": lambda: nn.schedule.linear(0.1, 3, BEYOND),
    "rate of the schedule in epoch 1": lambda: fitted(LINE, NUMBERS, nn.mse, schedule=lambda _: BEYOND),
    "largest gradient": lambda: nn.clip_grad_value(WEIGHTS, BEYOND),
    "largest norm": lambda: nn.clip_grad_norm(WEIGHTS, BEYOND),
    "standard deviation of the noise": lambda: nn.add_noise(NUMBERS, BEYOND),
    "min_delta": lambda: nn.EarlyStopping(WEIGHTS, 2, min_delta=BEYOND),
    "standard deviation": lambda: nn.init.normal(0.0, BEYOND),
    "temperature": lambda: drawn_symbol([0.0, 1.0], BEYOND, None, None, Random(0)),
    "pseudo_count": lambda: nn.NGram([[1]], 1, 2, BEYOND),
}


@pytest.mark.parametrize("what", TOO_LARGE)
def test_a_whole_number_that_no_float_is_is_no_finite_number(what: str) -> None:
    with pytest.raises(ValueError, match=rf"^(the )?{what} must be .* and finite, got 1000+$"):
        TOO_LARGE[what]()


IN_PYTHON: dict[str, tuple[Callable[[], Any], str]] = {
    "a row in place of rows": (
        lambda: trained().predict([1.0]),
        r"got 1.0: write \[\[…\]\] for a single row",
    ),
    "an array of one row": (lambda: trained().predict(np.ones(1)), "for a single row"),
    "text in a row": (lambda: trained().predict([["red"]]), "nn.read_csv_like reads a table as in training"),
    "a data set": (lambda: trained().predict(DATA), "got a Dataset: give its features"),
    "arrays to fit": (
        lambda: fitted(nn.MLP(1, [2]), ([[1.0]], [0])),
        r"train is an nn\.Dataset, got .*: make one with nn.from_arrays\(X, y\)$",
    ),
    "tables of NumPy to fit": (
        lambda: fitted(nn.MLP(2, [2]), (np.ones((3, 2)), np.ones(3))),
        r"train is an nn\.Dataset, got \(array\(\[\[1\., 1\.\], \[1\., .*make one with nn.from_arrays",
    ),
    "a column of NumPy in place of a schedule": (
        lambda: fitted(nn.MLP(1, [2]), schedule=np.ones((3, 1))),
        r"schedule is a function such as lambda epoch: 0\.1, got array",
    ),
    "arrays held out": (
        lambda: fitted(nn.MLP(1, [2]), held_out=([[1.0]], [0])),
        r"held_out is an nn\.Dataset, got .*: make one with nn.from_arrays\(X, y\)$",
    ),
    "a number among callbacks": (
        lambda: fitted(nn.MLP(1, [2]), callbacks=[print, 1]),
        "list of functions of the history, got 1 among them: write lambda history: …",
    ),
    "a penalty that is computed": (
        lambda: fitted(model := nn.MLP(1, [2], init="zeros"), penalty=nn.l2(model.parameters(), 0.1)),
        r"penalty is a function such as lambda: nn\.l2\(.*\), got Value\(data=0\.0, grad=0\.0\)$",
    ),
    "a rate in place of a schedule": (
        lambda: fitted(nn.MLP(1, [2]), schedule=0.1),
        r"schedule is a function such as lambda epoch: 0\.1, got 0\.1$",
    ),
    "a length in place of a clip": (
        lambda: fitted(nn.MLP(1, [2]), clip=1.0),
        r"clip is a function such as .*nn\.clip_grad_norm\(parameters, 1\.0\), got 1\.0$",
    ),
    "a loss by name": (lambda: fitted(nn.MLP(1, [2]), loss="mse"), r"such as nn\.mse, got 'mse'$"),
    **{
        f"{name} in place of a loss, compiled={compiled}": (
            lambda loss=loss, compiled=compiled: fitted(nn.MLP(1, [1]), NUMBERS, loss, compiled=compiled),
            r"loss gave .*, which cannot be differentiated: expected a Value .*, give nn\.mae$",
        )
        for name, loss in {
            "a metric": nn.mean_absolute_error,
            "R²": nn.r2,
            "nothing": lambda outputs, targets: None,
        }.items()
        for compiled in (False, True)
    },
    **{
        f"{name} in place of an optimiser": (
            lambda given=given: nn.fit(LINE, NUMBERS, nn.mse, given, epochs=1, progress=False),
            r"optimizer is an nn\.Optimizer, got .*: write nn\.SGD\(model\.parameters\(\), lr=0\.1\)$",
        )
        for name, given in {
            "a class": nn.SGD,
            "parameters": nn.MLP(1, [1]).parameters(),
            "a name": "adam",
            "a rate": 0.1,
        }.items()
    },
    "parameters to minimise by": (
        lambda: nn.minimise(STEP, LINE.parameters(), [([1.0], [1.0])], 1, progress=False),
        r"optimizer is an nn\.Optimizer, got \[Value",
    ),
    "a plain function to minimise": (
        lambda: nn.minimise(nn.mse, nn.SGD(LINE.parameters(), 0.1), [([1.0], [1.0])], 1, progress=False),
        r"compiled function, got <function mse at .*: write autograd\.compile\(loss, parameters\)$",
    ),
    "a loss to step by": (
        lambda: nn.SGD(LINE.parameters(), 0.1).step(Value(1.0)),
        r"compiled function, got Value\(.*: write autograd\.compile\(loss, parameters\)$",
    ),
    "a patience alone": (
        lambda: fitted(nn.MLP(1, [2]), held_out=DATA, early_stopping=5),
        r"early_stopping is an nn\.EarlyStopping, got 5: write nn\.EarlyStopping\(model, patience=5\)$",
    ),
    "losses in place of a history": (
        lambda: fitted(nn.MLP(1, [2]), history=[1.0]),
        r"history is an nn\.History, got \[1\.0\]: .* or nn\.History\(\)$",
    ),
    **{
        f"{name} that was not called": (
            lambda name=name: fitted(nn.MLP(1, [2]), schedule=getattr(nn.schedule, name)),
            rf"nn\.schedule\.{name} makes one: call it, nn\.schedule\.{name}\(…\)$",
        )
        for name in ("constant", "step", "exponential", "cosine", "linear", "warmup")
    },
    "a constant rate to warm up to, not called": (
        lambda: nn.schedule.warmup(nn.schedule.constant, 3),
        r"nn\.schedule\.constant makes one: call it",
    ),
    "a schedule of schedules": (
        lambda: fitted(nn.MLP(1, [2]), schedule=lambda epoch: nn.schedule.constant(0.1)),
        r"the schedule gives functools\.partial.* in epoch 1: expected a number",
    ),
    "texts in place of rows of symbols": (
        lambda: nn.LanguageTraining(nn.Bigram(3), [[1, 2]], [[1]], nn.SGD(LINE.parameters(), 0.1), lr=0.1),
        r"train is an nn\.NextSymbols, got \[\[1, 2\]\]: nn\.next_symbols\(texts, context\) makes one$",
    ),
    "a run of parameters": (
        lambda: nn.save_run("run", LINE, LINE.parameters(), Random(0), nn.History()),
        r"optimizer is an nn\.Optimizer, got \[Value",
    ),
    "an optimiser of a whole model": (
        lambda: nn.SGD(nn.MLP(1, [2]), 0.1),
        r"moves a list of Values, got .*MLP.*: give model\.parameters\(\)$",
    ),
    **{
        f"parameters in a {kind.__name__}, {use}": (
            lambda kind=kind, take=take: take(kind(LINE.parameters())),
            r"^expected a list, got the (frozen)?set .*, which has no order: give what it holds in a list",
        )
        for kind in (set, frozenset)
        for use, take in {
            "compiled": lambda parameters: compile(lambda x: x, params=parameters),
            "moved": lambda parameters: nn.SGD(parameters, lr=0.1),
            "moved at rates of their own": lambda parameters: nn.Adam(parameters),
            "kept": lambda parameters: nn.EarlyStopping(parameters, patience=3),
        }.items()
    },
    "an optimiser of another model": (
        lambda: fitted(nn.MLP(1, [2]), of=nn.MLP(1, [2])),
        r"moves none of the 4 parameters .* give it model.parameters\(\)",
    ),
    "a size that was divided": (lambda: nn.MLP(2, [8 / 2, 1]), r"must be a whole number, got 4\.0"),
    "a batch that was divided": (
        lambda: list(nn.batches(DATA, len(DATA.features) / 2)),
        r"batch_size must be a whole number, got 5\.0",
    ),
    "epochs as text": (
        lambda: fitted(nn.MLP(1, [2]), epochs="5"),
        "epochs must be a whole number, got '5'",
    ),
    "a list of epochs": (
        lambda: fitted(nn.MLP(1, [2]), epochs=[5]),
        r"epochs must be a whole number, got \[5\]",
    ),
    "a list of inputs": (lambda: nn.Linear([2], 3), r"in_features must be a whole number, got \[2\]"),
    "one layer, flat": (lambda: nn.MLP(2, 1), r"number of neurons of each layer, got 1: write \[4, 1\]"),
    "widths with names": (
        lambda: nn.MLP(2, {4: "hidden", 1: "out"}),  # type: ignore[arg-type]
        r"number of neurons of each layer, got {4: .*: write \[4, 1\]",
    ),
    "one layer, a quotient": (lambda: nn.MLP(2, 8 / 2), r"neurons of each layer, got 4\.0: write \[4, 1\]"),
    "one input, flat": (
        lambda: nn.MLP(1, [2])(0.5),
        r"takes a row of inputs, even of one, got 0\.5: write \[0\.5\]",
    ),
    **{
        f"quantities for classes, compiled={compiled}": (
            lambda compiled=compiled: fitted(
                nn.MLP(1, [3]), nn.from_arrays([[1.0], [2.0]], [0, 1]), compiled=compiled
            ),
            r"got \d\.0: give nn\.from_arrays class_names=\[…\]",
        )
        for compiled in (False, True)
    },
    "held-out rows with other classes": (
        lambda: fitted(nn.MLP(1, [2]), held_out=nn.from_arrays([[1.0], [2.0]], list("bc"))),
        r"class_names\[0\] is 'a' in the training rows and 'b' .* class_names=train\.class_names",
    ),
    "held-out rows with other columns": (
        lambda: fitted(nn.MLP(1, [2]), held_out=replace(DATA, feature_names=["size"])),
        r"feature_names\[0\] is 'x1' in the training rows and 'size' .* feature_names=train\.feature_names",
    ),
    "one row, flat, to predict": (
        lambda: nn.predict(nn.MLP(2, [1]), [1.0, 2.0]),
        r"takes a row of 2 inputs, got 1\.0: give a list of 2, .* \[\[…\]\] for one",
    ),
    "R² of several targets": (lambda: nn.r2([[1.0, 2.0]], [[1.0, 3.0]]), "measure each target alone"),
    "classes with one output": (lambda: fitted(nn.MLP(1, [1])), "binary_cross_entropy_with_logits"),
    "one feature, flat": (lambda: nn.from_arrays([1.0, 2.0], [1.0, 2.0]), r"write \[\[x\] for x in …\]"),
    "text as a feature": (lambda: nn.from_arrays([["red"]], [1.0]), r"text='one-hot'\) takes texts"),
    "a constant column": (
        lambda: nn.standardise(nn.from_arrays([[1.0]] * 2, [1.0, 2.0])),
        r"ignore=\['x1'\] leaves it out",
    ),
    "a class of one row": (
        lambda: nn.split(nn.from_arrays([[1.0], [2.0]], ["a", "b"]), 0.5),
        "give more rows",
    ),
}


@pytest.mark.parametrize(("call", "remedy"), IN_PYTHON.values(), ids=IN_PYTHON)
def test_a_mistake_is_one_line_with_its_remedy(call: Callable[[], Any], remedy: str) -> None:
    with pytest.raises((ValueError, TypeError), match=remedy) as told:
        call()
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        (
            ("predict", "t.csv", "m.safetensors"),
            "'t.csv' is a table; the weights come first: glassgrad predict",
        ),
        (("predict", ".", "t.csv"), "'.' is a directory: give a safetensors file in it"),
        (("predict", "m.safetensors", "t.csv", "--out", "."), "it is a directory; give --out a file in it"),
        (("train", "t.xlsx"), "'t.xlsx' is a spreadsheet or another archive: save the table as CSV"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line_with_its_remedy(
    given: tuple[str, ...],
    remedy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04" + bytes(99))
    trained().save(tmp_path / "m.safetensors")
    assert glassgrad.main(given) == 2
    told = capsys.readouterr().err
    assert remedy in told
    assert told.count("\n") == 1
