"""`glassgrad train`: a network trained on a table, kept, measured and drawn."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import nn
import viz
from glassgrad.output import Drawn, Picture, UsageError, attempt, listed, report_files, save, staged
from viz.text import printable

WEIGHTS = "weights.safetensors"
MOST_PARAMETERS = 500_000

EPOCHS, LINE_EPOCHS = 50, 300  # the sixth digit of a line takes longer than a good boundary
CLASS_RATE, NUMBER_RATE, LINE_RATE = 0.1, 0.03, 0.1  # a squared error has steeper walls than a cross-entropy
OTHER_RATE = 0.02  # of the optimisers that carry momentum or scale their steps
NAMED = ("house", "moons", "iris")
OPTIMIZERS: dict[str, Callable[..., nn.Optimizer]] = {
    "sgd": nn.SGD,
    "momentum": partial(nn.SGD, momentum=0.9),
    "nesterov": partial(nn.SGD, momentum=0.9, nesterov=True),
    "adagrad": nn.Adagrad,
    "rmsprop": nn.RMSprop,
    "adam": nn.Adam,
    "adamw": nn.AdamW,
}
SCHEDULES: dict[str, Callable[[float, int], Callable[[int], float]]] = {
    "constant": lambda lr, epochs: nn.schedule.constant(lr),
    "step": lambda lr, epochs: nn.schedule.step(lr, max(1, epochs // 3)),
    "exponential": lambda lr, epochs: nn.schedule.exponential(lr, 0.01 ** (1 / epochs)),
    "cosine": nn.schedule.cosine,
    "linear": nn.schedule.linear,
}
HELD_OUT = 0.2
KINDS: dict[str, Any] = {"auto": "auto", "yes": "class", "no": "number"}


def train(source: str, options: argparse.Namespace, out: Path) -> list[Drawn]:
    """Train a network on a named dataset or a CSV file, print how good it is, and draw it."""
    dataset = _dataset(source, options)
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

    kind = f"one of {listed(classes)}" if classes else "a number"
    columns = f"{listed(dataset.feature_names)} → {printable(dataset.target_name)}"
    print(f"{printable(source)}: {len(dataset)} rows, {columns}, {kind}")
    for note in dataset.notes:
        print(f"note: {printable(note)}")
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
        nn.Trained(model, scaling, dataset.rows([])).save(folder / WEIGHTS, data=printable(source))
    done = len(history.train_loss)
    if diverged:
        raise nn.TrainingError(f"{diverged}; as the epoch began, the parameters are in {out / WEIGHTS}")
    drawn = [Drawn(WEIGHTS, "the trained parameters, a matrix and a bias for each layer")]

    def report() -> None:
        if history.stopped_early:
            print(f"stopped after {done} of {epochs} epochs: no better for {options.patience}")
        for name, part in (("train", learning), ("held-out", held_out)):
            if part is not None:
                print(f"{name:<8}  {_quality(model, part, scaling)}")
        if not hidden and not classes:
            print(f"the line: {printable(dataset.target_name)} = {_line(model, dataset, scaling)}")

    try:
        attempt("the report", report)
        pictures = _pictures_of_training(model, dataset, scaling, history)
        attempt("the pictures", lambda: drawn.extend(save(out, pictures)))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"not all is drawn; the trained parameters are in {out / WEIGHTS}") from None
    if history.interrupted:
        report_files(out, drawn)
        raise KeyboardInterrupt(f"stopped after {done} of {epochs} epochs; what was learned is kept")
    return drawn


def _dataset(source: str, options: argparse.Namespace) -> nn.Dataset:
    target = options.target
    if source not in NAMED:
        if not source.lower().endswith(".csv") and not os.path.exists(source):
            raise UsageError(
                f"unknown data {source!r}; accepted are {', '.join(NAMED)} or the path of a CSV file"
            )
        return nn.read_csv(
            source,
            target,
            kind=KINDS[options.classes],
            separator=options.separator,
            text=options.text,
            missing=options.missing,
            ignore=options.ignore,
        )
    dataset = nn.moons(seed=options.seed) if source == "moons" else getattr(nn, source)()
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
