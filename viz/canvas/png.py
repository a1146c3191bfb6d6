"""A drawing as pixels."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO

SHARP = 2
"""Pixels of a picture for each of the drawing's own, so that its texts read on a fine screen and in print."""

COLOURS = 32
"""A drawing has some fifteen colours; the others are their edges, smoothed."""


def rasterised(drawing: str, zoom: int = 1, **size: int) -> bytes:
    """Return a drawing as PNG, enlarged by `zoom` or of the `width` in pixels that is given.

    Raises ImportError without the rasteriser, which the extra `png` installs.
    """
    try:
        resvg = import_module("resvg_py")
    except ImportError:
        raise ImportError("pixels need the extra png: pip install 'glassgrad[png]'") from None
    return bytes(resvg.svg_to_bytes(svg_string=str(drawing), **(size or {"zoom": zoom})))


def small_png(drawing: str, width: int) -> bytes:
    """Return a drawing as PNG of few colours, a third as long. Raises as `rasterised` does."""
    from PIL import Image

    whole = BytesIO()
    picture = Image.open(BytesIO(rasterised(drawing, width=width))).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(whole, "PNG", optimize=True)
    return whole.getvalue()
