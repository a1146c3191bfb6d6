"""What is installed: its version, and every module and file that the packages need."""

import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

import autograd

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_version_is_that_of_the_project() -> None:
    assert autograd.__version__ == PROJECT["project"]["version"]


def test_what_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(distribution: str) -> str:
        raise PackageNotFoundError(distribution)

    monkeypatch.setattr("importlib.metadata.version", version)
    with pytest.raises(AttributeError, match="that of glassgrad, which is not installed"):
        autograd.__version__  # noqa: B018
    assert not hasattr(autograd, "nonsense")


def test_every_package_and_module_is_installed() -> None:
    tops = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    assert sorted(tops) == ["autograd*", "glassgrad*", "nn*", "viz*"]
    folders = {path.parent for top in tops for path in ROOT.glob(f"{top}/**/*.py")}
    assert len(folders) > 30
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []
    modules = sorted(path.stem for path in ROOT.glob("*.py"))
    assert sorted(PROJECT["tool"]["setuptools"]["py-modules"]) == modules


def test_the_version_costs_nothing_where_nobody_asks() -> None:
    script = "import sys, autograd; print('importlib.metadata' in sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "False\n"
