"""The wheel as it is now, in a browser's Python: under Node, and in Chromium on the playground's page.

Pyodide's core has no NumPy, so compiled programs, training and plots are not tried here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from math import isclose
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from axe_playwright_python.sync_playwright import Axe
from packaging.metadata import Metadata
from packaging.requirements import Requirement

from autograd import Value, grad, sin
from autograd.notation import expression
from docs.browser import ROOT, UnreachableError
from docs.playground import build
from tests.docs.conftest import Built, Serve

PURE = {"graphviz"}
"""What is not in Pyodide's distribution and lies beside the page, as a wheel for any platform."""

FORMULAS = {
    "sin(x**3 + 5)": {"x": 1.2},
    "relu(x) + sqrt(x) / y": {"x": 0.0, "y": -2.0},
    "log(x) * exp(y)": {"x": 0.0, "y": 800.0},
    "max(x, y) - erf(x) * atan2(y, x)": {"x": 0.5, "y": 0.5},
    "1 / (1 + 1 / x)": {"x": 0.0},
    "sin(" * 180 + "x" + ")" * 180: {"x": 1.0},
}

TRY = """
import json, sys
import autograd, viz
from autograd import Value, grad, hessian, sin
from autograd.notation import expression

found = {}
for text, numbers in json.loads(formulas).items():
    inputs = {name: Value(number, label=name) for name, number in numbers.items()}
    result = expression.evaluate(expression.parse(text), inputs)
    result.backward()
    found[text] = [repr(result.data), *(repr(value.grad) for value in inputs.values())]
result = expression.evaluate(expression.parse("sin(x**3 + 5)"), {"x": Value(1.2, label="x")})
made = viz.player(result)
json.dumps({
    "found": found,
    "third": repr(grad(grad(grad(lambda x: sin(x**3 + 5))))(1.2)),
    "hessian": hessian(lambda v: v[0] ** 2 * v[1])([2.0, 3.0]),
    "drawn": str(viz.draw(result).svg()).count("<text"),
    "page": made.html,
    "version": autograd.__version__,
    "numpy": "numpy" in sys.modules,
})
"""

NODE = """
const { loadPyodide } = await import(process.argv[1] + "/pyodide.mjs");
const python = await loadPyodide();
for (const wheel of JSON.parse(process.argv[2]))
  await python.loadPackage("file://" + process.argv[1] + "/" + wheel, { messageCallback: () => {} });
python.globals.set("formulas", process.argv[3]);
console.log(python.runPython(process.argv[4]));
"""


@pytest.fixture(scope="module")
def folder(built: Built) -> Path:
    try:
        return built("playground", build)
    except UnreachableError as error:
        pytest.skip(str(error))


def test_a_browser_needs_only_what_it_can_have(folder: Path) -> None:
    distribution = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    (wheel,) = folder.glob("glassgrad-*.whl")
    with ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        needs = Metadata.from_email(archive.read(name), validate=False).requires_dist
    assert needs
    there = {"sys_platform": "emscripten", "platform_system": "Emscripten", "extra": ""}
    wanted = [need for need in needs if need.marker is None or need.marker.evaluate(there)]
    assert len(wanted) > 3
    for need in wanted:
        if need.name in PURE:
            assert list(folder.glob(f"{need.name}-*-py3-none-any.whl"))
        else:
            assert need.specifier.contains(distribution[need.name]["version"]), need
    assert Requirement("graphviz-pure").name not in {need.name for need in wanted}


def test_the_engine_the_formula_reader_and_the_player_run_under_node(folder: Path) -> None:
    wheels = sorted(path.name for path in folder.glob("*.whl"))
    arguments = [str(folder), json.dumps(wheels), json.dumps(FORMULAS), TRY]
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", NODE, *arguments], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    there = json.loads(done.stdout.splitlines()[-1])
    assert there["numpy"] is False
    for text, numbers in FORMULAS.items():
        inputs = {name: Value(number, label=name) for name, number in numbers.items()}
        result = expression.evaluate(expression.parse(text), inputs)
        result.backward()
        here = [result.data, *(value.grad for value in inputs.values())]
        assert all(map(same, map(float, there["found"][text]), here)), (text, there["found"][text], here)
    third = grad(grad(grad(lambda x: sin(x**3 + 5))))(1.2)
    assert same(float(there["third"]), third, 1e-12)
    assert there["hessian"] == [[6.0, 4.0], [4.0, 0.0]]
    assert there["drawn"] > 5
    assert there["page"].startswith("<!doctype html>")
    assert there["version"] in wheels[0]


def same(there: float, here: float, within: float = 1e-15) -> bool:
    """Tell whether two numbers are the same but for what two libraries of C round differently."""
    return there == here or (there != there and here != here) or isclose(there, here, rel_tol=within)


def test_the_playground_reads_a_formula_draws_it_and_plays_it(
    folder: Path, browser: Any, serve: Serve
) -> None:
    with serve(folder) as address:
        context = browser.new_context(reduced_motion="reduce")
        context.set_default_timeout(120_000)
        shown = context.new_page()
        complaints: list[str] = []
        asked: list[str] = []
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto(address)
        shown.wait_for_selector("#go:enabled")
        assert "d/dx = 3.8996226007235006" in shown.text_content("#said")
        shown.fill("#formula", "a * b + 1")
        shown.click("#go")
        shown.fill("#inputs input[name=a]", "3")
        shown.fill("#inputs input[name=b]", "-2")
        shown.click("#go")
        assert shown.text_content("#said") == "a * b + 1 = -5.0\nd/da = -2.0\nd/db = 3.0"
        assert "a * b = 3 * (-2) = -6.0" in shown.text_content("#graph")
        shown.select_option("#lang", "zh")
        player = shown.frame_locator("#player").locator("#player:not([hidden])")
        player.wait_for()
        assert "是给定的" in player.text_content()
        assert Axe().run(shown).response["violations"] == []
        for wrong in ("foo(a)", "a +", "__import__('os')", "", "<img src=x onerror=alert(1)>"):
            shown.fill("#formula", wrong)
            shown.click("#go")
            assert "accepted" in shown.text_content("#said")
            assert not shown.is_visible("#shown")
        shown.fill("#formula", "log(a)")
        shown.click("#go")
        shown.fill("#inputs input[name=a]", "much")
        shown.click("#go")
        assert shown.text_content("#said") == "a is given 'much', accepted is a number such as 1.2"
        context.close()
    assert complaints == []
    assert {url.split("/")[2] for url in asked if not url.startswith(("data:", "about:", "blob:"))} == {
        address.split("/")[2]
    }


def test_without_npm_the_command_says_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docs", "playground", str(tmp_path / "made")],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "docs playground: Pyodide comes from npm, which is not installed\n"
