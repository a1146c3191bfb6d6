"""Models leave as graphs, scripts and state dicts, and compute the same there."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import nullcontext
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, detect_anomaly, tree

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
reference = pytest.importorskip("onnx.reference")

PICTURE = [[[0.0] * 4] * 4]

MODELS: dict[str, tuple[Any, Any]] = {
    **{name: (lambda name=name: nn.MLP(3, [5, 2], activation=name, seed=1), None) for name in nn.ACTIVATIONS},
    "one output": (lambda: nn.MLP(3, [4, 1], seed=2), None),
    "one layer": (lambda: nn.MLP(3, [2], seed=3), None),
    "linear maps": (lambda: nn.Sequential(nn.Linear(3, 4, seed=0), nn.LayerNorm(4)), [0.0] * 3),
    "pictures": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 2, 3, seed=4), nn.Elementwise("relu"), nn.Flatten(), nn.Linear(8, 2, seed=5)
        ),
        PICTURE,
    ),
    "a sequence": (lambda: nn.LSTM(2, 3, seed=6), [[0.0] * 2] * 4),
    "attention": (lambda: nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, seed=7), [[0.0] * 4] * 3),
}


def outputs_of(model: Any, batch: Any) -> Any:
    """Return all outputs for each example as one row."""
    rows = []
    for example in batch:
        found = nn.predict(lambda x: tree.leaves(model(x)), [example])
        rows.append(found[0])
    return np.array(rows)


def run_python(path: Path, batch: Any) -> Any:
    names: dict[str, Any] = {}
    exec(path.read_text(encoding="utf-8"), names)
    return names["outputs"](batch)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_computes_the_same_elsewhere(name: str, tmp_path: Path) -> None:
    make, example = MODELS[name]
    model = make()
    batch = np.random.default_rng(0).normal(size=(6, *np.shape([0.0] * 3 if example is None else example)))
    expected = outputs_of(model, batch.tolist())
    nn.export(model, tmp_path / "m.onnx", example=example)
    nn.export(model, tmp_path / "m.py", "numpy", example=example)
    nn.export(model, tmp_path / "small.onnx", example=example, dtype="float32")
    graph = tmp_path / "m.onnx"
    exact = onnxruntime.InferenceSession(graph).run(None, {"x": batch})[0]
    with np.errstate(all="ignore"):
        told = reference.ReferenceEvaluator(str(graph)).run(None, {"x": batch})[0]
    single = onnxruntime.InferenceSession(tmp_path / "small.onnx").run(None, {"x": batch.astype(np.float32)})[
        0
    ]
    for found in (exact, told, run_python(tmp_path / "m.py", batch)):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(single, expected, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("format", ["onnx", "numpy", "c"])
def test_a_model_that_keeps_state_is_after_an_export_as_it_was(format: str, tmp_path: Path) -> None:
    class Count(nn.Module):
        def __init__(self) -> None:
            self.w = Value(2.0)
            self.h: Any = 0.0

        def __call__(self, x: Any) -> Any:
            self.h = self.latest = self.w * x + 0.5 * self.h
            return self.h

    count = Count()
    model = nn.Sequential(count)
    for _ in range(2):
        nn.export(model, tmp_path / "m", format, example=0.0)
        assert {**vars(count)} == {"w": count.w, "h": 0.0}
    assert nn.predict(model, [1.0]) == [2.0]


def test_a_trained_model_takes_its_scaling_along(tmp_path: Path) -> None:
    houses = nn.house()
    scaling, _ = nn.standardise(houses)
    model = nn.MLP(1, [3, 1], activation="tanh", seed=0)
    trained = nn.Trained(model, scaling, houses.rows([]))
    nn.export(trained, tmp_path / "m.onnx")
    nn.export(trained, tmp_path / "m.py", "numpy")
    rows = np.array(houses.features)
    expected = np.array(trained.predict(houses.features)).reshape(-1, 1)
    found = onnxruntime.InferenceSession(tmp_path / "m.onnx").run(None, {"x": rows})[0]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(run_python(tmp_path / "m.py", rows), expected, rtol=1e-12)


def test_classes_leave_as_logits_of_rows_in_their_units(tmp_path: Path) -> None:
    flowers = nn.iris()
    scaling, _ = nn.standardise(flowers)
    trained = nn.Trained(nn.MLP(4, [3, 3], seed=0), scaling, flowers.rows([]))
    nn.export(trained, tmp_path / "m.py", "numpy")
    found = run_python(tmp_path / "m.py", np.array(flowers.features[:5]))
    np.testing.assert_allclose(found, trained.outputs(flowers.features[:5]), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_window_with_nan_has_the_maximum_nan(dtype: str, tmp_path: Path) -> None:
    nn.export(nn.MaxPool2d(2, stride=1), tmp_path / "m.onnx", example=PICTURE, dtype=dtype)
    pictures = np.random.default_rng(0).normal(size=(16, 1, 4, 4)).astype(dtype)
    for n, picture in enumerate(pictures):
        picture[0, n // 4, n % 4] = np.nan
    found = onnxruntime.InferenceSession(tmp_path / "m.onnx").run(None, {"x": pictures})[0]
    windows = np.lib.stride_tricks.sliding_window_view(pictures, (2, 2), axis=(2, 3))
    np.testing.assert_array_equal(found, windows.max(axis=(-1, -2)).reshape(16, -1))


def test_a_file_of_c_computes_the_same(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no compiler on this machine")
    model = nn.MLP(3, [4, 2], activation="tanh", seed=0)
    nn.export(model, tmp_path / "m.c", "c")
    [row] = np.random.default_rng(0).normal(size=(1, 3)).tolist()
    main = """
        #include <stdio.h>
        extern const double PARAMETERS[];
        void evaluate(long, const double *, const double *, double *);
        int main(void) {
          double x[3] = {%s}, results[2];
          evaluate(1, x, PARAMETERS, results);
          printf("%%.17g %%.17g", results[0], results[1]);
        }"""
    (tmp_path / "main.c").write_text(main % ", ".join(map(repr, row)))
    build = [compiler, "-O1", "-o", "m", "m.c", "main.c", "-lm"]
    subprocess.run(build, cwd=tmp_path, check=True, capture_output=True)
    said = subprocess.run([tmp_path / "m"], capture_output=True, text=True, check=True).stdout
    assert [float(word) for word in said.split()] == [
        pytest.approx(x, rel=1e-12) for x in nn.predict(model, [row])[0]
    ]


def test_a_state_dict_has_the_names_and_shapes_of_pytorch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    model = nn.Sequential(nn.Linear(3, 4, seed=0), nn.Elementwise("tanh"), nn.Linear(4, 2, seed=1))
    nn.export(model, tmp_path / "m.pt", "torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)).double()
    theirs.load_state_dict(torch.load(tmp_path / "m.pt"), strict=True)
    batch = np.random.default_rng(0).normal(size=(6, 3))
    found = theirs(torch.tensor(batch)).detach().numpy()
    np.testing.assert_allclose(found, outputs_of(model, batch.tolist()), rtol=1e-12)


@pytest.mark.parametrize("watched", [False, True])
def test_the_numbers_of_an_example_do_not_matter(watched: bool, tmp_path: Path) -> None:
    models: list[tuple[nn.Module, Any]] = [
        (nn.MLP(2, [2, 1], seed=0), [0.5, 1.0]),
        (nn.Sequential(nn.Linear(2, 1, seed=0), nn.Elementwise("sigmoid")), [0.5, 1.0]),
        (nn.Sequential(nn.Embedding(3, 2, seed=0), nn.Flatten()), [0.0, 1.0]),
    ]
    for model, row in models:
        for example in (row, [nan, 1.0], [5, 5], [-inf, 0.5], [1e308, 1e308]):
            with detect_anomaly() if watched else nullcontext():
                nn.export(model, tmp_path / "m.py", "numpy", example=example)
            expected = outputs_of(model, [row])
            np.testing.assert_allclose(run_python(tmp_path / "m.py", [row]), expected, rtol=1e-12)


def test_what_cannot_be_exported_says_what_is_needed(tmp_path: Path) -> None:
    model = nn.MLP(2, [1], seed=0)
    with pytest.raises(ValueError, match="format must be one of 'onnx', 'numpy', 'c', 'torch', got 'pdf'"):
        nn.export(model, tmp_path / "m", "pdf")
    with pytest.raises(ValueError, match="dtype must be 'float64' or 'float32', got 'int8'"):
        nn.export(model, tmp_path / "m", dtype="int8")
    with pytest.raises(ValueError, match="to export Sequential, give an example of its input: example="):
        nn.export(nn.Sequential(model), tmp_path / "m")
    model.layers.insert(0, nn.Dropout(0.5))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="to export MLP, give an example of its input: example="):
        nn.export(model, tmp_path / "m")
    assert list(tmp_path.iterdir()) == []
