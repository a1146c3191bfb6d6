"""Those of our functions in C that a text needs, and the numbers that they look up."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from math import isqrt

_FILES = ("vectors.c", "functions.c", "lanes.c")
"""What a vector is, functions of vectors, and functions of the C library, in this order."""

_DEFINED = re.compile(
    r"^(?:static (?:inline|const|__attribute__\(\(noinline\)\)) \w+ |#define |BY_\w+\()(\w+)", re.MULTILINE
)
_BY_PRECISION = re.compile(r"#ifdef DOUBLE\n(.*?)(?:#else\n(.*?))?#endif\n", re.DOTALL)


@cache
def resource(name: str) -> str:
    """Return the text of a C file of this room."""
    return files("autograd.compiler.backends.native").joinpath("c", name).read_text(encoding="utf-8")


def functions_in(body: str, double: bool) -> str:
    """Return the head of every text, and those of our functions that a body needs, in order."""
    pieces, known = _pieces(double)
    wanted, waiting = {0}, [body]
    while waiting:
        for name in set(re.findall(r"\w+", waiting.pop())) & known.keys():
            if known[name] not in wanted:
                wanted.add(known[name])
                waiting.append(pieces[known[name]])
    text = "\n\n".join(piece for n, piece in enumerate(pieces) if n in wanted)
    return text.replace("@", _powers_of_two())


@cache
def _pieces(double: bool) -> tuple[list[str], dict[str, int]]:
    """Return our functions for a precision, and which of them defines a name."""
    text = _BY_PRECISION.sub(r"\1" if double else r"\2", "\n".join(map(resource, _FILES)))
    pieces = [piece.strip("\n") for piece in text.split("\n\n")]
    known: dict[str, int] = {}
    for n, piece in enumerate(pieces):
        for name in _DEFINED.findall(piece):
            known.setdefault(name, n)
    return pieces, known


@cache
def _powers_of_two() -> str:
    """Return lines of C that list 2**(j / 128) for each j.

    Each is a pair: the nearest float, and by which share of it that is off.
    """
    one = 1 << 256
    step = 2 * one
    for _ in range(7):  # roots of roots: 128 is 2 to the power 7
        step = isqrt(step * one)
    power, lines = one, []
    for _ in range(128):
        nearest = power / one
        rounded = int(nearest * 2**52) * (one >> 52)
        lines.append(f"  {{{nearest.hex()}, {((power - rounded) / rounded).hex()}}},\n")
        power = power * step // one
    return f"\n{''.join(lines)}"
