"""A drawing as pixels."""

from __future__ import annotations

import re
import warnings
from importlib import import_module
from io import BytesIO

from viz.style import CODE
from viz.text import CJK, no_font

SHARP = 2
"""Pixels of a picture for each of the drawing's own, so that its texts read on a fine screen and in print."""

COLOURS = 32
"""A drawing has some fifteen colours; the others are their edges, smoothed."""


_LETTER = re.compile(rf"<text\b[^>]*>[^<]*?({CJK.pattern})")
_PROBE = f'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="16" font-family="{CODE}">'
NOBODYS = "\U0010fffd"
"""A character that no font has: for private use, and the last one."""


def rasterised(drawing: str, zoom: int = 1, **size: int) -> bytes:
    """Return a drawing as PNG, enlarged by `zoom` or of the `width` in pixels that is given.

    Warns in one line where it has Chinese, Japanese or Korean letters and no font shows them. Raises
    ImportError without the rasteriser, which the extra `png` installs.
    """
    try:
        resvg = import_module("resvg_py")
    except ImportError:
        raise ImportError("pixels need the extra png: pip install 'glassgrad[png]'") from None
    if letter := _LETTER.search(drawing):
        seen, box = (
            bytes(resvg.svg_to_bytes(svg_string=f"{_PROBE}{one}</text></svg>"))
            for one in (letter[1], NOBODYS)
        )
        if seen == box:
            warnings.warn(no_font("Chinese, Japanese and Korean letters"), stacklevel=2)
    return bytes(resvg.svg_to_bytes(svg_string=str(drawing), **(size or {"zoom": zoom})))


def small_png(drawing: str, width: int) -> bytes:
    """Return a drawing as PNG of few colours, a third as long. Raises as `rasterised` does."""
    from PIL import Image

    whole = BytesIO()
    picture = Image.open(BytesIO(rasterised(drawing, width=width))).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(whole, "PNG", optimize=True)
    return whole.getvalue()
