"""A stranger named autograd: another distribution has a package of that name, and overwrites ours."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STRANGERS = {
    "another distribution's": "def grad(fun, argnum=0): ...\n",
    "only what is left of two": None,
}


@pytest.fixture(params=STRANGERS)
def stranger(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a folder with our packages, but another's autograd."""
    for package in ("nn", "viz", "glassgrad"):
        if (ROOT / package).is_dir():
            shutil.copytree(ROOT / package, tmp_path / package)
    for path in ROOT.glob("*.py"):
        shutil.copy(path, tmp_path)
    (tmp_path / "autograd").mkdir()
    first = STRANGERS[request.param]
    if first is not None:
        (tmp_path / "autograd" / "__init__.py").write_text(first, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("package", "status", "begins"),
    [("nn", 1, "ImportError: "), ("viz", 1, "ImportError: "), ("glassgrad", 2, "glassgrad: ")],
)
def test_the_first_import_says_in_one_line_what_happened_and_what_mends_it(
    stranger: Path, package: str, status: int, begins: str
) -> None:
    # -E and -S: nothing is found but in that folder and the standard library.
    command = [sys.executable, "-E", "-S", "-c", f"import {package}"]
    done = subprocess.run(command, cwd=stranger, capture_output=True, encoding="utf-8")
    *traceback, line = done.stderr.splitlines()
    assert done.returncode == status
    assert line.startswith(f"{begins}the package autograd in {stranger / 'autograd'} is not glassgrad's")
    assert "an environment of its own" in line
    assert line.endswith("python3 -m venv .venv && .venv/bin/pip install -e .")
    assert package != "glassgrad" or not traceback
