"""Checkpoints: the parameters of a module in a safetensors file, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialise

from autograd import Value
from autograd.commit import DATA, Part, commit
from autograd.whole_file import write_whole
from nn.model.module import Module
from nn.weights.tensors import Tensor, rows, tensors

Array = NDArray[np.float64]

_COUNTER = "num_batches_tracked"
"""What PyTorch's batch norms count beside their parameters, and nothing here asks for."""

_TEXTS = "__metadata__"
"""What safetensors calls the texts that it keeps beside the tensors."""

RUN = "run"
"""The metadata key of what `nn.save_run` keeps beside the tensors of a model and an optimiser."""

_OF_A_RUN = ("model.", "optimizer.", "early_stopping.")
"""What the names of the tensors of a run begin with."""

_DIGEST, _MARK = "sha256", "checksum"
"""The metadata keys of the checksum, and of the mark that there is one, so that neither is lost unnoticed."""

_MARKED = "sha256 of names, shapes, numbers and texts"
"""What stands at the mark, and tells our files where both keys are damaged, or one and a few letters of this;
"sha256" stood there before."""


class CheckpointError(ValueError):
    """The file is damaged, or it does not fit the module."""


def save(path: str | Path, module: Module, metadata: Mapping[str, str] | None = None) -> None:
    """Write the parameters of `module`, and any texts to keep with them, to a safetensors file.

    Nested lists of parameters are one float64 tensor, a single one is a vector of one, in names and layout of
    PyTorch's modules of the same kind, whose `load_state_dict` takes them: a Layer has `weight`, a row for
    each neuron, and `bias`. The file appears under its name complete or not at all, and an earlier one stays
    until then; any number of threads and processes may save to one path, and the last to finish is read. It
    is written as a hidden temporary file beside it, `.name.….tmp`; what a process leaves that is killed while
    it writes, the next save to the same path from the same machine removes. Raises OSError where the file
    cannot be written, ValueError for the metadata keys "sha256" and "checksum", which are those of the
    checksum, TypeError for what is no Module, for metadata that are no texts, and where two tensors would
    have one name.
    """
    require_module(module)
    write(path, {name: array(tensor) for name, tensor in tensors(module).items()}, metadata or {})


def load(path: str | Path, module: Module) -> dict[str, str]:
    """Set the parameters of `module` from a file made by `save`, and return the texts kept with them.

    A safetensors file of another program will do, if names and shapes are the same and its numbers are
    floats; without our checksum, only what safetensors checks is checked. So will one from before matrices
    were saved as such, with a vector for each row. Raises OSError where the file cannot be read;
    CheckpointError when it is damaged, and when names or shapes are not those of `module`, listing the ones
    that differ; TypeError for what is no Module. On any error, and on Ctrl-C, the module is as it was.
    """
    require_module(module)
    found, metadata = read(path)
    try:
        part = fitted(path, found, module)
    except CheckpointError:
        check_no_run(path, found, metadata)  # a module with a part called `model` may fit
        raise
    commit(part)
    return metadata


def require_module(module: Any) -> None:
    """Raise TypeError, with the remedy, for what is no Module: its file would not be the whole of it."""
    if not isinstance(module, Module):
        raise TypeError(
            f"a file holds the parameters of a Module, got {type(module).__name__}: a Trained has a method "
            "save, for nn.load_model to read; Values by themselves go into the attributes of a Module"
        )


def check_no_run(path: str | Path, found: Mapping[str, Array], metadata: Mapping[str, str]) -> None:
    """Raise CheckpointError, with the remedy, for what `nn.save_run` has written."""
    if RUN in metadata and all(name.startswith(_OF_A_RUN) for name in found):
        raise CheckpointError(f"{str(path)!r} holds a run, which save_run wrote: read it with nn.load_run")


def array(tensor: Tensor) -> Array:
    """Return the data of the Values of a tensor, in its shape."""
    return np.array([value.data for value in tensor.values], np.float64).reshape(tensor.shape)


def fitted(
    path: str | Path,
    found: Mapping[str, Array],
    module: Module,
    prefix: str = "",
    others: Mapping[str, int] | None = None,
) -> Part:
    """Return what sets the parameters of a module to the arrays that are found under `prefix`.

    `others` are the lengths of all other vectors that the file has to hold. Raises CheckpointError, listing
    what differs, unless exactly these names and shapes are found, and for unlike numbers for one parameter.
    """
    shapes = {name: tensor.shape for name, tensor in found.items()}
    layouts = [{prefix + name: tensor for name, tensor in of(module).items()} for of in (tensors, rows)]
    beside = {name: (length,) for name, length in (others or {}).items()}
    expected = [{**{name: tensor.shape for name, tensor in layout.items()}, **beside} for layout in layouts]
    if shapes not in expected:
        raise CheckpointError(f"{str(path)!r} does not fit the module: {_differences(shapes, expected[0])}")
    values: list[Value] = []
    numbers: list[float] = []
    first: dict[Value, tuple[str, bytes]] = {}
    for name, tensor in layouts[expected.index(shapes)].items():
        vector = found[name].astype(np.float64).ravel()
        for value, number in zip(tensor.values, vector, strict=True):
            before, bits = first.setdefault(value, (name, number.tobytes()))
            if bits != number.tobytes():
                raise CheckpointError(
                    f"{str(path)!r} does not fit the module: {before} and {name} share parameters in the "
                    "module, and differ in the file"
                )
        values += tensor.values
        numbers += vector.tolist()
    return DATA, values, numbers


def write(path: str | Path, arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> None:
    """Write named arrays and texts to a file that appears complete or not at all; errors as in `save`."""
    if _TEXTS in arrays:
        raise ValueError(
            f"a tensor cannot be called {_TEXTS!r}, under which files have texts: rename the attribute"
        )
    for key, text in metadata.items():
        if not (isinstance(key, str) and isinstance(text, str)):
            raise TypeError(f"metadata are texts under texts, got {key!r}: {text!r:.40}; write str(…)")
    arrays = {name: np.ascontiguousarray(array, np.float64) for name, array in arrays.items()}
    ours = {_DIGEST: _digest(arrays, metadata), _MARK: _MARKED}
    write_whole(path, serialise(arrays, beside(metadata, ours, "the checksum")))


def beside(metadata: Mapping[str, str], ours: Mapping[str, str], owner: str) -> dict[str, str]:
    """Return texts to keep, and ours with them. Raises ValueError for a key of ours among theirs."""
    for key in ours:
        if key in metadata:
            raise ValueError(f"the metadata key {key!r} is taken by {owner}: choose another")
    return {**metadata, **ours}


def read(path: str | Path) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the tensors and the texts in a safetensors file; errors as in `load`."""
    if Path(path).is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a directory: give a safetensors file in it")
    try:
        with safe_open(path, framework="numpy") as file:
            kinds = {name: file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118
            arrays: dict[str, Array] = {}
            for name, kind in kinds.items():
                if kind in ("F64", "F32", "F16"):
                    arrays[name] = file.get_tensor(name)
                elif not (name.endswith(_COUNTER) and kind == "I64"):
                    raise CheckpointError(
                        f"{str(path)!r} holds {name} as {kind}; convert it to F64, F32 or F16"
                    )
            metadata: dict[str, str] = file.metadata() or {}
    except SafetensorError as error:
        raise CheckpointError(f"{str(path)!r} is not a complete safetensors file: {error}") from None
    ours = bool(get_close_matches(_MARKED, metadata.values(), cutoff=0.8))
    if metadata.get(_MARK) in (_MARKED, _DIGEST):
        ours = True
        del metadata[_MARK]
    digest = metadata.pop(_DIGEST, None)
    if (ours or digest is not None) and digest != _digest(arrays, metadata):
        other = "" if ours else f", or another program's text {_DIGEST!r} in it has to be renamed"
        raise CheckpointError(f"{str(path)!r} is damaged{other}: its content does not match its checksum")
    return arrays, metadata


def _digest(arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> str:
    """Return the checksum of all that a file says; safetensors has none of its own."""
    facts = {name: [array.dtype.str, array.shape, array.tobytes().hex()] for name, array in arrays.items()}
    return sha256(json.dumps([facts, dict(metadata)], sort_keys=True).encode()).hexdigest()


def _differences(found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> str:
    differing = [name for name in {**expected, **found} if found.get(name) != expected.get(name)]
    listed = [
        f"{name} is {found.get(name, 'missing')} in the file, {expected.get(name, 'missing')} in the module"
        for name in differing[:8]
    ]
    rest = len(differing) - len(listed)
    return "; ".join(listed) + (f"; and {rest} more" if rest else "")
