"""Seconds to draw training graphs of 20 to 100,000 nodes: DOT, layout, one frame; the player in a browser.

Each graph is that of the hinge loss of a small network on a few points of two moons. Up to 1,500 nodes are
drawn and played one by one, more are folded by module. The player is opened in headless Chromium; its frame
is one press of → up to the next time the screen is painted.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nn
import viz
from autograd import Value
from autograd.graph import topological_order
from viz.canvas.engines import engines

SHAPES = ((1, (1, 1)), (1, (8, 7, 1)), (7, (8, 8, 1)), (20, (16, 16, 1)), (160, (16, 16, 1)))
"""Examples and layers of each graph, the smallest first: 20, 276, 1,493, 13,259 and 103,699 nodes."""

FRAMES = 20
READY = "#player:not([hidden])"
Browser = Callable[[Path], tuple[float, float]]
"""Opens a page; returns the seconds to load it, and to show the next frame, the median of `FRAMES`."""

PRESS = """async () => {
  const seconds = [];
  for (let i = 0; i < FRAMES; i++) {
    const start = performance.now();
    (document.activeElement || document.body).dispatchEvent(
      new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds.sort((a, b) => a - b)[FRAMES / 2];
}""".replace("FRAMES", str(FRAMES))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--graphs", type=int, default=len(SHAPES), help="how many graphs, the smallest first (default: all)"
    )


def run(options: argparse.Namespace) -> None:
    """Print a line for each graph."""
    print(f"layout by {next((engine.name for engine in engines()), 'the built-in layout')}")
    with TemporaryDirectory() as folder, browser() as opened:
        if opened is None:
            print("no player: it needs Chromium and `pip install playwright`")
        titles = ("DOT", "layout", "picture", "player", "load", "frame")
        print(f"{'nodes':>8} {'drawn':>6} {' '.join(f'{title:>8}' for title in titles)}")
        for examples, layers in SHAPES[: options.graphs]:
            model, loss = training_graph(examples, layers)
            nodes, drawn, *seconds = measure(model, loss, Path(folder), opened)
            cells = (f"{each:8.3f}" if each is not None else f"{'–':>8}" for each in seconds)
            print(f"{nodes:>8,} {drawn:>6,} {' '.join(cells)}", flush=True)


def training_graph(examples: int, layers: tuple[int, ...]) -> tuple[nn.MLP, Value]:
    """Return a network and its mean hinge loss over the first points of two moons, with gradients."""
    model = nn.MLP(2, list(layers), fused=False, seed=1337)
    points = nn.moons(max(examples, 4), seed=1337)
    rows = list(zip(points.features, points.targets, strict=True))[:examples]
    losses = [(1 - (2 * target - 1) * model([*map(Value, row)])).relu() for row, target in rows]
    loss: Value = sum(losses, Value(0.0)) * (1 / examples)
    loss.backward()
    return model, loss


def measure(
    model: nn.MLP, loss: Value, folder: Path, opened: Browser | None
) -> tuple[int, int, float, float, float, float | None, float | None, float | None]:
    """Return the nodes, the boxes drawn, and the seconds of each step; None where there is no player."""
    drawing, dot = timed(lambda: viz.draw(loss, model=model))
    _, layout = timed(drawing.view.placed)
    _, picture = timed(drawing.svg)
    drawn, nodes = len(drawing.view), len(topological_order(loss))
    page = folder / f"{nodes}.html"
    if opened is None:
        return nodes, drawn, dot, layout, picture, None, None, None
    _, player = timed(lambda: viz.player(loss, path=page, model=model))
    return nodes, drawn, dot, layout, picture, player, *opened(page)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return a result and the seconds it took."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


@contextmanager
def browser() -> Iterator[Browser | None]:
    """Start a browser; None where there is none."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        yield None
        return
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])

        def opened(page: Path) -> tuple[float, float]:
            tab = chromium.new_page()
            _, load = timed(lambda: (tab.goto(page.as_uri()), tab.wait_for_selector(READY)))
            frame = tab.evaluate(PRESS)
            tab.close()
            return load, frame

        yield opened
        chromium.close()
