"""The arrows of the house: nn → autograd, viz → autograd, and nothing against them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "autograd": {"autograd"},
    "nn": {"autograd", "nn"},
    "viz": {"autograd", "viz"},
}
OURS = {"autograd", "nn", "viz", "glassgrad"}


def imported_packages(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
            assert node.level == 0, f"{path} uses a relative import"
    return found


@pytest.mark.parametrize("package", ALLOWED)
def test_no_import_goes_against_the_arrows(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        # A notebook's display hook may draw a Value; it imports viz only when it is called.
        assert imported_packages(path) & OURS <= ALLOWED[package], path


@pytest.mark.parametrize(
    ("package", "kept_out"),
    [
        ("autograd", {"numpy", "graphviz", "matplotlib", "hypothesis", "mpmath"}),
        ("nn", {"graphviz", "matplotlib", "viz"}),
    ],
)
def test_importing_a_package_loads_no_more_than_it_needs(package: str, kept_out: set[str]) -> None:
    script = f"import sys, {package}; print(sorted({kept_out} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
