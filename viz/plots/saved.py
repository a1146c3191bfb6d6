"""A plot as a file. In SVG it follows its reader into dark mode."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from viz.style import DARK, LIGHT

SHARPNESS = 200
"""Pixels an inch, in PNG."""


def saved(plot: Any, kind: str) -> bytes:
    """Return the figure of Axes as "svg" or "png", with what lies around it: of one plot, one file."""
    import matplotlib as mpl

    figure = plot.figure.figure  # of a part of a figure, the whole
    whole = BytesIO()
    dateless = {"metadata": {"Date": None}} if kind == "svg" else {}
    with mpl.rc_context({"svg.hashsalt": "glassgrad"}):
        figure.savefig(whole, format=kind, dpi=SHARPNESS, bbox_inches="tight", **dateless)
    return _with_dark_mode(whole.getvalue().decode()).encode() if kind == "svg" else whole.getvalue()


def _with_dark_mode(drawing: str) -> str:
    """Return a drawing in which each colour of the light palette becomes that of the dark one where asked.

    matplotlib writes a colour into the style of a shape, and leaves black unwritten.
    """
    turned = {light: DARK[name] for name, light in reversed(LIGHT.items())}
    rules = [
        f'[style*="{part}: {light}"] {{ {part}: {dark} !important }}'
        for light, dark in turned.items()
        for part in ("fill", "stroke")
    ]
    black = f"svg {{ fill: {DARK['ink']} }}"
    style = "\n".join(("", "@media screen and (prefers-color-scheme: dark) {", black, *rules, "}", ""))
    return re.sub("(?=</style>)", lambda _: style, drawing, count=1)
