"""Threads that help with calls: started once, they wait for the next; a start for each would take longer."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

Help: TypeAlias = Callable[[], Any]

_waiting: list[SimpleQueue[Help]] = []


def ask(helps: Sequence[Help]) -> None:
    """Let each of the calls be made by a thread of its own, soon; by none that has one not yet begun."""
    while len(_waiting) < len(helps):
        _waiting.append(SimpleQueue())
        Thread(target=_help, args=[_waiting[-1]], name="glassgrad", daemon=True).start()
    for queue, call in zip(_waiting, helps, strict=False):
        if queue.empty():
            queue.put(call)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _help(queue: SimpleQueue[Help]) -> None:
    while True:
        queue.get()()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_waiting.clear)  # whose threads are in the parent alone
