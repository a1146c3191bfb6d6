"""What `help` and `inspect` say of an operation, written from its entry.

The core does not know of it: `give_help` is called once, when the package is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature, cleandoc, signature
from textwrap import fill
from typing import Any

from autograd import curves, functions, nary
from autograd.notation.formula import partial_formulas
from autograd.primitive import Primitive


def description(primitive: Primitive) -> str:
    """Return what a primitive is, its domain and special values, and the formulas of its derivatives."""
    what, mark, where_and_source = " ".join(primitive.doc.split()).partition("Domain: ")
    names = argument_names(primitive)
    parts = [f"{primitive.name}({', '.join(names)})", what.strip(), mark + where_and_source]
    return "\n\n".join([*map(fill, filter(None, parts)), derivatives(primitive, names)])


def argument_names(primitive: Primitive) -> Sequence[str]:
    """Return how the arguments of a primitive are called: x1, x2, x3 (and on) if it is n-ary."""
    if primitive.arity is not None:
        return primitive.parameters
    return [f"x{i + 1}" for i in range(1 + 2 * primitive.counted_by)]


def derivatives(primitive: Primitive, names: Sequence[str]) -> str:
    """Return the local derivatives, one a line, for arguments of the given names."""
    lines = [
        f"    ∂out/∂{name} = {formula}"
        for name, formula in zip(names, partial_formulas(primitive, names), strict=True)
    ]
    return "\n".join([f"Derivatives, where out is {primitive.name}({', '.join(names)}):", "", *lines])


def _signature(primitive: Primitive) -> Signature:
    _, *parameters = signature(primitive.impl).parameters.values()
    own = Parameter.POSITIONAL_ONLY if primitive.arity is None else Parameter.POSITIONAL_OR_KEYWORD
    kinds = [p.kind if p.kind is Parameter.VAR_POSITIONAL else own for p in parameters]
    return Signature(
        [p.replace(kind=kind, annotation=Parameter.empty) for p, kind in zip(parameters, kinds, strict=True)]
    )


class _OfEachEntry:
    """An attribute that a primitive computes; the class keeps its own, if it has one."""

    def __init__(self, compute: Callable[[Primitive], Any], of_the_class: Any = None) -> None:
        self.compute = compute
        self.of_the_class = of_the_class

    def __get__(self, primitive: Primitive | None, owner: type | None = None) -> Any:
        if primitive is not None:
            return self.compute(primitive)
        if self.of_the_class is None:
            raise AttributeError("only an instance has it")
        return self.of_the_class


_ENTRY_OF = {
    functions.sum: (nary.nary_sum, ("x1", "x2")),
    functions.dot: (nary.nary_dot, ("w1", "w2", "x1", "x2", "bias")),
    functions.prod: (nary.nary_prod, ("x1", "x2", "x3")),
    functions.norm: (nary.nary_norm, ("x1", "x2")),
    functions.logsumexp: (nary.nary_logsumexp, ("x1", "x2")),
    functions.max: (nary.nary_max, ("x1", "x2")),
    functions.min: (nary.nary_min, ("x1", "x2")),
    functions.take: (nary.nary_take, ("index", "x0", "x1")),
    functions.leaky_relu: (curves.leaky_relu_of, ("x", "slope")),
    functions.elu: (curves.elu_of, ("x", "alpha")),
}
"""The entry that a function calls, and how its arguments are named in the derivatives."""


def give_help() -> None:
    """Give each primitive a docstring and signature of its own, and the functions over them derivatives."""
    setattr(Primitive, "__doc__", _OfEachEntry(description, Primitive.__doc__))  # noqa: B010
    setattr(Primitive, "__signature__", _OfEachEntry(_signature))  # noqa: B010
    for function, (primitive, names) in _ENTRY_OF.items():
        domain = fill("Domain: " + " ".join(primitive.doc.split()).partition("Domain: ")[2])
        text = cleandoc(function.__doc__ or "")
        function.__doc__ = "\n\n".join([text, domain, derivatives(primitive, names)])
