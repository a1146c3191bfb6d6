"""The table written as JavaScript: the value of an operation, and its local derivatives, for the page.

The page computes a graph with these functions; the names in them are those of `assets/scalar.js`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd import scalar
from autograd.notation.listing import INFIX, Dialect, Listing, Symbol, computed
from autograd.primitive import Primitive

JAVASCRIPT = Dialect(
    {**INFIX, "and_": "{} && {}", "where": "{} ? {} : {}"}, lambda x: "null" if x is None else repr(x)
)


class PageFunction:
    """A function as the page has it: its `text`, and, called with numbers, what the page makes of them."""

    def __init__(
        self, listing: Listing, names: Mapping[Symbol, str], results: Sequence[Any], form: str
    ) -> None:
        self._arguments, self._results = [*names], results
        self._instructions = listing.needed(*results)
        known = dict(names)
        written = JAVASCRIPT.write(self._instructions, known)
        lines = [f"const {name} = {expression};" for name, expression in written]
        answer = form.format(", ".join(JAVASCRIPT.operand(result, known) for result in results))
        self.text = f"({', '.join(names.values())}) => {{ {' '.join((*lines, f'return {answer};'))} }}"

    def __call__(self, *numbers: float) -> list[float | None]:
        held: dict[Symbol, Any] = dict(zip(self._arguments, numbers, strict=True))
        computed(self._instructions, held, None, scalar)
        return [held[result] if isinstance(result, Symbol) else result for result in self._results]


def value_function(primitive: Primitive, count: int) -> PageFunction:
    """Return a function of `count` numbers that computes the operation."""
    listing = Listing()
    names = {listing.argument(): f"x{place}" for place in range(count)}
    return PageFunction(listing, names, [primitive(*names)], "{}")


def slopes_function(primitive: Primitive, wanted: tuple[bool, ...]) -> PageFunction:
    """Return a function of the result and the arguments that computes an array of local derivatives.

    It has null for an argument that is not `wanted`, and where an argument was not selected.
    """
    listing = Listing()
    names = {listing.argument(): name for name in ("y", *(f"x{place}" for place in range(len(wanted))))}
    out, *numbers = names
    return PageFunction(listing, names, primitive.derivatives(out, numbers, wanted), "[{}]")
