"""What the rules of an operation read from outside: one of a user's may name a number there.

That number may change between two calls, be it a global, a closure's or an attribute. So what an operation
computes can be written down once only where all that its rules name outside is of ours, or Python's own; and
where such a name may be given to something else, only for as long as it is not.
"""

from __future__ import annotations

import builtins
import dis
from collections.abc import Iterator
from functools import cache
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from autograd.primitive import Primitive

FIXED = ("autograd", "builtins", "functools", "math", "operator")
"""The packages whose modules and functions stay what they are."""

SEARCHING = ("__import__", "breakpoint", "eval", "exec", "globals", "input", "locals", "open", "vars")
"""The builtins by which a rule reads what none of its names stands for."""

CONSTANTS = (int, float, str, type(None))


class Name(NamedTuple):
    """A name that a rule reads: in which globals or cell, and what it stands for; None for a builtin."""

    place: dict[str, Any] | CellType
    name: str
    thing: Any


@cache
def outside(primitive: Primitive) -> tuple[Name, ...] | None:
    """Return the names on which it depends what an operation computes: none, where nothing can change it.

    They stand for modules and functions of ours or of Python's. None where a rule reads anything else.
    """
    names: list[Name] = []
    return tuple(names) if _is_fixed(primitive, names, set()) else None


def _is_fixed(thing: Any, names: list[Name], seen: set[Primitive]) -> bool:
    """Tell whether a thing computes the same for as long as some names, which it adds, stand for the same."""
    if isinstance(thing, Primitive):
        if thing in seen:
            return True
        seen.add(thing)
        rules = [rule for rule in (thing.impl, *thing.partials, thing.all_partials) if rule is not None]
        return all(isinstance(rule, FunctionType) and _reads_fixed(rule, names, seen) for rule in rules)
    if isinstance(thing, ModuleType):
        return _stays(thing.__name__)
    if isinstance(thing, FunctionType):
        return is_ours(thing) and _reads_fixed(thing, names, seen)
    is_plain = isinstance(thing, (BuiltinFunctionType, type)) and thing.__name__ not in SEARCHING
    return is_plain and _stays(thing.__module__)


def _reads_fixed(function: FunctionType, names: list[Name], seen: set[Primitive]) -> bool:
    """Tell the same of all that a function reads from outside."""
    kept = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    cells = [Name(cell, "", _contents(cell)) for cell in function.__closure__ or ()]
    if is_ours(function):  # what is ours gives no name to something else
        kept += [name.thing for name in cells]
        read = []
    elif _searches(function):
        return False
    else:
        of_globals = function.__globals__
        read = [*cells, *[Name(of_globals, name, of_globals.get(name)) for name in _globals_of(function)]]
    names += read
    builtin = [vars(builtins).get(name.name) if name.thing is None else name.thing for name in read]
    return all(isinstance(thing, CONSTANTS) or _is_fixed(thing, names, seen) for thing in kept) and all(
        _is_fixed(thing, names, seen) for thing in builtin
    )


def _searches(function: FunctionType) -> bool:
    """Tell whether a function imports, or asks a module for what would find it any name."""
    return any(
        i.opname == "IMPORT_NAME" or (i.opname in ("LOAD_ATTR", "LOAD_METHOD") and i.argval in SEARCHING)
        for i in _instructions(function)
    )


def _globals_of(function: FunctionType) -> set[str]:
    """Return the names of globals that a function reads, and those inside it."""
    return {i.argval for i in _instructions(function) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}


def _instructions(function: FunctionType) -> Iterator[dis.Instruction]:
    """Yield what a function does, and those inside it."""
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        yield from dis.get_instructions(code)


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it has none yet
        return None


def is_ours(function: FunctionType) -> bool:
    """Tell whether the code of a function is ours, or Python's, whatever `functools.wraps` says it is."""
    return _stays(function.__globals__.get("__name__"))


def _stays(package: str | None) -> bool:
    return str(package).partition(".")[0].lstrip("_") in FIXED
