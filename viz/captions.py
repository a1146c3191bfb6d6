"""What a frame says: the step as a formula, where its numbers come from, and in words without calculus."""

from __future__ import annotations

from dataclasses import dataclass

from autograd.formula import value_formula
from autograd.ops import TABLE
from viz.passes import Contribution, Forward, Passes, quotient
from viz.style import CODE_SIZE, HEADLINE_SIZE, number, rounded
from viz.text import shorten

NAME_ROOM, FORMULA_ROOM = 150.0, 320.0
NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Caption:
    """A formula, a line on where its numbers come from, and a sentence or two."""

    headline: str
    detail: str
    sentence: str


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
            return Caption(f"{name} = {result}", "", f"{name} is given: nothing is computed here.")
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
        return Caption(
            f"{name} = {formula} = {numbers.replace('-', '−')} = {result}",
            f"noted on the arrow{'s' if several else ''} for the way back:  {noted}",
            f"If {argument}{' alone' if several else ''} grows by a tiny step, {name} {_moves(first.local)}.",
        )

    def seed(self) -> Caption:
        """Say where the backward pass starts."""
        root = self.names[self.root]
        return Caption(
            f"∂{root}/∂{root} = 1",
            "the seed, where the way back starts",
            f"grad answers: if this number grows by a tiny step, how many times as far does {root} move? "
            f"For {root} itself: just as far, 1.",
        )

    def backward(self, share: Contribution) -> Caption:
        """Say what one use of a node contributes to its gradient, and why."""
        root, target, source = (self.names[node] for node in (self.root, share.target, share.source))
        local = quotient(share, self.names)
        product = f"{number(share.upstream)} × {_bracketed(share.local)} = {number(share.contribution)}"
        sentence = "Along this arrow alone: if " if self.uses[share.target] > 1 else "If "
        sentence += f"{target} grows by a tiny step, {source} {_moves(share.local)}"
        if share.source != self.root:
            sentence += f"; and for a step of {source}, {root} {_moves(share.upstream)}: "
            sentence += f"together {_unbroken(product)}"
        if share.before is not None:
            added = f"{number(share.before)} + {_bracketed(share.contribution)} = {number(share.after)}"
            sentence += f". The shares of {target} add up: {_unbroken(added)}"
        return Caption(
            f"∂{root}/∂{target} += ∂{root}/∂{source} × {local} = {product}",
            f"local derivative:  {local} = {_local(share)}",
            f"{sentence}.",
        )


def _local(share: Contribution) -> str:
    value = number(share.local)
    formula = shorten(share.formula, FORMULA_ROOM, CODE_SIZE)
    return value if formula.replace("-", "−") == value else f"{formula} = {value}"


def _bracketed(x: float) -> str:
    return f"({number(x)})" if number(x).startswith("−") else number(x)


def _unbroken(equation: str) -> str:
    return equation.replace(" ", NO_BREAK)


def _moves(factor: float) -> str:
    if factor == 0:
        return "does not move"
    far = "just as far" if abs(factor) == 1 else f"{number(abs(factor))} times as far"
    return f"moves {far}" + (", the other way" if factor < 0 else "")
