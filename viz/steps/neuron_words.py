"""What is said of a neuron as a whole, before or after its scalars are looked at one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograd.notation.formula import derivative
from viz.record.model import activation_name
from viz.record.network import NetworkNodes, NeuronNodes
from viz.record.network_names import NetworkNames
from viz.record.passes import Contribution, Passes
from viz.steps.captions import Captions
from viz.steps.slots import choice, long, slot
from viz.steps.step import Caption, Term
from viz.steps.words import Words
from viz.style import CODE_SIZE
from viz.text import elided_apart

MOST_TERMS = 4
"""The most products that an equation lists one by one."""

NAME_ROOM = 60.0

LOSSES = ("l", "loss", "cost", "error", "损失")
"""Labels, in small letters, that say of a result that it is to be small."""


@dataclass(frozen=True, slots=True)
class Told:
    """The caption of a step, its line of the transcript, and the question that leads to its number."""

    caption: Caption
    line: str
    question: str = ""
    answer: str = ""


class NeuronWords:
    """The captions of the passes through a network, neuron by neuron."""

    def __init__(self, recorded: Passes, network: NetworkNodes, names: NetworkNames, words: Words) -> None:
        self.recorded, self.network, self.numbers, self.words = recorded, network, names, words
        self.captions = Captions(recorded, words)
        short = elided_apart({*recorded.names.values()}, NAME_ROOM, CODE_SIZE)
        self.names = {node: short[name] for node, name in recorded.names.items()}
        self.root = self.names[recorded.root.node]
        self.neurons = {neuron.place: neuron for neuron in network.neurons}
        self.arriving = {share.target: share for share in recorded.backward if share.source != share.target}

    def title(self, neuron: NeuronNodes) -> str:
        """Return what a neuron is called: "neuron 4"."""
        return self.words("neuron", number=self._number(neuron))

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
            return self.names[self.neurons[layer - 1, index].output]
        return self.names[self.network.inputs[index]] if self.network.inputs else self.numbers.inputs[index]

    def over_line(self, neuron: NeuronNodes, index: int, form: str = "") -> str:
        """Return the number of the signal on one of a neuron's lines: the slope of the sum by its weight."""
        return slot("l", self.arriving[neuron.weights[index]].arrow, form)

    def onward(self, neuron: NeuronNodes) -> list[tuple[NeuronNodes, str]]:
        """Return the neurons that a signal goes on to, each with the weight of its line."""
        layer, row = neuron.place
        after = [other for other in self.network.neurons if other.place[0] == layer + 1]
        return sorted(((other, other.weights[row]) for other in after), key=lambda pair: pair[0].place)

    def of_gradient(self, node: str) -> str:
        """Return the sign of a gradient: "∂L/∂e₄"."""
        return derivative(self.root, self.names[node])

    def inputs(self) -> Told:
        """Say what the network is given."""
        given = {self.names[node]: slot("v", node) for node in self.network.inputs}
        listed = ", ".join(f"{name} = {value}" for name, value in given.items())
        terms = [Term("", name, value, self.words("term.given")) for name, value in given.items()]
        sentence = self.words("inputs.given" if given else "inputs.plain", listed=listed)
        return Told(Caption(listed, "", sentence, tuple(terms[:MOST_TERMS])), long(listed))

    def forward(self, neuron: NeuronNodes) -> Told:
        """Say how a neuron makes its signal of those that reach it."""
        say, number = self.words, self._number(neuron)
        total, output, formula = self.names[neuron.total], self.names[neuron.output], self.formula(neuron)
        result, weighted = slot("v", neuron.output), slot("v", neuron.total)
        products = [
            (
                f"{self.names[weight]}·{self.signal(neuron, index)}",
                f"{slot('v', weight, 'bracketed')} × {self.over_line(neuron, index, 'bracketed')}",
            )
            for index, weight in enumerate(neuron.weights)
        ]
        terms, addends = self._sum(products, say("neuron.weight")), products
        if neuron.bias is not None:
            bias = self.names[neuron.bias], slot("v", neuron.bias, "bracketed")
            terms.append(Term("+", *bias, say("neuron.bias")))
            addends = [*products, bias]
        terms.append(Term("=", total, weighted, say("neuron.sum")))
        if neuron.output == neuron.total:
            sentence = say("neuron.linear", number=number, output=output)
            question = say("neuron.ask.linear", number=number)
        else:
            sentence = say("neuron.forward", number=number, total=total, output=output, formula=formula)
            texts = {"total": total, "weighted": weighted, "activation": self.activation(neuron)}
            question = say("neuron.ask", number=number, **texts)
            terms.append(Term("→", f"{output} = {formula}", result, say("neuron.signal")))
        headline = f"{output} = {formula} = {result}"
        signs, added = (" + ".join(each) for each in zip(*addends, strict=True))
        detail = f"{total} = {signs} = {added} = {weighted}"
        return Told(Caption(headline, detail, sentence, tuple(terms)), long(headline), question, result)

    def backward(self, neuron: NeuronNodes) -> Told:
        """Say what arrives at a neuron over the lines that its signal left on, and what becomes of it."""
        say, number = self.words, self._number(neuron)
        arrived, passed = self.of_gradient(neuron.output), self.of_gradient(neuron.total)
        onward = self.onward(neuron)
        products = [
            (
                f"{self.names[weight]}·{self.of_gradient(other.total)}",
                f"{slot('v', weight, 'bracketed')} × {slot('g', other.total, 'bracketed')}",
            )
            for other, weight in onward
        ]
        terms = self._sum(products, say("neuron.line")) if onward else []
        terms.append(Term("=" if onward else "", arrived, slot("g", neuron.output), say("neuron.arrived")))
        headline = " + ".join(symbol for symbol, _ in products)
        headline = f"{arrived} = {headline + ' = ' if headline else ''}{slot('g', neuron.output)}"
        question, answer = "", slot("g", neuron.output)
        slope = self.slope(neuron)
        if onward:
            factors = " + ".join(product for _, product in products)
            texts = {"output": self.names[neuron.output], "factors": factors}
            question = say("neuron.ask.arrived", **texts)
        elif slope is not None:
            question = say(
                "neuron.ask.slope",
                arrived=slot("g", neuron.output),
                output=self.names[neuron.output],
                formula=self.formula(neuron),
                slope=slot("l", slope.arrow),
                passed=passed,
            )
            answer = slot("g", neuron.total)
        if neuron.total != neuron.output:
            if slope is not None:
                quotient = derivative(self.names[neuron.output], self.names[neuron.total])
                terms.append(Term("×", quotient, slot("l", slope.arrow, "bracketed"), say("neuron.slope")))
            sign = "→" if slope is None else "="
            terms.append(Term(sign, passed, slot("g", neuron.total), say("neuron.behind")))
        key = "neuron.backward" + ("" if onward else ".last")
        if neuron.total == neuron.output:
            key = "neuron.backward.linear"
        names = {"output": self.names[neuron.output], "total": self.names[neuron.total]}
        line = f"{arrived} = {slot('g', neuron.output)}"
        if neuron.total != neuron.output:
            line += f", {passed} = {slot('g', neuron.total)}"
        caption = Caption(
            headline,
            self._weights_learn(neuron),
            say(key, number=number, sign=arrived, **names),
            tuple(terms),
        )
        return Told(caption, long(line), question, answer)

    def loss_forward(self) -> Told:
        """Say what the result is."""
        root, value = self.recorded.root, slot("v", self.recorded.root.node)
        caption = self.captions.forward(root)
        loss = root.label.lower() in LOSSES
        sentence = self.words("loss" if loss else "result.forward", root=self.root, value=value)
        terms = (Term("", self.root, value, self.words("loss.term" if loss else "result.term")),)
        line = f"{self.root} = {slot('v', root.node, 'long')}"
        return Told(Caption(caption.headline, "", sentence, terms), line)

    def loss_backward(self, last: Sequence[NeuronNodes]) -> Told:
        """Say where the way back starts, and what reaches the last neurons."""
        arrived = [(self.of_gradient(neuron.output), slot("g", neuron.output)) for neuron in last]
        listed = ", ".join(f"{sign} = {gradient}" for sign, gradient in arrived)
        terms = [Term("", sign, gradient, self.words("loss.arrives")) for sign, gradient in arrived]
        caption = Caption(listed, "", self.words("loss.backward", root=self.root), tuple(terms[:MOST_TERMS]))
        return Told(caption, long(self.words("page.told", name=self.root, told=listed)))

    def update(self, neuron: NeuronNodes, moves: Mapping[str, bool]) -> Told:
        """Say where the weights and the bias of a neuron go: against their gradients, or anew."""
        own = [*neuron.weights, *([neuron.bias] if neuron.bias else [])]
        own = [node for node in own if node in moves]
        first = own[0]
        renewed = f"{self.names[first]} ← {slot('n', first)}"
        headline, sentence = renewed, self.words("neuron.renewed", number=self._number(neuron))
        if any(moves.get(node) for node in own):
            old, rate, gradient = slot("v", first), slot("r", "", "bracketed"), slot("g", first, "bracketed")
            by_rule = (
                f"{self.names[first]} ← {slot('v', first)} − η·{self.of_gradient(first)} = "
                f"{old} − {rate} × {gradient} = {slot('n', first)}"
            )
            headline = choice("m", first, {"set": renewed, "+": by_rule})
            texts = {"number": self._number(neuron), "root": self.root, "rate": slot("r", "")}
            sentence = self.words.updates("neuron.update", "-".join(node[1:] for node in own), **texts)
        sentence = self.captions.update_of(own, moves[first], sentence)
        terms = [
            Term("", self.names[node], slot("n", node), self.words("neuron.was", value=slot("v", node)))
            for node in own[:MOST_TERMS]
        ]
        listed = ", ".join(f"{self.names[node]} ← {slot('n', node)}" for node in own)
        line = self.words("page.told", name=self.title(neuron), told=listed)
        return Told(Caption(headline, listed, sentence, tuple(terms)), long(line))

    def _number(self, neuron: NeuronNodes) -> int:
        return self.numbers.neuron(*neuron.place)

    def _sum(self, products: Sequence[tuple[str, str]], words: str) -> list[Term]:
        """Return products as the terms of a sum, the last of many as one."""
        terms = [
            Term("+" if place else "", symbol, number, words)
            for place, (symbol, number) in enumerate(products[:MOST_TERMS])
        ]
        if len(products) > MOST_TERMS:
            more = self.words("neuron.more", count=len(products) - MOST_TERMS)
            terms.append(Term("+", "…", "…", more))
        return terms

    def slope(self, neuron: NeuronNodes) -> Contribution | None:
        """Return the one arrow on which a neuron's activation passes back, if it is one operation."""
        slopes = [share for share in self.recorded.backward if share.source == neuron.output]
        alone = len(slopes) == 1 and slopes[0].target == neuron.total
        return slopes[0] if alone and neuron.output != neuron.total else None

    def _weights_learn(self, neuron: NeuronNodes) -> str:
        """Return the gradients of a neuron's weights and bias: what reached its sum, times a signal."""
        passed = slot("g", neuron.total)
        learned = [
            f"{self.of_gradient(weight)} = {passed} × {self.over_line(neuron, index, 'bracketed')} = "
            f"{slot('g', weight)}"
            for index, weight in enumerate(neuron.weights[:MOST_TERMS])
        ]
        learned += ["…"] if len(neuron.weights) > MOST_TERMS else []
        if neuron.bias is not None:
            learned.append(f"{self.of_gradient(neuron.bias)} = {slot('g', neuron.bias)}")
        return ",   ".join(learned)
