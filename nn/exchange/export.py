"""Export: a model as a file that others read, written from its compiled program, whatever its layers are."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from autograd import compile, export_c, export_onnx, export_python, tree
from autograd.commit import UPDATE, commit
from autograd.whole_file import write_whole
from nn.exchange.trained import Trained
from nn.model.layers import MLP, Layer
from nn.model.module import Module, in_evaluation
from nn.weights.checkpoint import array
from nn.weights.tensors import tensors

FORMATS = ("onnx", "numpy", "c", "torch")


def export(
    model: Module | Trained,
    path: str | Path,
    format: str = "onnx",
    *,
    example: Any = None,
    dtype: str = "float64",
) -> None:
    """Write a model to a file for programs that know nothing of this one.

    "onnx" is a graph with an input `x`, whose first axis is the batch, and an output `outputs`, a row for
    each example; it needs the package onnx. "numpy" is a Python file with the same as `outputs(x)`, which
    needs NumPy alone. "c" is a file of C whose head shows how to call it. "torch" is a `state_dict` for
    `torch.load`, with names and shapes of PyTorch's modules of the same kind; it needs torch, and holds
    neither the scaling nor what is frozen as plain numbers. In the others the scaling of a Trained is part of
    the program: rows go in and quantities come out in their units, and classes as logits.

    `example` is an input of the model, whose numbers do not matter: a row, or a picture as nested lists. A
    Trained and an MLP need none. The model is recorded as it is now, in evaluation mode, and its
    attributes are then as before; `dtype` is "float64" or "float32", but for numpy, which computes in
    float64. The file appears whole or not at all.

    Raises ValueError for another format or dtype, where an example is needed, and for a Trained whose network
    has other outputs than classes or targets; ImportError, with the remedy, for a package that is not there;
    TypeError for what cannot be compiled.
    """
    if format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(map(repr, FORMATS))}, got {format!r}")
    if dtype not in ("float64", "float32"):
        raise ValueError(f"dtype must be 'float64' or 'float32', got {dtype!r}")
    network: Any = model.model if isinstance(model, Trained) else model
    if not isinstance(network, Module):
        raise TypeError(f"only a Module can be exported, got {network!r:.60}: write a class for it")
    if isinstance(model, Trained):
        model.check_outputs()
    if format == "torch":
        write_whole(path, _for_torch(network, dtype))
        return
    if example is None:
        if isinstance(model, Trained):
            example = [0.0] * len(model.scaling.features)
        elif isinstance(network, MLP) and isinstance(network.layers[0], Layer):
            example = [0.0] * len(network.layers[0].neurons[0].w)
        else:
            raise ValueError(f"to export {type(network).__name__}, give an example of its input: example=…")

    def computed(x: Any) -> Any:
        return _unchanged(network, lambda: in_evaluation(network, network, x))

    def outputs(x: Any) -> list[Any]:
        if not isinstance(model, Trained):
            return tree.leaves(computed(x))
        found = computed(model.scaling.row(x))
        return tree.leaves(found if model.columns.class_names else model.scaling.undo([found]))

    step = compile(outputs, network.parameters(), dtype="float64" if format != "c" else dtype)
    step.record(np.array([example], dtype=np.float64))
    if format == "onnx":
        export_onnx(step, path, dtype=dtype)
    elif format == "c":
        export_c(step, path)
    else:
        export_python(step, path)


def _unchanged(model: Module, call: Callable[[], Any]) -> Any:
    """Return what a call makes; attributes that it sets in modules of the model are then as they were."""
    now = [vars(module) for _, module in model.named_modules()]
    before = list(map(dict, now))
    try:
        return call()
    finally:
        for attributes, earlier in zip(now, before, strict=True):
            for name in attributes.keys() - earlier:
                del attributes[name]
        commit((UPDATE, now, before))


def _for_torch(module: Module, dtype: str) -> bytes:
    try:
        import torch
    except ImportError:
        raise ImportError("format='torch' needs the package torch: pip install torch") from None
    state = {name: torch.tensor(array(tensor).astype(dtype)) for name, tensor in tensors(module).items()}
    content = BytesIO()
    torch.save(state, content)
    return content.getvalue()
