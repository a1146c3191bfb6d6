"""What flows through a network for one example: signals forward, errors back, and the step of each weight.

Every number is the engine's, read off a graph that the model's own neurons record.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import Value
from autograd import sum as add
from autograd.graph import adjoints
from viz.record.model import Layers


@dataclass(frozen=True, slots=True)
class Signals:
    """One neuron's share of a training step.

    `inputs` reach it over `weights`, and `total` is their weighted sum e with the `bias` (None for a neuron
    that has none). `output` is y = f(e), and `slope` is f′(e); `linear` says that y is e itself.

    `delta` is −∂L/∂y, the error that the neuron answers for: which way y should move, and how much that is
    worth. `passed` is −∂L/∂e, what is left of it behind the activation. `gradients` are ∂L/∂w, one for each
    weight, and `bias_gradient` is ∂L/∂b: they are −passed · input, and −passed.
    """

    inputs: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float | None
    total: float
    slope: float
    linear: bool
    output: float
    delta: float
    passed: float
    gradients: tuple[float, ...]
    bias_gradient: float


def signals(model: Any, layers: Layers, x: Sequence[float], target: Sequence[float]) -> list[list[Signals]]:
    """Return what passes each neuron, layer by layer, for the loss L = ½ Σ (y − target)².

    `x` has one number for each input and `target` one for each output. No `grad` of the model is read or
    written. Raises ValueError for other numbers of them, for weights that several lines share, and for a
    model that is more than its layers one after the other; TypeError for a neuron whose call does not use
    its `activation`.
    """
    _check(layers, x, target)
    leaves = [Value(number) for number in x]
    recorded = [_outcomes(layers[0], leaves)]
    for layer in layers[1:]:
        recorded.append(_outcomes(layer, [output for _, output in recorded[-1]]))
    outputs = [output for _, output in recorded[-1]]
    answer = model(leaves)
    answers = [answer] if isinstance(answer, Value) else answer
    if [repr(value.data) for value in answers] != [repr(output.data) for output in outputs]:
        raise ValueError(f"only layers one after the other can be drawn; {model!r} computes something else")
    loss = add([(output - wanted) ** 2 for output, wanted in zip(outputs, target, strict=True)]) * 0.5
    adjoint = adjoints(loss)
    inputs = [leaves, *([output for _, output in row] for row in recorded)]
    return [
        [
            _signals(neuron, before, total, output, adjoint)
            for neuron, (total, output) in zip(layer, row, strict=True)
        ]
        for layer, before, row in zip(layers, inputs, recorded, strict=False)
    ]


def _check(layers: Layers, x: Sequence[float], target: Sequence[float]) -> None:
    if len(x) != len(layers[0][0].w):
        raise ValueError(f"the network has {len(layers[0][0].w)} inputs, got {len(x)} numbers")
    if len(target) != len(layers[-1]):
        raise ValueError(f"the network has {len(layers[-1])} outputs, got {len(target)} targets")
    neurons = [neuron for layer in layers for neuron in layer]
    weights = [weight for neuron in neurons for weight in neuron.w]
    weights += [neuron.b for neuron in neurons if getattr(neuron, "b", None) is not None]
    if len(set(weights)) < len(weights):
        raise ValueError(
            f"each weight and bias needs to be a Value of its own, got {len(set(weights))} for {len(weights)}"
        )


def _outcomes(layer: Sequence[Any], inputs: Sequence[Value]) -> list[tuple[Value, Value]]:
    """Return each neuron's weighted sum and output."""
    found: list[tuple[Value, Value]] = []
    for neuron in layer:
        reached: list[Value] = []
        output = _listening(neuron, reached)(inputs)
        if not reached:
            raise TypeError(f"signals are shown for neurons that call their activation, got {neuron!r}")
        found.append((reached[0], output))
    return found


def _listening(neuron: Any, reached: list[Value]) -> Any:
    """Return a neuron that computes the same and notes what reaches its activation."""
    activation = getattr(neuron, "activation", None)

    def noting(total: Value) -> Any:
        reached.append(total)
        return activation(total) if activation else total

    twin = copy.copy(neuron)
    twin.activation = noting
    return twin


def _signals(
    neuron: Any, inputs: Sequence[Value], total: Value, output: Value, adjoint: Mapping[Value, float]
) -> Signals:
    bias = getattr(neuron, "b", None)
    return Signals(
        inputs=tuple(value.data for value in inputs),
        weights=tuple(weight.data for weight in neuron.w),
        bias=None if bias is None else bias.data,
        total=total.data,
        slope=adjoints(output).get(total, 0.0),
        linear=output is total,
        output=output.data,
        delta=-adjoint[output],
        passed=-adjoint[total],
        gradients=tuple(adjoint[weight] for weight in neuron.w),
        bias_gradient=0.0 if bias is None else adjoint[bias],
    )
