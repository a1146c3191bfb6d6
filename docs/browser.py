"""What runs Python in a browser: Pyodide's core from npm, and wheels beside it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
PYODIDE = "314.0.7"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")


class BuildError(RuntimeError):
    """Something could not be built; the message is what its maker complains of."""


class UnreachableError(BuildError):
    """A registry did not give what a page needs."""


def core(folder: Path) -> None:
    """Put Pyodide's core into a folder: Python and its standard library, and no package such as NumPy.

    Raises UnreachableError where npm is not installed or does not reach its registry.
    """
    with TemporaryDirectory() as scratch:
        command = ["npm", "pack", "--loglevel", "error", "--fetch-retries", "0", f"pyodide@{PYODIDE}"]
        try:
            subprocess.run(command, cwd=scratch, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise UnreachableError("Pyodide comes from npm, which is not installed") from None
        except subprocess.CalledProcessError as error:
            said = error.stderr.strip().splitlines() or ["no reason given"]
            raise UnreachableError(f"npm did not give pyodide {PYODIDE}: {said[0]}") from None
        with tarfile.open(next(Path(scratch).glob("*.tgz"))) as archive:
            archive.extractall(scratch, filter="data")
        for name in CORE:
            shutil.copy(Path(scratch) / "package" / name, folder)


def wheels(folder: Path) -> list[str]:
    """Put the wheels of glassgrad, as it is now, and of graphviz into a folder; return their names.

    Graphviz is the one dependency that a drawing needs and Pyodide's distribution does not have. Raises
    BuildError where the wheel cannot be built, UnreachableError where the registry does not give the other.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (graphviz,) = [need for need in project["dependencies"] if re.match(r"graphviz\b(?!-)", need)]
    with TemporaryDirectory() as scratch:
        # From a copy: setuptools leaves a folder `build`, and later takes from it what is no longer there.
        source, found = Path(scratch) / "source", Path(scratch) / "wheels"
        source.mkdir()
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, source)
        for path in ROOT.glob("*.py"):
            shutil.copy(path, source)
        for name in ("autograd", "nn", "viz", "glassgrad"):
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        for command, error in (
            ([*pip, "wheel", "--no-deps", "--wheel-dir", str(found), str(source)], BuildError),
            ([*pip, "download", "--no-deps", "--dest", str(found), graphviz], UnreachableError),
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise error(f"pip {command[5]} failed: {done.stderr.strip().splitlines()[-1]}")
        names = sorted(path.name for path in found.iterdir())
        for name in names:
            shutil.copy(found / name, folder)
    return names
