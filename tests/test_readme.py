"""The README is a promise: what it prints is what is printed today."""

import doctest
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLES = re.findall(r"```console\n\$ (.*)\n((?:.*\n)*?)```", README)


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
