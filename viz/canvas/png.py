"""A drawing as pixels."""

from __future__ import annotations

from importlib import import_module

from viz.canvas.svg import Svg

SHARP = 2
"""Pixels of a picture for each of the drawing's own, so that its texts read on a fine screen and in print."""


def rasterised(drawing: Svg, zoom: int = 1) -> bytes:
    """Return a drawing as PNG. Raises ImportError without the rasteriser, which the extra `png` installs."""
    try:
        resvg = import_module("resvg_py")
    except ImportError:
        raise ImportError("pixels need the extra png: pip install 'glassgrad[png]'") from None
    return bytes(resvg.svg_to_bytes(svg_string=str(drawing), zoom=zoom))
