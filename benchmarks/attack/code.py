"""Planted faults in the code: an operator or a comparison changed, one at a time, and the tests of it run.

Some changes are no faults: they cost time, or the words of an error. Those stand in the table as broken, to
be looked at.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

from benchmarks.attack.campaign import Campaign, one_by_one

ROOT = Path(__file__).parents[2]
ROOMS = ("autograd", "nn", "viz", "glassgrad", "tests", "benchmarks")

OF_THE_ENGINE = ("test_value", "test_transforms", "test_graph", "test_conventions", "test_edge_cases")
OF_THE_COMPILER = (
    *("compiler/record", "compiler/arrays", "compiler/backends/test_lowering", "compiler/backends/source"),
    *("test_dots", "test_take", "test_own"),
    *(f"compiler/test_{name}" for name in ("step", "calls", "frozen", "equality", "arguments", "export")),
    *("compiler/backends/native", "compiler/backends/test_jax"),
)
"""The tests that must tell, below `tests/autograd`: the quick ones first."""


def _targets() -> dict[str, list[str]]:
    """Return the files whose operators are changed, each with the tests that must tell."""
    engine, compiler = [
        [str(path.relative_to(ROOT)) for name in names for path in (ROOT / "tests/autograd").glob(f"{name}*")]
        for names in (OF_THE_ENGINE, OF_THE_COMPILER)
    ]
    passes = ("record/*.py", "arrays/*.py", "backends/lowering.py")
    files = [path for part in passes for path in sorted((ROOT / "autograd/compiler").glob(part))]
    return {
        **{f"autograd/{name}.py": engine for name in ("graph", "flow", "dual", "transforms")},
        **{str(path.relative_to(ROOT)): compiler for path in files},
    }


TARGETS = _targets()

ALONE = ("-o", "addopts=--import-mode=importlib")
"""In one process: with several, or one of its own beside it, no line is told the test that runs it."""

SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.And: "and",
    ast.Or: "or",
}

OPPOSITES: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}

Change = tuple[str, range, str]
"""The file, the lines of what is changed, and the whole text of the file then."""


@cache
def changes() -> list[Change]:
    """Return all changes, in an order that goes through the files in turn."""
    found = [list(_changes_of(name)) for name in TARGETS]
    every = [change for file in found for change in file]
    Random(0).shuffle(every)
    return every


def _changes_of(name: str) -> Iterator[Change]:
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()))
    raw = text.encode()

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + column

    for node in ast.walk(ast.parse(text)):
        for left, operator, right in _operators(node):
            if type(operator) not in OPPOSITES:
                continue
            old, new = SYMBOLS[type(operator)], SYMBOLS[OPPOSITES[type(operator)]]
            start, end = offset(left.end_lineno, left.end_col_offset), offset(right.lineno, right.col_offset)
            between = raw[start:end].decode()
            if between.count(old) == 1:
                changed = raw[:start] + between.replace(old, new).encode() + raw[end:]
                yield name, range(left.lineno, right.end_lineno + 1), changed.decode()


def _operators(node: ast.AST) -> Iterator[tuple[Any, ast.AST, Any]]:
    """Yield each operator of a node with what stands on its left and on its right."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            yield left, op, right
        case ast.BoolOp(op=op, values=values):
            for left, right in pairwise(values):
                yield left, op, right
        case ast.Compare(left=left, ops=ops, comparators=others):
            for one, op, other in zip([left, *others], ops, others, strict=False):
                yield one, op, other


def trial(seed: int, number: int) -> str | None:
    """Change an operator in a copy of the house and run the tests that run its lines: one must fail."""
    name, lines, text = changes()[number]
    running = tests_of_lines(tuple(TARGETS[name]))
    tests = [test for test, ran in running.items() if not ran.get(name, set()).isdisjoint(lines)]
    told = f"{name}:{lines.start} {text.splitlines()[lines.start - 1].strip()}"
    if not tests:
        return f"{told}, which no test runs"
    with _copy({name: text}) as folder:
        return None if _status(folder, tests) else told


@cache
def tests_of_lines(paths: tuple[str, ...]) -> dict[str, dict[str, set[int]]]:
    """Return the tests of files, the quickest first, each with the lines of the targets that it runs.

    Raises RuntimeError if they do not all hold: a fault would not be what fails then.
    """
    from coverage import CoverageData  # which the other campaigns, and so their tests, do not need

    with _copy({}) as folder:
        watched = [
            f"--cov={folder / 'autograd'}",
            "--cov-context=test",
            "--cov-report=",
            "--junitxml=times.xml",
        ]
        if status := _status(folder, [*watched, *paths]):
            raise RuntimeError(
                f"the tests of {paths} end with status {status} without a change; mend them first"
            )
        cases = ElementTree.parse(folder / "times.xml").iter("testcase")
        seconds = {
            _dotted(f"{case.get('classname')}::{case.get('name')}"): float(case.get("time", 0))
            for case in cases
        }
        data = CoverageData(str(folder / ".coverage"))
        data.read()
        ran: dict[str, dict[str, set[int]]] = {}
        for name in TARGETS:
            for line, contexts in data.contexts_by_lineno(str(folder / name)).items():
                for test in {context.rpartition("|")[0] for context in contexts} - {""}:
                    ran.setdefault(test, {}).setdefault(name, set()).add(line)

    return {test: ran[test] for test in sorted(ran, key=lambda test: seconds[_dotted(test)])}


def _dotted(test: str) -> str:
    """Return the name of a test as both reports have it: one has dots for what is a path or a class."""
    path, _, inside = test.partition("::")
    return ".".join([path.removesuffix(".py").replace("/", "."), *inside.split("::")])


@contextmanager
def _copy(changed: dict[str, str]) -> Iterator[Path]:
    """Copy the house, with other texts of some files, for as long as the context lasts."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for room in ROOMS:
            shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
        for path in [*ROOT.glob("*.py"), ROOT / "pyproject.toml"]:
            shutil.copy(path, folder)
        for file, text in changed.items():
            (folder / file).write_text(text, encoding="utf-8")
        yield folder


def _status(folder: Path, arguments: Sequence[str]) -> int:
    """Return how tests end in a folder, at the first that fails; -1 if they do not within 20 minutes."""
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *ALONE]
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [*command, *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=1200,
        )
    except subprocess.TimeoutExpired:
        return -1
    return done.returncode


CODE = Campaign(
    "operators of the backward pass and of the compiler, each changed once",
    one_by_one(trial),
    goal=len(changes()),
    sample=0,
    unit="fault",
    at_once=1,
    every=True,
)
