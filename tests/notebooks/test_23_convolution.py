"""Notebook 23, D1.3: the numbers that it tells, and what it says to a reader's answers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.notebooks.reader import run, text_of

NAME = "23_convolution"
ANSWERS = {
    "predict": "[0, 1, 0]",
    "exercise-1": "14",
    "exercise-2": "16 * 8 * 9 + 16",
    "predict-pooling": "[0, 1, 0, 0]",
}


def test_its_questions_know_the_answers(told: list[str]) -> None:
    assert told.count("Right.") == len(ANSWERS)
    assert not [line for line in told if line.startswith("Not yet")]


def test_a_kernel_has_10_parameters_where_a_dense_layer_has_thousands(names: dict[str, Any]) -> None:
    assert len(names["one_kernel"].parameters()) == 10
    assert len(names["dense"].parameters()) == 64 * 36 + 36 == 2340
    assert len(names["second"].parameters()) == 1168


def test_the_edge_the_sizes_and_the_gradient(names: dict[str, Any]) -> None:
    assert names["answers"](names["picture"][0]) == [0, 1, 0]
    assert names["places"](28, k=5, s=2, p=2) == 14
    assert [x.grad for x in names["window"]] == [0, 1, 0, 0]
    assert ".reshape(-1, 36, 9) @ weight_0.T" in names["step"].source


def test_what_is_told_of_the_source_has_its_names(names: dict[str, Any]) -> None:
    told = re.findall(r"`(\w+)`", text_of(NAME, "cell-19").split("###")[0])
    assert told
    assert {*told} <= {*re.findall(r"\w+", names["step"].source)}


def test_kernels_read_more_than_neurons_also_one_pixel_further(names: dict[str, Any]) -> None:
    test, share = names["test"], names["share"]
    assert len(test) == 359
    assert share(names["with_kernels"], test.features) >= 0.97
    assert share(names["with_kernels"], test.features) > share(names["without"], test.features)
    assert names["kept"]["kernels"] > names["kept"]["no kernels"] + 0.1


def test_a_wrong_answer_and_another_kernel_stop_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import nn

    monkeypatch.setattr(nn, "fit", lambda *args, **options: None)  # what is told of answers comes before
    run(
        NAME,
        {
            "my_answers = [None, None, None]": "my_answers = [0, 1, 0]",
            "my_count = None": "my_count = 16 * 9",
            "kernel = [-1.0, 1.0]": "kernel = [1.0, 1.0]",
        },
    )
    told = capsys.readouterr().out.splitlines()
    assert "Not yet: number 3 of 3: it is not 0. It is the right pixel minus the left one." in told
    assert "Not yet: it is not 144. 16 kernels of 8 · 3 · 3 weights, and 16 biases." in told
