"""Compute `golden/NAME.safetensors` with PyTorch: `python -m tests.nn.model.make_golden [NAME …]`.

The entries are the PIECES of the files `golden_*.py` beside this one. Nothing else needs PyTorch.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from safetensors.numpy import save_file

from tests.nn.model.pieces import CONFIGURATIONS, FOLDER, Array, Piece, flat


def computed(piece: Piece) -> tuple[list[object], dict[str, Array]]:
    """Return the configurations of a piece and all tensors, by the names that `pieces.examples` reads."""
    configurations: list[object] = []
    tensors: dict[str, Array] = {}
    for number in range(CONFIGURATIONS):
        rng = np.random.default_rng([crc32(piece.name.encode()), number])
        arguments, inputs = piece.configure(rng)
        made = piece.theirs(torch, arguments)
        named = dict(made.named_parameters()) if isinstance(made, torch.nn.Module) else {}
        with torch.no_grad():
            for tensor in named.values():  # norms begin with ones and zeros, which hide mistakes
                tensor.copy_(torch.from_numpy(rng.normal(size=tuple(tensor.shape))))
        given = [torch.from_numpy(array) for array in inputs]
        learned_from = {str(place): x for place, x in enumerate(given) if x.is_floating_point()}
        for tensor in learned_from.values():
            tensor.requires_grad_()
        outputs = torch.cat([out.reshape(-1) for out in flat(made(*given))])
        cotangents = torch.from_numpy(rng.normal(size=len(outputs)))
        (outputs * cotangents).sum().backward()

        configurations.append(arguments)
        kept = {f"outputs/{number}": outputs, f"cotangents/{number}": cotangents}
        kept |= {f"input/{number}/{place}": x for place, x in enumerate(given)}
        kept |= {f"parameter/{number}/{name}": tensor for name, tensor in named.items()}
        for name, tensor in (learned_from | named).items():
            kept[f"gradient/{number}/{name}"] = tensor.grad
        tensors |= {name: np.ascontiguousarray(tensor.detach().numpy()) for name, tensor in kept.items()}
    return configurations, tensors


def main(names: list[str]) -> None:
    """Write the files of the pieces of these names, or of all."""
    torch.set_default_dtype(torch.float64)
    for file in sorted(Path(__file__).parent.glob("golden_*.py")):
        for piece in import_module(f"tests.nn.model.{file.stem}").PIECES:
            if not names or piece.name in names:
                configurations, tensors = computed(piece)
                path = FOLDER / f"{piece.name}.safetensors"
                save_file(tensors, path, {"configurations": json.dumps(configurations)})
                print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
