"""What a frame says: the step as a formula, where its numbers come from, and in words without calculus."""

from __future__ import annotations

from dataclasses import dataclass

from autograd.formula import value_formula
from autograd.ops import TABLE
from viz.record.passes import Contribution, Forward, Passes, quotient
from viz.style import CODE_SIZE, HEADLINE_SIZE, NO_GRADIENT, bracketed, number, rounded
from viz.text import shorten

NAME_ROOM, FORMULA_ROOM = 150.0, 320.0
NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Term:
    """A number in an equation: the sign before it, what it is called in formulas, what it is in words."""

    sign: str
    symbol: str
    number: str
    words: str


@dataclass(frozen=True, slots=True)
class Caption:
    """A formula, a line on where its numbers come from, a sentence or two, and the formula in its terms."""

    headline: str
    detail: str
    sentence: str
    terms: tuple[Term, ...]


class Captions:
    """The captions of one pair of passes; names that are too long for a line are cut."""

    def __init__(self, recorded: Passes) -> None:
        self.names = {node: shorten(name, NAME_ROOM, CODE_SIZE) for node, name in recorded.names.items()}
        self.results = {step.node: step.result for step in recorded.forward}
        self.root = recorded.root.node
        self.leaving: dict[str, list[Contribution]] = {}
        self.uses: dict[str, int] = {}
        for share in recorded.backward:
            self.leaving.setdefault(share.source, []).append(share)
            self.uses[share.target] = self.uses.get(share.target, 0) + 1

    def forward(self, node: Forward) -> Caption:
        """Say how a value is computed, and what is noted for the way back."""
        name, result = self.names[node.node], number(node.result)
        if not node.operation:
            terms = (Term("", name, result, "given"),)
            return Caption(f"{name} = {result}", "", f"{name} is given: nothing is computed here.", terms)
        primitive = TABLE[node.operation]
        called = [self.names[arg] if isinstance(arg, str) else arg for arg in node.args]
        filled = [rounded(self.results[arg] if isinstance(arg, str) else arg) for arg in node.args]
        formula, numbers = (
            shorten(value_formula(primitive, texts), FORMULA_ROOM, HEADLINE_SIZE)
            for texts in (called, filled)
        )
        shares = self.leaving[node.node]
        noted = ",   ".join(f"{quotient(share, self.names)} = {_local(share)}" for share in shares)
        first, several = shares[0], len(shares) > 1
        argument = (
            f"the {first.which} {self.names[first.target]}" if first.which else self.names[first.target]
        )
        numbers = numbers.replace("-", "−")
        return Caption(
            f"{name} = {formula} = {numbers} = {result}",
            f"noted on the arrow{'s' if several else ''} for the way back:  {noted}",
            f"If {argument}{' alone' if several else ''} grows by a tiny step, {name} {moves(first.local)}.",
            (Term("", formula, numbers, "computed"), Term("=", name, result, "the new value")),
        )

    def seed(self) -> Caption:
        """Say where the backward pass starts."""
        return seed_caption(self.names[self.root])

    def backward(self, share: Contribution) -> Caption:
        """Say what one use of a node contributes to its gradient, and why."""
        root, target, source = (self.names[node] for node in (self.root, share.target, share.source))
        local = quotient(share, self.names)
        product = f"{number(share.upstream)} × {bracketed(share.local)} = {number(share.contribution)}"
        sentence = "Along this arrow alone: if " if self.uses[share.target] > 1 else "If "
        sentence += f"{target} grows by a tiny step, {source} {moves(share.local)}"
        if share.source != self.root:
            sentence += f"; and for a step of {source}, {root} {moves(share.upstream)}: "
            sentence += f"together {_unbroken(product)}"
        if share.before is not None:
            added = f"{number(share.before)} + {bracketed(share.contribution)} = {number(share.after)}"
            sentence += f". The shares of {target} add up: {_unbroken(added)}"
        return Caption(
            f"∂{root}/∂{target} += ∂{root}/∂{source} × {local} = {product}",
            f"local derivative:  {local} = {_local(share)}",
            f"{sentence}.",
            (
                Term("", f"∂{root}/∂{source}", number(share.upstream), "upstream"),
                Term("×", local, bracketed(share.local), "local"),
                Term("=", f"to ∂{root}/∂{target}", number(share.contribution), "contribution"),
            ),
        )

    def update(self, node: str, before: float, after: float, gradient: float, rate: float | None) -> Caption:
        """Say how a leaf moves after the backward pass; `rate` is the step for a gradient of 1."""
        root, name = self.names[self.root], self.names[node]
        change = "the step" if rate is None else f"−{number(rate)} × ∂{root}/∂{name}"
        sentence = f"{name} gets a new value for the next pass."
        if (after - before) * gradient < 0:
            falls, goes = ("falls", "up") if gradient < 0 else ("grows", "down")
            sentence = f"{root} {falls} when {name} grows, so {name} goes {goes} a little"
            sentence += "." if rate is None else f": {number(rate)} times as far as its gradient says."
        return Caption(
            f"{name} ← {number(before)} + {bracketed(after - before)} = {number(after)}",
            f"∂{root}/∂{name} = {number(gradient)}",
            sentence,
            (
                Term("", name, number(before), "old value"),
                Term("+", change, bracketed(after - before), "against the gradient" if rate else "step"),
                Term("=", name, number(after), "new value"),
            ),
        )

    def meaning(self, node: str, gradient: float) -> str:
        """Say what a gradient that is complete means."""
        return f"If {self.names[node]} grows by a tiny step, {self.names[self.root]} {moves(gradient)}."


def seed_caption(root: str) -> Caption:
    """Say where the backward pass from a result of that name starts."""
    return Caption(
        f"∂{root}/∂{root} = 1",
        "the seed, where the way back starts",
        f"grad answers: if this number grows by a tiny step, how many times as far does {root} move? "
        f"For {root} itself: just as far, 1.",
        (Term("", f"∂{root}/∂{root}", "1", "the seed"),),
    )


def sum_of_shares(share: Contribution, name: str) -> tuple[Term, ...]:
    """Return how a share is added to the gradient there is, which is none before the first."""
    before = NO_GRADIENT if share.before is None else number(share.before)
    return (
        Term("", f"{name}.grad", before, "none yet" if share.before is None else "so far"),
        Term("+", "", bracketed(share.contribution), "contribution"),
        Term("=", f"{name}.grad", number(share.after), "now"),
    )


def _local(share: Contribution) -> str:
    value = number(share.local)
    formula = shorten(share.formula, FORMULA_ROOM, CODE_SIZE)
    return value if formula.replace("-", "−") == value else f"{formula} = {value}"


def _unbroken(equation: str) -> str:
    return equation.replace(" ", NO_BREAK)


def moves(factor: float) -> str:
    """Say how far one number moves for a tiny step of another: "moves 2 times as far, the other way"."""
    if factor == 0:
        return "does not move"
    far = "just as far" if abs(factor) == 1 else f"{number(abs(factor))} times as far"
    return f"moves {far}" + (", the other way" if factor < 0 else "")
