"""The command line: trace an expression, train a network, see both drawn."""

from __future__ import annotations

import sys

try:  # Ctrl-C while all this loads is answered in one line too
    import argparse
    import io
    import json
    import logging
    import os
    import re
    import shutil
    import tempfile
    import warnings
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import contextmanager
    from dataclasses import dataclass
    from functools import partial
    from itertools import pairwise
    from pathlib import Path
    from typing import Any, NoReturn
    from unicodedata import normalize

    import nn
    import viz
    from autograd import Value, expression
    from autograd.check import finite_difference
    from viz.record.passes import Passes
    from viz.record.replay import Replay
    from viz.text import printable
except KeyboardInterrupt:
    print("glassgrad: stopped while it was loading", file=sys.stderr)
    raise SystemExit(130) from None

OUT = "glassgrad-out"
PLAYER, WEIGHTS = "player.html", "weights.safetensors"

MOST_FRAMES = 300
MOST_CHECKED = 100_000
"""How many operations may follow all variables that are checked: each is computed about 100 times."""

MOST_PARAMETERS, MOST_LAYERS, MOST_LISTED = 500_000, 100, 20

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


Picture = tuple[Drawn, Callable[[Path], object]]
"""A file to be written, and what writes it to a path."""


# ---- trace ------------------------------------------------------------------------------------------


def trace(text: str, assignments: Sequence[str], out: Path) -> list[Drawn]:
    """Print and draw the forward and the backward pass of an expression at given values."""
    text = text.strip()
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
    _print_check(steps, variables)
    return save(out, _pictures_of_passes(result, steps))


def _print_check(steps: Passes, variables: dict[str, Value]) -> None:
    replay, checked = Replay(steps), 0
    nodes = {step.label: step.node for step in steps.forward if not step.operation}
    for name, variable in variables.items():
        along, operations = replay.along(nodes[name])
        checked += operations
        found = "not checked: the expression is too large"
        if checked <= MOST_CHECKED:
            found = f"by finite differences {_estimate(along, variable.data)}"
        print(f"  d/d{name} = {variable.grad!r}, {found}")


def _pictures_of_passes(
    result: Value, steps: Passes, later: Sequence[Passes] = (), model: nn.Module | None = None
) -> list[Picture]:
    """Return the passes in every form; the player goes on with those of `later` epochs, neurons and all."""
    played = f"{1 + len(later)} epochs" if later else "both passes"
    pictures: list[Picture] = [
        (
            Drawn(PLAYER, f"{played} step by step, and why each gradient is what it is"),
            lambda path: viz.player([steps, *later], path, model=model),
        ),
        (
            Drawn("graph.svg", "every value, its gradient, and the local derivative along each arrow"),
            lambda path: viz.draw(result).svg().save(path),
        ),
        (
            Drawn("passes.txt", "every step as text, each contribution as upstream × local"),
            lambda path: path.write_text(steps.transcript() + "\n", encoding="utf-8"),
        ),
        (
            Drawn("passes.json", "the same for programs, at full precision"),
            lambda path: path.write_text(steps.to_json() + "\n", encoding="utf-8"),
        ),
    ]
    if len(steps.forward) + len(steps.backward) < MOST_FRAMES:  # more pictures would help nobody
        frames = Drawn("frames/", "one picture a step, forward and then backward: open the first and go on")
        pictures.insert(2, (frames, lambda path: viz.write_frames(steps, path)))
    return pictures


def _assigned(assignments: Sequence[str]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for assignment in map(str.strip, assignments):
        name, sign, number = assignment.partition("=")
        name = normalize("NFKC", name)  # as Python's parser does with the names in the expression
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
    parameters = sum((before + 1) * after for before, after in pairwise(widths))
    if parameters > MOST_PARAMETERS:
        raise UsageError(
            f"a network of {parameters} parameters is asked for, accepted are at most {MOST_PARAMETERS}; "
            "give fewer neurons to --hidden or fewer columns"
        )
    model = nn.MLP(widths[0], widths[1:], seed=options.seed)
    loss = nn.cross_entropy if classes else nn.mse

    kind = f"one of {_listed(classes)}" if classes else "a number"
    columns = f"{_listed(dataset.feature_names)} → {printable(dataset.target_name)}"
    print(f"{printable(source)}: {len(dataset)} rows, {columns}, {kind}")
    print(f"network: {' → '.join(map(str, widths))}, {parameters} parameters, seed {options.seed}")
    penalty = (
        partial(nn.elastic_net, model.parameters(), options.l1, options.l2)
        if options.l1 or options.l2
        else None
    )
    stopping = nn.EarlyStopping(model.parameters(), options.patience) if options.patience else None
    if stopping and held_out is None:
        raise UsageError(f"--patience {options.patience} needs held-out rows, and {source} holds none out")
    history, diverged = nn.History(), ""
    with staged(out) as folder:
        try:
            nn.fit(
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
                history=history,
                seed=options.seed,
                compiled=options.compiled,
            )
        except nn.TrainingError as error:
            if not history.train_loss:
                raise
            diverged = str(error)
        # Before anything else, so that no report and no picture that fails can cost what was learned.
        nn.save(folder / WEIGHTS, model, _metadata(source, widths, dataset, scaling))
    done = len(history.train_loss)
    if diverged:
        raise nn.TrainingError(f"{diverged}; as the epoch began, the parameters are in {out / WEIGHTS}")
    drawn = [Drawn(WEIGHTS, "the trained parameters, one vector for each neuron")]

    def report() -> None:
        if history.stopped_early:
            print(f"stopped after {done} of {epochs} epochs: no better for {options.patience}")
        for name, part in (("train", learning), ("held-out", held_out)):
            if part is not None:
                print(f"{name:<8}  {_quality(model, part, scaling)}")
        if not hidden and not classes:
            print(f"the line: {printable(dataset.target_name)} = {_line(model, dataset, scaling)}")

    try:
        _attempt("the report", report)
        pictures = _pictures_of_training(model, dataset, scaling, history)
        _attempt("the pictures", lambda: drawn.extend(save(out, pictures)))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"not all is drawn; the trained parameters are in {out / WEIGHTS}") from None
    if history.interrupted:
        _report(out, drawn)
        raise KeyboardInterrupt(f"stopped after {done} of {epochs} epochs; what was learned is kept")
    return drawn


def _dataset(source: str, target: str | None, seed: int) -> nn.Dataset:
    if source not in NAMED:
        if not source.lower().endswith(".csv") and not os.path.exists(source):
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
    return f"{intercept:.8f}" + "".join(
        f" {'-' if m < 0 else '+'} {abs(m):.8f}·{printable(name)}" for m, name in terms
    )


def _pictures_of_training(
    model: nn.MLP, dataset: nn.Dataset, scaling: nn.Scaling, history: nn.History
) -> list[Picture]:
    pictures: list[Picture] = []
    curves = {"train": history.train_loss, "held-out": history.held_out_loss}
    if history.train_loss:
        loss = Drawn(
            "loss.svg", "the loss after each epoch: it should fall, and the two curves stay together"
        )
        pictures.append((loss, lambda path: _figure(path, viz.plot_history, curves)))
    outputs = dataset.class_names or [dataset.target_name]
    network = Drawn(
        "network.svg", "every neuron and weight: thick lines weigh much, dashed ones are negative"
    )
    drawn = partial(viz.draw_network, model, inputs=dataset.feature_names, outputs=outputs)
    pictures.append((network, lambda path: drawn().save(path)))
    if len(dataset.feature_names) == 2 and dataset.class_names:

        def predict(point: list[float]) -> int:
            [scores] = nn.predict(model, [scaling.row(point)])
            return max(range(len(scores)), key=scores.__getitem__)

        plot = partial(viz.plot_decision_boundary, inputs=dataset.feature_names, classes=dataset.class_names)
        boundary = Drawn("decision_boundary.svg", "which class the network sees at every point of the plane")
        pictures.append(
            (boundary, lambda path: _figure(path, plot, predict, dataset.features, dataset.targets))
        )
    return pictures


def _figure(path: Path, plot: Callable[..., Any], *args: Any) -> None:
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its caches while it is imported
    import matplotlib
    from matplotlib import pyplot

    matplotlib.use("Agg")
    try:
        with matplotlib.rc_context({"svg.hashsalt": "glassgrad"}):  # the same picture is the same file
            plot(*args).figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    finally:
        pyplot.close("all")


def _metadata(source: str, widths: list[int], dataset: nn.Dataset, scaling: nn.Scaling) -> dict[str, str]:
    """Return what is needed, besides the weights, to predict with them."""
    return {
        "data": printable(source),
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
    network = save(out / "network", _pictures_of_passes(loss, steps, later, model))
    print("\n2. Two moons: 100 points, two classes\n")
    options = _parser().parse_args(["train", "moons", "--lr", "0.3"])
    moons = train("moons", options, out / "moons")
    folders = (("network", network), ("moons", moons))
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


def save(out: Path, pictures: Sequence[Picture]) -> list[Drawn]:
    """Write each picture into `out` and return those written; one that fails costs only itself.

    Raises OSError if `out` cannot be written.
    """
    with staged(out) as folder:
        return [
            drawn for drawn, write in pictures if _attempt(drawn.name, partial(write, folder / drawn.name))
        ]


def _attempt(what: str, work: Callable[[], object]) -> bool:
    """Tell whether some work was done; where it fails or warns, say so in one line instead of raising."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            work()
        except Exception as error:
            _complain(f"{what} failed: {_message(error)}")
            return False
    if caught:
        _complain(f"{what}: {caught[0].message}")
    return True


def _complain(message: str) -> None:
    print(f"glassgrad: {printable(' '.join(message.split()))}", file=sys.stderr)


def _listed(names: Sequence[str]) -> str:
    more = [f"and {len(names) - MOST_LISTED} more"] if len(names) > MOST_LISTED else []
    return ", ".join([*map(printable, names[:MOST_LISTED]), *more])


def _report(out: Path, drawn: Sequence[Drawn]) -> None:
    if not drawn:
        return
    print(f"\nwritten to {out}:")
    width = max(len(file.name) for file in drawn)
    for file in drawn:
        print(f"  {file.name:<{width}}  {file.look_at}")
    for file in drawn:
        if file.name.endswith(PLAYER):
            print(f"\nopen {out / file.name} in a browser, and press →")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {printable(' '.join(message.split()))}; see {self.prog} --help\n")


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
    widths = [] if text.strip() == "0" else [_whole(part) for part in text.split(",")]
    if len(widths) > MOST_LAYERS:
        raise argparse.ArgumentTypeError(f"{len(widths)} layers, accepted are at most {MOST_LAYERS}")
    return widths


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,7}", text.strip(), re.ASCII) or not 1 <= int(text) <= 1_000_000:
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
    """Run the command line; return the exit status: 0, 2 for what cannot be done, 130 after Ctrl-C."""
    try:
        with warnings.catch_warnings():  # what a library mutters is not for who trains a network
            warnings.simplefilter("ignore")
            status = _run(_keeping_expressions(sys.argv[1:] if arguments is None else list(arguments)))
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries again as it ends
        _complain("the output is read no further, so nothing more is done")
        return 2
    except (ValueError, OSError, ArithmeticError, MemoryError, RuntimeError) as error:
        _complain(_message(error))
        return 2
    except KeyboardInterrupt as stop:
        _complain(str(stop) or "stopped; no file is half-written")
        return 130
    return status


def _run(given: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that no terminal can show is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(given)
    if options.command == "trace":
        drawn = trace(options.expression, options.assignments, options.out)
    elif options.command == "train":
        drawn = train(options.data, options, options.out)
    else:
        drawn = demo(options.out)
    _report(options.out, drawn)
    return 0 if drawn else 2


_OPTION = re.compile(r"-h$|--$|--[a-z][a-z]+(=.*)?$", re.DOTALL)


def _keeping_expressions(given: list[str]) -> list[str]:
    """Put a space before what argparse would take for an option: a command -v, an expression -(x + 1)."""
    kept = [
        f" {text}" if text[:1] == "-" and before != "--out" and not _OPTION.match(text) else text
        for before, text in pairwise(["", *given])
    ]
    return kept if given[:1] == ["trace"] else [*kept[:1], *given[1:]]


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"cannot write to {str(error.filename)!r}: {error.strerror}"
    if isinstance(error, ValueError | OSError | nn.TrainingError):
        return str(error)
    return f"{type(error).__name__}: {error}".removesuffix(": ")


if __name__ == "__main__":
    raise SystemExit(main())
