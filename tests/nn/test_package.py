"""The package shows what it has, and says what each thing does."""

from __future__ import annotations

import inspect
from collections.abc import Callable
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


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.RNN(2, 3, 1, "relu"),  # type: ignore[misc]
        lambda: nn.GRU(2, 3, 1, False),  # type: ignore[misc]
        lambda: nn.TransformerEncoderLayer(4, 2, 8, 0.0, "relu", 1e-5, True),  # type: ignore[misc]
        lambda: nn.TransformerDecoderLayer(4, 2, 8, 0.0, "relu", 1e-5, True),  # type: ignore[misc]
        lambda: nn.Transformer(4, 2, 1, 1, 8, 0.0, "relu", None),  # type: ignore[misc]
        lambda: nn.Upsample(2),  # type: ignore[misc]
    ],
)
def test_what_pytorch_has_in_another_place_is_not_taken_by_position(make: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match="positional argument"):
        make()


def positional(kind: Callable[..., object]) -> list[str]:
    parameters = inspect.signature(kind).parameters.values()
    return [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]


def test_arguments_by_position_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for name in {name for name, thing in vars(nn).items() if inspect.isclass(thing)} & {*vars(torch.nn)}:
        if name not in ("Unflatten", "Buffer", "RNN", "LSTM", "GRU"):  # PyTorch's last three name none
            ours, theirs = (positional(getattr(each, name)) for each in (nn, torch.nn))
            assert ours == theirs[: len(ours)], name
