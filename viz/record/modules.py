"""Which module of a model each node of a graph belongs to, told from the model's parameters alone.

On the way to the parameter `layers.0.neurons.3.w[1]` lie the modules `layers.0` and, in it, `neurons.3`. A
result belongs where its parameters do; without any, to the smallest module that holds all its arguments.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

from autograd import Value
from autograd.ops import mul, neg
from viz.nesting import Path, shared
from viz.record.part_words import Outside

Home = Path | Outside
"""The modules that a node lies in; () is the model itself."""


def module_of(path: str) -> Path:
    """Return the module that holds the parameter of that path.

    >>> module_of("layers.0.neurons.3.w[1]")
    ('layers.0', 'neurons.3')
    """
    modules: list[str] = []
    for part in path.split(".")[:-1]:
        if part.isdecimal() and modules:  # the place of the module in a list
            modules[-1] += f".{part}"
        else:
            modules.append(part)
    return tuple(modules)


def module_of_node(order: Collection[Value], paths: Mapping[Value, str]) -> dict[Value, Home]:
    """Return where each node of a topological order belongs.

    What no parameter has part in is BEFORE. What only follows the last use of a parameter is AFTER, but for
    the sum of a neuron's products and its activation, and for what an earlier call of the module did alike.
    """
    parameters = {node: module_of(path) for node, path in paths.items()}
    args = {node: [arg for arg in node.args if isinstance(arg, Value)] for node in order}
    weighted = {node for node in order if any(arg in parameters for arg in args[node])}
    leads = _leading(args, weighted)
    alike = _alike(args, parameters, leads)
    leads |= alike | _leading(args, alike)
    home: dict[Value, Home] = {}
    for node in order:
        own = [parameters[arg] for arg in args[node] if arg in parameters]
        inside = own or [place for arg in args[node] if isinstance(place := home[arg], tuple)]
        if node in parameters:
            home[node] = parameters[node]
        elif own or (inside and (node in leads or _completes(node, args[node], inside, weighted))):
            home[node] = reduce(shared, inside)
        else:
            finished = inside or Outside.AFTER in map(home.get, args[node])
            home[node] = Outside.AFTER if finished else Outside.BEFORE
    return home


def _leading(args: dict[Value, list[Value]], goals: set[Value]) -> set[Value]:
    """Return the nodes, of those in topological order, from which a later one of the goals can be reached."""
    leads: set[Value] = set()
    for node in reversed(args):
        if node in leads or node in goals:
            leads.update(args[node])
    return leads


def _alike(args: dict[Value, list[Value]], parameters: Collection[Value], leads: set[Value]) -> set[Value]:
    """Return the nodes behind the last use of a parameter that are like one before it.

    Like is the same operation, on results of the same operations, made with the same parameters since these
    were last used: so the gates of a recurrent network at its last step are like those of the step before.
    """
    own = {node: tuple(arg for arg in found if arg in parameters) for node, found in args.items()}
    last = {used for node, used in own.items() if used and node not in leads}
    bit = {used: 2 << place for place, used in enumerate(last)}
    made: dict[Value, int] = {}
    seen, found = set[Hashable](), set[Value]()
    for node, uses in args.items():
        made[node] = bit.get(own[node], 1) if own[node] else reduce(or_, map(made.__getitem__, uses), 0)
        if not own[node] and made[node]:
            shape = node.op, made[node], tuple(arg.op for arg in uses)
            if node in leads:
                seen.add(shape)
            elif shape in seen:
                found.add(node)
    return found


def _completes(node: Value, args: Sequence[Value], inside: Sequence[Path], weighted: set[Value]) -> bool:
    """Whether a node adds a product of a weight to a module's sum, or is the function of such a sum."""
    if len(inside) < len(node.args) or len(set(inside)) > 1:
        return False
    if len(args) == 1:
        return args[0].op is not None and args[0].op.adds and node.op is not neg
    return node.op is not None and node.op.adds and any(arg.op is mul and arg in weighted for arg in args)


def title(home: Home, model: Any) -> str:
    """Return what a group of nodes is called: the module's path, or the model's class for the model."""
    return str(home.value) if isinstance(home, Outside) else ".".join(home) or type(model).__name__
