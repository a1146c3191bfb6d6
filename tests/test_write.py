"""`glassgrad write`: a model of characters from the command line, its files, going on, what is refused."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

import glassgrad
import nn
from glassgrad import write
from glassgrad.write import KINDS

OUT = Path("glassgrad-out/written")
FILES = ["loss.svg", "run.safetensors", "samples.txt", "weights.safetensors"]
TOWNS = ["amber", "arden", "barrow", "berry", "carden", "darrow", "embry", "garden", "marrow", "norden"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current directory, with a file of lines in it."""
    (tmp_path / "towns.txt").write_text("\n".join([*TOWNS, "", *TOWNS[:3]]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def status(*arguments: str) -> int:
    """Run the command in this process; argparse leaves by SystemExit."""
    try:
        return glassgrad.main(("write", *arguments))
    except SystemExit as leaving:
        return int(leaving.code or 0)


def complaints(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines on stderr but for the progress bar."""
    lines = capsys.readouterr().err.replace("\r", "\n").splitlines()
    return [line for line in lines if line.strip() and "training:" not in line]


def written(folder: Path = OUT) -> list[str]:
    return (folder / "samples.txt").read_text(encoding="utf-8").splitlines()


def weights(folder: Path = OUT) -> list[Any]:
    model = nn.Bigram(len(set("".join(TOWNS))) + 1, seed=9)
    nn.load(folder / "weights.safetensors", model)
    return [parameter.data for parameter in model.parameters()]


@pytest.mark.parametrize("model", KINDS)
def test_every_model_is_trained_measured_and_writes(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status("towns.txt", "--model", model, "--steps", "4", "--count", "5") == 0
    said = capsys.readouterr()
    assert "training: 100%" in said.err
    assert "towns.txt: 13 lines, 10 of them different, 12 characters; held out: 1" in said.out
    for name in ("bigram table", "trigram table", model):
        assert re.search(rf"^{name} +\d\.\d{{4}} +\d\.\d{{4}}$", said.out, re.MULTILINE), name
    files = ["attention.svg", *FILES] if model == "gpt" else FILES
    assert sorted(path.name for path in OUT.iterdir()) == files
    assert len(written()) == 5
    assert set("".join(written())) <= set("".join(TOWNS))
    assert max(map(len, written())) <= 6
    curves = (OUT / "loss.svg").read_text(encoding="utf-8")
    assert "at measurement 1" in curves
    assert "epoch" not in curves
    for path in OUT.iterdir():
        assert path.name in said.out


def test_a_second_call_goes_on_or_only_writes(capsys: pytest.CaptureFixture[str]) -> None:
    base = ("towns.txt", "--model", "bigram")
    assert status(*base, "--steps", "3", "--out", "parts") == 0
    first = weights(Path("parts"))
    assert "training" in capsys.readouterr().err
    assert status(*base, "--steps", "3", "--out", "parts", "--temperature", "0", "--count", "2") == 0
    assert weights(Path("parts")) == first
    said = capsys.readouterr()
    assert "3 of 3 steps done" in said.out
    assert "training" not in said.err, "nothing is left for a bar to tell of"
    assert status(*base, "--steps", "2", "--out", "parts", "--temperature", "0", "--count", "2") == 0
    said = capsys.readouterr()
    assert "characters a row, 3 steps done already, where 2 are asked for" in said.out
    assert "training" not in said.err
    assert weights(Path("parts")) == first
    assert len(written(Path("parts"))) == 2
    assert len(set(written(Path("parts")))) == 1, "the likeliest line is always the same"
    assert status(*base, "--steps", "6", "--out", "parts") == 0
    assert "3 of 6 steps done" in capsys.readouterr().out
    assert weights(Path("parts")) != first


def test_no_picture_of_an_earlier_model_stays(folder: Path) -> None:
    base = ("towns.txt", "--steps", "2", "--model")
    OUT.mkdir(parents=True)
    (OUT / "attention.svg").write_text("mine")
    assert status(*base, "bigram") == 0
    assert (OUT / "attention.svg").read_text() == "mine", "no earlier call can have drawn it"
    (OUT / "run.safetensors").unlink()
    assert status(*base, "gpt") == 0
    (OUT / "run.safetensors").unlink()
    assert status(*base, "bigram") == 0
    assert sorted(path.name for path in OUT.iterdir()) == FILES


def test_lines_follow_the_temperature_and_the_number_of_likeliest_characters() -> None:
    def lines(*chosen: str) -> list[str]:
        assert status("towns.txt", "--model", "bigram", "--steps", "3", *chosen) == 0
        return written()

    assert lines("--top-k", "1", "--temperature", "5") == lines("--temperature", "0")
    assert lines("--temperature", "5") != lines("--temperature", "1")
    assert lines("--top-k", "2") != lines("--top-k", "20")


def test_a_seed_fixes_everything() -> None:
    for out in ("one", "two"):
        assert status("towns.txt", "--model", "bigram", "--steps", "3", "--seed", "4", "--out", out) == 0
    assert status("towns.txt", "--model", "bigram", "--steps", "3", "--seed", "5", "--out", "other") == 0
    one, two, other = map(Path, ("one", "two", "other"))
    assert written(one) == written(two) != written(other)
    assert (one / "loss.svg").read_bytes() == (two / "loss.svg").read_bytes()
    assert weights(one) == weights(two) != weights(other)


REFUSED = [
    (("nowhere",), "unknown text 'nowhere'; accepted are names or the path of a text file"),
    (("nowhere.txt",), "no such file: 'nowhere.txt'"),
    (("one.txt",), "'one.txt' has 1 line that differs from others; at least 2 are needed"),
    (("blank.txt",), "'blank.txt' has no line of text"),
    (("bytes.txt",), "line 2: not UTF-8 text"),
    (("many.txt",), "has 301 different characters, accepted are at most 300"),
    (("pipe",), "cannot read 'pipe': it is no ordinary file"),
    (("names", "--model", "magic"), "'magic'"),
    (("names", "--steps", "0"), "'0' is not a whole number"),
    (("names", "--temperature", "-1"), "'-1' is not a number from 0 on"),
    (("names", "--temperature", "nan"), "'nan' is not a number from 0 on"),
    (("names", "--top-k", "0"), "'0' is not a whole number"),
    (("names", "--count", "many"), "'many' is not a whole number"),
    (("towns.txt", "--out", "/proc/nowhere"), "cannot write to '/proc"),
]


@pytest.mark.parametrize(("arguments", "part"), REFUSED, ids=[" ".join(case[0]) for case in REFUSED])
def test_what_cannot_be_done_is_refused_in_one_line(
    arguments: tuple[str, ...], part: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "one.txt").write_text("same\nsame\n", encoding="utf-8")
    (folder / "blank.txt").write_text("\n \n", encoding="utf-8")
    (folder / "bytes.txt").write_bytes(b"a\n\xff\n")
    (folder / "many.txt").write_text("a\n" + "".join(map(chr, range(0x4E00, 0x4E00 + 300))), encoding="utf-8")
    os.mkfifo(folder / "pipe")
    before = sorted(folder.iterdir())
    assert status(*arguments) == 2
    [line] = complaints(capsys)
    assert part in line
    assert sorted(folder.iterdir()) == before, "something was half-written"


def test_lines_that_are_learned_from_are_not_written_over(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "towns.txt").rename(folder / "samples.txt")
    assert status("samples.txt", "--model", "bigram", "--steps", "2", "--out", ".") == 2
    [line] = complaints(capsys)
    assert line.startswith("glassgrad: 'samples.txt' is read, and would be lost")
    assert written(folder)[: len(TOWNS)] == TOWNS


def test_the_run_of_another_training_is_not_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    base = ("towns.txt", "--steps", "2")
    assert status(*base, "--model", "bigram") == 0
    before = weights()
    capsys.readouterr()
    for arguments, part in (
        ((*base, "--model", "mlp"), "a run with model bigram, not mlp; give another --out"),
        ((*base, "--model", "bigram", "--seed", "1"), "a run with seed 0, not 1"),
        (("other.txt", "--model", "bigram"), "another text; give"),
        (("again.txt", "--model", "bigram"), "the lines of this text in another order, and others held out;"),
    ):
        Path("other.txt").write_text("ab\nba\n", encoding="utf-8")
        Path("again.txt").write_text("\n".join(sorted(TOWNS, reverse=True)), encoding="utf-8")
        assert status(*arguments) == 2
        [line] = complaints(capsys)
        assert part in line
        assert weights() == before
    (OUT / "run.safetensors").write_bytes(b"cut off")
    assert status(*base, "--model", "bigram") == 2
    assert "is not a complete safetensors file" in complaints(capsys)[0]


def test_a_run_that_was_stored_without_the_order_of_its_lines_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, facts = ("towns.txt", "--model", "bigram", "--steps"), write._facts
    with monkeypatch.context() as patched:
        patched.setattr(
            write, "_facts", lambda *of: {what: fact for what, fact in facts(*of).items() if what != "order"}
        )
        assert status(*arguments, "2") == 0
    assert status(*arguments, "3") == 0
    assert "2 of 3 steps done" in capsys.readouterr().out


def stop(*_: object, **__: object) -> None:
    """Do what Ctrl-C does."""
    raise KeyboardInterrupt


def test_ctrl_c_keeps_what_was_learned_and_the_next_call_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("towns.txt", "--model", "bigram", "--steps", "6")
    move, moved = nn.Adam.move, []

    def interrupted(self: nn.Adam, *vectors: Any) -> None:
        if len(moved) == 3:
            raise KeyboardInterrupt
        moved.append(move(self, *vectors))

    with monkeypatch.context() as patched:
        patched.setattr(nn.Adam, "move", interrupted)
        assert status(*arguments) == 130
    assert complaints(capsys) == ["glassgrad: stopped after 3 of 6 steps; what was learned is kept"]
    assert status(*arguments) == 0
    assert "3 of 6 steps done" in capsys.readouterr().out
    assert status(*arguments, "--out", "whole") == 0
    assert weights() == weights(Path("whole"))


@pytest.mark.parametrize("phase", ["save", "_report"])
def test_ctrl_c_after_the_training_says_where_the_weights_are(
    phase: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"glassgrad.write.{phase}", stop)
    assert status("towns.txt", "--model", "bigram", "--steps", "2") == 130
    [line] = complaints(capsys)
    assert line == f"glassgrad: not all is written; the trained parameters are in {OUT}/weights.safetensors"
    weights()


def test_what_fails_after_the_training_costs_only_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*_: object, **__: object) -> None:
        raise ZeroDivisionError("no rows")

    monkeypatch.setattr(nn, "write_texts", unable)
    assert status("towns.txt", "--model", "bigram", "--steps", "2") == 0
    assert complaints(capsys) == ["glassgrad: the samples failed: ZeroDivisionError: no rows"]
    assert sorted(path.name for path in OUT.iterdir()) == [name for name in FILES if name != "samples.txt"]


def test_a_training_that_diverges_keeps_the_step_before(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    move = nn.Adam.move

    def diverging(self: nn.Adam, vector: Any, gradient: Any) -> None:
        move(self, vector, gradient)
        if self.steps == 2:
            vector[:] = float("inf")

    monkeypatch.setattr(nn.Adam, "move", diverging)
    assert status("towns.txt", "--model", "bigram", "--steps", "3") == 2
    [line] = complaints(capsys)
    assert "training diverged in step 2" in line
    assert line.endswith(f"the parameters from before that step are in {OUT}/weights.safetensors")
    assert all(abs(weight) < 10 for weight in weights())


def test_where_nothing_was_learned_nothing_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(nn.Adam, "move", stop)
        assert status("towns.txt", "--model", "bigram") == 130
    assert complaints(capsys) == ["glassgrad: stopped before the first step was made; nothing is written"]
    kind = KINDS["bigram"]
    monkeypatch.setitem(KINDS, "bigram", type(kind)(kind.make, kind.steps, 1e300))
    assert status("towns.txt", "--model", "bigram", "--steps", "2") == 2
    assert "training diverged in step 1" in complaints(capsys)[0]
    assert not OUT.exists()


def test_lines_longer_than_a_row_and_odd_characters(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["<b>\\n</b> $x^2$ " * 5, "中文 " * 30, "\u202e{|}"]
    (folder / "odd.txt").write_text("\n".join(lines), encoding="utf-8")
    assert status("odd.txt", "--model", "bigram", "--steps", "2", "--count", "3") == 0
    assert complaints(capsys) == []
    assert max(map(len, written())) <= max(len(line.strip()) for line in lines)


@pytest.mark.parametrize("count", [1, 20, 21, 50])
def test_lines_that_are_not_printed_are_said_to_be_in_the_file(
    count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("towns.txt", "--model", "bigram", "--steps", "1", "--count", str(count)) == 0
    head, told = capsys.readouterr().out.split("are not in the text", 1)
    assert head.endswith(f" of {count} ")
    shown = [line[2:] for line in told.split("\n\n", 1)[0].splitlines()[1:] if line[:1] == " "]
    assert shown == written()[: len(shown)]
    assert re.findall(r"^… .*", told, re.MULTILINE) == (
        [f"… {count - len(shown)} more in samples.txt"] if count > len(shown) else []
    )
