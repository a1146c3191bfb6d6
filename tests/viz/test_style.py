"""Colours that can be read, in light and in dark, and texts that fit."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz import style, text


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_texts_have_the_contrast_that_wcag_asks(palette: dict[str, str]) -> None:
    grounds = ("paper", "band", "card", "leaf", "forward-wash", "backward-wash")
    pairs = [(ink, ground) for ink in ("ink", "faint") for ground in grounds]
    pairs += [("forward", ground) for ground in ("band", "forward-wash")]
    pairs += [("backward", ground) for ground in ("band", "card", "leaf", "forward-wash", "backward-wash")]
    pairs += [("paper", ground) for ground in ("faint", "forward", "backward")]
    for pair in pairs:
        assert contrast(*(palette[name] for name in pair)) >= 4.5, pair


@pytest.mark.parametrize("palette", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_lines_that_mean_something_can_be_seen(palette: dict[str, str]) -> None:
    for line in ("wire", "forward", "backward"):
        assert contrast(palette[line], palette["paper"]) >= 3.0


def test_both_palettes_name_the_same_colours_and_every_rule_uses_them() -> None:
    assert style.LIGHT.keys() == style.DARK.keys()
    for declarations in style.RULES.values():
        for name in ("fill", "stroke"):
            assert declarations.get(name, "none") in {*style.LIGHT, "none"}


def test_the_style_sheet_keeps_to_its_own_drawing() -> None:
    selectors = re.findall(r"^([^@{}]+) \{", style.stylesheet(), flags=re.MULTILINE)
    assert selectors
    assert all(selector.startswith(".glassgrad") for selector in selectors)
    assert "url(" not in style.stylesheet()
    assert "@import" not in style.stylesheet()


@given(st.floats(-1e300, 1e300))
def test_a_number_reads_back_to_its_digits(x: float) -> None:
    shown = style.number(x)
    assert float(shown.replace("−", "-")) == pytest.approx(x, rel=5.1e-5)
    assert len(shown) <= 12


@given(st.text())
def test_printable_text_is_one_line_of_what_xml_allows(content: str) -> None:
    shown = text.printable(content)
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in shown)
    assert text.printable(shown) == shown


NAMES = st.text([*"אבجد٣x1 -(", *"\u200e\u200f\u2067\u0301"])


def leftward(shown: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in shown)


@given(st.lists(NAMES, min_size=1, max_size=5), st.floats(10, 200))
def test_a_name_that_reads_from_right_to_left_moves_nothing_beside_it(names: list[str], limit: float) -> None:
    formula = " ÷ ".join(map(text.printable, names))
    cut = (text.shorten(formula, limit, 12), text.shorten(formula, limit, 12, True))
    for shown in (formula, *cut, text.elided(formula, limit, 12), *text.wrap(formula, limit, 12, 3)):
        first, *parts, last = f" {text.printable(shown)} ".split("\u200e") if leftward(shown) else (shown, "")
        assert not leftward(first + last)
        assert not any(leftward(part) and "÷" in part for part in parts)
    assert text.printable(formula) == formula
    assert formula.replace("\u200e", "") == " ÷ ".join(
        re.sub("[\u200f\u2067]", "�", name.replace("\u200e", "")) for name in names
    )


def test_every_letter_and_digit_that_reads_from_right_to_left_stands_between_marks() -> None:
    every = [chr(code) for code in range(0x110000) if leftward(chr(code))]
    assert len(every) > 1000
    assert [c for c in every if text.printable(f"{c}1") not in (f"\u200e{c}1\u200e", "�1")] == []


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S"])), st.floats(30, 300))
def test_wrapped_text_fits(content: str, limit: float) -> None:
    lines = text.wrap(content, limit, 12, 3)
    assert len(lines) <= 3
    assert all(text.width(line, 12) <= limit for line in lines)
    whole = "".join(lines)
    assert whole == content or (whole.endswith("…") and content.startswith(whole[:-1]))


def test_widths_are_those_of_fixed_width_faces() -> None:
    assert text.width("abc", 10) == pytest.approx(18.3)
    assert text.width("参数", 10) == pytest.approx(20.8)
    assert text.width("e\u0301", 10) == text.width("e", 10)


def test_prose_wraps_at_spaces() -> None:
    lines = text.wrap_prose("a tiny step of x moves the result four times as far", 150, 14)
    assert " ".join(lines) == "a tiny step of x moves the result four times as far"
    assert len(lines) > 1
    assert all(text.prose_width(line, 14) <= 150 for line in lines)


@pytest.mark.parametrize(
    ("formula", "printed"),
    [
        ("x ** 3 * y", "x³ · y"),
        ("1e-05 ** 2", "(1e−5)²"),
        ("2 * 1e20 ** 2", "2 · (1e20)²"),
        ("(1e-05 + x) ** 2", "(1e−5 + x)²"),
        ("sin(σ²) ** 3", "sin(σ²)³"),
        ("(σ²) ** 3", "(σ²)³"),
        ("x ** 2.5", "x ** 2.5"),
        ("-\u200eא\u200e ** 2", "−\u200eא\u200e²"),
    ],
)
def test_a_number_that_ends_in_an_exponent_is_raised_in_brackets(formula: str, printed: str) -> None:
    assert text.typeset(formula) == printed
