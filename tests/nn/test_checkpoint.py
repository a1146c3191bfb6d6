"""Checkpoints come back whole, or not at all."""

from __future__ import annotations

import os
from math import inf, nan, pi
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from autograd import Value
from nn import MLP, CheckpointError, Module, load, save


def numbers(module: Module) -> list[float]:
    return [parameter.data for parameter in module.parameters()]


def test_parameters_and_metadata_come_back_bit_for_bit(tmp_path: Path) -> None:
    model, other = MLP(3, [4, 2], seed=0), MLP(3, [4, 2], seed=1)
    extremes = [0.1, -0.0, 5e-324, 1.7976931348623157e308, inf, -inf, nan, pi]
    for parameter, number in zip(model.parameters(), extremes, strict=False):
        parameter.data = number
    save(tmp_path / "m.safetensors", model, {"dataset": "iris", "note": '"quotes"\n中文'})
    assert load(tmp_path / "m.safetensors", other) == {"dataset": "iris", "note": '"quotes"\n中文'}
    assert np.array(numbers(other)).tobytes() == np.array(numbers(model)).tobytes()
    assert type(other.parameters()[0].data) is float


def test_the_file_is_plain_safetensors_with_a_vector_for_each_list(tmp_path: Path) -> None:
    model = MLP(2, [2, 1], seed=0)
    save(tmp_path / "m.safetensors", model)
    tensors = load_file(tmp_path / "m.safetensors")
    neuron = model.layers[0].neurons[1]
    assert sorted(tensors) == [
        f"layers.{path}.{leaf}" for path in ("0.neurons.0", "0.neurons.1", "1.neurons.0") for leaf in "bw"
    ]
    assert tensors["layers.0.neurons.1.w"].tolist() == [w.data for w in neuron.w]
    assert tensors["layers.0.neurons.1.b"].tolist() == [neuron.b.data]
    assert {tensor.dtype for tensor in tensors.values()} == {np.dtype("float64")}


class Small(Module):
    def __init__(self, *w: float) -> None:
        self.w = [Value(number) for number in w]


def test_every_truncation_and_every_flipped_bit_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save(path, Small(1.0, 2.0), {"k": "v"})
    content = path.read_bytes()
    module = Small(7.0, 8.0)
    damaged = [content[:length] for length in range(len(content))]
    for bit in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        damaged.append(bytes(flipped))
    damaged.append(content + b"\0")
    for faulty in damaged:
        path.write_bytes(faulty)
        with pytest.raises(CheckpointError):
            load(path, module)
    assert numbers(module) == [7.0, 8.0]


def test_another_architecture_is_refused_with_the_names_and_shapes_that_differ(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save(path, MLP(2, [2, 1], seed=0))
    model = MLP(3, [1, 1, 1], seed=1)
    before = numbers(model)
    with pytest.raises(CheckpointError) as caught:
        load(path, model)
    assert str(caught.value) == (
        f"{str(path)!r} does not fit the module: "
        "layers.0.neurons.0.w is (2,) in the file, (3,) in the module; "
        "layers.1.neurons.0.w is (2,) in the file, (1,) in the module; "
        "layers.2.neurons.0.w is missing in the file, (1,) in the module; "
        "layers.2.neurons.0.b is missing in the file, (1,) in the module; "
        "layers.0.neurons.1.b is (1,) in the file, missing in the module; "
        "layers.0.neurons.1.w is (2,) in the file, missing in the module"
    )
    assert numbers(model) == before
    with pytest.raises(CheckpointError, match=r"and 23 more$"):
        load(path, MLP(2, [16, 2], seed=0))


def test_a_failed_save_leaves_the_earlier_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.safetensors"
    save(path, Small(1.0))
    content = path.read_bytes()

    def full_disk(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space left"):
        save(path, Small(2.0))
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_saving_over_a_file_replaces_it(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save(path, Small(1.0))
    save(path, Small(2.0))
    module = Small(0.0)
    assert load(path, module) == {}
    assert numbers(module) == [2.0]
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_saved_or_loaded_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        save(tmp_path / "nowhere" / "m.safetensors", Small(1.0))
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "m.safetensors", Small(1.0))
    with pytest.raises(ValueError, match="'sha256' is taken"):
        save(tmp_path / "m.safetensors", Small(1.0), {"sha256": "x"})
    assert list(tmp_path.iterdir()) == []
