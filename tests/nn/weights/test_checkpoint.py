"""Checkpoints come back whole, or not at all."""

from __future__ import annotations

import json
import os
import re
import signal
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from math import inf, isnan, nan, pi
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from autograd import Value, relu
from nn import (
    MLP,
    BatchNorm1d,
    Buffer,
    CheckpointError,
    Layer,
    Module,
    Neuron,
    Residual,
    Sequential,
    load,
    save,
)
from nn.model.module import values
from nn.weights.tensors import tensors


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


def test_the_file_is_plain_safetensors_with_a_tensor_for_each_matrix(tmp_path: Path) -> None:
    model = MLP(2, [3, 1], seed=0)
    save(tmp_path / "m.safetensors", model)
    tensors = load_file(tmp_path / "m.safetensors")
    assert sorted(tensors) == [f"layers.{path}" for path in ("0.bias", "0.weight", "1.bias", "1.weight")]
    neurons = model.layers[0].neurons
    assert tensors["layers.0.weight"].tolist() == [[w.data for w in neuron.w] for neuron in neurons]
    assert tensors["layers.0.bias"].tolist() == [neuron.b.data for neuron in neurons]
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


class Gate(Module):
    """Nested lists, a lone Value, and what is no array."""

    def __init__(self, more: Any = ()) -> None:
        self.matrix = [[Value(0.0) for _ in range(3)] for _ in range(2)]
        self.scale = Value(0.0)
        self.more = more

    def __call__(self, x: Any) -> Any:
        return x


def test_a_file_from_before_matrices_were_saved_as_such_still_loads() -> None:
    model = Sequential(MLP(2, [3, 1], seed=5), Residual(Layer(1, 1, seed=6)), Gate())
    metadata = load(Path(__file__).with_name("old_checkpoint.safetensors"), model)
    assert metadata == {"written": "a vector for each list"}
    written = Sequential(MLP(2, [3, 1], seed=0), Residual(Layer(1, 1, seed=1)))
    assert numbers(model) == [*numbers(written), 0.0, 1.0, 2.0, 10.0, 11.0, 12.0, 0.5]


def shapes(module: Module) -> dict[str, tuple[int, ...]]:
    return {name: tensor.shape for name, tensor in tensors(module).items()}


def test_names_and_shapes_are_those_of_the_lists_and_nothing_is_left_out() -> None:
    a, b, c = (Value(float(number)) for number in range(3))
    cube = np.array([[[Value(1.0)] * 4] * 3] * 2, object)
    same = [a]
    cases = {
        "nested": (cube, {"more": (2, 3, 4)}),
        "of unequal length": ([[a], [b, c]], {"more.0": (1,), "more.1": (2,)}),
        "with gaps": ([a, 0.0, b], {"more": (2,)}),
        "of a result": ([a, a + b], {"more": (1,)}),
        "beside modules": ([a, Small(1.0), [b]], {"more": (1,), "more.1.w": (1,), "more.2": (1,)}),
        "empty": ([[], []], {}),
        "in a dict": ({"a": [b], 3: c}, {"more.a": (1,), "more.3": (1,)}),
        "of a buffer beside text": ([Buffer(0.0), "rows"], {"more": (1,)}),
        "of a buffer among parameters": ([a, Buffer(0.0), None], {"more": (2,)}),
        "held twice": ([[same, same]], {"more": (1, 2, 1)}),
    }
    for what, (item, expected) in cases.items():
        module = Gate(item)
        assert shapes(module) == {"matrix": (2, 3), "scale": (1,), **expected}, what
        held = {value for tensor in tensors(module).values() for value in tensor.values}
        assert held == set(values(module)), what
    around: list[Any] = [[a]]
    around.append(around)
    assert shapes(Gate(around)) == {"matrix": (2, 3), "scale": (1,), "more.0": (1,)}


def test_what_a_neuron_or_a_layer_holds_besides_is_saved_too() -> None:
    class Scaled(Neuron):
        def __init__(self) -> None:
            super().__init__(2)
            self.gain = Value(2.0)

    layer = Layer(2, 2)
    layer.neurons[1] = Scaled()
    assert shapes(layer) == {"weight": (2, 2), "bias": (2,), "neurons.1.gain": (1,)}
    layer.neurons[0].w.pop()
    assert shapes(layer) == {"weight.0": (1,), "weight.1": (2,), "bias": (2,), "neurons.1.gain": (1,)}
    vars(layer)["bias"] = Value(0.0)
    assert shapes(layer)["bias"] == shapes(layer)["neurons.0.b"] == shapes(layer)["neurons.1.b"] == (1,)
    gate = Gate({"y": [Value(0.0)]})
    setattr(gate, "more.y", Value(0.0))
    with pytest.raises(TypeError, match=r"two tensors would have the name more\.y: rename"):
        tensors(gate)


def test_a_shared_matrix_is_saved_under_both_names_and_must_be_the_same_under_both(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    layer = Layer(2, 2, seed=0)
    model = Sequential(layer, layer)
    save(path, model)
    found = load_file(path)
    assert sorted(found) == ["0.bias", "0.weight", "1.bias", "1.weight"]
    before = numbers(model)
    found["1.weight"][0, 1] = nan
    save_file(found, path)
    with pytest.raises(CheckpointError, match=r"0\.weight and 1\.weight share parameters in the module, and"):
        load(path, model)
    assert numbers(model) == before
    found["0.weight"][0, 1] = nan
    save_file(found, path)
    load(path, model)
    assert isnan(layer.neurons[0].w[1].data)


def rectified(xs: list[Value]) -> list[Value]:
    return [relu(x) for x in xs]


def test_pytorch_takes_the_file_and_gives_the_same_outputs(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "m.safetensors"
    model = Sequential(Layer(3, 5, nonlin=False, seed=0), rectified, Layer(5, 2, nonlin=False, seed=1))
    save(path, model)
    linear = torch.nn.Linear
    peer = torch.nn.Sequential(linear(3, 5), torch.nn.ReLU(), linear(5, 2)).double()
    peer.load_state_dict({name: torch.tensor(w) for name, w in load_file(path).items()}, strict=True)
    x = [0.3, -2.0, 1.5]
    ours = [out.data for out in model(x)]
    assert ours == pytest.approx(peer(torch.tensor(x, dtype=torch.float64)).tolist(), rel=1e-12)
    other = Sequential(Layer(3, 5, nonlin=False), rectified, Layer(5, 2, nonlin=False))
    save_file({name: tensor.numpy() for name, tensor in peer.state_dict().items()}, path)
    load(path, other)
    assert numbers(other) == numbers(model)


def test_another_architecture_is_refused_with_the_names_and_shapes_that_differ(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save(path, MLP(2, [2, 1], seed=0))
    model = MLP(3, [1, 1, 1], seed=1)
    before = numbers(model)
    with pytest.raises(CheckpointError) as caught:
        load(path, model)
    assert str(caught.value) == (
        f"{str(path)!r} does not fit the module: "
        "layers.0.weight is (2, 2) in the file, (1, 3) in the module; "
        "layers.0.bias is (2,) in the file, (1,) in the module; "
        "layers.1.weight is (1, 2) in the file, (1, 1) in the module; "
        "layers.2.weight is missing in the file, (1, 1) in the module; "
        "layers.2.bias is missing in the file, (1,) in the module"
    )
    assert numbers(model) == before
    with pytest.raises(CheckpointError, match=r"and 2 more$"):
        load(path, MLP(2, [2] * 6, seed=0))


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


@pytest.mark.parametrize("thing", [[Value(1.0)], Value(1.0), rectified, {"m": Small(1.0)}])
def test_what_is_no_module_is_neither_saved_nor_loaded(thing: Any, tmp_path: Path) -> None:
    save(tmp_path / "m.safetensors", Small(1.0))
    for refused in (save, load):
        with pytest.raises(
            TypeError, match=f"of a Module, got {type(thing).__name__}: a Trained has a .* save"
        ):
            refused(tmp_path / "m.safetensors", thing)
    module = Small(0.0)
    load(tmp_path / "m.safetensors", module)
    assert numbers(module) == [1.0]


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


def test_a_checksum_of_another_program_is_told_from_damage(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_file({"w": np.array([1.0, 2.0])}, path, {"sha256": "theirs"})
    with pytest.raises(
        CheckpointError, match="is damaged, or another program's text 'sha256' in it has to be"
    ):
        load(path, Small(7.0, 8.0))


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


@settings(max_examples=300)
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


@pytest.mark.parametrize("mark", [(b'"checksum":', b'"cNecksum":'), (b"sha256 of", b"s a256 oN")])
def test_a_file_whose_checksum_and_mark_are_both_damaged_is_still_known_for_ours(
    mark: tuple[bytes, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "m.safetensors"
    save(path, Small(1.0, 2.0))
    content = path.read_bytes().replace(b'"sha256":', b'"sha2N6":').replace(*mark)
    assert len(content) == path.stat().st_size
    path.write_bytes(content[:-1] + b"\0")
    with pytest.raises(CheckpointError, match="does not match its checksum"):
        load(path, Small(1.0, 2.0))


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


def test_what_the_batch_norms_of_pytorch_count_is_passed_over(tmp_path: Path) -> None:
    found = {
        "weight": np.array([2.0, 3.0], np.float32),
        "bias": np.array([0.5, 0.0], np.float32),
        "running_mean": np.array([1.0, 2.0], np.float32),
        "running_var": np.array([4.0, 9.0], np.float32),
        "num_batches_tracked": np.array(7),
    }
    save_file(found, tmp_path / "norm.safetensors")
    norm = BatchNorm1d(2)
    load(tmp_path / "norm.safetensors", norm)
    norm.eval()
    assert [x.data for x in norm([3.0, 5.0])] == pytest.approx([2.5, 3.0], rel=1e-5)


class Counting(Module):
    """A layer that counts its batches by a parameter."""

    def __init__(self) -> None:
        self.num_batches_tracked = [Value(3.0), Value(4.0)]


class Remembering(Module):
    """A layer that calls its parameters its state, as a module's method is called."""

    def __init__(self) -> None:
        self.state = [Value(3.0), Value(4.0)]  # type: ignore[assignment]


@pytest.mark.parametrize("make", [Counting, Remembering])
def test_whatever_name_a_parameter_has_it_comes_back(make: type[Module], tmp_path: Path) -> None:
    save(tmp_path / "m", make())
    other = make()
    other.parameters()[0].data = 0.0
    load(tmp_path / "m", other)
    assert [p.data for p in other.parameters()] == [3.0, 4.0]


def test_a_parameter_called_as_the_files_own_entry_is_refused(tmp_path: Path) -> None:
    model = Counting()
    vars(model)["__metadata__"] = Value(1.0)
    with pytest.raises(ValueError, match=r"a tensor cannot be called '__metadata__'.*: rename the attribute"):
        save(tmp_path / "m", model)


@pytest.mark.parametrize(
    ("key", "text"), [("epochs", 50), ("lr", 0.1), (1, "a"), ("notes", ["a"]), ("b", b"b")]
)
def test_metadata_that_are_no_texts_are_refused_by_name(key: Any, text: Any, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=re.escape(f"got {key!r}: {text!r}; write str(…)")):
        save(tmp_path / "w", Neuron(2, seed=0), {key: text})
    assert not any(tmp_path.iterdir())
