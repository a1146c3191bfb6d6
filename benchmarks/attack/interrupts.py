"""Ctrl-C at a chosen bytecode: all that a signal can do, without a timer."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def press_ctrl_c() -> None:
    raise KeyboardInterrupt


def _in_finalizer(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_name != "__del__":
        frame = frame.f_back
    return frame is not None


def interrupt(call: Callable[[], Any], at: int = 0, handler: Callable[[], Any] = press_ctrl_c) -> int:
    """Make a call, run a signal's handler before its bytecode number `at`, and return the last one's number.

    CPython handles signals between bytecodes only. From 1; with 0 no signal comes.
    """
    count, due = 0, at > 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count, due
        frame.f_trace_opcodes = True
        if event == "opcode":
            count += 1
            # Python drops what is raised in a finalizer, so there the signal waits for its end.
            if due and count >= at and not _in_finalizer(frame):
                due = False
                handler()  # is not traced itself; after an exception nothing is
        return trace

    before = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # or Python 3.12 counts none
    gc.disable()  # what it frees is not the call's, nor its bytecodes
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
        gc.enable()
    return count
