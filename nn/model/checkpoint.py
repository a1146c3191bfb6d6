"""Checkpoints: the parameters of a module in a safetensors file, whole or not at all."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from glob import escape
from hashlib import sha256
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialise

from autograd import Value
from nn.commit import DATA, Part, commit
from nn.model.module import Module

Array = NDArray[np.float64]

_DIGEST, _MARK = "sha256", "checksum"
"""The metadata keys of the checksum, and of the mark that there is one, so that neither is lost unnoticed."""

_saves = count()


class CheckpointError(ValueError):
    """The file is damaged, or it does not fit the module."""


def save(path: str | Path, module: Module, metadata: Mapping[str, str] | None = None) -> None:
    """Write the parameters of `module`, and any texts to keep with them, to a safetensors file.

    A list of parameters is a float64 vector under its path (`layers.0.neurons.3.w`), a single one a vector of
    one. The file appears under its name complete or not at all, and an earlier one stays until then; any
    number of threads and processes may save to one path, and the last to finish is read. It is written as a
    hidden temporary file beside it, `.name.….tmp`; what a process leaves that is killed while it writes, the
    next save to the same path from the same machine removes. Raises OSError where the file cannot be written,
    ValueError for the metadata keys "sha256" and "checksum", which are those of the checksum.
    """
    write(path, {name: numbers(values) for name, values in vectors(module).items()}, metadata or {})


def load(path: str | Path, module: Module) -> dict[str, str]:
    """Set the parameters of `module` from a file made by `save`, and return the texts kept with them.

    A safetensors file of another program will do, if names and shapes are the same and its numbers are
    floats; without our checksum, only what safetensors checks is checked. Raises OSError where the file
    cannot be read; CheckpointError when it is damaged, and when names or shapes are not those of `module`,
    listing the ones that differ. On any error, and on Ctrl-C, the module is as it was.
    """
    found, metadata = read(path)
    values = vectors(module)
    check_fit(path, found, {name: len(members) for name, members in values.items()})
    commit(*[filled(members, found[name]) for name, members in values.items()])
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


def filled(values: list[Value], vector: Array) -> Part:
    """Return what sets the data of each Value to its number in a vector."""
    return DATA, values, vector.tolist()


def write(path: str | Path, vectors: Mapping[str, list[float]], metadata: Mapping[str, str]) -> None:
    """Write named vectors and texts to a file that appears complete or not at all; errors as in `save`."""
    path = Path(path)
    for key in (_DIGEST, _MARK):
        if key in metadata:
            raise ValueError(f"the metadata key {key!r} is taken by the checksum")
    tensors = {name: np.array(vector, np.float64) for name, vector in vectors.items()}
    content = serialise(tensors, {**metadata, _DIGEST: _digest(tensors, metadata), _MARK: _DIGEST})
    # Beside it, since a rename cannot cross file systems; of a name that no other thread or process takes.
    start = f".{path.name}.{platform.node()}."
    _remove_leftovers(path.parent, start)
    temporary = path.with_name(f"{start}{os.getpid()}.{next(_saves)}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or the new name might survive a power cut, and the content not
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _remove_leftovers(folder: Path, start: str) -> None:
    """Remove the temporary files of processes of this machine that were killed while they wrote them."""
    if os.name != "posix":
        return  # elsewhere to ask for a process may be to end it
    for leftover in folder.glob(f"{escape(start)}*.*.tmp"):
        with suppress(OSError, ValueError):  # one that cannot be removed does no harm
            try:
                os.kill(int(leftover.name.removeprefix(start).partition(".")[0]), 0)  # 0 only asks
            except ProcessLookupError:
                leftover.unlink()


def read(path: str | Path) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the tensors and the texts in a safetensors file; errors as in `load`."""
    try:
        with safe_open(path, framework="numpy") as file:
            for name in file.keys():  # noqa: SIM118
                if (kind := file.get_slice(name).get_dtype()) not in ("F64", "F32", "F16"):
                    raise CheckpointError(
                        f"{str(path)!r} holds {name} as {kind}; convert it to F64, F32 or F16"
                    )
            tensors: dict[str, Array] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata: dict[str, str] = file.metadata() or {}
    except SafetensorError as error:
        raise CheckpointError(f"{str(path)!r} is not a complete safetensors file: {error}") from None
    if ours := metadata.get(_MARK) == _DIGEST:
        del metadata[_MARK]
    digest = metadata.pop(_DIGEST, None)
    if (ours or digest is not None) and digest != _digest(tensors, metadata):
        raise CheckpointError(f"{str(path)!r} is damaged: its content does not match its checksum")
    return tensors, metadata


def check_fit(path: str | Path, found: Mapping[str, Array], expected: Mapping[str, int]) -> None:
    """Raise CheckpointError, listing what differs, unless vectors of the expected lengths are found."""
    shapes = {name: tensor.shape for name, tensor in found.items()}
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
