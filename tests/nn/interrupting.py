"""Ctrl-C at a chosen bytecode: all that a signal can do, without a timer."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def interrupt(call: Callable[[], Any], at: int = 0) -> int:
    """Make a call, raise KeyboardInterrupt before its bytecode number `at`, and return the last one's number.

    CPython handles signals between bytecodes only. From 1; with 0 nothing is raised.
    """
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        if event == "opcode":
            count += 1
            if count == at:
                raise KeyboardInterrupt  # after which Python traces no more
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
