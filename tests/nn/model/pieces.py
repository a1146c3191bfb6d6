"""Pieces of networks beside PyTorch's: an entry says once how a piece is built here and there.

`make_golden.py` computes with PyTorch what `golden/NAME.safetensors` keeps. `test_golden.py` compares that
with ours, holds our gradients to `gradcheck`, and compiled numbers to eager ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from autograd import tree

Array = NDArray[Any]
Arguments = dict[str, Any]

FOLDER = Path(__file__).with_name("golden")
CONFIGURATIONS = 20


@dataclass(frozen=True)
class Piece:
    """A piece of a network, in PyTorch and here."""

    name: str
    """The name of its file."""

    configure: Callable[[np.random.Generator], tuple[Arguments, list[Array]]]
    """Draws a configuration: what both are built with, as JSON can keep it, and the inputs.

    An input of floats is differentiated. One of ints (an index) is not, but is an argument when compiled; one
    of bools (a mask) is a part of the program. Keep both small, since ours computes node by node.
    """

    theirs: Callable[[Any, Arguments], Callable[..., Any]]
    """Given `torch` and the arguments, returns a `torch.nn.Module`, or a function without parameters."""

    ours: Callable[[Arguments], Callable[..., Any]]
    """Given the arguments, returns our module, whose parameters have the paths of theirs, or a function."""

    order: int = 1
    """The order of `gradcheck`; 2 takes long."""

    compiled: bool = True
    """Whether it can be compiled; where not, the tests of the piece itself say how it refuses."""


@dataclass(frozen=True)
class Example:
    """A configuration, and what PyTorch makes of it; the loss is outputs · cotangents."""

    arguments: Arguments
    inputs: dict[str, Array]
    """By their numbers, "0" for the first."""
    parameters: dict[str, Array]
    outputs: Array
    """All outputs one after the other."""
    cotangents: Array
    gradients: dict[str, Array]
    """Of the loss, by the names of `learned_from`."""

    @property
    def arrays(self) -> dict[str, Array]:
        """The inputs and the parameters."""
        return self.inputs | self.parameters

    @property
    def learned_from(self) -> dict[str, Array]:
        """The inputs of floats and the parameters: what the loss is differentiated along."""
        return {name: array for name, array in self.arrays.items() if array.dtype.kind == "f"}


def flat(outputs: Any) -> list[Any]:
    """Return the numbers in outputs from left to right, however they are nested; None is none."""
    return [leaf for leaf in tree.leaves(outputs) if leaf is not None]


def examples(name: str) -> Iterator[Example]:
    """Yield the examples kept for a piece."""
    with safe_open(FOLDER / f"{name}.safetensors", framework="numpy") as file:
        kept: dict[str, dict[str, Array]] = {}
        for key in file.keys():  # noqa: SIM118
            kind, _, rest = key.partition("/")
            kept.setdefault(kind, {})[rest] = file.get_tensor(key)
        configurations = json.loads(file.metadata()["configurations"])
    for number, arguments in enumerate(configurations):

        def of_this(kind: str, prefix: str = f"{number}/") -> dict[str, Array]:
            found = kept.get(kind, {}).items()
            return {key.removeprefix(prefix): array for key, array in found if key.startswith(prefix)}

        yield Example(
            arguments,
            dict(sorted(of_this("input").items())),
            of_this("parameter"),
            kept["outputs"][str(number)],
            kept["cotangents"][str(number)],
            of_this("gradient"),
        )


def place(module: Any, path: str, nested: Any) -> None:
    """Put nested lists, or one number, where a module keeps the parameter of a path such as `norm.weight`."""
    *holders, name = path.split(".")
    for holder in holders:
        module = module[int(holder)] if holder.isdecimal() else getattr(module, holder)
    setattr(module, name, nested)


def built(piece: Piece, example: Example, parameters: dict[str, Any]) -> Callable[..., Any]:
    """Return our piece with these nested lists in the places of its parameters."""
    made = piece.ours(example.arguments)
    for name, nested in parameters.items():
        place(made, name, nested)
    return made
