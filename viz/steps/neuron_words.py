"""What the player says of a neuron as a whole, before or after its scalars are looked at one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from viz.record.model import activation_name
from viz.record.network import NetworkNodes, NeuronNodes
from viz.record.network_names import NetworkNames
from viz.record.passes import Passes
from viz.steps.captions import Caption, Captions, Term
from viz.style import CODE_SIZE, bracketed, number
from viz.text import shorten

MOST_TERMS = 4
"""The most products that an equation lists one by one."""

NAME_ROOM = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """The caption of a step, its line of the transcript, and the question that leads to its number."""

    caption: Caption
    line: str
    question: str
    answer: float


class NeuronWords:
    """The captions of one pair of passes through a network."""

    def __init__(self, recorded: Passes, network: NetworkNodes, names: NetworkNames) -> None:
        self.recorded, self.network, self.numbers = recorded, network, names
        self.names = {node: shorten(name, NAME_ROOM, CODE_SIZE) for node, name in recorded.names.items()}
        self.results = {step.node: step.result for step in recorded.forward}
        self.gradients = recorded.gradients
        self.signals = {
            share.target: share.local for share in recorded.backward
        }  # of a weight, what it weighs
        self.root = self.names[recorded.root.node]
        self.outputs = {neuron.place: neuron.output for neuron in network.neurons}

    def title(self, neuron: NeuronNodes) -> str:
        """Return what a neuron is called: "neuron 4"."""
        return f"neuron {self.numbers.neuron(*neuron.place)}"

    def formula(self, neuron: NeuronNodes) -> str:
        """Return how a neuron makes its signal: "tanh(e₄)", or its weighted sum."""
        if neuron.output != neuron.total:
            return f"{self.activation(neuron)}({self.names[neuron.total]})"
        terms = [f"{self.names[w]}·{self.signal(neuron, i)}" for i, w in enumerate(neuron.weights)]
        return " + ".join([*terms, *([self.names[neuron.bias]] if neuron.bias else [])])

    def activation(self, neuron: NeuronNodes) -> str:
        """Return what the activation of a neuron is called."""
        layer, row = neuron.place
        return activation_name(self.network.layers[layer][row])

    def signal(self, neuron: NeuronNodes, index: int) -> str:
        """Return what a neuron calls the signal on one of its lines."""
        layer = neuron.place[0]
        if layer:
            return self.names[self.outputs[layer - 1, index]]
        return self.names[self.network.inputs[index]] if self.network.inputs else self.numbers.inputs[index]

    def inputs(self) -> Told:
        """Say what the network is given."""
        given = {self.names[node]: number(self.results[node]) for node in self.network.inputs}
        listed = ", ".join(f"{name} = {value}" for name, value in given.items())
        terms = tuple(Term("", name, value, "given") for name, value in [*given.items()][:MOST_TERMS])
        sentence = f"The network is given {listed or 'numbers that take part in no gradient'}."
        return Told(Caption(listed, "", sentence, terms), f"  given: {listed}", "", 0.0)

    def forward(self, neuron: NeuronNodes) -> Told:
        """Say how a neuron makes its signal of those that reach it."""
        total, output = self.names[neuron.total], self.names[neuron.output]
        products = [
            (f"{self.names[w]}·{self.signal(neuron, i)}", self.results[w], self.signals[w])
            for i, w in enumerate(neuron.weights)
        ]
        terms = [
            Term("+" if place else "", symbol, f"{bracketed(w)} × {bracketed(x)}", "weight × signal")
            for place, (symbol, w, x) in enumerate(products[:MOST_TERMS])
        ]
        if len(products) > MOST_TERMS:
            terms.append(Term("+", "…", "…", f"{len(products) - MOST_TERMS} more"))
        if neuron.bias is not None:
            terms.append(Term("+", self.names[neuron.bias], bracketed(self.results[neuron.bias]), "bias"))
        weighted = number(self.results[neuron.total])
        terms.append(Term("=", total, weighted, "weighted sum"))
        result = self.results[neuron.output]
        start = self.title(neuron).capitalize()
        sentence = (
            f"{start} multiplies each signal by the weight of its line and adds up; its half Σ does that. "
        )
        question = f"{start} adds up {total} = {weighted}. "
        if neuron.output == neuron.total:
            sentence += f"It has no activation: the sum is its signal {output} too."
            question = f"{start} multiplies each signal by its weight and adds up: what does that come to?"
        else:
            sentence += f"Its half f turns the sum {total} into the signal {output} = {self.formula(neuron)}."
            question += f"What does its half f, {self.activation(neuron)}, make of it?"
            terms.append(Term("→", f"{output} = {self.formula(neuron)}", number(result), "signal"))
        headline = f"{output} = {self.formula(neuron)} = {number(result)}"
        return Told(
            Caption(headline, "", sentence, tuple(terms)),
            f"  {self.title(neuron)}: {output} = {result!r}",
            question,
            result,
        )

    def backward(self, neuron: NeuronNodes) -> Told:
        """Say what a neuron makes of the gradient that reached it, and what it passes on."""
        total, output = self.names[neuron.total], self.names[neuron.output]
        arrived, passed = self.gradients[neuron.output], self.gradients[neuron.total]
        found = f"∂{self.root}/∂{total}"
        terms = [Term("", f"∂{self.root}/∂{output}", number(arrived), "arrived")]
        start = self.title(neuron).capitalize()
        sentence = f"What reached {self.title(neuron)} "
        question = ""
        slopes = [share.local for share in self.recorded.backward if share.source == neuron.output]
        if neuron.output == neuron.total:
            sentence += "is the gradient of its weighted sum too. "
        else:
            sentence += f"passes its half f, times the slope of {self.activation(neuron)} there. "
            if len(slopes) == 1:
                terms.append(Term("×", f"∂{output}/∂{total}", bracketed(slopes[0]), "slope of f"))
                question = (
                    f"{start} passes the gradient back through its half f. What is ∂{self.root}/∂{total}?"
                )
            terms.append(Term("=", found, number(passed), "behind f"))
        sentence += (
            f"Then each line takes its share: the gradient of a weight is {found} times the signal that came "
            f"over its line, and {found} times the weight goes on, back to where that signal came from."
        )
        grown = [
            f"∂{self.root}/∂{self.names[w]} = {number(passed)} × {bracketed(self.signals[w])} = "
            f"{number(self.gradients[w])}"
            for w in neuron.weights[:MOST_TERMS]
        ]
        grown += ["…"] if len(neuron.weights) > MOST_TERMS else []
        return Told(
            Caption(f"{found} = {number(passed)}", ",   ".join(grown), sentence, tuple(terms)),
            f"  {self.title(neuron)}: {found} = {passed!r}",
            question,
            passed,
        )

    def loss_forward(self) -> Told:
        """Say what the result is."""
        caption = Captions(self.recorded).forward(self.recorded.root)
        result = self.recorded.root.result
        sentence = (
            f"{self.root} says in one number how far the network's answer is from what it should be: "
            f"{number(result)}. The smaller, the better."
        )
        told = Caption(caption.headline, "", sentence, (Term("", self.root, number(result), "the loss"),))
        return Told(told, f"  {self.root} = {result!r}", "", result)

    def loss_backward(self, last: Sequence[NeuronNodes]) -> Told:
        """Say where the way back starts, and what reaches the last neurons."""
        arrived = {self.names[neuron.output]: self.gradients[neuron.output] for neuron in last}
        listed = ", ".join(f"∂{self.root}/∂{name} = {number(gradient)}" for name, gradient in arrived.items())
        sentence = (
            f"The way back starts at {self.root} with 1. The chain rule takes it to the network's answer: "
            f"if that grows by a tiny step, {self.root} moves so many times as far."
        )
        terms = [
            Term("", f"∂{self.root}/∂{name}", number(gradient), "arrives")
            for name, gradient in [*arrived.items()][:MOST_TERMS]
        ]
        return Told(
            Caption(listed, "", sentence, tuple(terms)),
            f"  {self.root}: {listed}",
            "",
            [*arrived.values()][-1],
        )

    def update(self, neuron: NeuronNodes, after: Passes) -> Told:
        """Say where the weights and the bias of a neuron go."""
        new = {step.node: step.result for step in after.forward}
        own = [*neuron.weights, *([neuron.bias] if neuron.bias else [])]
        terms = [
            Term("", self.names[node], number(new[node]), f"was {number(self.results[node])}")
            for node in own[:MOST_TERMS]
        ]
        listed = ", ".join(f"{self.names[node]} ← {number(new[node])}" for node in own)
        sentence = (
            f"{self.title(neuron).capitalize()} learns: each of its numbers moves against its gradient, so "
            f"that {self.root} falls."
        )
        return Told(
            Caption(listed, "", sentence, tuple(terms)),
            f"  {self.title(neuron)}: {listed}",
            "",
            new[own[-1]],
        )
