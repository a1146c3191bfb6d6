"""Writing: texts drawn symbol by symbol from what a language model expects, many side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import compile
from nn.language.sampling import drawn_symbol
from nn.model.module import in_evaluation
from nn.seed import Seed, generator
from nn.sizes import require_at_least
from nn.symbols import BOUNDARY


def write_texts(
    model: Callable[[Sequence[Any]], list[list[Any]]],
    parameters: Sequence[Any],
    *,
    count: int,
    context: int,
    longest: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    seed: Seed = 0,
) -> list[list[int]]:
    """Return `count` texts, as numbers of symbols, each drawn from its beginning to its end.

    The model, in evaluation mode, sees the last `context` symbols and scores what follows each of them. It is
    compiled, and all texts grow together, by at most `longest` symbols. Temperature and `top_k` are those of
    `drawn_symbol`. `generate` writes one text after the other, without compiling.

    Raises ValueError for a count, a context or a length below 1, and for what `drawn_symbol` refuses.
    """
    require_at_least(1, count=count, context=context, longest=longest)
    rng = generator(seed)

    def scored(row: Any) -> list[list[Any]]:
        return [list(scores) for scores in in_evaluation(model, model, row)]

    scores = compile(scored, parameters, dtype="float32")
    texts = [[BOUNDARY] for _ in range(count)]
    growing = list(range(count))
    while growing and len(texts[growing[0]]) <= longest:
        seen = min(len(texts[growing[0]]), context)
        rows = np.zeros((count, context), np.int64)
        rows[growing, :seen] = [texts[k][-seen:] for k in growing]
        expected = scores(rows)[:, seen - 1]
        for k in growing:
            texts[k].append(drawn_symbol(expected[k].tolist(), temperature, top_k, None, rng))
        growing = [k for k in growing if texts[k][-1] != BOUNDARY]
    return [[symbol for symbol in text if symbol != BOUNDARY] for text in texts]
