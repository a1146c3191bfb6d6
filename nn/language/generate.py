"""Generation: a text goes on symbol by symbol, each drawn from what a model expects to follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd import no_grad
from nn.language.sampling import drawn_symbol
from nn.model.module import in_evaluation
from nn.model.prediction import plain
from nn.seed import Seed, generator
from nn.sequences.gpt import GPT
from nn.sizes import require_at_least
from nn.symbols import whole_symbols


def generate(
    model: GPT | Callable[[Sequence[int]], Sequence[Sequence[Any]]],
    prompt: Sequence[int],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: Seed = None,
    *,
    count: int,
    stop: int | None = None,
) -> list[int]:
    """Return up to `count` symbols that follow the prompt; the last is `stop` if that was drawn.

    `model` gives a row of scores for each symbol; only the row of the last is used. A GPT remembers keys and
    values of earlier symbols, until there are more than its context: then it sees the latest ones, which all
    move by one place. Temperature, `top_k` and `top_p` are those of `drawn_symbol`.

    Raises ValueError for an empty prompt, a negative count, and what `drawn_symbol` refuses; TypeError for a
    prompt that is text, in no order, or no whole numbers.
    """
    symbols = whole_symbols(prompt)
    if not symbols:
        raise ValueError("generate needs a prompt of 1 symbol or more, got none: give what begins a text")
    require_at_least(0, count=count)
    rng = generator(seed)
    before = len(symbols)
    scores = _scores(model)
    while len(symbols) < before + count and (len(symbols) == before or symbols[-1] != stop):
        symbols.append(drawn_symbol(scores(symbols), temperature, top_k, top_p, rng))
    return symbols[before:]


def _scores(model: Any) -> Callable[[list[int]], list[float]]:
    """Return a function from all symbols so far to the scores of the next; they get more by one a call."""
    # A GPT that is called in a way of its own need not take caches.
    caches = model.empty_caches() if type(model).__call__ is GPT.__call__ else None

    @no_grad()
    def rows(symbols: list[int]) -> Any:
        if isinstance(model, GPT) and len(symbols) > model.context:
            return model(symbols[-model.context :])
        if caches is None:
            return model(symbols)
        return model(symbols[len(caches[0][0]) :], caches)

    def scores(symbols: list[int]) -> list[float]:
        return [plain(score) for score in in_evaluation(model, rows, symbols)[-1]]

    return scores
