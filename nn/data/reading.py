"""Reading a file that somebody has named: all of its bytes, or one line that says why not."""

from __future__ import annotations

import os
from pathlib import Path

from nn.data.dataset import DataError

MOST_BYTES = 64 * 2**20
"""The size of the largest file that is read; the cells of a table take some fifty times as much memory."""


def read_bytes(path: str | Path) -> bytes:
    """Return the content of a file. Raises DataError for one that cannot be read or is too large."""
    source = repr(str(path))
    if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):  # a pipe may never end
        raise DataError(f"cannot read {source}: it is no ordinary file; save its content as one")
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise DataError(f"no such file: {source}") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise DataError(f"cannot read {source}: {getattr(error, 'strerror', None) or error}") from None
    if raw.startswith(b"PK\x03\x04"):
        raise DataError(f"{source} is a spreadsheet or another archive: save the table as CSV, and give that")
    if len(raw) > MOST_BYTES:
        raise DataError(f"{source} is larger than {MOST_BYTES} bytes, which is the most that is read")
    return raw
