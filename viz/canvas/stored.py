"""A drawing as pixels, and as a notebook stores it: for readers who trust nothing that they open.

JupyterLab shows an untrusted notebook's PNG and drops its SVG; GitHub and nbviewer show SVG without its style
sheet. So both are stored, and each shape has its colours as attributes, which a style sheet still overrides.
"""

from __future__ import annotations

import re
import warnings
from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from math import sqrt
from typing import Any

from viz.style import CODE, LIGHT, RULES, dark_styles
from viz.text import CJK, no_font

SVG_TYPE, PNG_TYPE = "image/svg+xml", "image/png"
CELL = 968
"""The width of a notebook's cell in JupyterLab, in pixels: a wider drawing fills it, and shrinks to it."""

FINE = 1.5
"""Pixels of the PNG for each that it is shown with: finer ones make notebooks large."""

MOST_PIXELS = 12e6
SHARP = 2
"""Pixels of a picture for each of the drawing's own, so that its texts read on a fine screen and in print."""

COLOURS = 32
"""A drawing has some fifteen colours; the others are their edges, smoothed."""

NOBODYS = "\U0010fffd"
"""A character that no font has: for private use, and the last one."""

_LETTER = re.compile(rf"<text\b[^>]*>[^<]*?({CJK.pattern})")
_PROBE = f'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="16" font-family="{CODE}">'
_TAG = re.compile(r"<(/?)(\w+)([^<>]*?)(/?)>")
_CLASS = re.compile(r' class="([^"]*)"')
_GIVEN = re.compile(r' ([\w-]+)="[^"]*"')
_SIZE = re.compile(r'<svg [^>]*? width="([^"]*)" height="([^"]*)"')
_STYLE = re.compile(r"<style>.*?</style>\n?", re.DOTALL)

Classes = frozenset[str]


def bundle(drawing: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a drawing for a notebook, and what is to be known of it, by media type.

    There is a PNG if the extra `png` is installed.
    """
    forms: dict[str, Any] = {SVG_TYPE: stored(drawing)}
    try:
        forms[PNG_TYPE], width = encoded(drawing)
    except ImportError:
        return forms, {}
    return forms, {PNG_TYPE: {"width": width}}


def stored(drawing: str) -> str:
    """Return a drawing with colours and fonts as attributes, as wide as a cell if it is wider."""
    width, height = _size(drawing)
    sheet = f"<style>\n{dark_styles()}\n</style>\n"
    drawing = _STYLE.sub(lambda _: sheet, with_attributes(drawing), count=1)
    size = f'width="{width:.6g}" height="{height:.6g}"'
    return drawing.replace(size, 'width="100%"', 1) if width > CELL else drawing


def encoded(drawing: str) -> tuple[str, int]:
    """Return a drawing as PNG in base 64, and the width to show it at. Raises as `small_png` does."""
    width, height = _size(drawing)
    across = min(FINE * width, max(width, FINE * CELL))
    across *= min(1.0, sqrt(MOST_PIXELS / (across * across * height / width)))
    return b64encode(small_png(drawing, max(round(across), 1))).decode(), round(min(width, CELL))


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


def with_attributes(drawing: str) -> str:
    """Return a drawing in which each shape has what the rules say of it as attributes of its own."""
    return "".join(_written(drawing))


def _written(drawing: str) -> Iterator[str]:
    around: list[Classes] = []
    end = 0
    for tag in _TAG.finditer(drawing):
        closing, name, attributes, alone = tag.groups()
        yield drawing[end : tag.start()]
        end = tag.end()
        if closing:
            around.pop()
            yield tag[0]
            continue
        classes = _CLASS.search(attributes)
        own = frozenset(classes[1].split()) if classes else frozenset[str]()
        yield f"<{name}{_painted(attributes, _look((*around, own)))}{alone}>"
        if not alone:
            around.append(own)
    yield drawing[end:]


def _painted(attributes: str, look: dict[str, str]) -> str:
    """Return attributes with a look among them, which stands above them as a style sheet does."""
    others = _GIVEN.sub(lambda given: "" if given[1] in look else given[0], attributes)
    return others + "".join(f' {key}="{value}"' for key, value in look.items())


@lru_cache(maxsize=2_000)  # the boxes of a drawing lie in each other alike
def _look(nested: tuple[Classes, ...]) -> dict[str, str]:
    """Return what the rules say of the innermost of shapes that lie in each other, from the outermost on."""
    *around, own = nested
    found: list[tuple[int, int, dict[str, str]]] = []
    for place, (selector, declarations) in enumerate(RULES.items()):
        *outer, last = [frozenset(part.split(".")[1:]) for part in selector.split()] or [
            frozenset({"glassgrad"})
        ]
        if last <= own and own and _lies_in(outer, around):
            found.append((sum(map(len, (*outer, last))), place, declarations))
    look: dict[str, str] = {}
    for *_, declarations in sorted(found, key=lambda rule: rule[:2]):
        look |= declarations
    return {key: LIGHT.get(value, value).replace('"', "'") for key, value in look.items()}


def _lies_in(outer: list[Classes], around: list[Classes]) -> bool:
    """Whether shapes lie around that match one selector after the other, from the outside in."""
    nested = iter(around)
    return all(any(wanted <= classes for classes in nested) for wanted in outer)


def _size(drawing: str) -> tuple[float, float]:
    found = _SIZE.match(drawing)
    if found is None:
        raise ValueError(f"a drawing begins with its width and height, got {drawing[:40]!r}")
    return float(found[1]), float(found[2])
