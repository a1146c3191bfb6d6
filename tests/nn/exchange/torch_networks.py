"""Networks of PyTorch as they are written down for tests that have no PyTorch, and read back by them.

`python -m tests.nn.exchange.torch_networks` computes `torch_networks.npz` with PyTorch. The stand-ins have
the attributes of PyTorch's modules that `nn.from_torch` reads, by the names of their classes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("torch_networks.npz")
NAMES = (
    *("ReLU", "LeakyReLU", "ELU", "SELU", "SiLU", "GELU", "Tanh", "Hardtanh", "Sigmoid", "LogSigmoid"),
    *("Softplus", "Identity", "Dropout"),
)
ATTRIBUTES = ("approximate", "negative_slope", "alpha", "beta", "threshold", "min_val", "max_val")
"""What the modules of PyTorch say of themselves, besides their parameters."""


def networks(torch: Any) -> dict[str, Any]:
    """Return a network of PyTorch for each activation, and some whose arguments are not the defaults."""
    layers = torch.nn
    heads = {"Identity": layers.Softmax(-1), "Dropout": layers.LogSoftmax(-1)}
    middles = {name: getattr(layers, name)() for name in NAMES}
    middles |= {"LeakyReLU 0.3": layers.LeakyReLU(0.3), "ELU 0.7": layers.ELU(0.7)}
    middles |= {"GELU tanh": layers.GELU("tanh"), "Softplus 2": layers.Softplus(2)}
    made = {}
    for name, middle in middles.items():
        torch.manual_seed(0)
        head = heads.get(name, layers.Identity())
        made[name] = layers.Sequential(
            layers.Linear(3, 5), middle, layers.Linear(5, 2, bias=False), head
        ).double()
    return made


def main() -> None:
    """Write the parts, the parameters, a batch and what each network makes of it."""
    import torch

    batch = 2 * np.random.default_rng(0).normal(size=(8, 3))
    arrays: dict[str, Any] = {"batch": batch}
    told: dict[str, Any] = {}
    for name, network in networks(torch).items():
        told[name] = [
            [type(part).__name__, {key: getattr(part, key) for key in ATTRIBUTES if hasattr(part, key)}]
            for part in network
        ]
        arrays |= {f"{name}/{key}": tensor.numpy() for key, tensor in network.state_dict().items()}
        arrays[f"{name}/outputs"] = network.eval()(torch.tensor(batch)).detach().numpy()
    np.savez_compressed(FILE, networks=json.dumps(told), **arrays)


OF_TORCH: dict[str, Any] = {
    "__module__": "torch.nn.modules.m",
    "_forward_hooks": {},
    "_forward_pre_hooks": {},
}
"""What all modules of PyTorch have, as far as it is read."""

ALIKE = {"dim": -1, **OF_TORCH}
"""What all of these modules have."""


Sequential = type("Sequential", (list,), OF_TORCH)
"""Parts one after the other, by the name of PyTorch's."""


class Parameter:
    """An array as PyTorch shows it."""

    def __init__(self, array: Any) -> None:
        self.tolist, self.shape = array.tolist, array.shape


def stand_ins() -> dict[str, tuple[list[Any], Any, Any]]:
    """Return the modules of each network, a batch and its outputs."""
    with np.load(FILE) as kept:
        arrays = dict(kept)
    found = {}
    for name, parts in json.loads(str(arrays["networks"])).items():
        modules = []
        for place, (kind, attributes) in enumerate(parts):
            given = {key: arrays.get(f"{name}/{place}.{key}") for key in ("weight", "bias")}
            members = {key: None if x is None else Parameter(x) for key, x in given.items()}
            modules.append(type(kind, (), {**ALIKE, **attributes, **members})())
        found[name] = Sequential(modules), arrays["batch"], arrays[f"{name}/outputs"]
    return found


def state_dict(name: str) -> dict[str, Any]:
    """Return the `state_dict` of a network."""
    with np.load(FILE) as kept:
        return {
            key.removeprefix(f"{name}/"): kept[key]
            for key in kept.files
            if key.startswith(f"{name}/") and not key.endswith("/outputs")
        }


if __name__ == "__main__":
    main()
