"""Nodes of a graph of ONNX, and the constants that they read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.compiler.arguments import told_apart


class Nodes:
    """Nodes in their order, each called by what it gives, and every constant once; no name is `taken`."""

    def __init__(self, dtype: np.dtype[Any], taken: Iterable[str]) -> None:
        import onnx

        self.onnx = onnx
        self.dtype = dtype
        self.nodes: list[Any] = []
        self.constants: dict[tuple[Any, ...], str] = {}
        self.tensors: list[Any] = []
        self._taken = [*taken]

    def _new(self, name: str) -> str:
        return told_apart([name], self._taken)[0]

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its result."""
        name = self._new(f"{kind.lower()}_{len(self.nodes)}")
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, numbers: Any, dtype: Any = None) -> str:
        """Return the name of a constant of the graph."""
        array = np.asarray(numbers, dtype or self.dtype)
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self.constants:
            name = self.constants[key] = self._new(f"constant_{len(self.constants)}")
            self.tensors.append(
                self.onnx.numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)
            )
        return self.constants[key]
