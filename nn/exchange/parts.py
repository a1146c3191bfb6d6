"""A network as words that can be kept in a file, and made anew from them: its parts and their sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from autograd import Value
from nn.images.convolution import Conv2d
from nn.images.pooling import AvgPool2d, MaxPool2d
from nn.model import activations
from nn.model.arranging import Elementwise, Flatten, Unflatten
from nn.model.containers import Sequential
from nn.model.dropout import Dropout
from nn.model.layers import MLP, Layer, Neuron
from nn.model.linear import Linear
from nn.model.module import Buffer, Module
from nn.model.shape import shape
from nn.weights.tensors import tensors

Part: TypeAlias = tuple[str, dict[str, Any]]
"""The name of a class, and the arguments that make one of its modules: plain numbers, texts and lists."""

_REMEDY = "keep the parameters with nn.save, and make the model before nn.load"


def _convolution(part: Conv2d) -> dict[str, Any]:
    outs, ins, *kernel = shape(part.weight)
    return {
        "in_channels": part.in_channels,
        "out_channels": outs,
        "kernel_size": kernel,
        "stride": part.stride,
        "padding": part.padding,
        "dilation": part.dilation,
        "groups": part.in_channels // ins,
        "bias": part.bias is not None,
        "seed": 0,
    }


def _pooling(part: Any) -> dict[str, Any]:
    return {"kernel_size": part.kernel_size, "stride": part.stride}


def _layer(part: Layer) -> dict[str, Any]:
    neurons = _only(Neuron, part, part.neurons)
    sizes = {"nin": len(neurons[0].w), "nout": len(neurons)}
    return {**sizes, "activation": _only_activation(part, [part]), "init": "zeros"}


def _mlp(part: MLP) -> dict[str, Any]:
    nouts = [len(_only(Neuron, layer, layer.neurons)) for layer in _only(Layer, part, part.layers)]
    *hidden, last = part.layers
    if (ends_in := _only_activation(part, [last])) != "linear":
        raise ValueError(
            f"an MLP whose last layer is {ends_in} cannot be kept: make it of Layers in a Sequential"
        )
    activation = _only_activation(part, hidden) if hidden else "linear"
    return {
        "nin": len(part.layers[0].neurons[0].w),
        "nouts": nouts,
        "activation": activation,
        "init": "zeros",
    }


def _only(kind: type, part: Module, held: list[Any]) -> list[Any]:
    """Return what a part holds. Raises ValueError unless all is of that class, and not derived from it."""
    found = {_called(inner): None for inner in held if type(inner) is not kind}
    if found or not held:
        raise ValueError(
            f"{type(part).__name__} of {', '.join(found) or 'nothing'} cannot be kept by itself; accepted is "
            f"{kind.__name__}: {_REMEDY}"
        )
    return held


def _only_activation(part: Module, layers: list[Layer]) -> str:
    """Return the name of the activation of all neurons in layers. Raises ValueError if they have several."""
    names = {activations.name(neuron.activation): None for layer in layers for neuron in layer.neurons}
    if len(names) > 1:
        raise ValueError(
            f"{type(part).__name__} of several activations, {', '.join(names)}, cannot be kept by itself: "
            f"{_REMEDY}"
        )
    return next(iter(names))


ARGUMENTS: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    AvgPool2d: _pooling,
    Conv2d: _convolution,
    Dropout: lambda part: {"p": part.p, "seed": 0},
    Elementwise: lambda part: {"activation": activations.name(part.activation)},
    Flatten: lambda part: {},
    Layer: _layer,
    Linear: lambda part: {
        "in_features": len(part.weight[0]),
        "out_features": len(part.weight),
        "bias": part.bias is not None,
        "seed": 0,
    },
    MLP: _mlp,
    MaxPool2d: _pooling,
    Sequential: lambda part: {"parts": [_kept(inner) for inner in part.parts]},
    Unflatten: lambda part: {"unflattened_size": part.unflattened_size},
}
"""The modules that can be kept, and how each is made again."""

BY_NAME = {kind.__name__: kind for kind in ARGUMENTS}


def parts_of(network: Module) -> list[Part]:
    """Return what makes a network anew, but for its parameters: its parts if it has several, or itself.

    Raises ValueError, naming it, for a part that cannot be kept, for parameters in two places, which would
    come back as two, and for what would come back otherwise: frozen weights, Values beside those of a part.
    """
    names: dict[Value, str] = {}
    for name, tensor in tensors(network).items():
        for value in tensor.values:
            if value in names:
                raise ValueError(
                    f"{names[value]} and {name} share parameters, which would come back as two: {_REMEDY}"
                )
            names[value] = name
    inside = network.parts if isinstance(network, Sequential) and type(network) is Sequential else []
    parts = [_kept(part) for part in (inside if len(inside) > 1 else [network])]
    here, back = (_told(module) for module in (network, network_of(parts)))
    for name in {**back, **here}:
        if here.get(name) != back.get(name):
            raise ValueError(
                f"{name} is {here.get(name, 'no tensor of parameters'):.60} here, and would come back as "
                f"{back.get(name, 'nothing')}: {_REMEDY}"
            )
    return parts


def network_of(parts: list[Part]) -> Any:
    """Return the network that parts make, with parameters of its own.

    Raises KeyError, TypeError or ValueError for what `parts_of` cannot have written.
    """
    made = [_made(*part) for part in parts]
    return made[0] if len(made) == 1 else Sequential(*made)


def _told(network: Module) -> dict[str, str]:
    """Return what each tensor of a network is, in words: its shape, and which of its numbers are Buffers."""
    found = {}
    for name, (sizes, values) in tensors(network).items():
        buffers = [place for place, value in enumerate(values) if isinstance(value, Buffer)]
        found[name] = f"of shape {sizes}" + f" with Buffers at {buffers}" * bool(buffers)
    return found


def _kept(part: Any) -> Part:
    if type(part) not in ARGUMENTS:
        raise ValueError(
            f"{_called(part)} cannot be kept by itself; accepted are {', '.join(sorted(BY_NAME))}: {_REMEDY}"
        )
    return type(part).__name__, ARGUMENTS[type(part)](part)


def _called(part: Any) -> str:
    return getattr(part, "__name__", type(part).__name__)


def _made(name: str, arguments: Mapping[str, Any]) -> Any:
    if BY_NAME[name] is Sequential:
        return Sequential(*(_made(*part) for part in arguments["parts"]))
    return BY_NAME[name](
        **{key: tuple(x) if isinstance(x, list) else x for key, x in dict(arguments).items()}
    )
