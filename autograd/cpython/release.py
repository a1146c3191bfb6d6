"""Freeing a deep graph on CPython 3.13, where that would overflow the stack of a small thread.

Freeing a node frees its arguments, which frees theirs, each inside the other. CPython cuts this nesting
short: up to 3.12 after 50 levels, from 3.14 on where the stack ends. 3.13 cuts it after 10,000 levels,
whatever the stack, and a thread of 512 KB is not that deep. So there, from the first time that a thread other
than the main one records, or asks for a way to record, a node takes its graph apart in a loop.
"""

from __future__ import annotations

import sys
from _thread import interrupt_main, start_new_thread
from collections.abc import Callable
from contextvars import ContextVar
from threading import current_thread, main_thread
from typing import Any

ONLY_HERE = 2
"""What `getrefcount` says of an object that one variable holds: that, and its own argument."""

Recorder = Callable[[Any, tuple[Any, ...]], Any]


def recorder_variable(node_type: Any, record: Recorder) -> ContextVar[Recorder]:
    """Return the variable that holds what records in a context: `record`, unless it is set.

    On 3.13 the first recording in a new thread also gives `node_type` its finalizer.
    """
    if sys.version_info[:2] != (3, 13):
        return ContextVar("recorder", default=record)

    def first(primitive: Any, args: tuple[Any, ...]) -> Any:
        prepare_thread(node_type)
        if recorder.get() is first:
            recorder.set(record)
        return record(primitive, args)

    recorder = ContextVar("recorder", default=first)
    if current_thread() is main_thread():  # whose stack is deep enough: there the finalizer would only cost
        recorder.set(record)
    return recorder


def prepare_thread(node_type: Any) -> None:
    """Give `node_type` its finalizer where this thread may need it: on 3.13, outside the main one."""
    if sys.version_info[:2] == (3, 13) and current_thread() is not main_thread():
        if "__del__" not in vars(node_type):
            node_type.__del__ = _finalizer(node_type)


def _finalizer(node_type: Any) -> Callable[[Any], None]:
    """Return a `__del__` that frees what only the node holds, and what only that holds, in a loop."""
    # A node taken apart becomes one of a type without a finalizer, so that freeing it is no call.
    bare = type("Freed", node_type.__bases__, {"__slots__": node_type.__slots__})

    def free(self: Any) -> None:
        node: Any
        waiting: list[Any] = [*getattr(self, "edges", ())[::2]]  # a Value of no number has not come so far
        _let_go(self)
        while waiting:
            try:
                while waiting:
                    node = waiting.pop()
                    if type(node) is node_type and sys.getrefcount(node) == ONLY_HERE:
                        waiting += node.edges[::2]
                        _let_go(node)
                        node.__class__ = bare
            except KeyboardInterrupt:
                # An exception in a finalizer is dropped: let a thread press Ctrl-C again once this is over.
                start_new_thread(interrupt_main, ())

    return free


def _let_go(node: Any) -> None:
    node._first = node._second = None
