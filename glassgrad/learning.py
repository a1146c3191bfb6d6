"""A training that may end at any time, and what was learned, which is kept whatever ended it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from signal import SIGINT, default_int_handler, getsignal, signal
from threading import current_thread, main_thread
from types import FrameType, TracebackType

import nn
from glassgrad.output import UsageError, message_of, staged


def learn(
    out: Path,
    history: nn.History,
    fit: Callable[[], object],
    keep: Callable[[Path], object],
    *,
    learned: Callable[[], bool],
    begun: str,
) -> Exception | None:
    """Run a training, keep what was learned in `out`, and return the error that ended it, if one did.

    The first Ctrl-C ends the training, which notes it in the history; later ones wait until all is written.
    Unless something was learned, nothing is written, and what ended the training is raised: the error, or
    KeyboardInterrupt, which says that nothing has `begun`. Raises OSError, before anything is learned, if
    `out` cannot be written.
    """
    error: Exception | None = None
    with _Interrupts() as interrupts, staged(out) as folder:
        try:
            try:
                fit()
            finally:
                interrupts.hold()
        except KeyboardInterrupt:
            history.interrupted = True
        except Exception as caught:
            error = caught
        if not learned():
            raise error or KeyboardInterrupt(f"stopped before {begun}; nothing is written")
        keep(folder)
    if interrupts.waiting and error is None:
        raise KeyboardInterrupt(f"stopped; what was learned is in {out}")
    return error


def lasting(error: Exception, moment: str, path: Path) -> Exception:
    """Return an error that ended a training, with where the parameters of some moment are."""
    if isinstance(error, nn.TrainingError):
        return nn.TrainingError(f"{error}; the parameters {moment} are in {path}")
    return UsageError(f"{message_of(error)}; what was learned until then is in {path}")


class _Interrupts:
    """Lets the first Ctrl-C raise KeyboardInterrupt, unless told to hold, and only counts those after it.

    Where Ctrl-C is ignored, as it is in the background, it stays so.
    """

    def __init__(self) -> None:
        self.held = self.waiting = False

    def __enter__(self) -> _Interrupts:
        self.ours = getsignal(SIGINT) is default_int_handler and current_thread() is main_thread()
        if self.ours:
            signal(SIGINT, self._arrived)
        return self

    def hold(self) -> None:
        self.held = True

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if self.held:
            self.waiting = True
        else:
            self.held = True
            raise KeyboardInterrupt

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.ours:
            signal(SIGINT, default_int_handler)
