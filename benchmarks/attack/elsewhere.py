"""What computes outside the engine: the page's script in a browser, exported models in their runtimes."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import nn
from autograd import tree
from benchmarks.attack.campaign import Campaign, one_by_one
from benchmarks.speed.page import distances, random_graph, started_browser
from viz.record.passes import Passes

APART = 1e-12
"""How far apart numbers of page and engine may be, told by the largest number of their graph."""


def page(seed: int, numbers: range) -> list[str]:
    """Compute random graphs with the page's script, in one browser for a run of trials."""
    graphs = [random_graph(Random(f"{seed} {number}"), strange=bool(number % 2)) for number in numbers]
    with ThreadPoolExecutor(1) as pool:  # another browser may be open in this one
        told = pool.submit(_in_browser, graphs).result()
    return [
        f"{number}: {distance:.1e} apart, {wrong} nan, infinite or a zero of a sign in one alone"
        for number, (distance, wrong, _) in zip(numbers, told, strict=True)
        if distance > APART or wrong
    ]


def _in_browser(graphs: Sequence[Passes]) -> list[tuple[float, int, int]]:
    with started_browser() as browser:
        return distances(browser.new_page(), graphs)


def _model(rng: Random, seed: int) -> tuple[Any, Any]:
    """Return a random model and an example of its input."""
    width, wide = rng.randint(1, 4), rng.randint(1, 5)
    kind = rng.choice(("mlp", "mlp", "linear", "pictures", "rnn", "lstm", "gru", "encoder"))
    activation = rng.choice(sorted(nn.ACTIVATIONS))
    if kind == "mlp":
        layers = [rng.randint(1, 5) for _ in range(rng.randint(1, 3))]
        return nn.MLP(width, layers, activation=activation, seed=seed), [0.0] * width
    if kind == "linear":
        parts = [nn.Linear(width, wide, seed=seed), nn.LayerNorm(wide), nn.Elementwise(activation)]
        return nn.Sequential(*parts), [0.0] * width
    if kind == "pictures":
        side, kernel = rng.randint(3, 5), rng.randint(1, 3)
        parts = [nn.Conv2d(width, 2, kernel, seed=seed), nn.Elementwise(activation), nn.Flatten()]
        return nn.Sequential(*parts), [[[0.0] * side] * side] * width
    if kind == "encoder":
        return nn.TransformerEncoderLayer(4, 2, wide, dropout=0.0, seed=seed), [[0.0] * 4] * rng.randint(1, 4)
    recurrent = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[kind]
    return recurrent(width, wide, seed=seed), [[0.0] * width] * rng.randint(1, 5)


def exported(seed: int, number: int) -> str | None:
    """Export a random model as ONNX and as a script of NumPy, run both, compare with our own outputs."""
    import numpy as np
    import onnxruntime

    rng = Random(f"{seed} {number}")
    model, example = _model(rng, number)
    batch = np.random.default_rng(number).normal(size=(rng.randint(1, 5), *np.shape(example))) * 2
    expected = np.array(
        [nn.predict(lambda x: tree.leaves(model(x)), [one])[0] for one in batch.tolist()]
    ).reshape(len(batch), -1)
    with TemporaryDirectory() as folder:
        graph, script = Path(folder) / "m.onnx", Path(folder) / "m.py"
        nn.export(model, graph, example=example)
        nn.export(model, script, "numpy", example=example)
        found = onnxruntime.InferenceSession(graph).run(None, {"x": batch})[0]
        names: dict[str, Any] = {}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(script.read_text(encoding="utf-8"), names)
        answers = {"onnx": found, "numpy": names["outputs"](batch)}
    for where, answer in answers.items():
        if not np.allclose(np.reshape(answer, expected.shape), expected, 1e-11, 1e-11, equal_nan=True):
            return f"{where}: {type(model).__name__} of {np.shape(example)}: {answer} for {expected}"
    return None


PAGE = Campaign(
    "random graphs, both passes, by the page's script in a browser",
    page,
    goal=100_000,
    sample=60,
    unit="graph",
    at_once=500,
)
EXPORTED = Campaign(
    "random models exported as ONNX and as NumPy",
    one_by_one(exported),
    goal=500,
    sample=6,
    unit="model",
    at_once=10,
)
