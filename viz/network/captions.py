"""What a frame of a network says: the step in the documents' symbols, in numbers, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from viz.network.signals import Signals
from viz.record.network_names import NetworkNames
from viz.style import bracketed, number

DIGITS = 4


@dataclass(frozen=True, slots=True)
class Words:
    """A formula, a line of numbers, and a sentence or two."""

    headline: str
    detail: str
    sentence: str


class NetworkCaptions:
    """The captions of one training step of a network."""

    def __init__(
        self, rows: Sequence[Sequence[Signals]], activations: Sequence[Sequence[str]], inputs: Sequence[str]
    ) -> None:
        self.rows = rows
        self.activations = activations
        self.names = NetworkNames([*map(len, rows)], inputs)

    def forward(self, layer: int, row: int) -> Words:
        """Say how a neuron makes its signal of those that reach it."""
        here, mark = self.rows[layer][row], self.names.mark(layer, row)
        terms = [
            f"{self.names.weight(layer, row, index)}·{self.names.signal(layer, index)}"
            for index in range(len(here.weights))
        ]
        numbers = [_product(*pair) for pair in zip(here.weights, here.inputs, strict=True)]
        if here.bias is not None:
            terms.append(f"b{mark}")
            numbers.append(bracketed(here.bias, DIGITS))
        total, output = shown(here.total), shown(here.output)
        applied = f"{self.activations[layer][row]}({total})"
        name = f"Neuron {self.names.neuron(layer, row)}"
        return Words(
            f"y{mark} = e{mark} = {output}"
            if here.linear
            else f"y{mark} = f{mark}(e{mark}) = {applied} = {output}",
            f"e{mark} = {' + '.join(terms)} = {' + '.join(numbers)} = {total}",
            f"{name} multiplies each signal by the weight of its line and adds up; its half Σ does that. "
            + (
                f"It has no activation: the sum e{mark} is its signal y{mark} too."
                if here.linear
                else f"Its half f, the activation, turns the sum e{mark} into the signal y{mark}."
            ),
        )

    def seed(self, target: Sequence[float]) -> Words:
        """Say what the error is at the outputs, where the way back starts."""
        last = len(self.rows) - 1
        marks = [self.names.mark(last, row) for row in range(len(target))]
        parts = []
        for mark, wanted, here in zip(marks, target, self.rows[last], strict=True):
            difference = f"{shown(wanted)} − {bracketed(here.output, DIGITS)}"
            parts.append(f"δ{mark} = target − y{mark} = {difference} = {shown(here.delta)}")
        one = f"which is −∂L/∂y{marks[0]} for the loss L = ½ (target − y{marks[0]})²"
        return Words(
            ",  ".join(parts),
            one if len(marks) == 1 else "each is −∂L/∂y for the loss L = ½ Σ (target − y)²",
            "The error says how far the output is from what it should be, and which way it should move. "
            "From here it travels back through the network.",
        )

    def backward(self, layer: int, row: int) -> Words:
        """Say how the error of a hidden neuron comes back over the lines that its signal left on."""
        here, mark = self.rows[layer][row], self.names.mark(layer, row)
        after = self.rows[layer + 1]
        formulas, products = [], []
        for place, there in enumerate(after):
            weight, other = self.names.weight(layer + 1, place, row), self.names.mark(layer + 1, place)
            formulas.append(
                f"{weight}·δ{other}" if there.linear else f"{weight}·f{other}′(e{other})·δ{other}"
            )
            slope = () if there.linear else (there.slope,)
            products.append(_product(there.weights[row], *slope, there.delta))
        bare = sum(there.weights[row] * there.delta for there in after)
        sentence = (
            f"The error travels back over the lines that y{mark} left on, times the same weights; "
            f"through the half f of a neuron it passes times the slope f′."
        )
        if any(there.slope != 1.0 for there in after) and shown(bare) != shown(here.delta):
            sentence += f" Without f′ it would be {shown(bare)}, which is not the slope of the loss."
        return Words(
            f"δ{mark} = {' + '.join(formulas)} = {shown(here.delta)}",
            f"= {' + '.join(products)}",
            sentence,
        )

    def update(self, layer: int, row: int, rate: float, moved: Sequence[float], bias: float | None) -> Words:
        """Say how the weights of a neuron move, to `moved`, and its bias to `bias`."""
        here, mark = self.rows[layer][row], self.names.mark(layer, row)
        slope = () if here.linear else (here.slope,)
        step = f"η·δ{mark}" + ("" if here.linear else f"·f{mark}′(e{mark})")
        new = [
            f"{self.names.weight(layer, row, index)}′ = {shown(weight)}" for index, weight in enumerate(moved)
        ]
        if bias is not None:
            new.append(f"b{mark}′ = {shown(bias)}")
        weight, signal = self.names.weight(layer, row, 0), self.names.signal(layer, 0)
        product = _product(rate, here.delta, *slope, here.inputs[0])
        sentence = f"Each weight moves by {step} times the signal that came over its line"
        sentence += "." if bias is None else f", the bias by {step}."
        if not here.delta * here.slope:
            sentence = f"Here {step} = 0: this neuron learns nothing from this example."
        formula = f"{weight}′ = {weight} + {step}·{signal}"
        return Words(
            f"{formula} = {shown(here.weights[0])} + {product} = {shown(moved[0])}",
            f"η = {shown(rate)}:   {',   '.join(new)}",
            sentence,
        )


def shown(x: float) -> str:
    """Write a number as the picture of a network does."""
    return number(x, DIGITS)


def _product(*factors: float) -> str:
    return " × ".join(bracketed(factor, DIGITS) for factor in factors)
