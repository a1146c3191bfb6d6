"""Writing whatever is shown to a file: the ending of its name says as what."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd import Value
from viz.canvas.svg import Forms, Svg, picture_forms, write_as
from viz.graph.draw import draw
from viz.graph.drawing import Drawing
from viz.player.page import Player, player
from viz.record.passes import Passes
from viz.stills.frames import frames
from viz.stills.gif import gif
from viz.stills.storyboard import Frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Shown: TypeAlias = "Value | Passes | Player | Drawing | Svg | Sequence[Frame] | Axes"


def export(shown: Shown, path: str | os.PathLike[str], *, lang: str = "en") -> Path:
    """Write a graph, its passes, a player, a drawing, frames or a plot to a file; return its path.

    The ending of the path says as what: `.html` the page that computes, `.gif` the frames one after the
    other, `.svg` or `.png` a picture; of frames, the last; of a plot's Axes, its figure. Of a Value or its
    passes the page and the frames speak `lang`, "en" or "zh". The file is written whole or not at all.

    Raises ValueError for another ending, and where there is no such form, as there is no page of a picture;
    ImportError for pixels without the extra `png`; OSError if the file cannot be written.
    """
    pages: Forms = {".html": lambda: _page(shown, lang).html, ".gif": lambda: gif(_frames(shown, lang))}
    pictures = picture_forms(lambda: _drawn(shown, lang))
    if hasattr(shown, "figure"):
        from viz.plots.saved import saved  # with NumPy, which other drawings do without

        pictures = {kind: partial(saved, shown, kind.removeprefix(".")) for kind in pictures}
    return write_as(path, {**pages, **pictures})


def _page(shown: Shown, lang: str) -> Player:
    if isinstance(shown, Player):
        return shown
    if isinstance(shown, Value | Passes):
        return player(shown, lang=lang)
    raise ValueError(f"a page is made of a Value, its passes or a player, got {shown!r}")


def _frames(shown: Any, lang: str) -> Sequence[Frame]:
    if isinstance(shown, Player):
        return frames(shown.recorded, lang=shown.lang)
    if isinstance(shown, Value | Passes):
        return frames(shown, lang=lang)
    if not isinstance(shown, Sequence) or not all(isinstance(each, Frame) for each in shown):
        raise ValueError(f"a GIF is made of frames, a Value, its passes or a player, got {shown!r}")
    given: Sequence[Frame] = shown
    return given


def _drawn(shown: Any, lang: str) -> Svg:
    if isinstance(shown, Svg):
        return shown
    if isinstance(shown, Drawing):
        return shown.svg()
    if isinstance(shown, Value):
        return draw(shown).svg()
    if isinstance(shown, Passes):
        return player(shown, lang=lang).picture
    if isinstance(shown, Player):
        return shown.picture
    if not isinstance(shown, Sequence) or not shown or not isinstance(shown[-1], Frame):
        raise ValueError(
            "a picture is made of frames, at least one, a Value, its passes, a player, a drawing or a plot's "
            f"Axes, got {shown!r}"
        )
    return shown[-1].svg
