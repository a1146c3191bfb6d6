"""Every colour, font, size and number format of the drawings.

Blue belongs to the forward pass and orange to the backward pass: the pair that stays apart in every common
kind of colour blindness. Nothing is said by colour alone, so that grey print does too: what is highlighted
has a thick outline, what is still to come a dashed one, and an arrow's head shows where a number travels.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import copysign, inf

LIGHT = {
    "paper": "#ffffff",
    "band": "#f6f7f9",
    "card": "#ffffff",
    "leaf": "#f1f4f8",
    "line": "#b6bfca",
    "rule": "#e1e5ea",
    "wire": "#818c9b",
    "ink": "#17202b",
    "faint": "#586473",
    "forward": "#0a5ca8",
    "forward-wash": "#e2effb",
    "backward": "#b34700",
    "backward-wash": "#fdeadb",
}
DARK = {
    "paper": "#11151b",
    "band": "#181d25",
    "card": "#1c222b",
    "leaf": "#242c37",
    "line": "#4a5666",
    "rule": "#303a47",
    "wire": "#74818f",
    "ink": "#e9eef4",
    "faint": "#a3afbd",
    "forward": "#7cc0ff",
    "forward-wash": "#17344f",
    "backward": "#ffa366",
    "backward-wash": "#482811",
}

ON_AREAS = ("#16202b", "#fefefe")
"""Ink on a pale and on a dark area, whose colours dark mode leaves as they are, and so these."""

# Okabe and Ito's colours. A class of points also has its own marker, a curve its own dash: where they are
# more than these, no two have both alike.
CLASSES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
MARKERS = ("o", "^", "s", "D", "v", "P", "X", "p", ">", "<", "h", "d")
DASHES = ("-", "--", "-.", ":")

# Numbers, names and formulas are set in a fixed-width face: digits align, and the width of a text is known
# without asking the machine which fonts it has.
CODE = "'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono', 'PingFang SC', 'Microsoft YaHei', monospace"
DOT_FACE = "Helvetica"  # every engine knows its widths, and writes it to SVG with a face to fall back on
PROSE = "'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"

RULES = {
    "": {"font-family": CODE, "font-size": "12px", "fill": "ink"},
    ".paper": {"fill": "paper"},
    ".card": {"fill": "card", "stroke": "line", "stroke-width": "1.2px"},
    ".leaf .card": {"fill": "leaf"},
    ".root .card": {"stroke": "ink", "stroke-width": "1.8px"},
    ".pending .card": {"fill": "paper", "stroke-dasharray": "4 3"},
    ".rule": {"stroke": "rule", "stroke-width": "1px"},
    ".tab": {"fill": "faint"},
    ".sign": {"fill": "paper", "font-weight": "bold", "text-anchor": "middle"},
    ".pending .tab": {"fill": "line"},
    ".name": {"font-weight": "bold"},
    ".formula": {"fill": "faint"},
    ".key": {"font-family": PROSE, "font-size": "11px", "fill": "faint"},
    ".number": {"text-anchor": "end"},
    ".grad": {"fill": "backward"},
    ".odd": {"font-weight": "bold", "text-decoration": "underline"},
    ".wire": {"fill": "none", "stroke": "wire", "stroke-width": "1.3px"},
    ".head": {"fill": "wire"},
    ".pill": {"fill": "paper", "stroke": "rule", "stroke-width": "1px"},
    ".local": {"font-size": "11px", "fill": "faint"},
    ".pending .wire": {"stroke": "line", "stroke-dasharray": "4 3"},
    ".pending .head": {"fill": "line"},
    ".travelled .wire": {"stroke": "backward"},
    ".travelled .head": {"fill": "backward"},
    ".computed .card": {"fill": "forward-wash", "stroke": "forward", "stroke-width": "3px"},
    ".computed .tab": {"fill": "forward"},
    ".computed .data": {"fill": "forward", "font-weight": "bold"},
    ".computed .wire": {"stroke": "forward", "stroke-width": "3px"},
    ".computed .head": {"fill": "forward"},
    ".giving .card": {"stroke": "backward", "stroke-width": "3px"},
    ".giving .tab": {"fill": "backward"},
    ".receiving .card": {"fill": "backward-wash", "stroke": "backward", "stroke-width": "3px"},
    ".receiving .grad": {"font-weight": "bold"},
    ".travelling .wire": {"stroke": "backward", "stroke-width": "3.4px"},
    ".travelling .head": {"fill": "backward"},
    ".travelling .pill": {"fill": "backward-wash", "stroke": "backward", "stroke-width": "2px"},
    ".travelling .local": {"fill": "ink"},
    ".sum": {"font-size": "11px", "font-weight": "bold", "fill": "backward"},
    ".underline": {"stroke": "backward", "stroke-width": "1px"},
    ".band": {"fill": "band"},
    ".phase": {"font-family": PROSE, "font-size": "12px", "font-weight": "bold", "fill": "faint"},
    ".phase.computed": {"fill": "forward"},
    ".phase.travelling": {"fill": "backward"},
    ".phase.updating": {"fill": "ink"},
    ".count": {"font-family": PROSE, "font-size": "12px", "fill": "faint"},
    ".headline": {"font-size": "15px", "font-weight": "bold"},
    ".detail": {"font-size": "12px", "fill": "faint"},
    ".prose": {"font-family": PROSE, "font-size": "14px"},
    ".track": {"fill": "rule"},
    ".progress.computed": {"fill": "forward"},
    ".progress.travelling": {"fill": "backward"},
    ".progress.updating": {"fill": "ink"},
    ".neuron": {"fill": "card", "stroke": "ink", "stroke-width": "1.5px"},
    ".input": {"fill": "leaf", "stroke": "ink", "stroke-width": "1.5px"},
    ".half": {"stroke": "line", "stroke-width": "1px"},
    ".middle": {"text-anchor": "middle"},
    ".weight": {"fill": "none", "stroke": "forward", "stroke-linecap": "round"},
    ".weight.negative": {"stroke": "backward", "stroke-dasharray": "7 5", "stroke-linecap": "butt"},
    ".activation": {"fill": "none", "stroke": "ink", "stroke-width": "1.6px", "stroke-linejoin": "round"},
    ".plate": {"fill": "paper"},
    ".outline": {"fill": "band", "stroke": "line", "stroke-width": "1px", "stroke-dasharray": "2 3"},
    ".small": {"font-size": "11px"},
    ".shade.forward": {"fill": "forward"},
    ".shade.backward": {"fill": "backward"},
    ".ground": {"fill": "paper"},
    ".signal": {"fill": "forward"},
    ".pending .signal": {"fill": "faint"},
    ".error": {"fill": "backward"},
    ".told .weight": {"stroke": "wire"},
    ".told .weight.negative": {"stroke": "wire"},
    ".told .computed .weight": {"stroke": "forward"},
    ".told .travelling .weight": {"stroke": "backward"},
    ".told .updating .weight": {"stroke": "ink"},
    ".updating .head": {"fill": "ink"},
    ".pending .neuron": {"fill": "paper", "stroke": "wire", "stroke-dasharray": "4 3"},
    ".computed .neuron": {"fill": "forward-wash", "stroke": "forward", "stroke-width": "3px"},
    ".giving .neuron": {"stroke": "backward", "stroke-width": "3px"},
    ".receiving .neuron": {"fill": "backward-wash", "stroke": "backward", "stroke-width": "3px"},
    ".updating .neuron": {"stroke": "ink", "stroke-width": "3px"},
    ".computed .signal": {"font-weight": "bold"},
    ".receiving .error": {"font-weight": "bold"},
    ".computed .plate": {"fill": "forward-wash", "stroke": "forward", "stroke-width": "1px"},
    ".travelling .plate": {"fill": "backward-wash", "stroke": "backward", "stroke-width": "1px"},
    ".updating .plate": {"fill": "band", "stroke": "ink", "stroke-width": "1px"},
}
"""What each class of shape looks like; a value that names a colour of the palette stands for it."""

# Sizes in pixels. Where a text must fit a box its font size is also needed to measure it.
CODE_SIZE, SMALL_SIZE, HEADLINE_SIZE, PROSE_SIZE = 12.0, 11.0, 15.0, 14.0
PAD, HEADER_LINE, ROW, KEY_ROOM = 10.0, 16.0, 18.0, 36.0
NARROWEST_CARD, TITLE_ROOM, NAME_LINES = 84.0, 210.0, 3
TAB_HEIGHT, TAB_PAD = 24.0, 6.0
STACK, NOTE_ROOM = 6.0, 620.0
PILL_LINE, PILL_PAD = 14.0, 6.0
ARROW, LARGE_ARROW = 8.0, 12.0
MARGIN = 28.0
NARROWEST_FRAME, READING_WIDTH, LARGEST_SCALE = 760.0, 1100.0, 2.5
BAND_TOP, PROSE_LINE, TRACK = 92.0, 20.0, 3.0

DIGITS = 5
NO_GRADIENT = "–"
NOT_FINITE = ("nan", "∞", "−∞")
"""Numbers that look unlike any other, since whatever they meet becomes one of them."""


def number(x: float, digits: int = DIGITS) -> str:
    """Write a number for a drawing: a few significant digits, a true minus sign, no padding.

    That of −0 is kept, since it may decide what comes out.
    """
    if x == 0:  # in a cache 0 and −0 are one
        return "−0" if copysign(1.0, x) < 0 else "0"
    return _apart_from_0(x, digits)


@lru_cache(maxsize=50_000)  # the texts of one graph repeat their numbers
def _apart_from_0(x: float, digits: int) -> str:
    if x != x or abs(x) == inf:
        text = {inf: "∞", -inf: "-∞"}.get(x, "nan")
    else:
        text = _digits(x, digits).replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    return text.replace("-", "−")


def bracketed(x: float, digits: int = DIGITS) -> str:
    """Write a number as a factor or a term after a sign: in brackets if it has a minus sign."""
    text = number(x, digits)
    return f"({text})" if text.startswith("−") else text


def raised(x: float, digits: int = DIGITS) -> str:
    """Write a number into a formula where it is raised: in brackets if it has a minus sign or an exponent."""
    text = bracketed(x, digits)
    return f"({text})" if "e" in text and not text.startswith("(") else text


def _digits(x: float, digits: int) -> str:
    return f"{x:.0f}" if 10**digits <= abs(x) < 1e7 else f"{x:.{digits}g}"


def stylesheet() -> str:
    """Return the CSS of every drawing, light, and on a screen as dark as its reader's mode.

    No custom properties, for the many programs that read SVG without them. Every selector starts at
    `.glassgrad`: a style sheet inside an SVG applies to the whole page that holds it.
    """
    return "\n".join((*_rules(LIGHT), dark_styles()))


def dark_styles() -> str:
    """Return the CSS of a reader's dark mode, for a drawing whose shapes have all else."""
    colours = {
        selector: {name: value for name, value in declarations.items() if value in DARK}
        for selector, declarations in RULES.items()
    }
    return "\n".join((ON_DARK_SCREENS, *_rules(DARK, colours), "}"))


def palette() -> str:
    """Return the CSS of a page around drawings, which names fonts and colours; print has the light colours.

    With it a drawing needs no `stylesheet` of its own.
    """
    fonts = {"code": CODE, "prose": PROSE}
    names = {name: f"var(--{name})" for name in LIGHT} | {
        font: f"var(--{name})" for name, font in fonts.items()
    }
    colours = (_palette(LIGHT | fonts), ON_DARK_SCREENS, _palette(DARK), "}")
    return "\n".join((*colours, ".glassgrad {", *_rules(names, scope="& "), "}"))


ON_DARK_SCREENS = "@media screen and (prefers-color-scheme: dark) {"


def _palette(colours: Mapping[str, str]) -> str:
    return ":root {" + "".join(f"--{name}: {value};" for name, value in colours.items()) + "}"


def _rules(
    colours: Mapping[str, str], rules: Mapping[str, Mapping[str, str]] = RULES, scope: str = ".glassgrad "
) -> list[str]:
    return [
        f"{scope}{selector} {{"
        + "".join(f"{name}: {colours.get(value, value)};" for name, value in declarations.items())
        + "}"
        for selector, declarations in rules.items()
        if declarations
    ]
