"""Interrupting a call at any moment at which Python could be interrupted: between two of its bytecodes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parent.parent
PACKAGES = tuple(str(ROOT / name) for name in ("autograd", "nn", "viz", "glassgrad"))


def press_ctrl_c() -> None:
    raise KeyboardInterrupt


def interrupted(call: Callable[[], Any], moment: int, handler: Callable[[], Any] = press_ctrl_c) -> bool:
    """Run a call, and a signal's handler before its bytecode number `moment` in this project's own files.

    Return whether the call lasted so long. KeyboardInterrupt goes no further.
    """
    left = moment

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        if event == "call" and not frame.f_code.co_filename.startswith(PACKAGES):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left == -1:
                handler()  # is not traced itself
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return left < 0
