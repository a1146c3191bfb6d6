"""Planted faults in the code: an operator or a comparison changed, one at a time, and the tests run.

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
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.attack.campaign import Campaign, one_by_one

ROOT = Path(__file__).parents[2]
ROOMS = ("autograd", "nn", "viz", "glassgrad", "tests", "benchmarks")

OF_THE_ENGINE = ("test_value", "test_transforms", "test_graph", "test_conventions", "test_edge_cases")
OF_THE_COMPILER = (
    *("compiler/record", "compiler/arrays", "compiler/backends/test_lowering", "compiler/backends/source"),
    *("test_dots", "test_take"),
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

Change = tuple[str, int, str]
"""The file, the line that is changed, and the whole text of the file then."""


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
                yield name, left.end_lineno, changed.decode()


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
    """Change an operator in a copy of the house and run the tests of its file: they must fail."""
    name, line, text = changes()[number]
    if status := unchanged(tuple(TARGETS[name])):
        raise RuntimeError(f"the tests of {name} end with status {status} without a change; mend them first")
    return (
        None
        if _status(TARGETS[name], {name: text})
        else f"{name}:{line} {text.splitlines()[line - 1].strip()}"
    )


@cache
def unchanged(tests: tuple[str, ...]) -> int:
    """Return how tests end in a copy without a change: any status but 0 says nothing of a fault then."""
    return _status(tests, {})


def _status(tests: Sequence[str], changed: dict[str, str]) -> int:
    """Return how tests end in a copy with other texts of some files; -1 if they do not within 10 minutes."""
    with TemporaryDirectory() as folder:
        for room in ROOMS:
            shutil.copytree(ROOT / room, Path(folder) / room, ignore=shutil.ignore_patterns("__pycache__"))
        for path in [*ROOT.glob("*.py"), ROOT / "pyproject.toml"]:
            shutil.copy(path, folder)
        for name, text in changed.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
        paths = [folder, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                [*command, *tests],
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=600,
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
