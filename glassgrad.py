"""The command line: trace an expression, train a network, see both drawn."""

from __future__ import annotations

try:
    import autograd_is_ours  # noqa: F401  (before any other import from autograd)
except ImportError as error:
    from sys import stderr

    print(f"glassgrad: {error}", file=stderr)
    raise SystemExit(2) from None

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import nn
import viz
from autograd import Value, expression
from autograd.check import finite_difference
from viz.record.passes import Passes
from viz.stills.frames import MOST_NODES

OUT = "glassgrad-out"
PLAYER = "player.html"

EXAMPLES = """examples:
  glassgrad demo
  glassgrad trace "sin(x**3 + 5)" x=1.2
  glassgrad trace "relu(w*x + b)" w=-2 x=3 b=1 --out neuron
  glassgrad train iris
  glassgrad train house
  glassgrad train flowers.csv --target species --hidden 8,8 --epochs 50
"""


class UsageError(ValueError):
    """What was asked for cannot be done; one line names the value given and what is accepted."""


@dataclass(frozen=True)
class Drawn:
    """A file that was written, and what to look at in it."""

    name: str
    look_at: str


# ---- trace ------------------------------------------------------------------------------------------


def trace(text: str, assignments: Sequence[str], out: Path) -> list[Drawn]:
    """Print and draw the forward and the backward pass of an expression at given values."""
    tree = expression.parse(text)
    numbers = _assigned(assignments)
    unused = [name for name in numbers if name not in expression.names(tree)]
    if unused:
        known = ", ".join(expression.names(tree)) or "none"
        raise UsageError(f"{text!r} has no variable {unused[0]!r}; its variables are: {known}")
    variables = {name: Value(number, label=name) for name, number in numbers.items()}
    result = expression.evaluate(tree, variables)
    result.backward()
    steps = viz.passes(result)
    print(steps.transcript())
    if variables:
        print("\ncheck: each derivative beside finite differences of the whole expression")
    for name, variable in variables.items():

        def along(number: float, name: str = name) -> float:
            return expression.evaluate(tree, {**numbers, name: number}).data

        print(f"  d/d{name} = {variable.grad!r}, by finite differences {_estimate(along, variable.data)}")
    with staged(out) as folder:
        return _draw_passes(result, steps, folder)


def _draw_passes(
    result: Value,
    steps: Passes,
    folder: Path,
    later: Sequence[Passes] = (),
    model: nn.Module | None = None,
) -> list[Drawn]:
    """Write the passes in every form; the player goes on with those of `later` epochs, neurons and all."""
    (folder / "passes.txt").write_text(steps.transcript() + "\n", encoding="utf-8")
    (folder / "passes.json").write_text(steps.to_json() + "\n", encoding="utf-8")
    viz.draw(result).svg().save(folder / "graph.svg")
    viz.player([steps, *later], folder / PLAYER, model=model)
    played = f"{1 + len(later)} epochs" if later else "both passes"
    drawn = [
        Drawn(PLAYER, f"{played} step by step, and why each gradient is what it is"),
        Drawn("graph.svg", "every value, its gradient, and the local derivative along each arrow"),
        Drawn("passes.txt", "every step as text, each contribution as upstream × local"),
        Drawn("passes.json", "the same for programs, at full precision"),
    ]
    if len(steps.forward) <= MOST_NODES:  # hundreds of pictures of hundreds of boxes would help nobody
        viz.write_frames(steps, folder / "frames")
        drawn.insert(
            2, Drawn("frames/", "one picture a step, forward and then backward: open the first and go on")
        )
    return drawn


def _assigned(assignments: Sequence[str]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for assignment in assignments:
        name, sign, number = assignment.partition("=")
        if not sign or not name.isidentifier():
            raise UsageError(f"not an assignment: {assignment!r}; accepted is for example x=1.2")
        if name in numbers:
            raise UsageError(f"{name!r} is given twice: {numbers[name]:g} and {number}")
        if name in expression.CONSTANTS or name in expression.FUNCTIONS:
            raise UsageError(f"{name!r} has a meaning of its own; choose another name for the variable")
        try:
            numbers[name] = float(number)
        except ValueError:
            raise UsageError(f"{name} is given {number!r}, accepted is a number such as 1.2") from None
    return numbers


def _estimate(f: Any, x: float) -> str:
    difference = finite_difference(f, x)
    if difference.kink:
        return f"a kink, {difference.left:.6g} from the left, {difference.right:.6g} from the right"
    if difference.value != difference.value:
        return "no number: the expression is infinite or undefined here or beside"
    return f"{difference.value:.12g} ± {difference.error:.0e}"


# ---- train ------------------------------------------------------------------------------------------

NAMED = ("house", "moons", "iris")
OPTIMIZERS = {
    "sgd": nn.SGD,
    "momentum": partial(nn.SGD, momentum=0.9),
    "nesterov": partial(nn.SGD, momentum=0.9, nesterov=True),
    "adagrad": nn.Adagrad,
    "rmsprop": nn.RMSprop,
    "adam": nn.Adam,
    "adamw": nn.AdamW,
}
SCHEDULES = {
    "constant": lambda lr, epochs: nn.schedule.constant(lr),
    "step": lambda lr, epochs: nn.schedule.step(lr, max(1, epochs // 3)),
    "exponential": lambda lr, epochs: nn.schedule.exponential(lr, 0.01 ** (1 / epochs)),
    "cosine": nn.schedule.cosine,
    "linear": nn.schedule.linear,
}
HELD_OUT = 0.2


def train(source: str, options: argparse.Namespace, out: Path) -> list[Drawn]:
    """Train a network on a named dataset or a CSV file, print how good it is, and draw it."""
    dataset = _dataset(source, options.target, options.seed)
    # Seven houses are too few to hold any out: all of them decide on the document's straight line.
    everything = source == "house"
    learning, *testing = (dataset,) if everything else nn.split(dataset, HELD_OUT, seed=options.seed)
    scaling, (learning, *testing) = nn.standardise(learning, *testing)
    held_out = testing[0] if testing else None

    hidden = options.hidden if options.hidden is not None else [] if everything else [16, 16]
    classes = dataset.class_names
    epochs = options.epochs or (EPOCHS if hidden or classes else LINE_EPOCHS)
    plain = CLASS_RATE if classes else NUMBER_RATE if hidden else LINE_RATE
    rate = options.lr or (plain if options.optimizer == "sgd" else OTHER_RATE)
    widths = [len(dataset.feature_names), *hidden, len(classes) if classes else 1]
    model = nn.MLP(widths[0], widths[1:], seed=options.seed)
    loss = nn.cross_entropy if classes else nn.mse

    kind = f"one of {', '.join(classes)}" if classes else "a number"
    print(
        f"{source}: {len(dataset)} rows, {', '.join(dataset.feature_names)} → {dataset.target_name}, {kind}"
    )
    print(
        f"network: {' → '.join(map(str, widths))}, {len(model.parameters())} parameters, seed {options.seed}"
    )
    penalty = (
        partial(nn.elastic_net, model.parameters(), options.l1, options.l2)
        if options.l1 or options.l2
        else None
    )
    stopping = nn.EarlyStopping(model.parameters(), options.patience) if options.patience else None
    if stopping and held_out is None:
        raise UsageError(f"--patience {options.patience} needs held-out rows, and {source} holds none out")
    with staged(out) as folder:
        history = nn.fit(
            model,
            learning,
            loss,
            OPTIMIZERS[options.optimizer](model.parameters(), lr=rate),
            epochs=epochs,
            batch_size=len(learning) if everything else 16,
            held_out=held_out,
            schedule=SCHEDULES[options.schedule](rate, epochs),
            penalty=penalty,
            early_stopping=stopping,
            seed=options.seed,
            compiled=options.compiled,
        )
        if history.stopped_early:
            done = len(history.train_loss)
            print(f"stopped after {done} of {epochs} epochs: no better for {options.patience}")
        if history.interrupted:
            print(f"stopped after {len(history.train_loss)} of {epochs} epochs; what was learned is kept")
        for name, part in (("train", learning), ("held-out", held_out)):
            if part is not None:
                print(f"{name:<8}  {_quality(model, part, scaling)}")
        if not hidden and not classes:
            print(f"the line: {dataset.target_name} = {_line(model, dataset, scaling)}")
        drawn = _draw_training(folder, model, dataset, scaling, history)
        nn.save(folder / "weights.safetensors", model, _metadata(source, widths, dataset, scaling))
    return [*drawn, Drawn("weights.safetensors", "the trained parameters, one vector for each neuron")]


def _dataset(source: str, target: str | None, seed: int) -> nn.Dataset:
    if source not in NAMED:
        if not source.lower().endswith(".csv") and not Path(source).exists():
            raise UsageError(
                f"unknown data {source!r}; accepted are {', '.join(NAMED)} or the path of a CSV file"
            )
        return nn.read_csv(source, target)
    dataset = nn.moons(seed=seed) if source == "moons" else getattr(nn, source)()
    if target not in (None, dataset.target_name):
        raise UsageError(f"the target of {source} is {dataset.target_name!r}, got --target {target!r}")
    return dataset


def _quality(model: nn.MLP, part: nn.Dataset, scaling: nn.Scaling) -> str:
    outputs = nn.predict(model, part.features)
    if part.class_names:
        right = nn.accuracy(outputs, part.targets)
        loss = nn.cross_entropy(outputs, part.targets)
        return f"loss {loss:.4f}  accuracy {right:.1%} ({round(right * len(part))} of {len(part)})"
    undo = scaling.target.undo
    predictions, truths = list(map(undo, outputs)), list(map(undo, part.targets))
    error = nn.mean_absolute_error(predictions, truths)
    return f"mean squared error {nn.mse(predictions, truths):.8g}  mean absolute error {error:.8g}"


def _line(model: nn.MLP, dataset: nn.Dataset, scaling: nn.Scaling) -> str:
    neuron = model.layers[0].neurons[0]
    intercept, slopes = scaling.undo_line([w.data for w in neuron.w], neuron.b.data)
    terms = zip(slopes, dataset.feature_names, strict=True)
    return f"{intercept:.8f}" + "".join(f" {'-' if m < 0 else '+'} {abs(m):.8f}·{name}" for m, name in terms)


def _draw_training(
    folder: Path, model: nn.MLP, dataset: nn.Dataset, scaling: nn.Scaling, history: nn.History
) -> list[Drawn]:
    curves = {"train": history.train_loss, "held-out": history.held_out_loss}
    _figure(folder / "loss.svg", viz.plot_history, {name: curve for name, curve in curves.items() if curve})
    outputs = dataset.class_names or [dataset.target_name]
    viz.draw_network(model, inputs=dataset.feature_names, outputs=outputs).save(folder / "network.svg")
    drawn = [
        Drawn("loss.svg", "the loss after each epoch: it should fall, and the two curves stay together"),
        Drawn("network.svg", "every neuron and weight: thick lines weigh much, dashed ones are negative"),
    ]
    if len(dataset.feature_names) == 2 and dataset.class_names:

        def predict(point: list[float]) -> int:
            [scores] = nn.predict(model, [scaling.row(point)])
            return max(range(len(scores)), key=scores.__getitem__)

        plot = partial(viz.plot_decision_boundary, inputs=dataset.feature_names, classes=dataset.class_names)
        _figure(folder / "decision_boundary.svg", plot, predict, dataset.features, dataset.targets)
        drawn.append(
            Drawn("decision_boundary.svg", "which class the network sees at every point of the plane")
        )
    return drawn


def _figure(path: Path, plot: Callable[..., Any], *args: Any) -> None:
    import matplotlib
    from matplotlib import pyplot

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "glassgrad"  # the same picture is the same file
    figure = plot(*args).figure
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)


def _metadata(source: str, widths: list[int], dataset: nn.Dataset, scaling: nn.Scaling) -> dict[str, str]:
    """Return what is needed, besides the weights, to predict with them."""
    return {
        "data": source,
        "widths": json.dumps(widths),
        "features": json.dumps(dataset.feature_names),
        "target": dataset.target_name,
        "classes": json.dumps(dataset.class_names),
        "feature_scales": json.dumps([[scale.mean, scale.deviation] for scale in scaling.features]),
        "target_scale": json.dumps([scaling.target.mean, scaling.target.deviation]),
    }


# ---- demo -------------------------------------------------------------------------------------------

DEMO_EPOCHS, DEMO_RATE = 3, 0.5


def demo(out: Path) -> list[Drawn]:
    """Trace and draw the documents' 2-2-1 network, then train a network on two moons and draw that."""
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
    with staged(out / "network") as folder:
        drawn = _draw_passes(loss, steps, folder, later, model)
        files = [Drawn(f"network/{file.name}", file.look_at) for file in drawn]
    print("\n2. Two moons: 100 points, two classes\n")
    options = _parser().parse_args(["train", "moons", "--lr", "0.3"])
    return files + [
        Drawn(f"moons/{file.name}", file.look_at) for file in train("moons", options, out / "moons")
    ]


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


# ---- files and messages -----------------------------------------------------------------------------


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """Yield a folder to write in, whose files move to `out` together at the end, or vanish on an error.

    Raises OSError at once, before any work is done, if `out` cannot be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"cannot write to {str(out)!r}: it is a file, and a directory is needed")
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield folder
        for path in sorted(folder.rglob("*")):
            place = out / path.relative_to(folder)
            if path.is_dir():
                shutil.rmtree(place, ignore_errors=True)  # frames of an earlier, longer trace
        out.mkdir(exist_ok=True)
        for path in sorted(folder.iterdir()):
            path.replace(out / path.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _report(out: Path, drawn: Sequence[Drawn]) -> None:
    print(f"\nwritten to {out}:")
    width = max(len(file.name) for file in drawn)
    for file in drawn:
        print(f"  {file.name:<{width}}  {file.look_at}")
    for file in drawn:
        if file.name.endswith(PLAYER):
            print(f"\nopen {out / file.name} in a browser, and press →")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


EPOCHS, LINE_EPOCHS = 50, 300  # the sixth digit of a line takes longer than a good boundary
CLASS_RATE, NUMBER_RATE, LINE_RATE = 0.1, 0.03, 0.1  # a squared error has steeper walls than a cross-entropy
OTHER_RATE = 0.02  # of the optimisers that carry momentum or scale their steps


def _parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog="glassgrad", description=__doc__, epilog=EXAMPLES, formatter_class=shape)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, about: str, examples: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name, help=about, description=about, epilog=f"examples:\n{examples}", formatter_class=shape
        )
        sub.add_argument(
            "--out", type=Path, default=Path(OUT), metavar="DIR", help=f"where to write (default: {OUT})"
        )
        return sub

    sub = command(
        "trace",
        "print and draw the forward and the backward pass of an expression",
        '  glassgrad trace "sin(x**3 + 5)" x=1.2\n'
        '  glassgrad trace "relu(w*x + b)" w=-2 x=3 b=1 --out neuron',
    )
    sub.add_argument(
        "expression", help="numbers, names, + - * / **, and functions such as sin, exp, tanh, max"
    )
    sub.add_argument("assignments", nargs="*", metavar="NAME=NUMBER", help="the value of each variable")

    sub = command(
        "train",
        "train a network on a table and draw what it learned",
        "  glassgrad train iris --optimizer adam --schedule cosine --patience 10\n  glassgrad train house\n"
        "  glassgrad train flowers.csv --target species --hidden 8,8 --epochs 50",
    )
    sub.add_argument(
        "data", help=f"{', '.join(NAMED)}, or the path of a CSV file with a line of column names"
    )
    sub.add_argument("--target", metavar="COLUMN", help="the column to predict (default: the last one)")
    sub.add_argument(
        "--hidden",
        type=_widths,
        metavar="N,N",
        help="neurons of each hidden layer, 0 for none (default: 16,16; house: none)",
    )
    sub.add_argument(
        "--epochs",
        type=_whole,
        metavar="N",
        help=f"passes over the data (default: {EPOCHS}; for a straight line {LINE_EPOCHS})",
    )
    sub.add_argument(
        "--lr",
        type=_positive,
        metavar="X",
        help=f"learning rate (default with sgd: {CLASS_RATE} for classes, {NUMBER_RATE} for numbers; "
        f"with others: {OTHER_RATE})",
    )
    sub.add_argument("--optimizer", choices=OPTIMIZERS, default="sgd", help="default: %(default)s")
    sub.add_argument(
        "--schedule",
        choices=SCHEDULES,
        default="constant",
        help="of the learning rate (default: %(default)s)",
    )
    for name, effect in (("l1", "which makes the useless ones 0"), ("l2", "which keeps them small")):
        about = f"strength of the {name.upper()} penalty on the weights, {effect} (default: none)"
        sub.add_argument(f"--{name}", type=_positive, default=0.0, metavar="X", help=about)
    sub.add_argument(
        "--patience",
        type=_whole,
        metavar="N",
        help="stop after N epochs without a lower held-out loss, and keep the best weights (default: never)",
    )
    sub.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="fixes weights, split and order (default: %(default)s)",
    )
    sub.add_argument(
        "--compiled",
        action="store_true",
        help="replay the scalar program in matrices: the same numbers up to rounding, many times faster",
    )

    command(
        "demo",
        "trace and draw a small network, then train one on two moons",
        "  glassgrad demo --out pictures",
    )
    return parser


def _widths(text: str) -> list[int]:
    return [] if text.strip() == "0" else [_whole(part) for part in text.split(",")]


def _whole(text: str) -> int:
    if not text.strip().isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1000000")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 0, 2 for bad input, 130 after Ctrl-C."""
    given = sys.argv[1:] if arguments is None else arguments
    # argparse would take the expression -x**2 for an option; a space in front keeps it an expression.
    given = [f" {text}" if _looks_like_an_option(text) else text for text in given]
    options = _parser().parse_args(given)
    try:
        if options.command == "trace":
            drawn = trace(options.expression, options.assignments, options.out)
        elif options.command == "train":
            drawn = train(options.data, options, options.out)
        else:
            drawn = demo(options.out)
        _report(options.out, drawn)
    except (ValueError, OSError, nn.TrainingError) as error:
        print(f"glassgrad: {' '.join(_message(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("glassgrad: stopped; no file is half-written", file=sys.stderr)
        return 130
    return 0


def _looks_like_an_option(text: str) -> bool:
    return text[:1] == "-" and text[1:2].isalpha() and text != "-h"


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"cannot write to {str(error.filename)!r}: {error.strerror}"
    return str(error)


if __name__ == "__main__":
    raise SystemExit(main())
