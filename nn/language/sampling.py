"""Sampling: the next symbol, drawn from the scores that a language model gives to each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import exp, inf
from random import Random

from nn.sizes import require_at_least, require_positive


def drawn_symbol(
    scores: Sequence[float], temperature: float, top_k: int | None, top_p: float | None, rng: Random
) -> int:
    """Return a symbol drawn with the probabilities softmax(scores / temperature).

    Below 1 a temperature favours what is likely, and 0 takes the likeliest, the first of several; above 1 it
    evens out. With `top_k` only that many of the likeliest symbols can be drawn; with `top_p` only the fewest
    of them that have this probability together (Holtzman et al., The curious case of neural text
    degeneration, 2020). A score of −inf is never drawn.

    Raises ValueError for no finite score, nan and inf, a temperature below 0 or infinite, a `top_k` below 1
    and a `top_p` outside (0, 1].
    """
    temperature = require_positive("the temperature", temperature, or_0=True)
    if top_k is not None:
        require_at_least(1, top_k=top_k)
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {top_p!r}")
    if not all(score < inf for score in scores) or max(scores, default=-inf) == -inf:
        raise ValueError(
            f"a symbol is drawn from finite scores or -inf, and not all -inf, got {scores!r:.80}"
        )
    likeliest = sorted(range(len(scores)), key=lambda symbol: -scores[symbol])[:top_k]
    if temperature == 0:
        return likeliest[0]
    top = scores[likeliest[0]]  # taken off first: a small temperature would make several scores infinite
    weights = [exp((scores[symbol] - top) / temperature) for symbol in likeliest]
    if top_p is not None:
        enough = top_p * sum(weights)
        kept = 1 + sum(so_far < enough for so_far in accumulate(weights[:-1]))
        likeliest, weights = likeliest[:kept], weights[:kept]
    return rng.choices(likeliest, weights)[0]
