"""The player's page beside Python: how far apart random graphs are, and how long an edit takes.

Both passes of each graph are computed by the engine and, in headless Chromium, by the page's own script. The
distance of two numbers is told by the largest number of their graph; nan, infinities and the signs of zeros
must be the same. An edit is timed from the change of one number to the whole page shown anew.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf, isfinite, nan
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import nn
import viz
from autograd import Value
from autograd.ops import TABLE
from autograd.testing import SMOOTH, chosen_program
from viz.player.page import asset
from viz.player.program import leaf_numbers, page_program
from viz.record.passes import Passes

BATCH = 100
STRANGE = (0.0, -0.0, 1.0, -2.0, 1e3, 1e300, inf, -inf, nan)
NETWORKS = (((4, 1), 1), ((9, 7, 1), 1), ((20, 20, 2), 1), ((16, 16, 2), 7))
"""The networks whose pages are opened and edited, with their examples: about 50 to 5,000 nodes."""

PARTS = {
    "upstream": "upstream",
    "local": "local",
    "contribution": "share",
    "before": "before",
    "after": "after",
}
COMPUTER = f"""const num = (x) => ({{ inf: Infinity, "-inf": -Infinity, nan: NaN }})[x] ?? x;
const told = (x) => (x === undefined ? null : Object.is(x, -0) ? "-0" : Number.isFinite(x) ? x
    : String(x).replace("Infinity", "inf").replace("NaN", "nan"));
const computer = (OPERATIONS) => {{ {asset("program.js")} return (program, leaves) => {{
    const found = Object.entries(computed(readProgram(program), leaves.map(num)));
    return Object.fromEntries(found.map(([part, xs]) => [part, Array.from(xs, told)]));
}}; }};"""
EDIT = """(edits) => Array.from({ length: edits }, (_, place) => {
    const start = performance.now();
    editLeaf(run, 0, 0, 0.3 + place / 50);
    refresh();
    document.body.offsetHeight;
    return performance.now() - start;
})"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--graphs", type=int, default=10_000, help="random graphs (default: 10,000)")
    parser.add_argument("--edits", type=int, default=9, help="edits of each page (default: 9)")


def run(options: argparse.Namespace) -> None:
    """Print how far apart the graphs are, and the time of an edit."""
    with started_browser() as browser:
        _agreement(browser, options.graphs)
        _edits(browser, options.edits)


@contextmanager
def started_browser() -> Iterator[Any]:
    """Start headless Chromium, and close it in the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def _agreement(browser: Any, count: int) -> None:
    rng, page = Random(0), browser.new_page()
    worst, differing, numbers = 0.0, 0, 0
    for start in range(0, count, BATCH):
        graphs = [random_graph(rng, strange=bool(place % 2)) for place in range(min(BATCH, count - start))]
        for distance, wrong, compared in distances(page, graphs):
            worst, differing, numbers = max(worst, distance), differing + wrong, numbers + compared
    print(
        f"{count:,} random graphs, {numbers:,} numbers: apart by at most {worst:.1e} of the largest of each,"
    )
    print(f"  nan, an infinity or a zero of a sign in another place: {differing}")


def distances(page: Any, graphs: Sequence[Passes]) -> list[tuple[float, int, int]]:
    """Let a browser's page compute graphs, and return what `_distance` tells of each."""
    own = "".join(map(asset, ("scalar.js", "special.js", "numbers.js")))
    results = ", ".join(map(_script, graphs))
    # As one text: of an object each number would be checked on its way, which takes longer than computing it.
    found = page.evaluate(f"() => {{ {own}{COMPUTER} return JSON.stringify([{results}]); }}")
    return [_distance(graph, computed) for graph, computed in zip(graphs, json.loads(found), strict=True)]


def random_graph(rng: Random, strange: bool) -> Passes:
    """Return the passes of a random program; of all primitives and with strange numbers, if `strange`."""
    while True:
        primitives = [*TABLE.values()] if strange else SMOOTH
        program = chosen_program(rng.choice, 3, rng.choice((3, 10, 20)), primitives)
        xs = [rng.choice(STRANGE) if strange and rng.random() < 0.3 else rng.gauss(0, 2) for _ in range(3)]
        value = program(*map(Value, xs))
        if isinstance(value, Value):
            return viz.passes(value)


def _script(graph: Passes) -> str:
    program = page_program(graph)
    given = ", ".join(map(json.dumps, (program.data, leaf_numbers(graph))))
    return f"(() => {{ {program.operations} return computer(OPERATIONS)({given}); }})()"


def _distance(graph: Passes, computed: dict[str, list[Any]]) -> tuple[float, int, int]:
    """Return how far apart the passes are, and of how many numbers how many differ in kind.

    They do where one is nan, an infinity or a zero of the other sign.
    """
    pairs = [(step.result, x) for step, x in zip(graph.forward, computed["value"], strict=True)]
    for ours, theirs in PARTS.items():
        pairs += [
            (getattr(share, ours), x) for share, x in zip(graph.backward, computed[theirs], strict=True)
        ]
    known = [(x, float(y)) for x, y in pairs if x is not None and y is not None]
    wrong = sum((x is None) != (y is None) for x, y in pairs)
    wrong += sum(repr(x) != repr(y) for x, y in known if x == y == 0 or not (isfinite(x) and isfinite(y)))
    finite = [(x, y) for x, y in known if isfinite(x) and isfinite(y)]
    largest = max((abs(x) for x, _ in finite), default=1.0) or 1.0
    return max((abs(x - y) / largest for x, y in finite), default=0.0), wrong, len(pairs)


def _edits(browser: Any, count: int) -> None:
    with TemporaryDirectory() as folder:
        for layers, examples in NETWORKS:
            model = nn.MLP(2, list(layers), activation="tanh", fused=False, seed=1)
            outputs: list[Value] = []
            for place in range(examples):
                answer = model([Value(0.5, label=f"x1 {place}"), Value(0.6, label=f"x2 {place}")])
                outputs += [answer] if isinstance(answer, Value) else answer
            loss = sum(((y - 1) ** 2 for y in outputs), Value(0.0))
            recorded = viz.passes(loss, model=model)
            path = Path(folder) / "page.html"
            made = viz.player(recorded, path, model=model)
            page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
            page.goto(path.as_uri())
            page.wait_for_selector("#player:not([hidden])")
            load = page.evaluate("performance.now()")
            page.keyboard.press("End")
            milliseconds = median(page.evaluate(EDIT, count))
            size = len(made.html.encode()) // 1000
            nodes = len(recorded.forward)
            print(
                f"{nodes:5,} nodes: page of {size:,} kB, loaded in {load:.0f} ms, "
                f"an edit shown in {milliseconds:.0f} ms"
            )
            page.close()
