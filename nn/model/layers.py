"""Neurons, layers of neurons, networks of layers: scalars all the way down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Value, dot
from nn.model import activations
from nn.model import init as initialisers
from nn.model.activations import Activation
from nn.model.init import Initialiser
from nn.model.module import Module
from nn.model.shape import require_row
from nn.seed import Seed, generator
from nn.sizes import is_row, require_at_least


class Neuron(Module):
    """A weighted sum and an activation: g(b + w₁x₁ + … + wₙxₙ), with g = ReLU unless told otherwise.

    Weights `w` are uniform in [-1, 1], drawn from `seed`, and the bias `b` is 0, as in micrograd. Without a
    seed Python's global generator draws, which `random.seed` seeds. `init` is the name of another initialiser
    in `nn.init`, or a function; some ask how many neurons stand side by side in the layer, `nout`.
    `nonlin=False` leaves the activation out. `fused` makes the weighted sum one node of the graph; without it
    every product and every addition is a node, with the same result to the last digit.

    Raises ValueError for fewer than one input, an unknown activation or an unknown initialiser.
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: str | Activation = "relu",
        init: str | Initialiser = "uniform",
        nout: int = 1,
        fused: bool = True,
        seed: Seed = None,
    ) -> None:
        require_at_least(1, nin=nin)
        rng = generator(seed)
        draw = initialisers.named(init)
        self.w = [Value(draw(nin, nout, rng)) for _ in range(nin)]
        self.b = Value(0.0)
        self.activation = activations.named(activation) if nonlin else activations.linear
        self.fused = fused

    def __call__(self, x: Sequence[Value | float]) -> Value:
        """Return the activation for the inputs `x`, one number or Value for each weight.

        Raises ValueError, with both numbers, for any other number of inputs, TypeError for a bare number in
        place of a row.
        """
        require_row(self, len(self.w), x)
        if self.fused:
            return self.activation(dot(self.w, x, self.b))
        return self.activation(sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b))

    def state(self) -> dict[str, Any]:
        """Return weights and bias as a torch.nn.Linear with one output has them."""
        return _linear(super().state(), [self])

    def __repr__(self) -> str:
        return f"{activations.title(self.activation)}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons that look at the same `nin` inputs; the other arguments are those of `Neuron`.

    Raises ValueError for fewer than one neuron.
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool = True,
        *,
        activation: str | Activation = "relu",
        init: str | Initialiser = "uniform",
        fused: bool = True,
        seed: Seed = None,
    ) -> None:
        require_at_least(1, nout=nout)
        rng = generator(seed)
        self.neurons = [
            Neuron(nin, nonlin, activation=activation, init=init, nout=nout, fused=fused, seed=rng)
            for _ in range(nout)
        ]

    def __call__(self, x: Sequence[Value | float]) -> list[Value]:
        """Return the activation of each neuron for the inputs `x`: always a list, even of one."""
        return [neuron(x) for neuron in self.neurons]

    def state(self) -> dict[str, Any]:
        """Return the neurons as a torch.nn.Linear has them: weight [out, in] and bias [out]."""
        return _linear(super().state(), self.neurons)

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """A multilayer perceptron: layers of `nouts` neurons one after the other, the last of them linear.

    `MLP(2, [16, 16, 1])` has two inputs, two hidden layers and one output. The other arguments are those of
    `Neuron`; one `seed` fixes all weights. An int gives those of micrograd after `random.seed` with that int,
    and so does no seed after that call.

    Raises ValueError when `nouts` is empty, TypeError when it is one number.
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: str | Activation = "relu",
        init: str | Initialiser = "uniform",
        fused: bool = True,
        seed: Seed = None,
    ) -> None:
        if not is_row(nouts):
            raise TypeError(f"nouts holds the number of neurons of each layer, got {nouts!r}: write [4, 1]")
        if not len(nouts):
            raise ValueError("an MLP needs at least 1 layer, got 0")
        rng = generator(seed)
        last = len(nouts) - 1
        self.layers = [
            Layer(n, nout, nonlin=i != last, activation=activation, init=init, fused=fused, seed=rng)
            for i, (n, nout) in enumerate(zip([nin, *nouts], nouts, strict=False))
        ]

    def __call__(self, x: Sequence[Value | float]) -> Any:
        """Return the outputs for the inputs `x`: a list of Values, or the Value itself if there is only one.

        The single output comes without its list because programs written for micrograd expect it so.
        """
        out: Sequence[Value | float] = x
        for layer in self.layers:
            out = layer(out)
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


def _linear(attributes: dict[str, Any], neurons: list[Neuron]) -> dict[str, Any]:
    """Return attributes with the weights of neurons as one matrix, and their biases as one vector."""
    others = {name: item for name, item in attributes.items() if name not in ("w", "b", "neurons")}
    return {"weight": [neuron.w for neuron in neurons], "bias": [neuron.b for neuron in neurons], **others}
