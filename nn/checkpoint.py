"""Checkpoints: the parameters of a module in a safetensors file, whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialise

from autograd import Value
from nn.module import Module

Array = NDArray[np.float64]

_DIGEST = "sha256"


class CheckpointError(ValueError):
    """The file is damaged, or it does not fit the module."""


def save(path: str | Path, module: Module, metadata: Mapping[str, str] | None = None) -> None:
    """Write the parameters of `module`, and any texts to keep with them, to a safetensors file.

    A list of parameters is a float64 vector under its path (`layers.0.neurons.3.w`), a single one a vector of
    one. The file appears under its name complete or not at all, and an earlier one stays
    until then. Raises OSError where it cannot be written, ValueError for a metadata key "sha256", which is
    where the checksum goes.
    """
    write(path, {name: numbers(values) for name, values in vectors(module).items()}, metadata or {})


def load(path: str | Path, module: Module) -> dict[str, str]:
    """Set the parameters of `module` from a file made by `save`, and return the texts kept with them.

    Raises OSError where the file cannot be read; CheckpointError when it is damaged, and when names or shapes
    are not those of `module`, listing the ones that differ. On any error the module stays as it was.
    """
    found, metadata = read(path)
    values = vectors(module)
    check_fit(path, found, {name: len(members) for name, members in values.items()})
    for name, members in values.items():
        for value, number in zip(members, found[name], strict=True):
            value.data = number
    return metadata


def vectors(module: Module) -> dict[str, list[Value]]:
    """Return the parameters of a module, those of one list together under its path."""
    grouped: dict[str, list[Value]] = {}
    for path, parameter in module.named_parameters():
        name = path.rpartition("[")[0] if path.endswith("]") else path
        grouped.setdefault(name, []).append(parameter)
    return grouped


def numbers(values: Iterable[Value]) -> list[float]:
    """Return the data of each Value."""
    return [value.data for value in values]


def write(path: str | Path, vectors: Mapping[str, list[float]], metadata: Mapping[str, str]) -> None:
    """Write named vectors and texts to a file that appears complete or not at all; errors as in `save`."""
    path = Path(path)
    if _DIGEST in metadata:
        raise ValueError(f"the metadata key {_DIGEST!r} is taken by the checksum")
    tensors = {name: np.array(vector, np.float64) for name, vector in vectors.items()}
    content = serialise(tensors, {**metadata, _DIGEST: _digest(tensors, metadata)})
    temporary = path.with_name(f".{path.name}.{os.getpid()}")  # beside it: a rename cannot cross file systems
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or the new name might survive a power cut, and the content not
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read(path: str | Path) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Return the vectors and the texts in a file made by `write`; errors as in `load`."""
    try:
        with safe_open(path, framework="numpy") as file:
            tensors: dict[str, Array] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata: dict[str, str] = file.metadata() or {}
    except SafetensorError as error:
        raise CheckpointError(f"{str(path)!r} is not a complete safetensors file: {error}") from None
    if metadata.pop(_DIGEST, None) != _digest(tensors, metadata):
        raise CheckpointError(f"{str(path)!r} is damaged: its content does not match its checksum")
    return {name: tensor.tolist() for name, tensor in tensors.items()}, metadata


def check_fit(path: str | Path, found: Mapping[str, list[float]], expected: Mapping[str, int]) -> None:
    """Raise CheckpointError, listing what differs, unless the vectors found have the expected lengths."""
    shapes = {name: (len(vector),) for name, vector in found.items()}
    wanted = {name: (length,) for name, length in expected.items()}
    if shapes != wanted:
        raise CheckpointError(f"{str(path)!r} does not fit the module: {_differences(shapes, wanted)}")


def _digest(tensors: Mapping[str, Array], metadata: Mapping[str, str]) -> str:
    """Return the checksum of all that a file says; safetensors has none of its own."""
    facts = {name: [array.dtype.str, array.shape, array.tobytes().hex()] for name, array in tensors.items()}
    return sha256(json.dumps([facts, dict(metadata)], sort_keys=True).encode()).hexdigest()


def _differences(found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> str:
    differing = [name for name in {**expected, **found} if found.get(name) != expected.get(name)]
    listed = [
        f"{name} is {found.get(name, 'missing')} in the file, {expected.get(name, 'missing')} in the module"
        for name in differing[:8]
    ]
    rest = len(differing) - len(listed)
    return "; ".join(listed) + (f"; and {rest} more" if rest else "")
