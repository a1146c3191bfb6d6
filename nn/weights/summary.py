"""Summary: what a network is made of, as a table."""

from __future__ import annotations

from autograd.notation.rows import aligned, cells
from nn.model.layers import Layer, Neuron
from nn.model.module import Module
from nn.weights.tensors import own_tensors

HEADER = ("part", "kind", "in → out", "parameters")


def summary(module: Module) -> str:
    """Return a table of the modules inside `module`: path, kind, inputs and outputs, number of parameters.

    In place of inputs → outputs, modules other than layers have the shapes of the tensors that they hold
    themselves. Neurons of a layer are not listed one by one. A part that holds others counts theirs too; a
    parameter that is shared counts once in the total, which is the last line.
    """
    modules = module.named_modules()
    inside_layers = {
        id(neuron) for _, layer in modules if isinstance(layer, Layer) for neuron in layer.neurons
    }
    rows = [
        (path, type(part).__name__, _shape(part), f"{len(part.parameters()):,}")
        for path, part in [*modules[1:], ("total", module)]
        if id(part) not in inside_layers
    ]
    lines = aligned([HEADER, *rows], right=[3])
    rule = "─" * cells(lines[0])
    inside = [rule, *lines[1:-1]] if len(rows) > 1 else []
    return "\n".join([lines[0], *inside, rule, lines[-1]])


def _shape(module: Module) -> str:
    if isinstance(module, Neuron):
        return f"{len(module.w)} → 1"
    if isinstance(module, Layer):
        return f"{len(module.neurons[0].w)} → {len(module.neurons)}"
    own = own_tensors(module).items()
    return ", ".join(f"{name} {' × '.join(map(str, tensor.shape))}" for name, tensor in own)
