"""What the parts of a network are called: neurons 1, 2, … from the inputs, and their numbers after them."""

from __future__ import annotations

from collections.abc import Sequence

from viz.text import subscript


class NetworkNames:
    """The names of one network's numbers; `sizes` counts the neurons of each layer.

    w₁₄ is the weight on the line from neuron 1 to neuron 4, w(x1)₁ that from the input x1 to neuron 1; e₄ is
    the weighted sum of neuron 4, y₄ its signal, b₄ its bias.
    """

    def __init__(self, sizes: Sequence[int], inputs: Sequence[str]) -> None:
        self.inputs = inputs
        self.first = [sum(sizes[:layer]) + 1 for layer in range(len(sizes) + 1)]

    def neuron(self, layer: int, row: int) -> int:
        """Return the number of a neuron."""
        return self.first[layer] + row

    def mark(self, layer: int, row: int) -> str:
        """Return the number of a neuron as an index: "₄"."""
        return subscript(self.neuron(layer, row))

    def weight(self, layer: int, row: int, index: int) -> str:
        """Return what a weight is called: "w₁₄"."""
        if layer and self.first[-1] <= 10:  # with more neurons w₁₁₂ could be two different weights
            return f"w{self.mark(layer - 1, index)}{self.mark(layer, row)}"
        start = str(self.neuron(layer - 1, index)) if layer else self.inputs[index]
        return f"w({start}){self.mark(layer, row)}"

    def signal(self, layer: int, index: int) -> str:
        """Return what comes over line `index` into the neurons of a layer: "y₁", or the name of an input."""
        return f"y{self.mark(layer - 1, index)}" if layer else self.inputs[index]
