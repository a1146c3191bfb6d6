"""A network as the textbooks draw it: neurons as circles in layers, weights on the lines between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from viz.canvas.svg import Svg, framed
from viz.network.paint import DIGITS, MOST_NUMBERS, NetworkLook, paint_network
from viz.network.plan import NUMBER_SIZE, plan
from viz.record.model import layers_of, line_name, names_of, sizes_of
from viz.style import number
from viz.text import width

MOST_NEURONS = 128


def draw_weights(model: Any, inputs: Sequence[str], outputs: Sequence[str]) -> Svg:
    """Draw a network with its weights. Raises as `viz.draw_network` does."""
    layers = layers_of(model)
    sizes = sizes_of(layers)
    if sum(sizes[1:]) > MOST_NEURONS:
        raise ValueError(f"draw_network shows at most {MOST_NEURONS} neurons, got {sum(sizes[1:])}")
    by_layer = [
        {
            line_name((place, row), index): weight.data
            for row, neuron in enumerate(layer)
            for index, weight in enumerate(neuron.w)
        }
        for place, layer in enumerate(layers)
    ]
    written = [
        {name: number(weight, DIGITS) for name, weight in weights.items()}
        if len(weights) <= MOST_NUMBERS
        else {}
        for weights in by_layer
    ]
    rooms = [
        max((width(words, NUMBER_SIZE) + 6 for words in texts.values()), default=0.0) for texts in written
    ]
    ends = names_of("outputs", outputs, sizes[-1]) if outputs else []
    planned = plan(layers, names_of("inputs", inputs, sizes[0]), ends, rooms)
    look = NetworkLook(
        weights={name: weight for weights in by_layer for name, weight in weights.items()},
        plates={name: words for texts in written for name, words in texts.items()},
    )
    title = f"A {'-'.join(map(str, sizes))} network with {len(look.weights)} weights"
    return framed(planned.width, planned.height, title, paint_network(planned, look))
