"""Text as numbers and back, the names, and files that are hard to read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import CharacterTokenizer, DataError, WordTokenizer, names, read_lines


def test_the_names_that_come_with_the_package() -> None:
    found = names()
    assert len(found) == 32033
    assert len(found) - len(set(found)) == 2539
    assert found[:3] == ["emma", "olivia", "ava"]
    assert set("".join(found)) == set("abcdefghijklmnopqrstuvwxyz")
    assert max(map(len, found)) == 15


@given(st.lists(st.text(min_size=1), min_size=1))
def test_characters_come_back_as_they_were(texts: list[str]) -> None:
    tokenizer = CharacterTokenizer.of(texts)
    assert len(tokenizer) == len(set("".join(texts))) + 1
    for text in texts:
        numbers = tokenizer.encode(text)
        assert 0 not in numbers
        assert tokenizer.decode(numbers) == tokenizer.decode([0, *numbers, 0]) == text


def test_words_and_signs() -> None:
    text = "It's so, he said: 3 naïve cafés!"
    tokenizer = WordTokenizer.of([text])
    split = ["It's", "so", ",", "he", "said", ":", "3", "naïve", "cafés", "!"]
    assert [tokenizer.symbols[number] for number in tokenizer.encode(text)] == split
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert WordTokenizer.of(text).symbols == tokenizer.symbols  # one text, and not texts of one letter each
    assert tokenizer.encode("") == []
    assert tokenizer.decode([]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "नमस्ते दुनिया",
        "cafe\u0301 na\u0308ive",
        "می\u200cخواهم بروم",
        "क्\u200dष है",
        "l'e\u0301cole ouvre",
        "1\ufe0f\u20e3 ❤\ufe0f",
    ],
)
def test_marks_and_joiners_belong_to_what_they_stand_on(text: str) -> None:
    assert WordTokenizer.split(text) == text.split()


@given(st.text())
def test_words_and_signs_hold_every_character_but_blanks(text: str) -> None:
    symbols = WordTokenizer.split(text)
    assert "".join(symbols) == "".join(text.split())
    assert all(WordTokenizer.split(symbol) == [symbol] for symbol in symbols)


def test_symbols_may_be_an_array() -> None:
    assert CharacterTokenizer(np.array(["a", "b"])).encode("ba") == [2, 1]


def test_symbols_that_are_not_there_are_refused() -> None:
    tokenizer = CharacterTokenizer.of(["ab"])
    with pytest.raises(ValueError, match="'c' is not one of the 2 symbols"):
        tokenizer.encode("abc")
    for number in (-1, 3):
        with pytest.raises(ValueError, match=f"symbol {number} is out of range for 3 symbols"):
            tokenizer.decode([number])
    for wrong, message in (([1.0], "a whole number, got 1.0"), ("12", "got the text '12'")):
        with pytest.raises(TypeError, match=message):
            tokenizer.decode(wrong)  # type: ignore[arg-type]
    for symbols in ([], [""], ["a", "b", "a"], np.array(["a", "a"])):
        with pytest.raises(ValueError, match="none empty and none twice"):
            CharacterTokenizer(symbols)


def test_lines_are_read_without_blank_ones_whatever_ends_them(tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes("\ufeff äb \r\n\r\n\t\n中文\nlast".encode())
    assert read_lines(file) == ["äb", "中文", "last"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no such file here")
def test_a_file_that_is_longer_than_the_system_tells_is_read_whole() -> None:
    assert Path("/proc/self/status").stat().st_size == 0
    assert len(read_lines("/proc/self/status")) > 1  # it was one letter


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "odd.txt"
    for content, message in ((b"a\nb\n\xff\n", "line 3: not UTF-8"), (b" \n\n", "no line"), (b"", "no line")):
        file.write_bytes(content)
        with pytest.raises(DataError, match=message):
            read_lines(file)
    with pytest.raises(DataError, match="no such file"):
        read_lines(tmp_path / "nowhere")
