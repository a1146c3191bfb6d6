"""Activations: the functions between weighted sums, by the names PyTorch gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from autograd import (
    Value,
    clamp,
    elu,
    gelu,
    leaky_relu,
    logsigmoid,
    relu,
    selu,
    sigmoid,
    silu,
    softplus,
    tanh,
)
from autograd.ops import TABLE

Activation: TypeAlias = Callable[[Value], Value]


def linear(x: Any) -> Any:
    """Return x itself: the activation of a neuron that has none."""
    return x


def hardtanh(x: Any) -> Any:
    """Return x cut off at −1 and 1: the tanh in three straight pieces (Collobert 2004)."""
    return clamp(x, -1.0, 1.0)


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "relu": relu,
        "tanh": tanh,
        "sigmoid": sigmoid,
        "linear": linear,
        "leaky_relu": leaky_relu,
        "elu": elu,
        "selu": selu,
        "gelu": gelu,
        "silu": silu,
        "swish": silu,
        "softplus": softplus,
        "logsigmoid": logsigmoid,
        "hardtanh": hardtanh,
    }
)
"""The activations that go by a name, beside those that are defined as such: `autograd.define`.

Any function from Value to Value is as good.
"""


def named(activation: str | Activation) -> Activation:
    """Return the activation of that name, or the function itself.

    Raises ValueError for an unknown name. The softmax is not among them: it looks at a whole layer, and so
    stands after one, as in `Sequential(Layer(4, 3, nonlin=False), softmax)`.
    """
    if callable(activation):
        return activation
    if activation == "softmax":
        raise ValueError(
            "'softmax' looks at a whole layer: put autograd.softmax after the layer in a Sequential"
        )
    known = {**_defined(), **ACTIVATIONS}
    if activation not in known:
        raise ValueError(f"unknown activation {activation!r}: choose {', '.join(known)}, or a function")
    return known[activation]


def _defined() -> dict[str, Activation]:
    """Return the operations of the user's own that are activations. Raises ValueError for a name of ours."""
    defined: dict[str, Activation] = {name: entry for name, entry in TABLE.items() if entry.activation}
    for name in defined.keys() & ACTIVATIONS.keys():
        raise ValueError(f"{name!r} is an activation of nn's: define your own by another name")
    return defined


def title(activation: Activation) -> str:
    """Return how a neuron with this activation is called: ReLU as micrograd writes it, Tanh, Leaky_relu."""
    if activation is relu:
        return "ReLU"
    name: str = getattr(activation, "name", "") or getattr(activation, "__name__", "")
    return name.capitalize()


def name(activation: Activation) -> str:
    """Return the name of an activation. Raises ValueError for a function that has none in `ACTIVATIONS`."""
    for known, function in (*ACTIVATIONS.items(), *_defined().items()):
        if function is activation:
            return known
    told = title(activation) or f"{activation!r:.60}"  # a partial function and a module have no name
    raise ValueError(f"{told} is no activation by name; the names are {', '.join(ACTIVATIONS)}")
