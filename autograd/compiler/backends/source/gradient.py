"""The gradient in a source: parts that are computed one by one, put into the order of the parameters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.compiler.arrays.program import Positions
from autograd.compiler.backends.source.names import Names
from autograd.compiler.backends.source.pieces import beside, in_order


def put_in_order(
    gradient: Sequence[tuple[str, Positions]], naming: Names
) -> tuple[list[str], list[str], Positions]:
    """Return lines to write, the expressions for parts of the gradient, and where in it their scalars are.

    Parts that lie between each other, as the weights and the bias of each neuron do, are put together.
    """
    together: list[list[tuple[str, Positions]]] = []
    end = -1
    for name, at in sorted(gradient, key=lambda part: int(part[1].min())):
        if at.min() > end:
            together.append([])
        together[-1].append((name, at))
        end = max(end, int(at.max()))
    lines: list[str] = []
    texts: list[str] = []
    places: list[Positions] = [np.zeros(0, int)]
    for parts in together:
        orders = [np.argsort(at) for _, at in parts]
        parts = [
            (in_order(name, len(at), False, order, naming), at[order])
            for (name, at), order in zip(parts, orders, strict=True)
        ]
        side_by_side = beside(parts, False) if len(parts) > 1 else None
        if side_by_side is not None:
            whole = np.sort(np.concatenate([at for _, at in parts]))
            texts.append(naming.new("d_" + naming.of_parameters(whole)))
            lines.append(f"{texts[-1]} = {side_by_side}")
            places.append(whole)
        else:
            texts += [name for name, _ in parts]
            places += [at for _, at in parts]
    return lines, texts, np.concatenate(places)
