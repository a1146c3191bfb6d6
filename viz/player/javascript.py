"""The table written as JavaScript: the value of an operation, and its local derivatives, for the page.

The page computes a graph with these functions; the names in them are those of `assets/scalar.js`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from autograd.notation.listing import INFIX, Dialect, Listing, Symbol
from autograd.primitive import Primitive

JAVASCRIPT = Dialect(
    {**INFIX, "and_": "{} && {}", "where": "{} ? {} : {}"}, lambda x: "null" if x is None else repr(x)
)


@cache
def value_function(primitive: Primitive, count: int) -> str:
    """Return a function of `count` numbers that computes the operation."""
    listing = Listing()
    names = {listing.argument(): f"x{place}" for place in range(count)}
    return _function(listing, names, [primitive(*names)], "{}")


@cache
def slopes_function(primitive: Primitive, wanted: tuple[bool, ...]) -> str:
    """Return a function of the result and the arguments that computes an array of local derivatives.

    It has null for an argument that is not `wanted`, and where an argument was not selected.
    """
    listing = Listing()
    names = {listing.argument(): name for name in ("y", *(f"x{place}" for place in range(len(wanted))))}
    out, *numbers = names
    return _function(listing, names, primitive.derivatives(out, numbers, wanted), "[{}]")


def _function(listing: Listing, names: Mapping[Symbol, str], results: Sequence[Any], form: str) -> str:
    known = dict(names)
    written = JAVASCRIPT.write(listing.needed(*results), known)
    lines = [f"const {name} = {expression};" for name, expression in written]
    answer = form.format(", ".join(JAVASCRIPT.operand(result, known) for result in results))
    return f"({', '.join(names.values())}) => {{ {' '.join((*lines, f'return {answer};'))} }}"
