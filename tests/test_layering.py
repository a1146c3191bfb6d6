"""The arrows of the house: nn → autograd, viz → autograd, in viz from room to room; nothing against them."""

import ast
import subprocess
import sys
from collections.abc import Container, Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "autograd": {"autograd"},
    "nn": {"autograd", "autograd_is_ours", "nn"},
    "viz": {"autograd", "autograd_is_ours", "viz"},
}
OURS = {"autograd", "autograd_is_ours", "nn", "viz", "glassgrad"}

KNOWN_CIRCLES: list[set[str]] = []
"""What is left to be undone. A circle that is no longer there has to leave this list."""

FLOORS = 10
"""The most modules of viz that import each other one after the other, below `viz` itself."""

ROOMS = [
    {"style", "text", "nesting"},
    {"record", "canvas", "plots"},
    {"graph"},
    {"network"},
    {"steps"},
    {"stills", "player"},
    {"export"},
]
"""The rooms of viz from the ground up. A room imports from the floors below, never from beside it."""

ROOMS_OF_NN = [
    {"seed", "sizes", "symbols"},
    {"model", "data"},
    {"weights"},
    {"images", "sequences"},
    {"language"},
    {"train", "exchange"},
    {"sklearn"},
]
"""The same of nn: what learns imports the model and the data, which know neither it nor each other."""

Imports = dict[str, set[str]]
"""The modules that each module imports when it is loaded or when a function of it runs."""


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
        ("viz", {"nn", "numpy", "matplotlib"}),
    ],
)
def test_importing_a_package_loads_no_more_than_it_needs(package: str, kept_out: set[str]) -> None:
    script = f"import sys, {package}; print(sorted({kept_out} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def imported_modules(tree: ast.AST, modules: Container[str]) -> Iterator[str]:
    """Yield which of some modules a source imports, deferred imports too, those for type checkers not."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for other in node.orelse:
                yield from imported_modules(ast.Module([other], []), modules)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                if submodule in modules or node.module in modules:
                    yield submodule if submodule in modules else str(node.module)
        yield from imported_modules(node, modules)


def module_name(path: Path) -> str:
    """Return the name by which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_within(*packages: str) -> Imports:
    """Return the imports among the modules of some packages."""
    every = {
        module_name(path): path
        for package in packages
        for path in (*(ROOT / package).rglob("*.py"), *ROOT.glob(f"{package}.py"))
    }
    return {
        name: {*imported_modules(ast.parse(path.read_text(encoding="utf-8")), every)} - {name}
        for name, path in every.items()
    }


def circles(imports: Mapping[str, set[str]]) -> list[set[str]]:
    """Return the sets of modules that import each other in a circle."""
    reached: Imports = {}
    for start in imports:
        waiting, found = [start], set[str]()
        while waiting:
            fresh = imports[waiting.pop()] - found
            found |= fresh
            waiting += fresh
        reached[start] = found
    together = [
        {other for other in found if name in reached[other]}
        for name, found in reached.items()
        if name in found
    ]
    return [circle for place, circle in enumerate(together) if circle not in together[:place]]


def longest_chain(imports: Mapping[str, set[str]]) -> list[str]:
    """Return the longest chain of modules that import each other one after the other, from the top."""
    chains: dict[str, list[str]] = {}
    for name in TopologicalSorter(imports).static_order():
        chains[name] = [name, *max((chains[below] for below in sorted(imports[name])), key=len, default=[])]
    return max(chains.values(), key=len)


def rooms_within(package: str) -> Imports:
    """Return the imports within a package but for its door, itself, which imports whatever is public."""
    return {name: others - {package} for name, others in imports_within(package).items() if name != package}


def room_of(module: str) -> str:
    """Return the room of a module: `record` of `viz.record.passes`."""
    return module.split(".")[1]


def test_imports_are_read_as_they_run() -> None:
    source = """
import typing
from typing import TYPE_CHECKING
import a.b, os
from a import c, d
if TYPE_CHECKING:
    import e
elif typing.TYPE_CHECKING:
    import f
else:
    import g
def deferred():
    if True:
        from h import i
"""
    modules = {"a", "a.b", "a.c", "e", "f", "g", "h"}
    assert {*imported_modules(ast.parse(source), modules)} == {"a", "a.b", "a.c", "g", "h"}


def test_circles_and_chains_are_found() -> None:
    straight = {"a": {"b", "c"}, "b": {"c"}, "c": set[str]()}
    assert not circles(straight)
    assert longest_chain(straight) == ["a", "b", "c"]
    turning = straight | {"c": {"d"}, "d": {"b"}, "e": {"f"}, "f": {"e"}}
    assert circles(turning) == [{"b", "c", "d"}, {"e", "f"}]


def test_no_modules_import_each_other_in_a_circle() -> None:
    found = circles(imports_within(*sorted(OURS)))
    assert sorted(map(sorted, found)) == sorted(map(sorted, KNOWN_CIRCLES))


def test_viz_is_no_higher_than_its_floors() -> None:
    chain = longest_chain(rooms_within("viz"))
    assert len(chain) <= FLOORS, " → ".join(chain)


@pytest.mark.parametrize(("package", "rooms_upwards"), [("viz", ROOMS), ("nn", ROOMS_OF_NN)])
def test_rooms_import_only_from_the_floors_below(package: str, rooms_upwards: list[set[str]]) -> None:
    floor = {room: level for level, rooms in enumerate(rooms_upwards) for room in rooms}
    imports = rooms_within(package)
    assert {room_of(module) for module in imports} == floor.keys()
    upwards = [
        f"{module} → {other}"
        for module, others in imports.items()
        for other in sorted(others)
        if room_of(module) != room_of(other) and floor[room_of(module)] <= floor[room_of(other)]
    ]
    assert not upwards
