"""Checkpoints come back whole, or not at all."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from math import inf, nan, pi
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

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
    with pytest.raises(ValueError, match="'checksum' is taken"):
        save(tmp_path / "m.safetensors", Small(1.0), {"checksum": "x"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
def test_a_file_that_another_program_wrote_is_loaded(kind: type, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    module = Small(7.0, 8.0)
    for metadata in (None, {"format": "np", "checksum": "none"}):
        save_file({"w": np.array([0.1, -3.5], kind)}, path, metadata)
        assert load(path, module) == (metadata or {})
        assert numbers(module) == [float(kind(0.1)), -3.5]
        assert [type(number) for number in numbers(module)] == [float, float]
    content = path.read_bytes()
    for length in range(len(content)):  # without a checksum, safetensors' own checks remain
        path.write_bytes(content[:length])
        with pytest.raises(CheckpointError):
            load(path, module)


def test_a_file_from_before_there_was_a_mark_is_held_to_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    facts = {"w": ["<f8", [2], np.array([1.0, 2.0]).tobytes().hex()]}
    digest = sha256(json.dumps([facts, {"k": "v"}], sort_keys=True).encode()).hexdigest()
    save_file({"w": np.array([1.0, 2.0])}, path, {"k": "v", "sha256": digest})
    module = Small(7.0, 8.0)
    assert load(path, module) == {"k": "v"}
    assert numbers(module) == [1.0, 2.0]
    save_file({"w": np.array([1.0, 3.0])}, path, {"k": "v", "sha256": digest})
    with pytest.raises(CheckpointError, match="does not match its checksum"):
        load(path, module)
    assert numbers(module) == [1.0, 2.0]


def raw(kind: str, shape: list[int], size: int) -> bytes:
    """Return a safetensors file with one tensor w, as the format says it is written."""
    header = json.dumps({"w": {"dtype": kind, "shape": shape, "data_offsets": [0, size]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(size)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (raw("BF16", [2], 4), "holds w as BF16; convert it to F64, F32 or F16"),
        (raw("F8_E4M3", [2], 2), "holds w as F8_E4M3"),
        (raw("I64", [2], 16), "holds w as I64"),
        (raw("BOOL", [2], 2), "holds w as BOOL"),
        (raw("F64", [2, 1], 16), r"w is \(2, 1\) in the file, \(2,\) in the module"),
        (raw("F64", [1, 2], 16), r"w is \(1, 2\) in the file"),
        (raw("F64", [], 8), r"w is \(\) in the file"),
        (raw("F64", [0], 0), r"w is \(0,\) in the file"),
        (raw("F64", [2], 8), "not a complete safetensors file"),
        (b"", "not a complete safetensors file"),
    ],
)
def test_tensors_of_another_kind_or_rank_are_refused_and_change_nothing(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    module = Small(7.0, 8.0)
    with pytest.raises(CheckpointError, match=message):
        load(path, module)
    assert numbers(module) == [7.0, 8.0]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=4),
    st.integers(0, 10**6) | st.none(),
    st.binary(max_size=3),
)
def test_a_file_corrupted_at_random_is_refused_or_says_the_same(
    changes: list[tuple[int, int]], cut: int | None, more: bytes
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.safetensors"
        save(path, Small(1.0, 2.0), {"k": "v"})
        content = bytearray(path.read_bytes())
        for place, byte in changes:
            content[place % len(content)] = byte
        path.write_bytes(content[: cut and cut % len(content)] + more)
        module = Small(7.0, 8.0)
        try:
            metadata = load(path, module)
        except CheckpointError:
            assert numbers(module) == [7.0, 8.0]
        else:  # no byte was another, or what changed was only how the header is written
            assert (numbers(module), metadata) == ([1.0, 2.0], {"k": "v"})


def test_threads_that_save_to_one_path_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    ready = Barrier(8)

    def saved(number: float) -> None:
        ready.wait()
        for _ in range(25):
            save(path, Small(number))
            module = Small(-1.0)
            load(path, module)
            assert numbers(module)[0] in range(8)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(saved, range(8)))
    assert list(tmp_path.iterdir()) == [path]


def test_two_saves_to_one_path_that_overlap_are_both_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.safetensors"
    fsync = os.fsync
    inside: list[str] = []

    def save_another_first(descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", fsync)
        save(path, Small(2.0))  # as a signal handler, a thread or a forked process would
        inside.extend(file.name for file in tmp_path.iterdir())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", save_another_first)
    save(path, Small(1.0))
    module = Small(0.0)
    load(path, module)
    assert numbers(module) == [1.0]
    assert len(inside) == 2
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere processes cannot be asked for")
def test_what_a_killed_save_left_is_removed_by_the_next_one_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "m[1].safetensors"
    script = f"""
import os, signal
from nn import MLP, save
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
save({str(path)!r}, MLP(1, [1]))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False)
    assert done.returncode == -signal.SIGKILL
    [leftover] = tmp_path.iterdir()
    assert leftover.name.startswith(".m[1].safetensors.")
    assert leftover.name.endswith(".tmp")
    dead = leftover.name.split(".")[-3]
    others = [
        leftover.with_name(leftover.name.replace(f".{dead}.", f".{os.getppid()}.")),  # still at work
        leftover.with_name(leftover.name.replace(".m[1].", ".other.")),
        leftover.with_name(leftover.name.replace(f".{dead}.", ".text.")),
    ]
    for other in others:
        other.write_bytes(b"")
    save(path, Small(1.0))
    assert sorted(tmp_path.iterdir()) == sorted([path, *others])
