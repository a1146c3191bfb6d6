"""`glassgrad demo`: a small network by hand, and a training of a larger one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import nn
import viz
from autograd import Value
from glassgrad.output import Drawn, save, staged
from glassgrad.trace import pictures_of_passes
from glassgrad.train import train
from viz.record.passes import Passes

MOONS = ("train", "moons", "--lr", "0.3")
"""The command of the demo's second half."""

DEMO_EPOCHS, DEMO_RATE = 3, 0.5


def demo(out: Path, moons: argparse.Namespace) -> list[Drawn]:
    """Trace and draw the documents' 2-2-1 network, then train a network on two moons and draw that.

    `moons` are the options that the command MOONS gives.
    """
    with staged(out):
        pass  # or it would be found out at the end that nothing can be written
    print("1. A 2-2-1 network and one example: both passes (document 002 §5)\n")
    model = _two_two_one()
    y, loss = _outcome(model)
    loss.backward()
    print(f"y = {y.data:.6g}, wanted 1, so the loss L = ½(y - 1)² = {loss.data:.6g}")
    steps, *later = _descent()
    gradients = {
        step.label: steps.gradients[step.node] for step in steps.forward if step.label[:1] in ("w", "b")
    }
    print("how fast L grows with each weight and bias, by the chain rule:")
    for name, gradient in gradients.items():
        print(f"  ∂L/∂{name} = {gradient:.6g}")
    network = save(out / "network", pictures_of_passes(loss, steps, later, model))
    print("\n2. Two moons: 100 points, two classes\n")
    folders = (("network", network), ("moons", train("moons", moons, out / "moons")))
    return [Drawn(f"{name}/{file.name}", file.look_at) for name, files in folders for file in files]


def _two_two_one() -> nn.MLP:
    """Return the network of document 002 §5."""
    model = nn.MLP(2, [2, 1], seed=0)
    numbers = ([0.1, 0.2], 0.1), ([0.3, 0.4], 0.2), ([0.5, 0.6], 0.3)
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    for neuron, name, (weights, bias) in zip(neurons, ("1", "2", "3"), numbers, strict=True):
        for j, (w, weight) in enumerate(zip(neuron.w, weights, strict=True), 1):
            w.data, w.label = weight, f"w{name}{j}"
        neuron.b.data, neuron.b.label = bias, f"b{name}"
    return model


def _outcome(model: nn.MLP) -> tuple[Value, Value]:
    """Return the output y for the example of document 002 §5, and its loss ½(y − t)² for t = 1."""
    y = model([Value(0.5, label="x1"), Value(0.6, label="x2")])
    y.label = "y"
    loss = 0.5 * (y - 1.0) ** 2
    loss.label = "L"
    return y, loss


def _descent() -> Iterator[Passes]:
    """Yield the passes of each of the first epochs of gradient descent."""
    model = _two_two_one()
    optimizer = nn.SGD(model.parameters(), lr=DEMO_RATE)
    for _ in range(DEMO_EPOCHS):
        _, loss = _outcome(model)
        yield viz.passes(loss, model=model)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
