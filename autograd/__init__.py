"""A scalar autograd engine you can see through: record a computation, apply the chain rule backwards."""

from autograd.check import GradcheckError, gradcheck
from autograd.ops import (
    cos,
    dot,
    exp,
    log,
    max,
    maximum,
    min,
    minimum,
    relu,
    sigmoid,
    sin,
    sqrt,
    sum,
    tanh,
    where,
)
from autograd.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.value import Value, no_grad

__all__ = [
    "GradcheckError",
    "Value",
    "cos",
    "dot",
    "exp",
    "grad",
    "gradcheck",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "log",
    "max",
    "maximum",
    "min",
    "minimum",
    "no_grad",
    "relu",
    "sigmoid",
    "sin",
    "sqrt",
    "sum",
    "tanh",
    "value_and_grad",
    "vjp",
    "where",
]
