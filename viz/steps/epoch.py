"""What the picture of a network shows in one epoch, by place."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from viz.record.model import line_name
from viz.record.network import LOSS, NetworkNodes, NeuronNodes
from viz.record.passes import Passes
from viz.steps.neuron_words import NeuronWords
from viz.style import NO_GRADIENT, number

DIGITS = 4

THICKNESSES = 6
"""How many widths a line may have; player.css has a rule for each."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pair of passes through a network, and what its picture shows when they are over, by place."""

    network: NetworkNodes
    recorded: Passes
    words: NeuronWords
    largest: float

    @property
    def loss(self) -> bool:
        """Whether anything follows the network's output."""
        return LOSS in self.network.parts.values()

    def texts(self) -> dict[str, str]:
        """Return the texts of the picture after both passes."""
        words = self.words
        shown = self.inputs() | self.weights()
        for neuron in self.network.neurons:
            shown |= self.signal(neuron) | self.passed(neuron)
            shown[f"{neuron.name}.answer"] = f"grad {short(words.gradients[neuron.output])}"
        if self.loss:
            shown |= {"loss.data": number(self.recorded.root.result), "loss.grad": "1"}
        return shown

    def blank(self) -> dict[str, str]:
        """Return the texts of the picture before anything is computed: nothing but weights and biases."""
        shown = dict.fromkeys(self.texts(), "") | self.inputs() | self.weights()
        for neuron in self.network.neurons:
            shown[f"{neuron.name}.weighted"] = f"{self.words.names[neuron.total]} {NO_GRADIENT}"
            shown[f"{neuron.name}.output"] = f"{self.words.names[neuron.output]} {NO_GRADIENT}"
        return shown | (dict.fromkeys(("loss.data", "loss.grad"), NO_GRADIENT) if self.loss else {})

    def inputs(self) -> dict[str, str]:
        """Return the numbers that the network is given."""
        first = self.network.neurons[0]
        return {
            f"input-{index}.output": short(self.words.signals[weight])
            for index, weight in enumerate(first.weights)
        }

    def weights(self) -> dict[str, str]:
        """Return the texts of all weights and biases."""
        return {
            place: text for neuron in self.network.neurons for place, text in self.learned(neuron).items()
        }

    def learned(self, neuron: NeuronNodes) -> dict[str, str]:
        """Return the texts of a neuron's weights and bias."""
        results = self.words.results
        shown = {
            f"{name}.0": short(results[w]) for name, w in zip(lines(neuron), neuron.weights, strict=True)
        }
        if neuron.bias is not None:
            shown[f"{neuron.name}.bias"] = f"{self.words.names[neuron.bias]} {short(results[neuron.bias])}"
        return shown

    def signal(self, neuron: NeuronNodes) -> dict[str, str]:
        """Return the texts of a neuron's weighted sum and signal."""
        names, results = self.words.names, self.words.results
        return {
            f"{neuron.name}.{place}": f"{names[node]} {short(results[node])}"
            for place, node in (("weighted", neuron.total), ("output", neuron.output))
            if place == "output" or neuron.total != neuron.output
        }

    def passed(self, neuron: NeuronNodes) -> dict[str, str]:
        """Return the texts of what passes back through a neuron and over the lines into it."""
        gradients = self.words.gradients
        shown = {
            f"{name}.1": f"grad {short(gradients[weight])}"
            for name, weight in zip(lines(neuron), neuron.weights, strict=True)
        }
        if neuron.total != neuron.output:
            shown[f"{neuron.name}.passed"] = f"grad {short(gradients[neuron.total])}"
        return shown

    def looks(self, neuron: NeuronNodes) -> dict[str, str]:
        """Return the states of the lines into a neuron: how thick each is, and whether it is dashed."""
        return {
            name: thickness(self.words.results[weight], self.largest)
            for name, weight in zip(lines(neuron), neuron.weights, strict=True)
        }


def lines(neuron: NeuronNodes) -> list[str]:
    """Return the names of the lines that lead into a neuron."""
    return [line_name(neuron.place, index) for index in range(len(neuron.weights))]


def short(x: float) -> str:
    """Write a number as the picture does."""
    return number(x, DIGITS)


def thickness(weight: float, largest: float) -> str:
    """Return the classes of a line with this weight, where the largest of all has the thickest line."""
    share = abs(weight) / largest if abs(weight) <= largest < inf and largest else 1.0
    return f"thick-{round(share * (THICKNESSES - 1))}" + (" negative" if weight < 0 else "")
