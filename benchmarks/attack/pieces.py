"""Every layer and model in random shapes and options, with inputs to call it with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from random import Random
from typing import Any

import nn
from autograd import Value


class Draw:
    """Random sizes, options and numbers; no size is larger than `most`."""

    def __init__(self, rng: Random, most: int) -> None:
        self.rng, self.most = rng, most

    def size(self, least: int = 1) -> int:
        return self.rng.randint(least, max(least, self.most))

    def sizes(self, count: int, least: int = 1) -> tuple[int, ...]:
        return tuple(self.size(least) for _ in range(count))

    def one_of(self, *options: Any) -> Any:
        return self.rng.choice(options)

    def flag(self) -> bool:
        return self.rng.random() < 0.5

    def numbers(self, *shape: int) -> Any:
        """Return numbers around 0 in nested lists."""
        return [self.numbers(*shape[1:]) for _ in range(shape[0])] if shape else self.rng.gauss(0.0, 1.0)

    def symbols(self, count: int, length: int) -> list[int]:
        return [self.rng.randrange(count) for _ in range(length)]

    def mask(self, rows: int, columns: int) -> list[list[float]] | None:
        """Return a mask that forbids some pairs, even whole rows, and adds to other scores; or none."""
        if self.flag():
            return None
        return [[self.one_of(0.0, 0.0, -inf, 0.5) for _ in range(columns)] for _ in range(rows)]


@dataclass(frozen=True)
class Configuration:
    """Something to compute: what it is called with, and how it was made."""

    function: Callable[..., Any]
    parameters: Mapping[str, Value]
    example: Callable[[], list[Any]]
    """Draws the inputs of one example."""
    told: str


def made(
    module: nn.Module,
    example: Callable[[], list[Any]],
    told: str,
    called: Callable[..., Any] | None = None,
) -> Configuration:
    """Return the configuration of a module, which `called(module, *inputs)` calls if that is not plain."""
    for parameter in module.parameters():  # biases may begin at 0, where much is not seen
        parameter.data += 0.1
    return Configuration(
        partial(called, module) if called else module, dict(module.named_parameters()), example, told
    )


def of(
    kind: Callable[..., nn.Module],
    example: Callable[[], list[Any]],
    called: Callable[..., Any] | None = None,
    **options: Any,
) -> Configuration:
    """Return the configuration of a kind of module, made with options and a fixed seed."""
    told = f"{kind.__name__}({', '.join(f'{name}={value!r}' for name, value in options.items())})"
    return made(kind(**options), example, told, called)


def free(function: Callable[..., Any], example: Callable[[], list[Any]], told: str) -> Configuration:
    """Return the configuration of what has no parameters: its inputs are multiplied by one."""
    factor = Value(1.25, "factor")

    def times(x: Any) -> Any:
        return [times(y) for y in x] if isinstance(x, list) else x * factor

    return Configuration(lambda *xs: function(*map(times, xs)), {"factor": factor}, example, told)


# ---- the pieces -------------------------------------------------------------------------------------


def linear(d: Draw) -> Configuration:
    inputs = d.size()
    return of(
        nn.Linear,
        lambda: [d.numbers(inputs)],
        in_features=inputs,
        out_features=d.size(),
        bias=d.flag(),
        seed=1,
    )


def mlp(d: Draw) -> Configuration:
    inputs, activation = d.size(), d.one_of(*sorted(nn.ACTIVATIONS))
    layers = list(d.sizes(d.size()))
    return of(nn.MLP, lambda: [d.numbers(inputs)], nin=inputs, nouts=layers, activation=activation, seed=1)


def convolution(kind: Any, dimensions: int, d: Draw) -> Configuration:
    groups = d.one_of(1, 1, 2)
    channels = groups * d.one_of(1, 2)
    kernel, dilation = d.sizes(dimensions), tuple(d.one_of(1, 1, 2) for _ in range(dimensions))
    sides = [dilation[n] * (kernel[n] - 1) + 1 + d.size() for n in range(dimensions)]

    def plain(sizes: Sequence[int]) -> Any:
        return tuple(sizes) if dimensions > 1 else sizes[0]

    return of(
        kind,
        lambda: [d.numbers(channels, *sides)],
        in_channels=channels,
        out_channels=groups * d.one_of(1, 2),
        kernel_size=plain(kernel),
        stride=plain(d.sizes(dimensions)),
        padding=plain([d.one_of(0, 1, 2) for _ in range(dimensions)]),
        dilation=plain(dilation),
        groups=groups,
        bias=d.flag(),
        seed=1,
    )


def pooling(kind: Any, dimensions: int, d: Draw) -> Configuration:
    kernel, channels = d.size(), d.one_of(1, 2)
    stride, sides = d.one_of(None, d.size()), [kernel + d.size() for _ in range(dimensions)]
    told = f"{kind.__name__}({kernel}, {stride}) of {channels}, {sides}"
    return free(kind(kernel, stride), lambda: [d.numbers(channels, *sides)], told)


def two_convolutions(d: Draw) -> Configuration:
    """Draw a small network for pictures: what flows back goes through windows too."""
    side, kernel, padding = 5 + d.size(), d.one_of(2, 3), d.one_of(0, 1)
    parts = [
        nn.Conv2d(1, d.one_of(1, 2), kernel, padding=padding, seed=1),
        nn.Elementwise(d.one_of("relu", "tanh")),
        d.one_of(nn.MaxPool2d, nn.AvgPool2d)(2, d.one_of(1, 2)),
    ]
    parts += [nn.Conv2d(len(parts[0].weight), 2, 2, seed=2), nn.Flatten()]
    return made(nn.Sequential(*parts), lambda: [d.numbers(1, side, side)], f"{parts} of {side}")


def embedding(d: Draw) -> Configuration:
    count, length = d.size(), d.size()
    return of(
        nn.Embedding,
        lambda: [d.symbols(count, length)],
        num_embeddings=count,
        embedding_dim=d.size(),
        seed=1,
    )


def similarity(d: Draw) -> Configuration:
    size = d.size()
    return free(
        nn.cosine_similarity, lambda: [d.numbers(size), d.numbers(size)], f"cosine_similarity of {size}"
    )


def cell(kind: Any, d: Draw) -> Configuration:
    inputs, hidden = d.size(), d.size()
    states = 2 if kind is nn.LSTMCell else 1

    def called(module: Any, x: Any, *state: Any) -> Any:
        return module(x, state if states == 2 else state[0])

    return of(
        kind,
        lambda: [d.numbers(inputs), *[d.numbers(hidden) for _ in range(states)]],
        called,
        input_size=inputs,
        hidden_size=hidden,
        bias=d.flag(),
        seed=1,
    )


def recurrence(kind: Any, d: Draw) -> Configuration:
    """Draw layers, directions, a first state, and sequences of unequal length, each or none."""
    inputs, hidden, steps, layers, both = d.size(), d.size(), d.size(), d.one_of(1, 1, 2), d.flag()
    begun, masked, cells = d.flag(), d.flag(), layers * (1 + both)
    states = (2 if kind is nn.LSTM else 1) * begun

    def example() -> list[Any]:
        length = d.rng.randint(1, steps)
        mask = [[1.0] * length + [0.0] * (steps - length)] * masked
        return [d.numbers(steps, inputs), *[d.numbers(cells, hidden) for _ in range(states)], *mask]

    def called(module: Any, rows: Any, *more: Any) -> Any:
        state = None if not begun else more[0] if states == 1 else more[:2]
        return module(rows, state, more[-1] if masked else None)

    return of(
        kind,
        example,
        called,
        input_size=inputs,
        hidden_size=hidden,
        num_layers=layers,
        bias=d.flag(),
        bidirectional=both,
        seed=1,
    )


def norm(kind: Any, d: Draw) -> Configuration:
    size = d.size(2)
    return of(kind, lambda: [d.numbers(size)], normalized_shape=size)


def batch_norm(d: Draw) -> Configuration:
    features, rows = d.size(), d.size()
    module = nn.BatchNorm1d(features)
    module.eval()
    return made(module, lambda: [d.numbers(rows, features)], f"BatchNorm1d({features}) of {rows}")


def attention(d: Draw) -> Configuration:
    queries, keys, width, values = d.sizes(4)
    mask = d.mask(queries, keys)

    def example() -> list[Any]:
        return [d.numbers(queries, width), d.numbers(keys, width), d.numbers(keys, values)]

    return free(
        lambda q, k, v: nn.scaled_dot_product_attention(q, k, v, mask),
        example,
        f"attention of {queries} to {keys}, {width} and {values} wide, mask {mask}",
    )


def heads(d: Draw) -> Configuration:
    number, queries, keys = d.one_of(1, 2), d.size(), d.size()
    width, mask, padding = number * d.size(), d.mask(queries, keys), d.mask(1, keys)

    def called(module: Any, query: Any, key: Any, value: Any) -> Any:
        return module(query, key, value, padding[0] if padding else None, mask)[0]

    def example() -> list[Any]:
        return [d.numbers(queries, width), d.numbers(keys, width), d.numbers(keys, width)]

    return of(
        nn.MultiHeadAttention, example, called, embed_dim=width, num_heads=number, bias=d.flag(), seed=1
    )


def layer_options(d: Draw) -> dict[str, Any]:
    return {
        "d_model": 4,
        "nhead": d.one_of(1, 2),
        "dim_feedforward": d.size(2),
        "activation": d.one_of("relu", "gelu"),
        "norm_first": d.flag(),
        "seed": 1,
    }


def encoder(d: Draw) -> Configuration:
    rows = d.size()
    mask = d.one_of(None, nn.causal_mask(rows))
    return of(
        nn.TransformerEncoderLayer, lambda: [d.numbers(rows, 4)], lambda m, x: m(x, mask), **layer_options(d)
    )


def decoder(d: Draw) -> Configuration:
    rows, memory = d.size(), d.size()
    return of(
        nn.TransformerDecoderLayer,
        lambda: [d.numbers(rows, 4), d.numbers(memory, 4)],
        lambda m, x, y: m(x, y, nn.causal_mask(rows)),
        **layer_options(d),
    )


def pair(d: Draw) -> Configuration:
    source, target = d.size(), d.size()
    return of(
        nn.Transformer,
        lambda: [d.numbers(source, 4), d.numbers(target, 4)],
        lambda m, x, y: m(x, y, tgt_mask=nn.causal_mask(target)),
        **layer_options(d),
        num_encoder_layers=1,
        num_decoder_layers=1,
    )


def translation(d: Draw) -> Configuration:
    vocab, source, target = d.size(2), d.size(), d.size()
    return of(
        nn.EncoderDecoder,
        lambda: [d.symbols(vocab, source), d.symbols(vocab, target)],
        vocab=vocab,
        width=4,
        heads=d.one_of(1, 2),
        layers=1,
        context=max(source, target),
        norm_first=d.flag(),
        seed=1,
    )


def gpt(d: Draw) -> Configuration:
    vocab, length = d.size(2), d.size()
    return of(
        nn.GPT,
        lambda: [d.symbols(vocab, length)],
        vocab=vocab,
        width=4,
        heads=d.one_of(1, 2),
        layers=d.one_of(1, 2),
        context=length,
        seed=1,
    )


def window(d: Draw) -> Configuration:
    vocab, length = d.size(), d.size()
    return of(
        nn.WindowMLP,
        lambda: [d.symbols(vocab, length)],
        vocab_size=vocab,
        embedding_dim=d.size(),
        window=d.size(),
        hidden_size=d.size(),
        seed=1,
    )


PIECES: dict[str, Callable[[Draw], Configuration]] = {
    "Linear": linear,
    "MLP": mlp,
    "Conv1d": partial(convolution, nn.Conv1d, 1),
    "Conv2d": partial(convolution, nn.Conv2d, 2),
    "MaxPool1d": partial(pooling, nn.MaxPool1d, 1),
    "MaxPool2d": partial(pooling, nn.MaxPool2d, 2),
    "AvgPool1d": partial(pooling, nn.AvgPool1d, 1),
    "AvgPool2d": partial(pooling, nn.AvgPool2d, 2),
    "two convolutions": two_convolutions,
    "Embedding": embedding,
    "cosine_similarity": similarity,
    "RNNCell": partial(cell, nn.RNNCell),
    "LSTMCell": partial(cell, nn.LSTMCell),
    "GRUCell": partial(cell, nn.GRUCell),
    "RNN": partial(recurrence, nn.RNN),
    "LSTM": partial(recurrence, nn.LSTM),
    "GRU": partial(recurrence, nn.GRU),
    "LayerNorm": partial(norm, nn.LayerNorm),
    "RMSNorm": partial(norm, nn.RMSNorm),
    "BatchNorm1d": batch_norm,
    "attention": attention,
    "MultiHeadAttention": heads,
    "encoder layer": encoder,
    "decoder layer": decoder,
    "Transformer": pair,
    "EncoderDecoder": translation,
    "GPT": gpt,
    "WindowMLP": window,
}
"""By name: what draws a configuration. Trials try one after the other."""
