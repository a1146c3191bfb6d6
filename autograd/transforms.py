"""Derivatives of functions: `grad` and its kin, nesting to any order.

An argument is a scalar, or lists, tuples and dicts of scalars nested as one likes: a tree. Plain numbers in,
plain numbers out: floats, whatever kind of number came in. Inside another transformation, for arguments that
are Values, and for a function that closes over Values or makes some, the result is differentiable in its
turn: what depends on a Value is one. The `.grad` of Values that a function closes over is never touched.

All raise TypeError for an argument that holds anything but real numbers and Values, and for a function that
returns anything but them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from autograd import graph, tree
from autograd.context import history, in_own_context, recording
from autograd.dual import Dual, perturbations, primal_part, tangent_part, without_later
from autograd.inspection import inspectors
from autograd.nary import nary_dot
from autograd.ops import detach, identity
from autograd.ordered import unordered
from autograd.primitive import Operand, as_number
from autograd.scalar import as_float
from autograd.value import Value, as_node, by_rules, made, new_leaf, tracing

Function = Callable[..., Any]
Entered = TypeVar("Entered")


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """Return the function that computes the gradient of `f`, which returns one scalar.

    The gradient is a tree of the shape of the argument at `argnums`, of a float for each of its scalars; for
    several argnums a tuple of such. Negative argnums count from the end.
    The function raises TypeError if `f` does not return one scalar, if there is no such argument, or if one
    comes twice.
    """
    with_value = value_and_grad(f, argnums)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return with_value(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """Return the function that computes `(f(…), gradient)` in one forward and one backward pass.

    A float, and the gradient as in `grad`; so are arguments and errors.
    """

    one, indices = _indices(argnums)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        out, pullback = _along(f, indices, args, kwargs)
        if not isinstance(out, (Operand, float)):
            raise TypeError(
                f"grad needs a function that returns one scalar, got {type(out).__name__}; "
                "use jacobian for a function that returns several"
            )
        gradients = pullback([1.0])
        return out, gradients[0] if one else tuple(gradients)

    return value_and_gradient


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Evaluate `f` at the primals and return `(out, pullback)`, for products of vectors with the Jacobian.

    `out` is a scalar or a tree, as `f` returns it. `pullback(cotangent)`, with a cotangent of the shape of
    `out`, returns a tuple: for each primal Σ cotangent · ∂out/∂primal, a tree of its shape, which depends on
    the cotangent too, which may be made from `out`. It may be called many times, each one backward pass.
    Raises ValueError, naming both, for a cotangent of another shape, and TypeError for what is no real number
    in it.
    """
    out, pullback = _with_pullback(f, primals)
    shape = tree.copied(out)  # the caller may change its own

    def pull(cotangent: Any) -> tuple[Any, ...]:
        return tuple(pullback([*map(as_number, tree.leaves_like(shape, cotangent))]))

    return out, pull


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return `(f(*primals), the rate of change of f along tangents)` in one forward pass.

    `tangents` holds a number for each scalar of the primals, in trees of their shape; both results have the
    shape of what `f` returns. Along a tangent that is the plain number 0 an argument does not move.
    Raises ValueError, naming both, where primals and tangents differ in shape; TypeError for one alone.
    """
    primals, tangents = _in_sequence("primals", primals), _in_sequence("tangents", tangents)
    differentiable = _differentiable(tree.leaves((*primals, *tangents)))

    epsilon = next(perturbations)

    def moved() -> Any:
        directions = iter(tree.leaves_like(primals, tangents))
        lifted = tree.map_leaves(lambda x: Dual(epsilon, as_number(x), _moving(next(directions))), primals)
        return _scalars(f(*lifted), epsilon)

    out, own = _inside(moved)
    for inspector in inspectors.get():
        inspector.forward(out, epsilon)
    primal = tree.map_leaves(lambda y: primal_part(y, epsilon), out)
    tangent = tree.map_leaves(lambda y: tangent_part(y, epsilon), out)
    if differentiable or _closes_over((primal, tangent), own):
        return _kept(primal), _kept(tangent)
    return tree.map_leaves(_plain, primal), tree.map_leaves(_plain, tangent)


def _in_sequence(name: str, given: Any) -> tuple[Any, ...]:
    """Return the primals or tangents of `jvp`; raise TypeError, with the remedy, for one alone."""
    kind: Any = type(given)
    if not tree.is_several(given) or unordered(kind):
        raise TypeError(
            f"jvp takes {name} in a tuple, one for each argument of the function, got {given!r}: "
            f"write ({given!r},)"
        )
    return tuple(given)


def _moving(tangent: Any) -> Any:
    """Return a tangent as a flow: along a coordinate, the others do not move at all."""
    tangent = as_number(tangent)
    return None if isinstance(tangent, float) and tangent == 0.0 else tangent


def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """Return the function that computes all partial derivatives of `f`, which returns a scalar or a tree.

    The result has the shape of the output of `f`, with the shape of the argument in place of each of its
    scalars: `[[∂f₀/∂x₀, ∂f₀/∂x₁], [∂f₁/∂x₀, ∂f₁/∂x₁]]`; for several argnums with a tuple of such. One
    backward pass for each output. Raises TypeError as `grad` does, but for any number of outputs.
    """

    one, indices = _indices(argnums)

    def partials(*args: Any, **kwargs: Any) -> Any:
        out, pullback = _along(f, indices, args, kwargs)
        count = len(tree.leaves(out))
        rows = [pullback([float(i == j) for j in range(count)]) for i in range(count)]
        return tree.rebuild(out, [row[0] if one else tuple(row) for row in rows])

    return partials


def hessian(f: Function, argnums: int = 0) -> Function:
    """Return the function that computes all second derivatives of a scalar `f`: the Jacobian of `grad(f)`.

    For an argument of n scalars n² floats: the shape of the argument, with that shape again in place of each
    scalar. One forward pass, and n backward passes. Raises TypeError as `grad` does.
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Function, x: Any, v: Any) -> Any:
    """Return the Hessian of a scalar `f` at `x` times `v`, without forming the Hessian.

    `x` and `v` are trees of one shape, and so is the result. Forward mode over the gradient (Pearlmutter
    1994), in a small multiple of the time of `f`. Raises ValueError where the shapes differ, and TypeError as
    `grad` does.
    """
    return jvp(grad(f), (x,), (v,))[1]


def _along(
    f: Function, indices: tuple[int, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Callable[[list[Any]], Any]]:
    """Return f of the arguments, and the pullback along those at the indices.

    Raises TypeError for an index at which there is no argument, and for one twice.
    """
    for index in indices:
        if not -len(args) <= index < len(args):
            raise TypeError(f"argnums names argument {index}, but there are {len(args)} arguments")
    if len({index % len(args) for index in indices}) < len(indices):
        raise TypeError(f"argnums names an argument twice, got {indices}")

    def of_chosen(*xs: Any) -> Any:
        replaced = list(args)
        for index, x in zip(indices, xs, strict=True):
            replaced[index] = x
        return f(*replaced, **kwargs)

    return _with_pullback(of_chosen, [args[index] for index in indices])


def _with_pullback(f: Function, primals: Sequence[Any]) -> tuple[Any, Callable[[list[Any]], Any]]:
    """Evaluate `f` on fresh leaves; return its value, and the map from output to input cotangents."""
    primals = tree.map_leaves(as_number, primals)
    differentiable = _differentiable(tree.leaves(primals))
    epsilon = next(perturbations)  # which nothing carries: what carries a later one is of a pass inside this

    def recorded() -> tuple[list[Value], Any]:
        lifted = tree.map_leaves(_fresh, primals)
        inputs = [_innermost(x) for x in tree.leaves(lifted)]
        try:
            # What f changes later, its arguments or a list it returns each time, is not what it computed.
            out = _scalars(f(*lifted), epsilon)
            _join(inputs, primals)
        except BaseException:  # f may have kept what it computed, and whoever catches this goes on with it
            _join(inputs, primals)  # again, where Ctrl-C came in the midst of the first
            raise
        return inputs, out

    (inputs, out), own = _inside(recorded)
    outs = tree.leaves(out)
    differentiable = differentiable or _closes_over(out, own)

    def pulled(seeds: list[Any], as_values: bool) -> list[Any]:
        return _cotangents([*zip(outs, seeds, strict=True)], inputs, as_values)

    def pullback(seeds: list[Any]) -> Any:
        around = made.get()
        if around is not None and around is not own:
            around |= own  # no more closed over there than here
        gradients = by_rules(pulled, seeds, differentiable or _differentiable(seeds))
        return _kept(tree.rebuild(primals, gradients))

    return (_kept(out) if differentiable else tree.map_leaves(_plain, out)), pullback


def _kept(results: Any) -> Any:
    """Return the results of a transformation, which records under `no_grad` too: there they are constants."""
    if history.get():
        return results
    return tree.map_leaves(lambda x: detach(x) if isinstance(x, Operand) else x, results)


def _differentiable(given: list[Any]) -> bool:
    """Tell whether results are differentiable: for what is given, or in a transformation around them."""
    return made.get() is not None or any(isinstance(x, Operand) for x in given)


def _closes_over(out: Any, own: set[Value]) -> bool:
    """Tell whether a result depends on leaves that no transformation has made."""
    roots = [part for y in tree.leaves(out) for part in _values(y)]
    return any(node.op is None and node not in own for node in graph.topological_order(*roots))


def _values(x: Any) -> Iterator[Value]:
    """Return the Values that a scalar consists of."""
    if isinstance(x, Dual):
        yield from _values(x.primal)
        yield from _values(x.tangent)
    elif isinstance(x, Value):
        yield x


def _of_seeds(out: Any, *args: Any) -> list[Any]:
    count = len(args) // 2
    return [*args[count:-1], *[None] * (count + 1)]


SEEDED = replace(nary_dot, all_partials=_of_seeds)
"""A dot of outputs and their seeds whose derivatives are along the outputs alone.

A seed may be made from the same inputs as its output. It says how much of that flows back, and is no other
way from there to the inputs.
"""


def _cotangents(pairs: Sequence[tuple[Any, Any]], inputs: list[Any], differentiable: bool) -> list[Any]:
    """Return Σ seed · ∂output/∂input over pairs of outputs and seeds, for each input."""
    moving = [x.epsilon for pair in pairs for x in pair if isinstance(x, Dual)]
    if moving:
        # Differentiation commutes with ε: pull primal and tangent back each on its own.
        latest = max(moving)
        parts = [[(primal_part(x, latest), tangent_part(x, latest)) for x in pair] for pair in pairs]
        still = [(y, seed) for (y, _), (seed, _) in parts]
        rates = [pair for (y, dy), (seed, dseed) in parts for pair in ((dy, seed), (y, dseed))]
        primal, tangent = (_cotangents(each, inputs, differentiable) for each in (still, rates))
        return [Dual(latest, p, t) for p, t in zip(primal, tangent, strict=True)]
    # From an output whose seed is 0 nothing flows.
    seeded = [(y, s) for y, s in pairs if isinstance(y, Operand) and (isinstance(s, Operand) or s)]
    if not seeded:
        return [0.0] * len(inputs)
    outs, seeds = zip(*seeded, strict=True)
    alone = len(seeds) == 1 and isinstance(seeds[0], float) and seeds[0] == 1.0
    root = outs[0] if alone else SEEDED(*outs, *seeds, 0.0)
    if not isinstance(root, Value):  # a scalar of a recording, which knows its own graph
        found: list[Any] = root.cotangents(inputs)
        return found
    reached = [x for x in inputs if isinstance(x, Value)]  # not what is recorded beside it: that is no key
    for inspector in inspectors.get():
        inspector.backward(root, reached)
    adjoint = graph.differentiable_adjoints(root, reached) if differentiable else graph.adjoints(root)
    slopes = [adjoint.get(x, 0.0) if isinstance(x, Value) else 0.0 for x in inputs]
    return [*map(as_node, slopes)] if differentiable else slopes


def _inside(call: Callable[[], Entered]) -> tuple[Entered, set[Value]]:
    """Return what a call returns in a transformation, which records, and the leaves that those at work made.

    That is in a context of its own, which ends wherever Ctrl-C comes.
    """

    def inside() -> tuple[Entered, set[Value]]:
        own = made.get()
        if own is None:
            own = set()
            made.set(own)
        if history.get():
            return call(), own
        with recording():
            return call(), own

    return in_own_context(inside)


def _fresh(x: Any) -> Any:
    """Return a new node worth x: the gradient is along this argument, not along another use of x.

    A Value is a leaf to the function that is given it; `_join` makes it the copy of x that it is.
    """
    if isinstance(x, Dual):
        return Dual(x.epsilon, _fresh(x.primal), x.tangent)
    if isinstance(x, Value) and tracing.get() is None:  # a recording is to know of what it is a copy
        return new_leaf(x.data)
    return identity(x) if isinstance(x, Operand) else new_leaf(x)


def _join(leaves: list[Any], primals: Sequence[Any]) -> None:
    """Let each leaf that stands for a Value be from now on the result of `identity` for it."""
    for leaf, x in zip(leaves, map(_innermost, tree.leaves(primals)), strict=True):
        if isinstance(x, Value) and isinstance(leaf, Value) and leaf.op is None:
            leaf._first, leaf._first_partial, leaf.op = x, 1.0, identity  # the last of which says it is done


def _innermost(x: Any) -> Any:
    while isinstance(x, Dual):
        x = x.primal
    return x


def _plain(x: Any) -> Any:
    if isinstance(x, Dual):
        return Dual(x.epsilon, _plain(x.primal), _plain(x.tangent))
    return x.data if isinstance(x, Value) else x


def _indices(argnums: int | Sequence[int]) -> tuple[bool, tuple[int, ...]]:
    """Return whether one argument is named, and the indices of all that are."""
    one = isinstance(argnums, str) or not tree.is_several(argnums)
    kind: Any = type(argnums)
    indices: Any = (argnums,) if one or unordered(kind) else argnums
    try:
        return one, tuple([operator.index(index) for index in indices])
    except TypeError:
        raise TypeError(
            f"argnums is the index of an argument, or several, such as 0 or (0, 1); got {argnums!r}"
        ) from None


def _scalars(out: Any, epsilon: int) -> Any:
    """Return what a function has returned as operands and floats, in lists, tuples and dicts of its own.

    They carry no perturbation of the passes inside it, which began after that of ε.
    """
    return tree.map_leaves(partial(_scalar, epsilon), out)


def _scalar(epsilon: int, leaf: Any) -> Any:
    if isinstance(leaf, Operand):
        return without_later(leaf, epsilon)
    if not isinstance(leaf, bool) and getattr(getattr(leaf, "dtype", None), "kind", "") != "b":
        try:
            return as_float(leaf)
        except TypeError:
            pass
    raise TypeError(f"a function to differentiate returns scalars, got {type(leaf).__name__}")
