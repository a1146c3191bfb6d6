"""Text as data: its lines, and its characters or words as the numbers of symbols."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from unicodedata import category

from autograd.ordered import refuse_unordered
from nn.data.dataset import DataError
from nn.data.reading import read_bytes
from nn.symbols import whole_symbols


def names() -> list[str]:
    """Return 32,033 first names in small letters a to z: of girls, then of boys, each the most common first.

    They are those given in the United States in 2018 (Social Security Administration, ssa.gov), as collected
    in A. Karpathy's makemore. 2,539 stand in both halves, which a split into parts has to know of.
    """
    return files("nn.data").joinpath("files", "names.txt").read_text(encoding="utf-8").split()


def read_lines(path: str | Path) -> list[str]:
    """Return the lines of a text file in UTF-8, without blank ones and without blanks at their ends.

    Raises DataError for a file that cannot be read, is no text, or has no line.
    """
    source, raw = repr(str(path)), read_bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(f"{source}, line {line}: not UTF-8 text; save the file as UTF-8") from None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise DataError(f"{source} has no line of text")
    return lines


class Tokenizer:
    """Text in, numbers of symbols out, and back; number 0 is the boundary of a text, written as nothing.

    `symbols` are all that it knows, without the boundary; those of some texts by `of`. Raises ValueError for
    none, for an empty one and for one that comes twice, TypeError for symbols in no order, as a set.
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        refuse_unordered(symbols, what="symbols in a list")
        symbols = list(symbols)
        if not symbols or "" in symbols or len(set(symbols)) < len(symbols):
            raise ValueError(f"a tokenizer needs symbols, none empty and none twice, got {symbols!r:.80}")
        self.symbols = ["", *symbols]
        self._numbers = {symbol: number for number, symbol in enumerate(self.symbols)}

    @classmethod
    def of(cls, texts: Iterable[str]) -> Tokenizer:
        """Return a tokenizer for the symbols in some texts, or in one, in the order of their code points."""
        texts = [texts] if isinstance(texts, str) else texts
        return cls(sorted({symbol for text in texts for symbol in cls.split(text)}))

    def __len__(self) -> int:
        """Return the number of symbols, the boundary among them."""
        return len(self.symbols)

    def encode(self, text: str) -> list[int]:
        """Return the number of each symbol of a text. Raises ValueError for one that is not known."""
        numbers = []
        for symbol in self.split(text):
            if symbol not in self._numbers:
                raise ValueError(f"{symbol!r} is not one of the {len(self) - 1} symbols that are known")
            numbers.append(self._numbers[symbol])
        return numbers

    def decode(self, numbers: Iterable[int]) -> str:
        """Return the text of some symbols.

        Raises ValueError for a number that no symbol has, TypeError for text and what is no whole number.
        """
        symbols = []
        for number in whole_symbols(numbers):
            if not 0 <= number < len(self):
                raise ValueError(f"symbol {number} is out of range for {len(self)} symbols")
            symbols.append(self.symbols[number])
        return self.join(filter(None, symbols))

    @staticmethod
    def split(text: str) -> list[str]:
        """Return the symbols of a text."""
        raise NotImplementedError

    @staticmethod
    def join(symbols: Iterable[str]) -> str:
        """Return the text that some symbols make."""
        raise NotImplementedError


class CharacterTokenizer(Tokenizer):
    """A symbol is a character."""

    @staticmethod
    def split(text: str) -> list[str]:
        """Return the characters of a text."""
        return list(text)

    @staticmethod
    def join(symbols: Iterable[str]) -> str:
        """Return the characters, one after the other."""
        return "".join(symbols)


MARK = "\N{COMBINING GRAVE ACCENT}"
"""Stands for all marks where a text is cut, for Python's \\w has none of them."""

WORD = rf"\w[\w{MARK}]*"
SYMBOL = re.compile(rf"{WORD}(?:['’]{WORD})*|[^\w\s]{MARK}*")


class WordTokenizer(Tokenizer):
    """A symbol is a word, or a sign between words; blanks are not kept."""

    @staticmethod
    def split(text: str) -> list[str]:
        """Return the words and signs of a text: "it's so, yes" is it's, so, a comma, and yes.

        Marks, such as accents and the vowel signs of Hindi, and joiners belong to what they stand on.
        """
        seen = "".join(MARK if _is_mark(character) else character for character in text)
        return [text[slice(*found.span())] for found in SYMBOL.finditer(seen)]

    @staticmethod
    def join(symbols: Iterable[str]) -> str:
        """Return words with a blank before each, and signs close behind the word before them."""
        return re.sub(r" (?=[^\w\s])", "", " ".join(symbols))


def _is_mark(character: str) -> bool:
    return category(character)[0] == "M" or character in "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
