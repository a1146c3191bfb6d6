"""The package shows what it has, and says what each thing does."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import pytest

import nn

ROOT = Path(nn.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in ROOT.rglob("*.py")
    if path.stem != "__init__"
)
NAMESPACES = {"init", "schedule"}  # their names only make sense behind the module's: schedule.step


def public(module: str) -> dict[str, object]:
    """Return the functions and classes that a module defines."""
    return {
        name: thing
        for name, thing in vars(import_module(f"nn.{module}")).items()
        if not name.startswith("_")
        and (inspect.isfunction(thing) or inspect.isclass(thing))
        and thing.__module__ == f"nn.{module}"
    }


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_has_a_docstring(module: str) -> None:
    assert import_module(f"nn.{module}").__doc__
    for name, thing in public(module).items():
        assert thing.__doc__, name
        for method, function in vars(thing).items() if inspect.isclass(thing) else ():
            if inspect.isfunction(function) and not method.startswith("_"):
                assert function.__doc__, f"{name}.{method}"


@pytest.mark.parametrize("name", [name for name in vars(nn) if not name.startswith("_")])
def test_an_exported_name_is_what_a_module_defines(name: str) -> None:
    thing = getattr(nn, name)
    if inspect.isfunction(thing) or inspect.isclass(thing):
        assert public(thing.__module__.removeprefix("nn."))[name] is thing


def test_the_two_namespaces_are_there() -> None:
    assert {name for name in NAMESPACES if inspect.ismodule(getattr(nn, name))} == NAMESPACES
