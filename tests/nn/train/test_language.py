"""Training of language models: what is minimised, going on, Ctrl-C, divergence."""

from __future__ import annotations

from math import inf, log, nan
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from nn import (
    GPT,
    Adam,
    Bigram,
    LanguageTraining,
    NextSymbols,
    NGram,
    RecurrentModel,
    TrainingError,
    cross_entropy,
    load_run,
    next_symbols,
    save_run,
)

TEXTS = [[1, 2, 1, 2, 3], [1, 2], [3, 3, 1, 2], [2, 1]]
ROWS = next_symbols(TEXTS, 4)


def started(seed: int = 0, lr: float = 0.1, batch_size: int = 2) -> tuple[Any, Adam, LanguageTraining]:
    model = Bigram(4, seed=seed)
    optimizer = Adam(model.parameters(), lr)
    return (
        model,
        optimizer,
        LanguageTraining(model, ROWS, ROWS, optimizer, lr=lr, batch_size=batch_size),
    )


def numbers(model: Any) -> list[float]:
    return [parameter.data for parameter in model.parameters()]


def test_bits_are_those_of_the_symbols_that_count() -> None:
    model, _, training = started()
    nats = [
        cross_entropy([scores], [target]).data
        for text in TEXTS
        for scores, target in zip(model([0, *text]), [*text, 0], strict=True)
    ]
    assert training.bits(ROWS) == pytest.approx(sum(nats) / len(nats) / log(2), rel=1e-6)


def test_a_bigram_model_learns_the_table_of_counts() -> None:
    _, _, training = started(batch_size=8)
    history = training.run(400, every=100, progress=False)
    assert training.bits(ROWS) == pytest.approx(NGram(TEXTS, 2, 4, 1e-9).bits(TEXTS), abs=0.02)
    assert [len(entries) for entries in (history.train_loss, history.held_out_loss)] == [4, 4]
    assert history.held_out_loss[-1] == training.bits(ROWS)
    assert history.learning_rate == sorted(history.learning_rate, reverse=True)


@pytest.mark.parametrize("done", range(12))
def test_a_run_goes_on_bit_for_bit(done: int, tmp_path: Path) -> None:
    whole, _, training = started()
    history = training.run(12, every=3, progress=False)

    model, optimizer, training = started()
    first = stopped_after(done, training, 12)
    save_run(tmp_path / "run", model, optimizer, Random(0), first, metadata={"model": "bigram"})
    model, optimizer, training = started(seed=5)
    second = training.run(
        12, every=3, history=load_run(tmp_path / "run", model, optimizer, Random(0)), progress=False
    )
    assert numbers(model) == numbers(whole)
    assert second == history


@pytest.mark.parametrize("measured", [1, 2, 4])
def test_an_entry_that_was_cut_off_while_it_was_measured_is_made_by_the_next_call(
    measured: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, training = started()
    expected = training.run(12, every=3, progress=False)
    _, _, training = started()
    bits, calls = training.bits, []

    def interrupted(data: Any) -> float:
        calls.append(data)
        if len(calls) == measured:
            raise KeyboardInterrupt
        return bits(data)

    monkeypatch.setattr(training, "bits", interrupted)
    history = training.run(12, every=3, progress=False)
    assert (history.interrupted, len(history.train_loss)) == (True, measured - 1)
    assert training.run(12, every=3, history=history, progress=False) == expected


def stopped_after(steps: int, training: LanguageTraining, of: int) -> Any:
    """Train until Ctrl-C comes in the step after so many."""
    move, moved = training.optimizer.move, []

    def interrupted(*vectors: Any) -> None:
        if len(moved) == steps:
            raise KeyboardInterrupt
        moved.append(move(*vectors))

    training.optimizer.move = interrupted  # type: ignore[method-assign]
    history = training.run(of, every=3, progress=False)
    assert history.interrupted
    assert training.optimizer.steps == steps
    del training.optimizer.move
    return history


def test_a_training_that_diverges_says_where_and_keeps_the_step_before() -> None:
    model, _, training = started()
    training.run(3, every=1, progress=False)
    before = numbers(model)
    rate, training.lr = training.optimizer.lr, 1e300  # more than a float32 holds
    with pytest.raises(TrainingError, match=r"training diverged in step 4: the loss is \d"):
        training.run(5, every=1, progress=False)
    assert (numbers(model), training.optimizer.steps, training.optimizer.lr) == (before, 3, rate)
    model.table.weight[1][2].data = inf
    with pytest.raises(TrainingError, match=r"step 4: the loss is .*; where it began: "):
        training.run(5, every=1, progress=False)
    assert training.optimizer.lr == rate


@pytest.mark.parametrize("batch_size", [1, 3])
def test_rows_that_are_all_padding_are_never_drawn(batch_size: int) -> None:
    def trained(rows: NextSymbols) -> list[float]:
        model = Bigram(4, seed=0)
        training = LanguageTraining(
            model, rows, rows, Adam(model.parameters()), lr=0.1, batch_size=batch_size
        )
        training.run(8, every=2, progress=False)
        return numbers(model)

    padded = [
        np.insert(column, [0, 1, len(ROWS)], 0, axis=0) for column in (ROWS.inputs, ROWS.targets, ROWS.mask)
    ]
    assert trained(NextSymbols(*padded)) == trained(ROWS)


def test_a_rate_that_is_a_number_of_numpy_is_that_float(tmp_path: Path) -> None:
    model, optimizer, training = started(lr=np.float32(0.125), batch_size=np.int64(2))
    history = training.run(np.int64(3), every=np.int64(2), progress=False)
    _, _, plain = started(lr=0.125)
    assert history == plain.run(3, every=2, progress=False)
    save_run(tmp_path / "run", model, optimizer, Random(0), history)
    assert load_run(tmp_path / "run", model, optimizer, Random(0)) == history


def test_nothing_left_to_do_changes_nothing() -> None:
    model, _, training = started()
    training.run(3, every=1, progress=False)
    before = numbers(model)
    assert training.run(3, every=1, progress=False).train_loss == []
    assert numbers(model) == before


def test_a_model_that_drops_is_refused() -> None:
    model = GPT(4, 4, 2, 1, 4, seed=0)
    optimizer = Adam(model.parameters())
    model.blocks.layers[0].self_attn.dropout.p = 0.5
    training = LanguageTraining(model, ROWS, ROWS, optimizer, lr=0.1)
    with pytest.raises(ValueError, match=r"^Dropout\(0\.5\) in training cannot be compiled"):
        training.run(1, every=1, progress=False)
    assert optimizer.steps == 0
    with pytest.raises(ValueError, match="every must be 1 or more, got 0"):
        training.run(1, every=0, progress=False)
    model.eval()
    training.run(1, every=1, progress=False)
    assert optimizer.steps == 1


@pytest.mark.parametrize("part", ["embedding", "recurrence", "scores"])
def test_parameters_that_the_optimiser_does_not_have_stay_as_they_are(part: str) -> None:
    model = RecurrentModel("gru", 4, 2, 2, seed=0)
    moved = getattr(model, part).parameters()
    before = {parameter: parameter.data for parameter in model.parameters()}
    history = LanguageTraining(model, ROWS, ROWS, Adam(moved), lr=0.1).run(20, every=10, progress=False)
    assert {parameter for parameter in before if parameter.data != before[parameter]} <= {*moved}
    assert history.held_out_loss[1] < history.held_out_loss[0]


def test_an_optimiser_of_another_model_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"moves none of the 16 parameters .*: give it model\.parameters\(\)"
    ):
        LanguageTraining(Bigram(4), ROWS, ROWS, Adam(Bigram(4).parameters()), lr=0.1)


@pytest.mark.parametrize("lr", [-0.1, 0.0, nan, inf])
def test_a_rate_that_does_not_fall_to_zero_from_above_is_refused(lr: float) -> None:
    model = Bigram(4)
    with pytest.raises(ValueError, match=f"the learning rate must be positive and finite, got {lr}"):
        LanguageTraining(model, ROWS, ROWS, Adam(model.parameters()), lr=lr)


def test_data_without_symbols_to_predict_is_refused_before_anything_moves() -> None:
    model, none = Bigram(4), ROWS.rows([])
    for train, held_out, what in ((none, ROWS, "learn from"), (ROWS, none, "measure on")):
        with pytest.raises(ValueError, match=f"expected at least 1 symbol to {what}, got 0 in 0 rows"):
            LanguageTraining(model, train, held_out, Adam(model.parameters()), lr=0.1)


def test_a_batch_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_size must be 1 or more, got 0"):
        started(batch_size=0)


@pytest.mark.parametrize("seed", [Random(0), None, 0.5, "0"])
def test_a_seed_that_is_no_whole_number_is_refused(seed: Any) -> None:
    model = Bigram(4, seed=0)
    with pytest.raises(TypeError, match=r"seed of a LanguageTraining is a whole number.*, got [^\n]*$"):
        LanguageTraining(model, ROWS, ROWS, Adam(model.parameters()), lr=0.1, seed=seed)


def test_a_seed_of_numpy_is_that_whole_number() -> None:
    def trained(seed: Any) -> list[float]:
        model = Bigram(4, seed=0)
        training = LanguageTraining(
            model, ROWS, ROWS, Adam(model.parameters()), lr=0.1, batch_size=2, seed=seed
        )
        return training.run(3, every=1, progress=False).train_loss

    assert trained(np.int64(3)) == trained(3) != trained(4)
