"""The text of a table: bytes become lines of cells, whatever separates them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from nn.data.dataset import DataError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SAMPLE = 50
"""The records that a separator is judged by."""


class CsvFile:
    """A table as it was written: a line of names, then lines of cells."""

    def __init__(self, raw: bytes, source: str, separator: str | None, encoding: str | None) -> None:
        self.raw = raw
        self.source = source
        self.encoding = encoding or "utf-8"
        if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
            raise DataError(f"expected one character to separate by, got {separator!r}")
        self.left_out: set[int] = set()
        """The lines that `rows` passes over."""
        self.separator = self._separator() if separator is None else separator
        self.names = self._names()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line and the cells of each row; each row has as many cells as there are names."""
        width, names = len(self.names), True
        for line, cells in self._records(self.separator):
            if names:
                names = False
            elif len(cells) != width:
                other = ";" if self.separator == "," else ","
                raise DataError(
                    f"{self.source}, line {line}: {len(cells)} values for {width} columns; cells are "
                    f"separated by {separator_name(self.separator)}, and separator={other!r} names another"
                )
            elif line not in self.left_out:
                yield line, cells

    def _names(self) -> list[str]:
        for _, cells in self._records(self.separator):
            return cells
        raise DataError(f"{self.source} is empty; a line of column names and rows of values are needed")

    def _records(self, separator: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the cells of each line that is not blank, with the number of the line."""
        try:
            text = io.TextIOWrapper(io.BytesIO(self.raw), self.encoding, newline="")
            if text.read(1) != "\ufeff":  # the byte order mark that spreadsheets put in front
                text.seek(0)
            reader = csv.reader(text, delimiter=separator, strict=True, skipinitialspace=True)
            for row in reader:
                cells = [cell.strip() for cell in row]
                if cells not in ([], [""]):
                    yield reader.line_num, cells
        except LookupError:
            raise DataError(
                f"no encoding is called {self.encoding!r}; utf-8, utf-16 and latin-1 are some"
            ) from None
        except UnicodeError as error:
            raise self._not_text(error) from None
        except csv.Error as error:
            raise DataError(f"{self.source}, line {reader.line_num}: {error}") from None

    def _not_text(self, fault: UnicodeError) -> DataError:
        if not isinstance(fault, UnicodeDecodeError):
            remedy = "name another encoding, such as 'latin-1'"
            if "BOM" in str(fault):
                name = self.encoding.lower().replace("_", "-")
                remedy = f"it has no byte order mark: name '{name}-le' or '{name}-be'"
            return DataError(f"{self.source} is not {self.encoding} text; {remedy}")
        try:
            self.raw.decode(self.encoding)
        except UnicodeDecodeError as error:  # its place is that in the file, and not in a piece of it
            fault = error
        line, byte = self.raw.count(b"\n", 0, fault.start) + 1, fault.object[fault.start]
        name = "UTF-8" if self.encoding == "utf-8" else self.encoding
        return DataError(
            f"{self.source}, line {line}: byte 0x{byte:02x} is not {name} text; name another encoding, such "
            "as 'latin-1' or 'utf-16'"
        )

    def _separator(self) -> str:
        """Return what cuts the first records into equal rows, or else the names into most; or a comma.

        Where others cut as evenly as commas, these are part of names, or of decimals.
        """

        def fit(separator: str) -> tuple[bool, bool, int]:
            widths: list[int] = []
            with suppress(DataError):  # a fault is met again, and told, when all is read
                widths.extend(len(cells) for _, cells in islice(self._records(separator), SAMPLE))
            even = len({*widths}) == 1 and widths[0] > 1
            return even, even and separator != ",", max(widths[:1], default=0)

        return max(SEPARATORS, key=fit)


def separator_name(separator: str) -> str:
    """Return how a separator is called."""
    return SEPARATORS.get(separator, repr(separator))
