"""The table written as JavaScript: the value of an operation, and its local derivatives, for the page.

The page computes a graph with these functions; the names in them are those of `assets/scalar.js`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.listing import INFIX, Dialect, Listing, Symbol
from autograd.primitive import Primitive

JAVASCRIPT = Dialect(
    {**INFIX, "and_": "{} && {}", "where": "{} ? {} : {}"}, lambda x: "null" if x is None else repr(x)
)


def value_function(primitive: Primitive, count: int) -> str:
    """Return a function of `count` numbers that computes the operation."""
    listing = Listing()
    names = _numbers(listing, count)
    return _function(listing, names, [primitive(*names)], "{}")


def slopes_function(primitive: Primitive, wanted: Sequence[bool]) -> str:
    """Return a function of the result and the arguments that computes an array of local derivatives.

    It has null for an argument that is not `wanted`, and where an argument was not selected.
    """
    listing = Listing()
    names = _numbers(listing, len(wanted))
    out = listing.argument()
    partials = primitive.derivatives(out, [*names], wanted)
    return _function(listing, {out: "y", **names}, partials, f"[{', '.join(['{}'] * len(wanted))}]")


def _numbers(listing: Listing, count: int) -> dict[Symbol, str]:
    return {listing.argument(): f"x{place}" for place in range(count)}


def _function(listing: Listing, names: dict[Symbol, str], results: Sequence[Any], form: str) -> str:
    arguments = ", ".join(names.values())
    written = JAVASCRIPT.write(listing.needed(*results), names)
    lines = [f"const {name} = {expression};" for name, expression in written]
    returned = form.format(*[JAVASCRIPT.operand(x, names) for x in results])
    return f"({arguments}) => {{ {' '.join((*lines, f'return {returned};'))} }}"
