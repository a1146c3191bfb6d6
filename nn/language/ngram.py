"""N-gram tables: how often each symbol has followed the few before it. No learning, only counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import log2

from nn.sizes import require_at_least, require_positive
from nn.symbols import BOUNDARY, whole_symbols


class NGram:
    """Probabilities of the next symbol given the `order` − 1 before it: of 2 a bigram, of 3 a trigram table.

    p = (count + pseudo_count) / (count of what was before + pseudo_count · vocab_size): without the
    pseudo-count, what was never seen would be impossible (Laplace, Lidstone). Raises ValueError for an order
    or a number of symbols below 1, a pseudo-count that is not positive and finite, and a symbol outside
    0 … vocab_size − 1; TypeError for a text that is not encoded and for what is no whole number.
    """

    def __init__(
        self, texts: Iterable[Sequence[int]], order: int, vocab_size: int, pseudo_count: float = 0.1
    ) -> None:
        require_at_least(1, order=order, vocab_size=vocab_size)
        self.order = order
        self.vocab_size = vocab_size
        self.pseudo_count = require_positive("pseudo_count", pseudo_count)
        self._grams: Counter[tuple[int, ...]] = Counter()
        self._befores: Counter[tuple[int, ...]] = Counter()
        for text in texts:
            for gram in self._of(text):
                self._check(gram)
                self._grams[gram] += 1
                self._befores[gram[:-1]] += 1

    def probability(self, gram: Sequence[int]) -> float:
        """Return the probability of the last symbol of a gram of `order` symbols, given those before it.

        Raises ValueError, with both numbers, for a gram of another length and for a symbol out of range,
        TypeError for a text and for what is no whole number.
        """
        gram = tuple(whole_symbols(gram))
        self._check(gram)
        seen = self._befores[gram[:-1]] + self.pseudo_count * self.vocab_size
        return (self._grams[gram] + self.pseudo_count) / seen

    def bits(self, texts: Iterable[Sequence[int]]) -> float:
        """Return the mean of −log₂ p over all symbols and ends of some texts; ValueError for no text."""
        surprises = [-log2(self.probability(gram)) for text in texts for gram in self._of(text)]
        if not surprises:
            raise ValueError("expected at least 1 text, got 0")
        return sum(surprises) / len(surprises)

    def _check(self, gram: tuple[int, ...]) -> None:
        if len(gram) != self.order:
            raise ValueError(f"expected a gram of {self.order} symbols, got {len(gram)}")
        for symbol in gram:
            if not 0 <= symbol < self.vocab_size:
                raise ValueError(f"symbol {symbol} is out of range for {self.vocab_size} symbols")

    def _of(self, text: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """Yield each symbol of a text and its end, with the symbols before it."""
        whole = [BOUNDARY] * (self.order - 1) + [*whole_symbols(text), BOUNDARY]
        return (tuple(whole[end - self.order : end]) for end in range(self.order, len(whole) + 1))
