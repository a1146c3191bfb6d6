"""The README is a promise: what it prints is what is printed today."""

import doctest
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings

from autograd import ops

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")
CONSOLES = re.findall(r"```console\n\$ (.*)\n((?:.*\n)*?)```", README)


@pytest.fixture
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run in a folder to write to, and take what is entered into the table out again."""
    monkeypatch.chdir(tmp_path)
    before = dict(ops._entries)
    yield
    ops._entries.clear()
    ops._entries.update(before)


@pytest.fixture
def _hurried() -> Iterator[None]:
    """Give a property test that does not say otherwise so little time that any machine is too slow."""
    settings.register_profile("hurried", deadline=timedelta(microseconds=1))
    settings.load_profile("hurried")
    yield
    settings.load_profile("glassgrad")


@pytest.mark.usefixtures("_elsewhere", "_hurried")
def test_python_examples_print_what_they_say() -> None:
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8")
    assert result.attempted > 10
    assert result.failed == 0


@pytest.mark.parametrize(("command", "shown"), CONSOLES, ids=[command for command, _ in CONSOLES])
def test_commands_print_what_they_say(command: str, shown: str, tmp_path: Path) -> None:
    name, *arguments = shlex.split(command)
    assert name == "glassgrad"
    done = subprocess.run(
        [sys.executable, "-m", "glassgrad", *arguments],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    # "…" stands for lines left out; those between must come one after the other.
    for block in shown.split("…\n"):
        assert block in done.stdout


BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


IN_CHINESE = {"notebooks/README.md": "notebooks/zh/README.md"}
"""What a link of the Chinese README leads to instead."""


def sections(readme: str) -> list[str]:
    """Return the text of each section, without its blocks of code and the link to the other language."""
    text = re.sub(r"^\[.*\]\(README.*\)$", "", BLOCK.sub("", readme), flags=re.MULTILINE)
    return re.split(r"^#+ ", text, flags=re.MULTILINE)


def test_the_chinese_readme_has_the_same_code() -> None:
    assert len(BLOCK.findall(README)) > 15
    assert BLOCK.findall(CHINESE) == BLOCK.findall(README)


@pytest.mark.parametrize(
    "found",
    [r"\d[\d,]*(?:\.\d+)*(?<!,)", r"`[^`]+`", r"\]\(([^)]+)\)", r"^\|", r"<!-- \w+ -->"],
    ids=["numbers", "code", "links", "rows of tables", "marks"],
)
def test_the_chinese_readme_says_the_same_section_by_section(found: str) -> None:
    ours, theirs = (
        [Counter(re.findall(found, section, re.MULTILINE)) for section in sections(readme)]
        for readme in (README, CHINESE)
    )
    ours = [Counter(IN_CHINESE.get(part, part) for part in section.elements()) for section in ours]
    assert len(theirs) > 15
    assert theirs == ours


def test_each_readme_links_to_the_other() -> None:
    assert "\n[中文](README.zh.md)\n" in README
    assert "\n[English](README.md)\n" in CHINESE


def test_it_counts_the_notebooks() -> None:
    assert f"asks {len(list((ROOT / 'notebooks').glob('*.ipynb')))} questions" in README


def test_the_picture_is_the_frame_it_is_said_to_be(tmp_path: Path) -> None:
    import viz
    from autograd import Value, sin

    loss = sin(Value(1.2, label="x") ** 3 + 5)
    last = viz.frames(loss)[-1]
    assert f"frames/{last.name}" in README

    def words(svg: str) -> list[str]:
        return [
            "".join(element.itertext())
            for element in ElementTree.fromstring(svg).iter()
            if "text" in element.tag
        ]

    assert words((ROOT / "docs" / "chain_rule.svg").read_text(encoding="utf-8")) == words(str(last.svg))


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = re.search(r"<!-- tests -->\n```sh\n(.*)\n```", README)[1]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    # Told and not run, and neither is the further run of the engine's tests that follows.
    script = script.replace("eval", "echo").replace(".venv/bin/pytest", ": .venv/bin/pytest")
    done = subprocess.run(
        ["bash", "-c", script, str(ROOT / ".ci" / "run")],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.strip() == command
