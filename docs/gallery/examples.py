"""What hangs in the gallery: each piece with its words in both languages, its picture, and often its page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import nn
import viz
from autograd import Value, compile, dot, exp, log, logsumexp, relu, sigmoid, sign, sin, softmax
from autograd import max as largest
from autograd import sum as add
from nn.sequences.attention import causal_mask
from nn.sequences.recurrent_cells import lstm_gates
from viz.player.page import Player
from viz.stills.storyboard import Frame

Words = tuple[str, str]
"""A sentence in English, and in Chinese."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece: the name of its files, what is written beside it, its picture, and what moves.

    `page` makes the page that computes, in a language, and `frames` those of a GIF.
    """

    name: str
    title: Words
    text: Words
    picture: Callable[[], Any]
    page: Callable[[str], Player] | None = None
    frames: Callable[[], Sequence[Frame]] | None = None


def leaves(**numbers: float) -> list[Value]:
    """Return a Value for each number, labelled with its name."""
    return [Value(x, label=name) for name, x in numbers.items()]


def named(value: Any, label: str) -> Any:
    """Return a Value with a label."""
    value.label = label
    return value


def formula() -> Value:
    """Return sin(x³ + 5), the formula of the README."""
    [x] = leaves(x=1.2)
    return named(sin(x**3 + 5), "L")


SIX = [[2, -1], [-0.5, 2], [0.5, -1.5], [1.5, -2, -1.5], [2, 2, 2], [1, -1]]
"""The weights of notebook 07."""


def six_neurons() -> nn.MLP:
    """Return the network of document 000's moving pictures: two inputs, then 3, 2 and 1 neurons."""
    network = nn.MLP(2, [3, 2, 1], activation="sigmoid", seed=0)
    network.layers[-1].neurons[0].activation = sigmoid
    neurons = [neuron for layer in network.layers for neuron in layer.neurons]
    for neuron, row in zip(neurons, SIX, strict=True):
        for weight, number in zip(neuron.w, row, strict=True):
            weight.data = float(number)
    return network


def small() -> nn.MLP:
    """Return a network of two inputs, two hidden neurons and an output."""
    return nn.MLP(2, [2, 1], activation="tanh", seed=4)


def loss_of(network: nn.MLP, x: list[float], target: float) -> Value:
    """Return half the squared error of a network on one example."""
    inputs = [Value(given, label=f"x{place}") for place, given in enumerate(x, start=1)]
    return named((network(inputs) - target) ** 2 * 0.5, "L")


def played(network: nn.MLP, x: list[float], target: float, lang: str) -> Player:
    """Return the page of one training step of a network."""
    return viz.player(loss_of(network, x, target), model=network, lang=lang)


def cross_entropy() -> Value:
    """Return −log of the softmax share of the first of three scores: logsumexp(s) − s1."""
    scores = leaves(s1=2.0, s2=1.0, s3=-1.0)
    return named(logsumexp(scores) - scores[0], "L")


def dead_relu() -> Value:
    """Return the squared error of a relu neuron whose sum is below zero."""
    x, w, b = leaves(x=2.0, w=-1.0, b=0.5)
    return named((relu(w * x + b) - 1) ** 2, "L")


def ten_sigmoids() -> tuple[Value, list[dict[str, Any]]]:
    """Return the end of a chain of ten sigmoids, and what goes into and comes out of each."""
    [y] = leaves(x=0.5)
    steps = [{"y": y}]
    for _ in range(10):
        y = sigmoid(y * 1.0)
        steps.append({"y": y})
    return named(y * 1.0, "L"), steps


Grids = dict[str, list[list[Any]]]


def grid(rows: int, columns: int, rng: Random) -> list[list[Value]]:
    """Return rows of numbers with one decimal."""
    return [[one_decimal(rng.uniform(-1, 1)) for _ in range(columns)] for _ in range(rows)]


def one_decimal(x: float) -> Value:
    """Return a Value of one decimal, and 0 where that is −0, whose sign a picture would show."""
    return Value(round(x, 1) + 0.0)


def convolution() -> tuple[Value, Grids]:
    """Return the loss of a 3 × 3 kernel on a 5 × 5 image, and the grids of it all."""
    rng = Random(0)
    image, kernel, [bias] = grid(5, 5, rng), grid(3, 3, rng), leaves(b=0.1)
    numbers = [number for row in kernel for number in row]
    answers = [
        [dot(numbers, [image[r + i][c + j] for i in range(3) for j in range(3)], bias) for c in range(3)]
        for r in range(3)
    ]
    loss = named(add([(answer - 0.5) ** 2 for row in answers for answer in row]) * 0.5, "L")
    return loss, {"image": image, "kernel": kernel, "answers": answers}


def kernel_at(row: int, column: int) -> Any:
    """Return the convolution while its kernel stands at a place."""
    loss, grids = convolution()
    return viz.draw_grids(loss, grids, grids["answers"][row][column])


def sliding_kernel() -> Sequence[Frame]:
    """Return the convolution as its kernel slides from place to place."""
    loss, grids = convolution()
    return viz.grid_frames(loss, grids, [answer for row in grids["answers"] for answer in row])


def kernel_weight() -> Any:
    """Return what one number of the kernel collects on the way back."""
    loss, grids = convolution()
    return viz.draw_grids(loss, grids, weight=grids["kernel"][0][1])


def little_convolution() -> Value:
    """Return the loss of a kernel of two numbers that slides over four."""
    x, k = leaves(x1=1.0, x2=-0.5, x3=0.8, x4=0.2), leaves(k1=0.6, k2=-0.4)
    answers = [named(dot(k, x[place : place + 2]), f"y{place + 1}") for place in range(3)]
    return named(add([answer**2 for answer in answers]) * 0.5, "L")


def pooling() -> Any:
    """Return a pooling of 2 × 2 cells, with one of its winners lit."""
    image = grid(4, 4, Random(3))
    blocks = [[[image[2 * r + i][2 * c + j] for i in (0, 1) for j in (0, 1)] for c in (0, 1)] for r in (0, 1)]
    pooled = [[largest(*block) for block in row] for row in blocks]
    loss = add([winner**2 for row in pooled for winner in row])
    return viz.draw_grids(loss, {"image": image, "pooled": pooled}, pooled[0][1])


def lstm(count: int) -> tuple[Value, list[dict[str, Any]]]:
    """Return the squared error of an LSTM of one number after some steps, and these."""
    cell = nn.LSTMCell(1, 1, seed=1)
    cell.bias_ih[1].data = 1.5  # the forget gate begins open, as is usual
    h: Any = [Value(0.0, label="h0")]
    c: Any = Value(0.0, label="c0")
    steps = []
    for place, x in enumerate([1.0, -0.5, 0.3, 0.8, -1.0][:count], start=1):
        given = Value(x, label=f"x{place}")
        i, f, g, o = (gate[0] for gate in lstm_gates(cell.weights, [given], h))
        c = named(f * c + i * g, f"c{place}")
        h = [named(o * c.tanh(), f"h{place}")]
        steps.append({"x": given, "i": i, "f": f, "g": g, "o": o, "c": c, "h": h[0]})
    return named((h[0] - 1) ** 2 * 0.5, "L"), steps


TOKENS = ("the", "cat", "sat", "down")


def attention() -> tuple[Value, list[list[Any]], list[list[Any]]]:
    """Return a loss of causal attention over four words, its weights and its scores."""
    rng = Random(2)
    rows = [[one_decimal(rng.gauss(0, 1)) for _ in range(2)] for _ in TOKENS]
    scores: list[list[Any]] = [
        [dot(query, key) * 0.7 if place >= other else 0.0 for other, key in enumerate(rows)]
        for place, query in enumerate(rows)
    ]
    weights = [
        [*softmax(row[: place + 1]), *[0.0] * (len(TOKENS) - place - 1)] for place, row in enumerate(scores)
    ]
    found = [
        dot(row[: place + 1], [rows[k][part] for k in range(place + 1)])
        for place, row in enumerate(weights)
        for part in (0, 1)
    ]
    return named(add([(x - 1) ** 2 for x in found]) * 0.5, "L"), weights, scores


def two_keys() -> Value:
    """Return what one query finds with two keys, as a loss; a softmax share is exp(score − logsumexp)."""
    q, k1, k2, v1, v2 = leaves(q=1.0, k1=0.8, k2=-0.5, v1=2.0, v2=-1.0)
    scores = [named(q * k1, "s1"), named(q * k2, "s2")]
    total = named(logsumexp(scores), "log Σ exp s")
    shares = [named(exp(score - total), f"a{place}") for place, score in enumerate(scores, start=1)]
    return named((dot(shares, [v1, v2]) - 1) ** 2, "L")


def token_path() -> tuple[Value, dict[str, list[Any]]]:
    """Return how surprising the next symbol is to a GPT of one layer, and the way of the last token there."""
    gpt = nn.GPT(vocab=5, width=4, heads=2, layers=1, context=4, seed=3)
    layer = gpt.blocks.layers[0]
    x = gpt.positions([gpt.head.weight[symbol] for symbol in SYMBOLS], 0)
    normed = [layer.norm1(row) for row in x]
    looked, _ = layer.self_attn(normed, normed, normed, attn_mask=causal_mask(len(SYMBOLS)))
    after = [a + b for a, b in zip(x[-1], looked[-1], strict=True)]
    hidden = [layer.activation(h) for h in layer.linear1(layer.norm2(after))]
    through = [a + b for a, b in zip(after, layer.linear2(hidden), strict=True)]
    scores = gpt.head(gpt.blocks.norm(through))
    shares = softmax(scores)
    way = {"embedded": x[-1], "+ attention": after, "+ network": through}
    return named(-log(shares[2]), "L"), way | {"scores": scores, "probability": shares}


SYMBOLS = (0, 3, 1)


def token() -> Any:
    """Return the way of one token as a picture."""
    loss, way = token_path()
    return viz.draw_grids(loss, {name: [[cell] for cell in cells] for name, cells in way.items()})


def sampling() -> Value:
    """Return the probability of the second of three symbols, at a temperature T and among the k likeliest."""
    *scores, t, k = leaves(s1=2.0, s2=1.0, s3=0.5, T=0.8, k=2.0)
    above = [add([relu(sign(other - score)) for other in scores if other is not score]) for score in scores]
    weights = [sign(relu(k - rank)) * exp(score / t) for rank, score in zip(above, scores, strict=True)]
    for place, weight in enumerate(weights, start=1):
        named(weight, f"w{place}")
    return named(weights[1] / add(weights), "p2")


def moons() -> Any:
    """Return where a network of 2-8-2 neurons sees the border between two moons, and how surely."""
    data = nn.moons(seed=0)
    learning, held_out = nn.split(data, 0.3, seed=0)
    model = nn.MLP(2, [8, 2], activation="tanh", seed=0)
    optimizer = nn.SGD(model.parameters(), lr=0.5)
    nn.fit(model, learning, nn.cross_entropy, optimizer, epochs=60, seed=0, progress=False)
    seen = {"held_out": (held_out.features, held_out.targets), "classes": data.class_names}
    return viz.plot_decision_boundary(model, learning.features, learning.targets, **seen)


def valley() -> Any:
    """Return the ways of plain descent and of momentum through a narrow valley."""
    from autograd import grad

    def f(x: Any, y: Any) -> Any:
        return (1 - x) ** 2 + 20 * (y - x * x) ** 2

    def way(momentum: float) -> list[tuple[float, float]]:
        points, moved = [(-1.5, 2.0)], (0.0, 0.0)
        for _ in range(80):
            slopes = grad(f, argnums=(0, 1))(*points[-1])
            moved = tuple(momentum * m - 0.004 * s for m, s in zip(moved, slopes, strict=True))  # type: ignore[assignment]
            points.append((points[-1][0] + moved[0], points[-1][1] + moved[1]))
        return points

    return viz.plot_contour(f, (-2, 2), (-1, 3), {"plain": way(0.0), "momentum 0.8": way(0.8)})


def program() -> Any:
    """Return a network with its gradient, compiled to matrices."""
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    step = compile(lambda x, y: (model(x) - y) ** 2, params=dict(model.named_parameters()))
    step([[1.0, 2.0]], [0.5])
    return viz.draw_program(step).svg()


def last_frame() -> Any:
    """Return the last step of the chain rule."""
    return viz.frames(formula())[-1].svg


def going_back() -> Any:
    """Return the frame in which an error reaches the first neuron of six."""
    return viz.network_frames(six_neurons(), [1.0, 0.5], [1.0], 0.5)[-7].svg


def with_gradients(value: Value) -> Any:
    """Return the graph of a value after its backward pass."""
    value.backward()
    return viz.draw(value).svg()


def unrolled_lstm() -> Any:
    """Return five steps of an LSTM."""
    loss, steps = lstm(5)
    return viz.draw_unrolled(loss, steps, "c", "f")


def attended() -> Any:
    """Return attention forward and backward."""
    loss, weights, scores = attention()
    return viz.draw_attention(loss, weights, TOKENS, TOKENS, scores, row=2)


def vanishing() -> Any:
    """Return the chain of ten sigmoids with what is left of the gradient at each."""
    loss, steps = ten_sigmoids()
    return viz.draw_unrolled(loss, steps, "y")
