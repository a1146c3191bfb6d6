"""A newcomer's first quarter of an hour: install, see the demo, solve an exercise, draw a function."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks import reader

ROOT = Path(__file__).parents[2]
LEFT_OUT = (".*", "__pycache__", "*.egg-info", "build", "frames", "tests", "benchmarks", "zh")
SECONDS = 15 * 60
"""A command that takes longer is stopped, and the test fails."""

OWN_FUNCTION = """
from autograd import Value, tanh
from viz import draw, export

speed = Value(0.5, label="speed")
drag = tanh(speed * speed) + 3 * speed
drag.label = "drag"
drag.backward()
export(draw(drag), "drag.svg")
print(speed.grad)
"""


def run(command: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as in a fresh shell: nothing of this environment but the interpreter comes along."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    shell = kept | {"PATH": path, "MPLBACKEND": "Agg", "HOME": str(home)}
    return subprocess.run(command, cwd=home, env=shell, capture_output=True, text=True, timeout=SECONDS)


def install(home: Path) -> None:
    """Run the README's first command in a copy of the project, and look at the pictures that it lists."""
    shutil.copytree(ROOT, home, ignore=shutil.ignore_patterns(*LEFT_OUT))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = re.findall(r"^```sh\n(.+?)\n```", readme, re.MULTILINE | re.DOTALL)[0]
    done = run(["bash", "-c", command], home)
    if done.returncode and "connection broken" in done.stderr.lower():
        pytest.skip(f"packages cannot be had here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    assert "demo" in command
    listed = {Path(word).name for word in done.stdout.split() if word.endswith(".svg")}
    assert listed
    assert listed <= {path.name for path in (home / "glassgrad-out").rglob("*.svg") if path.stat().st_size}


def solve_an_exercise(home: Path) -> None:
    cells = reader.answered(reader.code_of("00_what_a_slope_is"), {"exercise-1": "5"})
    (home / "exercise.py").write_text("\n".join(cells.values()), encoding="utf-8")
    done = run([".venv/bin/python", "exercise.py"], home)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines().count("Right.") == 1


def draw_a_function(home: Path) -> None:
    done = run([".venv/bin/python", "-c", OWN_FUNCTION], home)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(3.9400, abs=1e-3)
    picture = (home / "drag.svg").read_text(encoding="utf-8")
    assert "speed" in picture
    assert "drag" in picture


@pytest.mark.newcomer
def test_a_quarter_of_an_hour_is_enough(tmp_path: Path) -> None:
    """One test and not three: workers that share the tests would install once each."""
    home = tmp_path / "glassgrad"
    install(home)
    solve_an_exercise(home)
    draw_a_function(home)
