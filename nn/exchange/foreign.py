"""Models of PyTorch and scikit-learn as ours: the same weights, the same outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from autograd import Value, exp, gelu, gelu_tanh, leaky_relu, log_softmax, softmax
from autograd import elu as elu_of
from nn.model.activations import ACTIVATIONS, Activation, linear
from nn.model.arranging import Elementwise
from nn.model.containers import Sequential
from nn.model.linear import Linear

_PLAIN = ("ReLU", "Tanh", "Sigmoid", "SELU", "SiLU", "LogSigmoid")

FROM_TORCH: Mapping[str, Callable[[Any], Any]] = {
    "Linear": lambda part: _linear(part.weight, part.bias),
    **{name: lambda part: Elementwise(type(part).__name__.lower()) for name in _PLAIN},
    "GELU": lambda part: Elementwise(gelu_tanh if part.approximate == "tanh" else gelu),
    "LeakyReLU": lambda part: Elementwise(partial(leaky_relu, slope=part.negative_slope)),
    "ELU": lambda part: Elementwise(partial(elu_of, alpha=part.alpha)),
    "Softplus": lambda part: _by_default(part, "softplus", beta=1, threshold=20),
    "Hardtanh": lambda part: _by_default(part, "hardtanh", min_val=-1, max_val=1),
    "Softmax": lambda part: _over_features(part, softmax),
    "LogSoftmax": lambda part: _over_features(part, log_softmax),
    "Identity": lambda part: linear,
    "Dropout": lambda part: linear,  # in evaluation
}
"""What is made of a module of PyTorch, by the name of its class."""

FROM_SKLEARN: Mapping[str, str | Activation] = {
    **{"identity": "linear", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu"},
    "exp": exp,  # of a regressor of counts, loss="poisson"
}


def from_torch(module: Any) -> Sequential:
    """Return a Sequential with the parameters of a `torch.nn.Sequential` and, in evaluation, its outputs.

    Its parts are Linear, Dropout, Identity, Softmax and LogSoftmax over the features, and the activations
    ReLU, LeakyReLU, ELU, SELU, SiLU, GELU, Tanh, Hardtanh, Sigmoid, LogSigmoid and Softplus. Rows go in, one
    at a time. A part that comes twice does so here, as do parameters that two parts share. Raises ValueError,
    naming it, for a module of another class, be it derived from one of these, for one with hooks or a
    `forward` of its own, which may change what it does, and for no parts.
    """
    if (kind := _kind(module)) != "Sequential":
        raise ValueError(
            f"expected a torch.nn.Sequential, got {kind}: write torch.nn.Sequential(…) of its parts"
        )
    _check_forward("the Sequential", module)
    made: dict[int, Any] = {}
    held: dict[int, Any] = {}  # our parameters by theirs, which two parts may share
    for place, part in enumerate(module):
        name = _kind(part)
        if name not in FROM_TORCH:
            raise ValueError(f"part {place} is a {name}; accepted are {', '.join(sorted(FROM_TORCH))}")
        _check_forward(f"part {place}, a {name},", part)
        ours = made[id(part)] = made.get(id(part)) or FROM_TORCH[name](part)
        if isinstance(ours, Linear):
            ours.weight = held.setdefault(id(part.weight), ours.weight)
            ours.bias = None if part.bias is None else held.setdefault(id(part.bias), ours.bias)
    return Sequential(*(made[id(part)] for part in module))


def _kind(module: Any) -> str:
    """Return the name of its class in torch.nn; of a class from elsewhere, with where it is from."""
    kind = type(module)
    own = kind.__module__.startswith("torch.nn.modules.")
    return kind.__name__ if own else f"{kind.__module__}.{kind.__name__}"


def _check_forward(called: str, module: Any) -> None:
    """Raise ValueError for a module that does something else than its class."""
    if module._forward_pre_hooks or module._forward_hooks:
        raise ValueError(f"{called} has hooks, which would be lost: remove them first")
    if "forward" in vars(module):
        raise ValueError(f"{called} has a forward of its own, which would be lost: remove it first")


def from_sklearn(estimator: Any) -> Sequential:
    """Return a Sequential with the weights of an MLPClassifier or MLPRegressor that has been fitted.

    Its outputs are those of `predict_proba`, for two classes the probability of the second alone, or those of
    `predict`. Raises ValueError for an estimator without weights.
    """
    if not hasattr(estimator, "coefs_"):
        kind = type(estimator).__name__
        raise ValueError(f"expected an MLP of scikit-learn that has been fitted, got {kind} without weights")
    parts: list[Callable[[Any], Any]] = []
    for weights, biases in zip(estimator.coefs_, estimator.intercepts_, strict=True):
        activation = Elementwise(FROM_SKLEARN[estimator.activation])
        parts += [_linear(weights.T, biases), activation]
    last = estimator.out_activation_
    parts[-1] = softmax if last == "softmax" else Elementwise(FROM_SKLEARN[last])
    return Sequential(*parts)


def _linear(weight: Any, bias: Any) -> Linear:
    """Return a Linear with the numbers of two arrays, or of one."""
    outs, ins = weight.shape
    made = Linear(ins, outs, bias=bias is not None, seed=0)
    made.weight = [[Value(number) for number in row] for row in weight.tolist()]
    made.bias = None if bias is None else [Value(number) for number in bias.tolist()]
    return made


def _over_features(part: Any, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    if part.dim not in (-1, 1, None):
        raise ValueError(
            f"{type(part).__name__} is taken over the features, with dim=-1 or 1, got {part.dim!r}"
        )
    return function


def _by_default(part: Any, name: str, **defaults: float) -> Elementwise:
    for option, value in defaults.items():
        if getattr(part, option) != value:
            raise ValueError(
                f"{type(part).__name__} is taken with {option}={value}, got {getattr(part, option)!r}"
            )
    return Elementwise(ACTIVATIONS[name])
