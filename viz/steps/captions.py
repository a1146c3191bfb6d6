"""What a step says: a formula, where its numbers come from, and a sentence without calculus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from autograd.notation.formula import SIGN, Text, derivative, value_formula
from autograd.ops import TABLE
from viz.record.passes import Contribution, Forward, Passes, quotient
from viz.steps.slots import choice, named, slot
from viz.steps.step import Caption, Term
from viz.steps.words import Words
from viz.style import CODE_SIZE, HEADLINE_SIZE
from viz.text import few, shorten, shortened_apart, typeset

NAME_ROOM, FORMULA_ROOM = 150.0, 320.0
MOST_NUMBERS = 8
"""The most arguments that a formula is filled in with."""

MOST_CONSTANTS = 3
"""The most nodes that are named where they count as constants."""

MOVES = ("set", "nan", "flat", "still", "climb", "up", "down")
"""How an update may move a leaf: what a slot of kind m says."""

RAISED = re.compile("(?<!\\w)\\(-(\ue000[^\ue001]*:)\ue001\\)(?= \\*\\* \\d+(?![\\d.e]))")
NEGATIVE = re.compile("(?<!\\w)\\(-(\ue000[^\ue001]*:)(\ue001)\\)|-(\ue000[^\ue001]*\ue001)")
FIRST_FACTOR = re.compile("(?<!\\w)\\(-(\ue000[^\ue001]*:)(\ue001 \\* [^()]*)\\)")


class Captions:
    """The captions of the steps through one graph; names that are too long for a line are cut at the head.

    Names that would then be alike stay whole.
    """

    def __init__(self, recorded: Passes, words: Words) -> None:
        self.words = words
        cut = shortened_apart({*recorded.names.values()}, NAME_ROOM, CODE_SIZE)
        short = {node: cut[name] for node, name in recorded.names.items()}
        self.names = {node: named(name) for node, name in short.items()}
        self.formulas = {step.node: _formula(step, short) for step in recorded.forward if step.operation}
        self.steps = {step.node: step for step in recorded.forward}
        self.root = short[recorded.root.node]
        self.root_node = recorded.root.node
        self.leaving: dict[str, list[Contribution]] = {}
        for share in recorded.backward:
            self.leaving.setdefault(share.source, []).append(share)
        self.uses = Counter(share.target for share in recorded.backward)
        self.constants = _constants_ahead(recorded)

    def of_gradient(self, node: str) -> str:
        """Return the sign of a gradient: "∂L/∂x"."""
        return derivative(self.root, self.names[node])

    def forward(self, node: Forward) -> Caption:
        """Say how a value is computed, and what is noted for the way back."""
        say, name, result = self.words, self.names[node.node], slot("v", node.node)
        if not node.operation:
            terms = (Term("", name, result, say("term.given")),)
            return Caption(f"{name} = {result}", "", say("given", name=name), terms)
        formula, numbers = self.formulas[node.node], filled_formula(node)
        shares = self.leaving.get(node.node, [])
        first, several = shares[0], ".several" if len(shares) > 1 else ""
        slopes = ",   ".join(f"{quotient(share, self.names)} = {local(share)}" for share in shares)
        argument = self.names[first.target]
        if first.which:
            argument = say("use", which=first.which, count=first.which[:-2], name=argument)
        sentence = say(f"forward{several}", argument=argument, name=name, moves=say.moves("l", first.arrow))
        if TABLE[node.operation].cut:
            sentence = say("forward.cut", argument=argument, name=name)
        return Caption(
            " = ".join(filter(None, (name, formula, numbers, result))),
            say(f"noted{several}", slopes=slopes),
            sentence,
            (
                Term("", formula, numbers or "…", say("term.computed")),
                Term("=", name, result, say("term.value")),
            ),
        )

    def seed(self) -> Caption:
        """Say where the backward pass starts."""
        say, sign = self.words, derivative(self.root, self.root)
        terms = (Term("", sign, "1", say("term.seed")),)
        return Caption(f"{sign} = 1", say("seed.detail"), say("seed", root=self.root), terms)

    def backward(self, share: Contribution) -> Caption:
        """Say what one use of a node contributes to its gradient, and why."""
        say, target, source = self.words, self.names[share.target], self.names[share.source]
        place, sign = share.arrow, quotient(share, self.names)
        product = unbroken(f"{slot('u', place)} × {slot('l', place, 'bracketed')} = {slot('c', place)}")
        key = "share" + (".arrow" if self.uses[share.target] > 1 else "")
        sentence = say(
            key + ("" if share.source == self.root_node else ".chain"),
            target=target,
            source=source,
            root=self.root,
            moves=say.moves("l", place),
            onward=say.moves("u", place),
            product=product,
        )
        if TABLE[self.steps[share.source].operation].cut:
            sentence = say("share.cut", target=target, source=source)
        if share.before is not None:
            added = f"{slot('b', place)} + {slot('c', place, 'bracketed')} = {slot('a', place)}"
            sentence = say("share.added", sentence=sentence, target=target, sum=unbroken(added))
        sentence = self.beside_constants(share.source, sentence)
        arriving, receiving = self.of_gradient(share.source), self.of_gradient(share.target)
        return Caption(
            f"{receiving} += {arriving} × {sign} = {product}",
            say("share.detail", local=f"{sign} = {local(share)}"),
            sentence,
            (
                Term("", arriving, slot("u", place), say("term.upstream")),
                Term("×", sign, slot("l", place, "bracketed"), say("term.local")),
                Term("=", say("term.to", gradient=receiving), slot("c", place), say("term.contribution")),
            ),
        )

    def withheld(self, share: Contribution) -> str:
        """Say why nothing passes where the numbers would give nan; "" where they say it."""
        if not share.withheld:
            return ""
        source, target = self.names[share.source], self.names[share.target]
        if share.upstream:
            return self.words("page.unselected", source=source, name=target)
        return self.words("page.unreached", name=source)

    def beside_constants(self, node: str, sentence: str) -> str:
        """Return a sentence on how far a node moves the result, with what it leaves out, if it does."""
        constants = [self.names[constant] for constant in self.constants.get(node, ())]
        if not constants:
            return sentence
        note = self.words("page.cut", names=few(constants, MOST_CONSTANTS), root=self.root)
        return self.words("share.beside", sentence=sentence, note=note)

    def sum(self, share: Contribution) -> tuple[Term, ...]:
        """Return how a share is added to the gradient there is, which is none before the first."""
        place, name = share.arrow, f"{self.names[share.target]}.grad"
        return (
            Term("", name, slot("b", place), self.words("term.so-far")),
            Term("+", "", slot("c", place, "bracketed"), self.words("term.contribution")),
            Term("=", name, slot("a", place), self.words("term.now")),
        )

    def update(self, node: str, learns: bool) -> Caption:
        """Say how a leaf moves after the backward pass: against its gradient if it `learns`."""
        say, name = self.words, self.names[node]
        old, step, new = slot("v", node), slot("d", node, "bracketed"), slot("n", node)
        renewed, kept = say("update.given", name=name), say("update.given.still", name=name)
        sentence, change, words = choice("d", node, {"0": kept, "+": renewed, "-": renewed}), "", ""
        if learns:
            texts = {"root": self.root, "name": name, "rate": slot("r", ""), "gradient": slot("g", node)}
            sentence = choice("m", node, {key: say(f"update.{key}", **texts) for key in MOVES})
            change = choice("m", node, {"set": "", "+": f"−η × {self.of_gradient(node)}"})
            words = choice("m", node, {"set": say("term.set"), "+": say("term.step")})
        return Caption(
            f"{name} ← {old} + {step} = {new}",
            f"{self.of_gradient(node)} = {slot('g', node)}",
            sentence,
            (
                Term("", name, old, say("term.old")),
                Term("+", change, step, words),
                Term("=", name, new, say("term.new")),
            ),
        )

    def update_of(self, nodes: Sequence[str], learns: bool, told: str) -> str:
        """Return what is `told` of an update of several leaves; of one alone, what its own step says."""
        return told if len(nodes) > 1 else self.update(nodes[0], learns).sentence

    def meaning(self, node: str) -> str:
        """Say what a gradient that is complete means."""
        return self.words("meaning", name=self.names[node], root=self.root, moves=self.words.moves("g", node))


def _formula(node: Forward, names: Mapping[str, str]) -> str:
    called = [names[arg] if isinstance(arg, str) else arg for arg in node.args]
    return named(shorten(typeset(value_formula(TABLE[node.operation], called)), FORMULA_ROOM, HEADLINE_SIZE))


def _constants_ahead(recorded: Passes) -> dict[str, tuple[str, ...]]:
    """Return the nodes that count as constants between a node and the result, for each that has some."""
    operations = {step.node: step.operation for step in recorded.forward}
    ahead: dict[str, tuple[str, ...]] = {}
    for share in recorded.backward:
        own = (share.source,) if TABLE[operations[share.source]].cut else ()
        if own or share.source in ahead:
            found = dict.fromkeys((*ahead.get(share.target, ()), *ahead.get(share.source, ()), *own))
            ahead[share.target] = tuple(found)[: MOST_CONSTANTS + 1]
    return ahead


def local(share: Contribution) -> str:
    """Return a local derivative as its formula and its number; as one where they are the same."""
    formula, value = share.formula, slot("l", share.arrow)
    if re.fullmatch(r"-?[\d.e+-]+", formula):
        return value
    formula = named(shorten(typeset(formula), FORMULA_ROOM, CODE_SIZE))
    return f"({formula}) = {value}" if " if " in formula else f"{formula} = {value}"


def filled_formula(node: Forward) -> str:
    """Return how a node is computed, with a slot for each number; "" where there are too many."""
    if len(node.args) > MOST_NUMBERS:
        return ""
    # As negative numbers, so that the formula has brackets wherever one would need them.
    args: Sequence[str | float | Text] = [
        Text(f"-{slot('v', arg)}", SIGN) if isinstance(arg, str) else arg for arg in node.args
    ]
    written = value_formula(TABLE[node.operation], args)
    written = FIRST_FACTOR.sub(r"\1bracketed\2", RAISED.sub("\\1raised\ue001", written))
    written = NEGATIVE.sub(lambda found: found[3] or f"{found[1]}bracketed{found[2]}", written)
    written = re.sub("-(\ue000[^\ue001]*:)\ue001", "-\\1bracketed\ue001", written)
    return typeset(written)


def unbroken(equation: str) -> str:
    """Return an equation that is not broken over lines."""
    return equation.replace(" ", "\u00a0")
