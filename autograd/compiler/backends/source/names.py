"""The names in a source: of arrays, of matrices of parameters, and of tables of numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from keyword import iskeyword
from typing import Any
from unicodedata import normalize

from numpy.typing import NDArray

from autograd.compiler.arrays.program import Positions


class Names:
    """The names taken so far. `tables` holds what those of tables stand for."""

    def __init__(self, taken: Iterable[str], parameters: Sequence[str]) -> None:
        self.taken = Counter(taken)
        self.counts: Counter[str] = Counter()
        self.parameters = parameters
        self.tables: dict[str, NDArray[Any]] = {}

    def new(self, name: str) -> str:
        """Return a name that is not taken: the one asked for, or with a number behind it.

        In the form that Python takes all its spellings for: µ, the micro sign, is μ, the Greek letter.
        """
        name = normalize("NFKC", name)
        self.taken[name] += 1
        return name if self.taken[name] == 1 else self.new(f"{name}_{self.taken[name]}")

    def numbered(self, name: str) -> str:
        """Return the next of the names z1, z2, …"""
        self.counts[name] += 1
        return self.new(f"{name}{self.counts[name]}")

    def of_parameters(self, at: Positions) -> str:
        """Return what the names of some parameters have in common: layers_0_neurons_w."""
        names = [normalize("NFKC", self.parameters[position]) for position in at.ravel().tolist()]
        parts = [re.findall(r"\w+", name) for name in names]
        same = [p for n, p in enumerate(parts[0]) if all(len(o) > n and o[n] == p for o in parts)]
        name = "_".join(same)
        return name if name.isidentifier() and not iskeyword(name) else "p"

    def table(self, prefix: str, numbers: NDArray[Any]) -> str:
        """Return the name of a table of these numbers, one that is there if there is one."""
        for name, known in self.tables.items():
            same = known.dtype == numbers.dtype and known.shape == numbers.shape
            if same and known.tobytes() == numbers.tobytes():  # 0.0 and -0.0 are equal and not the same
                return name
        name = self.new(prefix)
        self.tables[name] = numbers
        return name
