"""Building the gallery: a picture for each piece, its pages, and an index of them in both languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

import viz
from docs.gallery.examples import Piece
from docs.gallery.pieces import PIECES
from viz.canvas.svg import write

INDEX = Template((Path(__file__).parent.parent / "assets" / "gallery.html").read_text(encoding="utf-8"))
LANGUAGES = {"en": "play", "zh": "播放"}
HEAD = """# Gallery · 画廊

Pictures drawn by glassgrad, each number computed by its engine. `python -m docs.gallery` builds them anew,
with the pages that compute, and `index.html`, which leads to them.

这些图由 glassgrad 绘制，每个数字都由它的引擎算出。运行 `python -m docs.gallery` 会重新生成它们，
以及可以操作的页面和它们的目录 `index.html`。
"""
WIDE = 1000.0
"""A picture that is wider, in pixels, takes the whole width of the index."""


def build(folder: Path, pieces: Sequence[Piece] = PIECES) -> Path:
    """Write pictures, pages, an index and a README to a folder, which is made if need be; return the index.

    Nothing in it asks a network for anything. Raises OSError if the folder cannot be written.
    """
    for name in ("stills", "pages"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for piece in pieces:
        viz.export(piece.picture(), folder / "stills" / f"{piece.name}.svg")
        if piece.frames is not None:
            viz.write_gif(piece.frames(), folder / "stills" / f"{piece.name}.gif", seconds=1.0)
        if piece.page is not None:
            for lang in LANGUAGES:
                piece.page(lang).save(folder / "pages" / f"{piece.name}.{lang}.html")
    write(folder / "README.md", "\n".join([HEAD, *map(_section, pieces)]))
    cards = [_card(piece, folder / "stills" / f"{piece.name}.svg") for piece in pieces]
    return write(folder / "index.html", INDEX.substitute(pieces="\n".join(cards)))


def _card(piece: Piece, picture: Path) -> str:
    size = re.search(r'<svg [^>]*? width="([0-9.]+)', picture.read_text(encoding="utf-8"))
    wide = ' class="wide"' if size and float(size[1]) > WIDE else ""
    (english, chinese), (told, told_chinese) = piece.title, piece.text
    links = "".join(
        f' <a class="play" lang="{lang}" href="pages/{piece.name}.{lang}.html">▶ {word}</a>'
        for lang, word in LANGUAGES.items()
        if piece.page is not None
    )
    if piece.frames is not None:
        links += f' <a class="play" href="stills/{piece.name}.gif">▶ GIF</a>'
    return (
        f'<article id="{piece.name}"{wide}>'
        f'<h2>{escape(english)} <span lang="zh">{escape(chinese)}</span></h2>'
        f'<p>{escape(told)} <span lang="zh">{escape(told_chinese)}</span>{links}</p>'
        f'<a href="stills/{piece.name}.svg"><img src="stills/{piece.name}.svg" alt="{escape(told)}" '
        'loading="lazy"></a></article>'
    )


def _section(piece: Piece) -> str:
    pictures = [f"{piece.name}.svg", *([] if piece.frames is None else [f"{piece.name}.gif"])]
    shown = "\n\n".join(f"![{piece.text[0]}](stills/{name})" for name in pictures)
    return f"## {piece.title[0]} · {piece.title[1]}\n\n{piece.text[0]}\n\n{piece.text[1]}\n\n{shown}\n"
