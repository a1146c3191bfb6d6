"""The compiled training steps of the architectures: what they compute, and what is promised of them."""

from __future__ import annotations

from importlib import import_module

import pytest

from benchmarks.speed import contestants
from benchmarks.speed.architectures import WORKS, targets
from benchmarks.speed.race import Times

SMALLER: dict[str, dict[str, dict[str, int]]] = {
    program: {"network": {"layers": layers, "context": 4}, "batches": {"rows": 3, "context": 4}}
    for program, layers in (("encoder_decoder", 1), ("deep_gpt", 2))
}
"""Sizes at which compiling takes no longer than a test should."""


@pytest.mark.parametrize("program", WORKS)
def test_compiled_steps_train_to_the_losses_of_the_program_by_hand(program: str) -> None:
    work = WORKS[program]
    smaller = SMALLER.get(program, {"network": {}, "batches": {}})
    model, batches = work.network(**smaller["network"]), work.batches(**smaller["batches"])
    by_hand = import_module(f"benchmarks.references.{program}_numpy").start(model, batches)
    compiled = contestants.compiled(work.loss, model, batches, work.mover)
    expected = [by_hand(k) for k in range(4)]
    assert len(set(expected)) == 4
    assert "compiled numpy" in compiled
    for name, step in compiled.items():
        assert [step(k) for k in range(4)] == pytest.approx(expected, rel=1e-11), name


def test_each_backend_is_held_to_its_rival_and_to_its_time_to_compile() -> None:
    times = {"NumPy": Times(0, [1.0]), "compiled numpy": Times(3.0, [1.3]), "compiled jax": Times(3.1, [9.0])}
    assert [(row.measured, row.met) for row in targets("w", times)] == [
        ("1.30×", True),
        ("3.00 s", True),
        ("", None),
        ("3.10 s", False),
    ]
    assert [row.met for row in targets("w", {})] == [None] * 4
