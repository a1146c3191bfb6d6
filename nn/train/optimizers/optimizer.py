"""Optimisers: how a gradient moves the parameters. Arguments and rules are those of PyTorch.

Gradient descent is here; those that fit a rate to every parameter are in `nn.train.optimizers.adaptive`.

In every rule g is a parameter's gradient, and `weight_decay` · parameter is added to it first, which is what
an L2 penalty of ½ weight_decay Σ parameter² does (AdamW has its own way).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from contextvars import copy_context
from typing import Any

import numpy as np

from autograd import Value
from autograd.commit import DATA, FILL, GRAD, UPDATE, commit
from autograd.compiler.compiled import Compiled
from autograd.flow import NOTHING
from autograd.ordered import refuse_unordered
from nn.model.module import is_kept
from nn.sizes import require_positive, require_share
from nn.weights.checkpoint import Array


def plain_gradient(parameters: Iterable[Value]) -> list[float]:
    """Return the gradient of each parameter; raise TypeError for one that is a Value, by create_graph."""
    gradient = [parameter.grad for parameter in parameters]
    for slope in gradient:
        if isinstance(slope, Value):
            raise TypeError(
                f"expected a gradient of numbers, got {slope!r}, which backward(create_graph=True) left: "
                "keep its number, as in p.grad = p.grad.data, for every parameter p"
            )
    return gradient


def all_finite(*vectors: Sequence[float] | Array) -> bool:
    """Return whether no number is nan or infinite."""
    # Of a few numbers, as most vectors are, a count is known sooner than `all`.
    return all(np.count_nonzero(np.isfinite(vector)) == len(vector) for vector in vectors)


class Optimizer:
    """Base of the optimisers: what they move, how fast, and what they remember from step to step.

    A parameter without a gradient is moved as one whose gradient is 0, by momentum and weight decay: PyTorch
    leaves it out. `lr` may be changed between steps. `steps` counts them; `state` holds, by name, a vector
    with one number for each parameter. Both go into a checkpoint. Whatever interrupts a step finds
    parameters, `steps` and `state` all as they were before it, or all as they are after it.

    Raises ValueError for a learning rate that is not positive and finite, for a negative weight decay, for
    no parameters, and for a parameter given twice, which would be moved twice; TypeError for what is no
    list, a set included, no Value, the result of an operation, which would be moved away from it, and a
    number along which a function is being differentiated, which would be moved meanwhile.
    """

    def __init__(self, parameters: Iterable[Value], lr: float, weight_decay: float, *state: str) -> None:
        if not isinstance(parameters, Iterable):
            raise TypeError(
                f"an optimiser moves a list of Values, got {parameters!r:.60}: give model.parameters()"
            )
        refuse_unordered(parameters)
        self.parameters = list(parameters)
        for parameter in self.parameters:
            if not is_kept(parameter):
                raise TypeError(
                    f"a parameter is a Value that stands by itself, got {_told(parameter)}: "
                    "give parameters(), or for a number Value(x.data)"
                )
        self.lr = require_positive("the learning rate", lr)
        self.weight_decay = require_positive("the weight decay", weight_decay, or_0=True)
        self.steps = 0
        self.state = {name: np.zeros(len(self.parameters)) for name in state}
        if not self.parameters:
            raise ValueError("expected at least 1 parameter, got 0")
        if (distinct := len(set(self.parameters))) < len(self.parameters):
            raise ValueError(f"expected no parameter twice, got {distinct} in {len(self.parameters)} places")

    def step(self, compiled: Compiled | None = None, *args: Any, **keywords: Any) -> float | None:
        """Move every parameter against its gradient; warn if none of them has one.

        Given a compiled function and the arguments of a call, take the gradient from that call, and return
        its result from before the step: `loss = optimizer.step(step, X, y)`. What leads, the vector of the
        function or the Values, is what moves. Raises ValueError unless the first parameters of the function
        are those of the optimiser, and TypeError for what is not compiled. Further parameters stay.
        """
        parameters, loss = self.parameters, None
        if compiled is not None:
            self.check_moves(compiled)
            loss, gradient = compiled.value_and_grad(*args, **keywords)
            gradient = gradient[: len(parameters)]
            if compiled.vector_leads:
                self.move(compiled.current()[: len(parameters)], gradient)
                return loss
        else:
            if not any(parameter.has_grad for parameter in parameters):
                warnings.warn(
                    f"step() without a gradient: none of the {len(parameters)} parameters has one; "
                    "call zero_grad(), then loss.backward(), then step()",
                    stacklevel=2,
                )
            gradient = np.array(plain_gradient(parameters), np.float64)
        vector = np.array([parameter.data for parameter in parameters], np.float64)
        moved, memory = self._moved(vector, gradient)
        commit((DATA, parameters, moved.tolist()), (UPDATE, [vars(self)], [memory]))
        return loss

    def check_moves(self, compiled: Compiled) -> None:
        """Raise ValueError unless the first parameters of a compiled function are those of the optimiser.

        Raises TypeError for what is no compiled function.
        """
        if not isinstance(compiled, Compiled):
            raise TypeError(
                f"steps are against the gradient of a compiled function, got {compiled!r:.60}: write "
                "autograd.compile(loss, parameters)"
            )
        if list(compiled.parameters[: len(self.parameters)]) != self.parameters:
            raise ValueError(
                f"the {len(self.parameters)} parameters of the optimiser are not the first of the "
                f"{len(compiled.parameters)} of {compiled!r}: give both the same, as model.parameters()"
            )

    def move(self, vector: Array, gradient: Array) -> None:
        """Do to a vector of all parameters, in their order, what `step` does to the parameters; in place."""
        moved, memory = self._moved(vector, gradient)
        commit((FILL, [vector], [...], [moved]), (UPDATE, [vars(self)], [memory]))

    def _moved(self, vector: Array, gradient: Array) -> tuple[Array, dict[str, Any]]:
        """Return the parameters after a step, and the attributes that remember it; change nothing."""
        steps = self.steps + 1
        # A step of 0 would round in float32, which a compiled function may have, and squares leave its range.
        vector, gradient = np.asarray(vector, np.float64), np.asarray(gradient, np.float64)
        # In a context of its own, so that NumPy warns as before wherever Ctrl-C comes.
        moved, state = copy_context().run(self._ruled, vector, gradient, steps)
        return moved, {"steps": steps, "state": state}

    @np.errstate(all="ignore")  # what is not finite is for the training to tell
    def _ruled(self, vector: Array, gradient: Array, steps: int) -> tuple[Array, dict[str, Array]]:
        return self._rule(*self._decayed(vector, gradient), steps)

    def _decayed(self, vector: Array, gradient: Array) -> tuple[Array, Array]:
        """Return the parameters and the gradient after weight decay."""
        if not self.weight_decay:  # 0 times a parameter that is infinite would be nan
            return vector, gradient
        return vector, gradient + self.weight_decay * vector

    def _rule(self, vector: Array, g: Array, t: int) -> tuple[Array, dict[str, Array]]:
        """Return the parameters and the state after step `t`, counted from 1; change neither in place."""
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter; without it, the next pass adds to this one."""
        commit((GRAD, self.parameters, [NOTHING] * len(self.parameters)))


def _told(item: Any) -> str:
    """Return what something is that is no parameter."""
    if not isinstance(item, Value):
        return f"{item!r:.60}"
    if item.op is not None:
        return f"the result of {item.op.name}"
    return "a number computed under no_grad, or along which a function is being differentiated"


class SGD(Optimizer):
    """Gradient descent, with momentum if asked: v ← momentum · v + g, parameter ← parameter − lr · v.

    It is stochastic when the gradient comes from a part of the examples. With `nesterov` the step is along
    g + momentum · v: the gradient as if looked up after the velocity has carried on. Polyak (1964);
    Sutskever et al., On the importance of initialization and momentum in deep learning (2013).

    Raises ValueError unless 0 <= momentum < 1, and for `nesterov` without momentum.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay, *(["velocity"] if momentum else []))
        self.momentum = require_share("momentum", momentum)
        if nesterov and not momentum:
            raise ValueError(f"nesterov needs a momentum above 0, got {momentum!r}")
        self.nesterov = nesterov

    def _rule(self, vector: Array, g: Array, t: int) -> tuple[Array, dict[str, Array]]:
        if not self.momentum:
            return vector - self.lr * g, {}
        velocity = self.momentum * self.state["velocity"] + g
        direction = g + self.momentum * velocity if self.nesterov else velocity
        return vector - self.lr * direction, {"velocity": velocity}
