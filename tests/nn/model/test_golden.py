"""Every piece beside PyTorch's numbers, `gradcheck` and its own compiled program."""

from __future__ import annotations

from importlib import import_module
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, dot, gradcheck, tree
from tests.nn.model.pieces import CONFIGURATIONS, FOLDER, Example, Piece, built, examples, flat

PIECES: list[Piece] = [
    piece
    for file in sorted(Path(__file__).parent.glob("golden_*.py"))
    for piece in import_module(f"tests.nn.model.{file.stem}").PIECES
]

CHECKED, ALONG = 2, {1: 16, 2: 6}
"""How many of the configurations go through `gradcheck`, and along how many of their numbers, by order."""

COMPILED = {"numpy": 10, "jax": 1}
"""How many of the configurations are compiled for each backend."""


@pytest.fixture(params=PIECES, ids=[piece.name for piece in PIECES])
def piece(request: pytest.FixtureRequest) -> Piece:
    return request.param  # type: ignore[no-any-return]


def leaves_of(arrays: dict[str, Any]) -> list[Any]:
    return flat([array.tolist() for array in arrays.values()])


def run(piece: Piece, example: Example, leaves: list[Any]) -> list[Any]:
    """Return the outputs with other numbers in place of `leaves_of(example.learned_from)`."""
    nested = {name: array.tolist() for name, array in example.arrays.items()}
    nested |= tree.rebuild({name: nested[name] for name in example.learned_from}, leaves)
    inputs = [nested.pop(name) for name in example.inputs]
    return flat(built(piece, example, nested)(*inputs))


def loss_of(piece: Piece, example: Example, leaves: list[Any]) -> Any:
    return dot(example.cotangents.tolist(), run(piece, example, leaves))


def assert_close(ours: list[float], theirs: Any, relative: float) -> None:
    """Compare numbers, relative to the largest of theirs."""
    theirs = np.ravel(theirs)
    assert len(ours) == len(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=relative * np.abs(theirs).max(initial=0))


def test_there_is_a_file_for_each_piece_and_none_for_others() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(piece.name for piece in PIECES)


def test_outputs_and_all_gradients_are_those_of_pytorch(piece: Piece) -> None:
    kept = list(examples(piece.name))
    assert len(kept) == CONFIGURATIONS
    for example in kept:
        leaves = list(map(Value, leaves_of(example.learned_from)))
        outputs = run(piece, example, leaves)
        assert_close([getattr(out, "data", out) for out in outputs], example.outputs, 1e-10)
        dot(example.cotangents.tolist(), outputs).backward()
        remaining = iter(leaves)
        for name, array in example.learned_from.items():
            slopes = [leaf.grad for leaf in islice(remaining, array.size)]
            assert_close(slopes, example.gradients[name], 1e-10)


def test_gradients_are_slopes(piece: Piece) -> None:
    for number, example in enumerate(islice(examples(piece.name), CHECKED)):
        leaves = leaves_of(example.learned_from)
        chosen = Random(number).sample(range(len(leaves)), min(len(leaves), ALONG[piece.order]))

        def along(
            moved: list[Any], leaves: Any = leaves, chosen: Any = chosen, example: Any = example
        ) -> Any:
            there = dict(enumerate(leaves)) | dict(zip(chosen, moved, strict=True))
            return loss_of(piece, example, list(there.values()))

        gradcheck(along, [leaves[place] for place in chosen], order=piece.order)


@pytest.mark.parametrize("backend", COMPILED)
def test_compiled_numbers_are_those_of_the_engine(piece: Piece, backend: str) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    for example in islice(examples(piece.name), COMPILED[backend] if piece.compiled else 0):
        data = {name: array for name, array in example.inputs.items() if array.dtype.kind in "fi"}
        weights = leaves_of(example.parameters)
        shifts = [0.0 for _ in leaves_of(example.learned_from)[len(weights) :]]  # through them, inputs learn
        parameters = list(map(Value, [*weights, *shifts]))

        def loss(*inputs: Any, parameters: Any = parameters, data: Any = data, example: Any = example) -> Any:
            remaining = iter(parameters)
            learned = tree.map_leaves(
                lambda _: next(remaining),
                {name: array.tolist() for name, array in example.parameters.items()},
            )
            given = {name: array.tolist() for name, array in example.inputs.items()}
            for name, nested in zip(data, inputs, strict=True):
                moved = data[name].dtype.kind == "f"
                given[name] = tree.map_leaves(lambda x: x + next(remaining), nested) if moved else nested
            return dot(example.cotangents.tolist(), flat(built(piece, example, learned)(*given.values())))

        step = compile(loss, params=parameters, backend=backend)
        batch = [
            np.stack([array, array / 2 if array.dtype.kind == "f" else array // 2]) for array in data.values()
        ]
        value, gradient = step.value_and_grad(*batch)
        eager = sum(loss(*(array[row].tolist() for array in batch)) for row in range(2)) / 2
        assert_close([value], [eager.data], 1e-12)
        eager.backward()
        assert_close(gradient.tolist(), [parameter.grad for parameter in parameters], 1e-12)
