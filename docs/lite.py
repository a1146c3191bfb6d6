"""The notebooks in JupyterLite: JupyterLab and Python in the browser, with no server behind them.

The pages of JupyterLab and the wheels lie in the folder. Python itself with NumPy and matplotlib, Pyodide's
distribution, is loaded from the address that `jupyterlite-pyodide-kernel` has: the notebooks open without a
network, and run with one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from docs.browser import BuildError, wheels
from docs.site import course

INSTALL = "%pip install -q glassgrad"
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}


def build(folder: Path) -> Path:
    """Write JupyterLab with the notebooks, in both languages, to a folder; return its first page.

    Raises BuildError where JupyterLite fails, UnreachableError where a registry does not give what it needs.
    """
    for name in ("jupyterlite_core", "jupyterlite_pyodide_kernel", "jupyter_server"):
        import_module(name)  # what is missing is told before anything is built
    with TemporaryDirectory() as scratch:
        contents, packages = Path(scratch) / "contents", Path(scratch) / "wheels"
        course(contents)
        for path in contents.rglob("*.ipynb"):
            prepare(path)
        packages.mkdir()
        given = [option for name in wheels(packages) for option in ("--piplite-wheels", str(packages / name))]
        asked = ["--lite-dir", scratch, "--contents", str(contents), "--output-dir", str(folder.resolve())]
        small = ["--apps", "lab", "--no-sourcemaps", "--no-unused-shared-packages"]
        done = subprocess.run(
            [sys.executable, "-m", "jupyterlite_core", "build", *asked, *small, *given],
            cwd=scratch,  # where it keeps what it has done
            capture_output=True,
            text=True,
        )
    page = folder / "lab" / "index.html"
    if done.returncode or not page.is_file():
        raise BuildError(
            f"JupyterLite failed: {(done.stderr.strip() or done.stdout.strip()).splitlines()[-1]}"
        )
    return folder / "index.html"


def prepare(path: Path) -> None:
    """Let a notebook install glassgrad first, and choose the browser's Python."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = {"cell_type": "code", "execution_count": None, "id": "install", "source": INSTALL}
    notebook["cells"].insert(0, {**cell, "metadata": {}, "outputs": []})
    notebook["metadata"]["kernelspec"] = KERNEL
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1), encoding="utf-8")
