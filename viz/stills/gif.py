"""Frames as one moving picture."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from autograd import Value
from viz.canvas.stored import rasterised
from viz.canvas.svg import write_as
from viz.record.passes import Passes
from viz.stills.frames import drawn_frames
from viz.stills.storyboard import Frame

COLOURS = 128
SECONDS = 2.5
LAST = 3
"""The last frame stays so many times as long: then the story starts again."""

LONGEST = 655_350
"""The most milliseconds that a GIF can say of a frame: 16 bits of hundredths of a second."""


def write_gif(
    value: Value | Passes | Sequence[Frame], path: str | os.PathLike[str], seconds: float = SECONDS
) -> Path:
    """Write frames, or those of a value's passes, as a GIF that plays over and over; return its path.

    Each frame stays for `seconds`, the last three times, frames in a row that look alike for their sum; none
    for more than 655.35 seconds, the most that a GIF can say. The file is written whole or not at all.
    Raises ImportError if the rasteriser is missing, which the extra `png` installs; ValueError for no frame,
    frames of different sizes, `seconds` outside 0.02 to 600, and a path that does not end in .gif; OSError if
    the file cannot be written; and as `frames` does.
    """
    return write_as(path, {".gif": lambda: gif(value, seconds)})


def gif(value: Value | Passes | Sequence[Frame], seconds: float = SECONDS) -> bytes:
    """Return the GIF that `write_gif` writes. Raises as it does."""
    if not 0.02 <= seconds <= 600:
        raise ValueError(f"a frame can stay for 0.02 to 600 seconds, got {seconds!r}")
    drawn = drawn_frames(value)
    if not drawn:
        raise ValueError("a GIF needs at least one frame, got none")
    stays = [round(1000 * seconds)] * (len(drawn) - 1) + [round(1000 * seconds * LAST)]
    pictures = _merged(_pictures(drawn), stays)
    first = next(pictures)
    whole = BytesIO()
    first.save(whole, "GIF", save_all=True, append_images=pictures, loop=0)
    return whole.getvalue()


def _merged(pictures: Iterator[Any], stays: Sequence[int]) -> Iterator[Any]:
    """Yield pictures with their milliseconds, those that look alike as one, for at most what a GIF can say.

    Pillow would merge them too, and add up more than fits.
    """
    shown = (
        (picture, picture.convert("RGB").tobytes(), stay)
        for picture, stay in zip(pictures, stays, strict=True)
    )
    for _, alike in groupby(shown, key=itemgetter(1)):
        (picture, _, stay), *others = alike
        picture.info["duration"] = min(stay + sum(more for *_, more in others), LONGEST)
        yield picture


def _pictures(drawn: Sequence[Frame]) -> Iterator[Any]:
    from PIL import Image

    size = None
    for frame in drawn:
        picture = Image.open(BytesIO(rasterised(frame.svg))).convert("RGB")
        if size not in (None, picture.size):
            raise ValueError(f"a GIF needs frames of one size, got {size} and {picture.size}")
        size = picture.size
        yield picture.quantize(COLOURS)
