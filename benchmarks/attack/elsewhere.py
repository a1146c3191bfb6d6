"""What computes outside the engine: the page's script in a browser, exported models in their runtimes."""

from __future__ import annotations

import contextlib
import ctypes
import io
import shlex
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import nn
from autograd import tree
from benchmarks.attack.campaign import Campaign, one_by_one
from benchmarks.attack.compilers import commands
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


Twin = Callable[[Any], Any]
"""Makes a module of PyTorch's own, of `torch.nn`, with the parameters of a model under the same names."""

ALIASES = {"linear": "identity", "swish": "silu"}


def _model(rng: Random, seed: int) -> tuple[Any, Any, Twin | None]:
    """Return a random model, an example of its input, and its twin, if PyTorch has one."""
    width, wide = rng.randint(1, 4), rng.randint(1, 5)
    kind = rng.choice(("mlp", "mlp", "linear", "pictures", "rnn", "lstm", "gru", "encoder"))
    activation = rng.choice(sorted(nn.ACTIVATIONS))
    if kind == "mlp":
        layers = [rng.randint(1, 5) for _ in range(rng.randint(1, 3))]
        return nn.MLP(width, layers, activation=activation, seed=seed), [0.0] * width, None
    if kind == "linear":
        parts = [nn.Linear(width, wide, seed=seed), nn.LayerNorm(wide), nn.Elementwise(activation)]
        return (
            nn.Sequential(*parts),
            [0.0] * width,
            lambda torch: torch.Sequential(
                torch.Linear(width, wide), torch.LayerNorm(wide), _activation(torch, activation)
            ),
        )
    if kind == "pictures":
        side, kernel = rng.randint(3, 5), rng.randint(1, 3)
        parts = [nn.Conv2d(width, 2, kernel, seed=seed), nn.Elementwise(activation), nn.Flatten()]
        return (
            nn.Sequential(*parts),
            [[[0.0] * side] * side] * width,
            lambda torch: torch.Sequential(
                torch.Conv2d(width, 2, kernel), _activation(torch, activation), torch.Flatten()
            ),
        )
    if kind == "encoder":
        model = nn.TransformerEncoderLayer(4, 2, wide, dropout=0.0, seed=seed)
        rows = [[0.0] * 4] * rng.randint(1, 4)
        return (
            model,
            rows,
            lambda torch: torch.TransformerEncoderLayer(4, 2, wide, dropout=0.0, batch_first=True),
        )
    recurrent = getattr(nn, kind.upper())(width, wide, seed=seed)
    rows = [[0.0] * width] * rng.randint(1, 5)
    return recurrent, rows, lambda torch: getattr(torch, kind.upper())(width, wide, batch_first=True)


def _activation(torch: Any, name: str) -> Any:
    """Return PyTorch's activation of that name, without the threshold from which its softplus is x."""
    name = ALIASES.get(name, name).replace("_", "")
    found = next(getattr(torch, each) for each in dir(torch) if each.lower() == name)
    return found(threshold=700.0) if name == "softplus" else found()


def exported(seed: int, number: int) -> str | None:
    """Export a random model in every format, compute with each, compare with our own outputs."""
    rng = Random(f"{seed} {number}")
    model, example, twin = _model(rng, number)
    batch = np.random.default_rng(number).normal(size=(rng.randint(1, 5), *np.shape(example))) * 2
    expected = np.array(
        [nn.predict(lambda x: tree.leaves(model(x)), [one])[0] for one in batch.tolist()]
    ).reshape(len(batch), -1)
    ways: dict[str, Callable[[], Any]] = {
        "onnx": partial(_by_onnx, model, example, batch),
        "numpy": partial(_by_numpy, model, example, batch),
        **{
            f"C by {command}": partial(_by_c, model, example, batch, expected, command)
            for command in commands()
        },
    }
    if twin is not None and find_spec("torch"):
        ways["torch"] = partial(_by_torch, model, twin, batch)
    for where, way in ways.items():
        answer = np.reshape(way(), expected.shape)
        if not np.allclose(answer, expected, 1e-11, 1e-11, equal_nan=True):
            return f"{where}: {type(model).__name__} of {np.shape(example)}: {answer} for {expected}"
    return None


def _by_onnx(model: Any, example: Any, batch: Any) -> Any:
    import onnxruntime

    with TemporaryDirectory() as folder:
        graph = Path(folder) / "m.onnx"
        nn.export(model, graph, example=example)
        return onnxruntime.InferenceSession(graph).run(None, {"x": batch})[0]


def _by_numpy(model: Any, example: Any, batch: Any) -> Any:
    with TemporaryDirectory() as folder:
        script, names = Path(folder) / "m.py", dict[str, Any]()
        nn.export(model, script, "numpy", example=example)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(script.read_text(encoding="utf-8"), names)
        return names["outputs"](batch)


def _by_c(model: Any, example: Any, batch: Any, expected: Any, command: str) -> Any:
    """Return what a library of the file gives, compiled for any processor of this kind."""
    with TemporaryDirectory() as folder:
        source, library = Path(folder) / "m.c", Path(folder) / "m.so"
        nn.export(model, source, "c", example=example)
        build = [*shlex.split(command), "-O1", "-w", "-ffp-contract=off", "-shared", "-fPIC"]
        subprocess.run([*build, "-o", library, source, "-lm"], check=True, capture_output=True)
        loaded, answer = ctypes.CDLL(str(library)), np.empty_like(expected)
        numbers, results = (ctypes.c_void_p(array.ctypes.data) for array in (batch, answer))
        parameters = ctypes.byref(ctypes.c_double.in_dll(loaded, "PARAMETERS"))
        loaded.evaluate(ctypes.c_long(len(batch)), numbers, parameters, results)
        return answer


def _by_torch(model: Any, twin: Twin, batch: Any) -> Any:
    """Return what PyTorch's own module gives with our parameters, its hidden states after its outputs."""
    import torch

    with TemporaryDirectory() as folder:
        state = Path(folder) / "m.pt"
        nn.export(model, state, "torch")
        theirs = twin(torch.nn).double().eval()
        theirs.load_state_dict(torch.load(state))
    with torch.no_grad():
        found = theirs(torch.tensor(batch))
    if isinstance(found, torch.Tensor):
        return found.numpy()
    outputs, states = found
    hidden = states if isinstance(states, tuple) else (states,)
    rows = [outputs, *[each.transpose(0, 1) for each in hidden]]
    return np.concatenate([each.numpy().reshape(len(batch), -1) for each in rows], axis=1)


PAGE = Campaign(
    "random graphs, both passes, by the page's script in a browser",
    page,
    goal=100_000,
    sample=60,
    unit="graph",
    at_once=500,
)
EXPORTED = Campaign(
    "random models exported as ONNX, NumPy, C and, where it is installed, to PyTorch",
    one_by_one(exported),
    goal=500,
    sample=6,
    unit="model",
    at_once=10,
)
