"""microgpt's own network, compiled: two lines of it are edited, and it computes what it did before.

The network is that of A. Karpathy's microgpt (2026), word for word.
"""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, compile
from nn import cross_entropy

NETWORK = """
def linear(x, w):
    return [sum(wi * xi for wi, xi in zip(wo, x)) for wo in w]

def softmax(logits):
    max_val = max(val.data for val in logits)
    exps = [(val - max_val).exp() for val in logits]
    total = sum(exps)
    return [e / total for e in exps]

def rmsnorm(x):
    ms = sum(xi * xi for xi in x) / len(x)
    scale = (ms + 1e-5) ** -0.5
    return [xi * scale for xi in x]

def gpt(token_id, pos_id, keys, values):
    tok_emb = state_dict['wte'][token_id] # token embedding
    pos_emb = state_dict['wpe'][pos_id] # position embedding
    x = [t + p for t, p in zip(tok_emb, pos_emb)] # joint token and position embedding
    x = rmsnorm(x) # note: not redundant due to backward pass via the residual connection

    for li in range(n_layer):
        # 1) Multi-head Attention block
        x_residual = x
        x = rmsnorm(x)
        q = linear(x, state_dict[f'layer{li}.attn_wq'])
        k = linear(x, state_dict[f'layer{li}.attn_wk'])
        v = linear(x, state_dict[f'layer{li}.attn_wv'])
        keys[li].append(k)
        values[li].append(v)
        x_attn = []
        for h in range(n_head):
            hs = h * head_dim
            q_h = q[hs:hs+head_dim]
            k_h = [ki[hs:hs+head_dim] for ki in keys[li]]
            v_h = [vi[hs:hs+head_dim] for vi in values[li]]
            attn_logits = [sum(q_h[j] * k_h[t][j] for j in range(head_dim)) / head_dim**0.5 for t in range(len(k_h))]
            attn_weights = softmax(attn_logits)
            head_out = [sum(attn_weights[t] * v_h[t][j] for t in range(len(v_h))) for j in range(head_dim)]
            x_attn.extend(head_out)
        x = linear(x_attn, state_dict[f'layer{li}.attn_wo'])
        x = [a + b for a, b in zip(x, x_residual)]
        # 2) MLP block
        x_residual = x
        x = rmsnorm(x)
        x = linear(x, state_dict[f'layer{li}.mlp_fc1'])
        x = [xi.relu() for xi in x]
        x = linear(x, state_dict[f'layer{li}.mlp_fc2'])
        x = [a + b for a, b in zip(x, x_residual)]

    logits = linear(x, state_dict['lm_head'])
    return logits
"""  # noqa: E501

EDITED = {
    "max_val = max(val.data for val in logits)": "max_val = autograd.max(logits)",
    "tok_emb = state_dict['wte'][token_id]": "tok_emb = autograd.take(state_dict['wte'], token_id)",
}
"""What asks for the number of a scalar, or takes a symbol as a part of the program and not of its data."""

SIZES = {"n_layer": 2, "n_embd": 8, "n_head": 2, "head_dim": 4}
VOCABULARY, CONTEXT = 5, 4


def weights() -> dict[str, list[list[Value]]]:
    rng, width = Random(0), SIZES["n_embd"]

    def matrix(nout: int, nin: int) -> list[list[Value]]:
        return [[Value(rng.gauss(0, 0.3)) for _ in range(nin)] for _ in range(nout)]

    state_dict = {name: matrix(VOCABULARY, width) for name in ("wte", "lm_head")}
    state_dict["wpe"] = matrix(CONTEXT, width)
    for layer in range(SIZES["n_layer"]):
        for name in ("attn_wq", "attn_wk", "attn_wv", "attn_wo"):
            state_dict[f"layer{layer}.{name}"] = matrix(width, width)
        state_dict[f"layer{layer}.mlp_fc1"] = matrix(4 * width, width)
        state_dict[f"layer{layer}.mlp_fc2"] = matrix(width, 4 * width)
    return state_dict


def network(state_dict: dict[str, list[list[Value]]], edited: bool) -> dict[str, Any]:
    """Return the functions of the network."""
    text = NETWORK
    for line, other in EDITED.items() if edited else ():
        assert text.count(line) == 1
        text = text.replace(line, other)
    names: dict[str, Any] = {"autograd": autograd, "state_dict": state_dict, **SIZES}
    exec(text, names)
    return names


def empty() -> list[list[Any]]:
    return [[] for _ in range(SIZES["n_layer"])]


def loss_of(gpt: Any, tokens: Any, targets: Any) -> Any:
    keys, values = empty(), empty()
    return cross_entropy([gpt(t, pos_id, keys, values) for pos_id, t in enumerate(tokens)], targets)


def original_loss(names: dict[str, Any], tokens: list[int], targets: list[int]) -> Any:
    keys, values, losses = empty(), empty(), []
    for pos_id, (token_id, target_id) in enumerate(zip(tokens, targets, strict=True)):
        probs = names["softmax"](names["gpt"](token_id, pos_id, keys, values))
        losses.append(-probs[target_id].log())
    return (1 / len(losses)) * sum(losses)


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_a_training_step_compiles_to_what_the_unedited_network_computes(backend: str) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    state_dict = weights()
    params = [p for matrix in state_dict.values() for row in matrix for p in row]
    step = compile(partial(loss_of, network(state_dict, edited=True)["gpt"]), params, backend=backend)
    tokens, targets = np.random.default_rng(0).integers(VOCABULARY, size=(2, 3, CONTEXT))
    value, gradient = step.value_and_grad(tokens, targets)
    original = partial(original_loss, network(state_dict, edited=False))
    mean = sum(map(original, tokens.tolist(), targets.tolist())) / 3.0
    mean.backward()
    assert value == pytest.approx(mean.data, rel=1e-12)
    expected = [parameter.grad for parameter in params]
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("past", [0, 2])
def test_its_caches_may_be_arguments_and_an_empty_one_as_well(past: int) -> None:
    state_dict = weights()
    edited, original = (network(state_dict, edited)["gpt"] for edited in (True, False))
    rng = np.random.default_rng(0)
    keys, values = rng.normal(size=(2, 3, SIZES["n_layer"], past, SIZES["n_embd"]))
    tokens = rng.integers(VOCABULARY, size=3)
    scores = compile(
        lambda token, keys, values, pos_id: edited(token, pos_id, keys, values),
        [p for matrix in state_dict.values() for row in matrix for p in row],
    )
    found = scores(tokens, keys, values, pos_id=past)
    for row, token, k, v in zip(found, tokens.tolist(), keys.tolist(), values.tolist(), strict=True):
        expected = [score.data for score in original(token, past, k, v)]
        assert row == pytest.approx(expected, rel=1e-12, abs=1e-12)
