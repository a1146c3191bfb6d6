"""Files that appear under their name whole or not at all."""

from __future__ import annotations

import os
import platform
import shutil
from contextlib import suppress
from glob import escape
from itertools import count
from pathlib import Path

_writes = count()


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file that appears complete or not at all; an earlier one stays until then.

    Any number of threads and processes may write to one path, and the last to finish is read. A hidden
    temporary file lies beside it meanwhile, `.name.….tmp`; what a process leaves that is killed while it
    writes, the next write to the same path from the same machine removes. The permissions of an earlier file
    stay. A link leads to the file that is written; a pipe or a device is written to as it is. Raises OSError,
    of the path that was given, where the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)
        else:
            _write_beside(target, content)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


def _write_beside(path: Path, content: bytes) -> None:
    # Beside it, since a rename cannot cross file systems; of a name that no other thread or process takes.
    start = f".{path.name}.{platform.node()}."
    _remove_leftovers(path.parent, start)
    temporary = path.with_name(f"{start}{os.getpid()}.{next(_writes)}.tmp")
    try:
        with temporary.open("wb") as file:
            with suppress(OSError):  # no earlier file, or a file system without permissions
                shutil.copymode(path, temporary)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or the new name might survive a power cut, and the content not
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _remove_leftovers(folder: Path, start: str) -> None:
    """Remove the temporary files of processes of this machine that were killed while they wrote them."""
    if os.name != "posix":
        return  # elsewhere to ask for a process may be to end it
    for leftover in folder.glob(f"{escape(start)}*.*.tmp"):
        with suppress(OSError, ValueError):  # one that cannot be removed does no harm
            try:
                os.kill(int(leftover.name.removeprefix(start).partition(".")[0]), 0)  # 0 only asks
            except ProcessLookupError:
                leftover.unlink()
