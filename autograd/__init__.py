"""A scalar autograd engine you can see through: record a computation, apply the chain rule backwards."""

from typing import TYPE_CHECKING

from autograd.checks.blame import BlamePaths, explain
from autograd.checks.check import GradcheckError, gradcheck
from autograd.checks.diagnose import AnomalyError, detect_anomaly, graph_stats
from autograd.compiler import TraceError, compile
from autograd.compiler.export import export_c, export_onnx, export_python
from autograd.context import no_grad
from autograd.cpython import specialise
from autograd.curves import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    gelu,
    gelu_tanh,
    hypot,
    log1p,
    log2,
    log10,
    logsigmoid,
    relu,
    sigmoid,
    silu,
    sin,
    sinh,
    softplus,
    sqrt,
    tan,
    tanh,
    xlogy,
)
from autograd.functions import (
    dot,
    elu,
    leaky_relu,
    log_softmax,
    logsumexp,
    max,
    mean,
    min,
    norm,
    prod,
    selu,
    softmax,
    sum,
    take,
)
from autograd.notation import describe
from autograd.ops import (
    absolute,
    clamp,
    detach,
    floor,
    log,
    maximum,
    minimum,
    round,
    sign,
    where,
)
from autograd.own import define
from autograd.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.value import Value

specialise.switch_on()
describe.give_help()

abs = absolute
swish = silu

__all__ = [
    "AnomalyError",
    "BlamePaths",
    "GradcheckError",
    "TraceError",
    "Value",
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "clamp",
    "compile",
    "cos",
    "cosh",
    "define",
    "detach",
    "detect_anomaly",
    "dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "explain",
    "expm1",
    "export_c",
    "export_onnx",
    "export_python",
    "floor",
    "gelu",
    "gelu_tanh",
    "grad",
    "gradcheck",
    "graph_stats",
    "hessian",
    "hvp",
    "hypot",
    "jacobian",
    "jvp",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logsigmoid",
    "logsumexp",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "no_grad",
    "norm",
    "prod",
    "relu",
    "round",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "sum",
    "swish",
    "take",
    "tan",
    "tanh",
    "value_and_grad",
    "vjp",
    "where",
    "xlogy",
]

if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name: str) -> str:
        # Read when it is asked for: to import what reads it takes a fifth as long as to import the engine.
        if name != "__version__":
            raise AttributeError(f"module 'autograd' has no attribute {name!r}")
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("glassgrad")
        except PackageNotFoundError:
            raise AttributeError("the version is that of glassgrad, which is not installed") from None
