"""The C compilers found here, which programs in C are compiled by in turn."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from autograd.compiler.backends.native.toolchain import COMPILER, compilers


@cache
def commands() -> list[str]:
    """Return the commands of the compilers, each once: `cc` is often another name of `gcc`."""
    by_program = {os.path.realpath(command[0]): shlex.join(command) for command in compilers()}
    return list(by_program.values())


@contextmanager
def in_turn(number: int) -> Iterator[str]:
    """Compile by one of the compilers; its command."""
    found, before = commands(), os.environ.get(COMPILER)
    os.environ[COMPILER] = found[number % len(found)] if found else ""
    try:
        yield os.environ[COMPILER]
    finally:
        os.environ[COMPILER] = before or ""
