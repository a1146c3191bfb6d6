"""Which font shows Chinese, Japanese and Korean letters in a plot. matplotlib brings none that has them."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from viz.text import CJK, no_font

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FACES = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans CJK JP"),
    *("PingFang SC", "Hiragino Sans GB", "Heiti SC", "STHeiti", "Arial Unicode MS"),  # macOS
    *("Microsoft YaHei", "DengXian", "SimHei", "SimSun"),  # Windows
    *("WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback"),
)
"""Fonts with these letters, the best first, by the names that matplotlib has for them."""

NORMAL = 400


def legible(ax: Axes) -> Axes:
    """Let each text of `ax` that has Chinese, Japanese or Korean letters fall back on a font that shows them.

    Other texts are left as they are. Warns in one line where no such font is found, and returns `ax`.
    """
    from matplotlib.text import Text

    texts = [text for text in ax.findobj(Text) if isinstance(text, Text) and CJK.search(text.get_text())]
    face = cjk_face() if texts else None
    if face:
        for text in texts:
            text.set_fontfamily([*text.get_fontfamily(), face])
    elif texts:
        warnings.warn(
            f"{no_font(repr(texts[0].get_text()))}, and delete the folder matplotlib.get_cachedir()",
            stacklevel=3,
        )
    return ax


@lru_cache(maxsize=1)
def cjk_face() -> str | None:
    """Return the first of `FACES` that matplotlib finds on this machine, or None."""
    from matplotlib.font_manager import fontManager, weight_dict

    for face in FACES:
        found = [font for font in fontManager.ttflist if font.name == face]
        if not found:
            continue
        weights = {
            weight_dict[font.weight] if isinstance(font.weight, str) else font.weight for font in found
        }
        if NORMAL not in weights:
            # Its only weight is as good as any, and need not be complained of on every plot.
            fontManager.ttflist.append(replace(found[0], weight=NORMAL))
        return face
    return None
