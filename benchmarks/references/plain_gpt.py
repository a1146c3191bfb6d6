"""A character GPT as one writes it with a scalar Value and lists, and with nothing of a library but these.

The network is that of microgpt: 16 wide, 4 heads, one layer, a norm without weights, no biases; a step takes
one word, letter by letter, and ends in a loop of Adam over `p.data` and `p.grad`. Every product and every
sum of two is a node.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from benchmarks.references.gpt import SYMBOLS, TEXT

Row: TypeAlias = list[Any]

WIDTH, HEADS, CONTEXT = 16, 4, 16
RATE, DECAY, SQUARE_DECAY, TINY = 0.01, 0.85, 0.99, 1e-8


def start(value: Any, words: Sequence[Sequence[int]] = ()) -> Callable[[int], float]:
    """Return a training step on nodes of the type `value`, which returns the loss before the move.

    It takes one word; `words` may be others, of symbol numbers.
    """
    rng, words = random.Random(0), words or WORDS

    def matrix(rows: int, columns: int) -> list[Row]:
        return [[value(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]

    tokens, positions, head = (matrix(n, WIDTH) for n in (len(SYMBOLS), CONTEXT, len(SYMBOLS)))
    query, key, content, out = (matrix(WIDTH, WIDTH) for _ in range(4))
    up, down = matrix(4 * WIDTH, WIDTH), matrix(WIDTH, 4 * WIDTH)
    matrices = (tokens, positions, head, query, key, content, out, up, down)
    parameters = [p for m in matrices for row in m for p in row]
    mean, square = [0.0] * len(parameters), [0.0] * len(parameters)

    def scores(symbol: int, position: int, keys: list[Row], contents: list[Row]) -> Row:
        """Return how well each symbol fits next; what is seen here is added to the keys and contents."""
        x = normed(added(tokens[symbol], positions[position]))
        kept, x = x, normed(x)
        asked = times(query, x)
        keys.append(times(key, x))
        contents.append(times(content, x))
        size = WIDTH // HEADS
        attended = []
        for i in range(0, WIDTH, size):
            part = slice(i, i + size)
            fits = [total(q * k for q, k in zip(asked[part], ks[part], strict=True)) for ks in keys]
            shares = softmax([fit / size**0.5 for fit in fits])
            columns = zip(*(row[part] for row in contents), strict=True)
            attended += times([*columns], shares)
        x = added(times(out, attended), kept)
        hidden = [h.relu() for h in times(up, normed(x))]
        return times(head, added(times(down, hidden), x))

    def step(k: int) -> float:
        word = words[k % len(words)]
        keys: list[Row] = []
        contents: list[Row] = []
        losses = []
        for position, (symbol, following) in enumerate(pairwise(word)):
            likely = softmax(scores(symbol, position, keys, contents))
            losses.append(-likely[following].log())
        loss = total(losses) * (1 / len(losses))
        loss.backward()
        for i, p in enumerate(parameters):
            mean[i] = DECAY * mean[i] + (1 - DECAY) * p.grad
            square[i] = SQUARE_DECAY * square[i] + (1 - SQUARE_DECAY) * p.grad**2
            usual = mean[i] / (1 - DECAY ** (k + 1))
            p.data -= RATE * usual / ((square[i] / (1 - SQUARE_DECAY ** (k + 1))) ** 0.5 + TINY)
            p.grad = 0
        return float(loss.data)

    return step


WORDS = [[SYMBOLS.index(symbol) for symbol in f".{word}."] for word in TEXT.split()]

total = sum  # Python's own, from 0


def added(x: Row, y: Row) -> Row:
    """Return the sums of two rows, element by element."""
    return [a + b for a, b in zip(x, y, strict=True)]


def times(rows: list[Row], x: Row) -> Row:
    """Return the product of a matrix and a row."""
    return [total(w * a for w, a in zip(row, x, strict=True)) for row in rows]


def normed(x: Row) -> Row:
    """Return a row divided by the root of its mean square."""
    scale = (total(a * a for a in x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


def softmax(x: Row) -> Row:
    """Return exp(x) of each, divided by their sum."""
    top = max(a.data for a in x)
    powers = [(a - top).exp() for a in x]
    whole = total(powers)
    return [power / whole for power in powers]
