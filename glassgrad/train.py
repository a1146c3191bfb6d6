"""`glassgrad train`: a network trained on a table, kept, measured and drawn."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import nn
import viz
from glassgrad.learning import lasting, learn
from glassgrad.networks import SIDE, Network, convolutional, described, multilayer, plot_kernels
from glassgrad.output import (
    Drawn,
    Picture,
    UsageError,
    attempt,
    figure,
    listed,
    remove_others,
    report_files,
    save,
    tell_notes,
)
from nn.data.scaling import Scale
from nn.weights.tensors import weights
from viz.text import printable

WEIGHTS = "weights.safetensors"
PICTURES = LOSS, NETWORK, KERNELS, BOUNDARY = (
    "loss.svg",
    "network.svg",
    "kernels.svg",
    "decision_boundary.svg",
)

EPOCHS, LINE_EPOCHS = 50, 300  # the sixth digit of a line takes longer than a good boundary
PICTURE_EPOCHS, PICTURE_RATE = 30, 0.01  # of the optimiser that pictures are learned with, Adam
CLASS_RATE, NUMBER_RATE, LINE_RATE = 0.1, 0.03, 0.1  # a squared error has steeper walls than a cross-entropy
OTHER_RATE = 0.02  # of the optimisers that carry momentum or scale their steps
NAMED = ("house", "moons", "iris", "digits")
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
OF_TABLES: dict[str, Any] = {
    "classes": "auto",
    "ignore": [],
    "separator": None,
    "encoding": None,
    "text": "error",
    "missing": "error",
}
"""The options that say how a table is to be read, with what each is unless given."""

KINDS: dict[str, Any] = {"auto": "auto", "yes": "class", "no": "number"}


def train(source: str, options: argparse.Namespace, out: Path) -> list[Drawn]:
    """Train a network on a named dataset or a CSV file, print how good it is, and draw it."""
    task = _task(source, options)
    _tell(task, options.seed)
    history = nn.History()
    error = learn(
        out,
        history,
        partial(_fit, task, options, history),
        # Before anything else, so that no report and no picture that fails can cost what was learned.
        lambda folder: _keep(task, folder / WEIGHTS),
        learned=lambda: bool(history.train_loss),
        begun="the first epoch was done",
    )
    attempt("removing the pictures of an earlier network", partial(remove_others, out, PICTURES))
    done = f"{len(history.train_loss)} of {task.course.epochs} epochs"
    if error is not None:
        kept = "of the best epoch" if options.patience else "from before that epoch"
        raise lasting(error, kept, out / WEIGHTS)
    drawn = [Drawn(WEIGHTS, "the trained parameters, a matrix and a bias for each layer")]
    if history.stopped_early:
        print(f"stopped after {done}: no better for {options.patience}")
    try:
        attempt("the report", partial(_report, task))
        pictures = _pictures_of_training(task.model, task.parts, task.scaling, history)
        attempt("the pictures", lambda: drawn.extend(save(out, pictures)))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"not all is drawn; the trained parameters are in {out / WEIGHTS}") from None
    if history.interrupted:
        attempt("the list of files", partial(report_files, out, drawn))
        raise KeyboardInterrupt(f"stopped after {done}; what was learned is kept")
    return drawn


class _Course(NamedTuple):
    """How a network is trained."""

    optimizer: str
    rate: float
    schedule: str
    epochs: int


class _Task(NamedTuple):
    """What is learned by what: the rows, as they are and scaled, the network, how it is trained."""

    source: str
    dataset: nn.Dataset
    parts: Sequence[nn.Dataset]
    scaling: nn.Scaling
    learning: nn.Dataset
    held_out: nn.Dataset | None
    widths: list[int]
    model: Network
    course: _Course


def _task(source: str, options: argparse.Namespace) -> _Task:
    dataset = _dataset(source, options)
    # Seven houses are too few to hold any out: all of them decide on the document's straight line.
    parts = (dataset,) if source == "house" else nn.split(dataset, HELD_OUT, seed=options.seed)
    if source not in NAMED:
        parts = _varying(*parts)
    scaling, (learning, *testing) = _scaled(source, parts)
    widths = _widths(source, options, dataset)
    cnn = options.model == "cnn"
    model = convolutional(widths[-1], options.seed) if cnn else multilayer(widths, options.seed)
    course = _course(source, options, hidden=len(widths) > 2, classes=bool(dataset.class_names))
    held_out = testing[0] if testing else None
    if options.patience and held_out is None:
        raise UsageError(f"--patience {options.patience} needs held-out rows, and {source} holds none out")
    return _Task(source, dataset, parts, scaling, learning, held_out, widths, model, course)


def _varying(train: nn.Dataset, held_out: nn.Dataset) -> tuple[nn.Dataset, nn.Dataset]:
    """Return the parts with as many rows moved to the first as let each column vary there that can.

    All rows with a rare text or target may have been held out: then nothing could be learned of it.
    """
    moved: list[int] = []
    notes = list(train.notes)
    names, tables = train.feature_names, [np.asarray(part.features) for part in (train, held_out)]
    if train.class_names is None:
        names = [*names, train.target_name]
        tables = [
            np.column_stack([table, part.targets])
            for table, part in zip(tables, (train, held_out), strict=True)
        ]
    learned, others = tables
    for place, name in enumerate(names):
        differ = np.flatnonzero(others[:, place] != learned[0, place])
        if len(differ) and (np.append(learned[:, place], others[moved, place]) == learned[0, place]).all():
            moved.append(int(differ[0]))
            notes.append(f"column {name!r}: a row is not held out, or it would be the same in all others")
    if not len(moved) < len(held_out):
        return train, held_out
    rows = held_out.rows(moved)
    train = replace(
        train,
        features=[*train.features, *rows.features],
        targets=train.targets + rows.targets,
        notes=tuple(notes),
    )
    return train, held_out.rows(row for row in range(len(held_out)) if row not in moved)


def _tell(task: _Task, seed: int) -> None:
    """Print what is about to be learned."""
    dataset, source = task.dataset, task.source
    kind = f"one of {listed(dataset.class_names)}" if dataset.class_names else "a number"
    features = f"{SIDE} × {SIDE} pixels" if source == "digits" else listed(dataset.feature_names)
    columns = f"{features} → {printable(dataset.target_name)}"
    print(f"{printable(source)}: {len(dataset)} rows, {columns}, {kind}")
    tell_notes(task.parts[0].notes)
    count = len(task.model.parameters())
    print(f"network: {described(task.model, task.widths)}, {count} parameters, seed {seed}")


def _fit(task: _Task, options: argparse.Namespace, history: nn.History) -> None:
    """Train the network, and note in the history what came of it."""
    parameters, course = task.model.parameters(), task.course
    penalised = options.l1 or options.l2
    nn.fit(
        task.model,
        task.learning,
        nn.cross_entropy if task.dataset.class_names else nn.mse,
        OPTIMIZERS[course.optimizer](parameters, lr=course.rate),
        epochs=course.epochs,
        batch_size=len(task.learning) if task.source == "house" else 16,
        held_out=task.held_out,
        schedule=SCHEDULES[course.schedule](course.rate, course.epochs),
        penalty=partial(nn.elastic_net, weights(task.model), options.l1, options.l2) if penalised else None,
        early_stopping=nn.EarlyStopping(parameters, options.patience) if options.patience else None,
        history=history,
        seed=options.seed,
        compiled=options.compiled or task.source == "digits",
    )


def _keep(task: _Task, path: Path) -> None:
    trained = nn.Trained(task.model, task.scaling, task.dataset.rows([]))
    trained.save(path, data=printable(task.source))


def _report(task: _Task) -> None:
    """Print how good the network is."""
    for name, part in (("train", task.learning), ("held-out", task.held_out)):
        if part is not None:
            print(f"{name:<8}  {_quality(task.model, part, task.scaling)}")
    if isinstance(task.model, nn.MLP) and len(task.widths) == 2 and not task.dataset.class_names:
        line = _line(task.model, task.dataset, task.scaling)
        print(f"the line: {printable(task.dataset.target_name)} = {line}")


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
            encoding=options.encoding,
        )
    for name, usual in OF_TABLES.items():
        if getattr(options, name) != usual:
            raise UsageError(
                f"--{name} is for tables of your own, and {source} is read as it is; leave it out"
            )
    dataset = nn.moons(seed=options.seed) if source == "moons" else getattr(nn, source)()
    if target not in (None, dataset.target_name):
        raise UsageError(f"the target of {source} is {dataset.target_name!r}, got --target {target!r}")
    return dataset


def _scaled(source: str, parts: Sequence[nn.Dataset]) -> tuple[nn.Scaling, Sequence[nn.Dataset]]:
    """Return the scaling and the parts scaled by it; the first is learned from."""
    if source != "digits":
        return nn.standardise(*parts)
    kept = Scale(0.0, 1.0)  # pixels have one scale as they are, and some are white in every picture
    return nn.Scaling([kept] * len(parts[0].feature_names), [kept]), parts


def _widths(source: str, options: argparse.Namespace, dataset: nn.Dataset) -> list[int]:
    """Return how many features, hidden neurons in each layer, and outputs there are."""
    if options.model == "cnn":
        if source != "digits":
            raise UsageError(
                f"--model cnn looks at pictures, such as digits, got {source!r}; use --model mlp"
            )
        if options.hidden is not None:
            given = ",".join(map(str, options.hidden)) or "0"
            raise UsageError(f"--hidden {given} is for --model mlp, got --model cnn; give one of the two")
    hidden = options.hidden if options.hidden is not None else [] if source == "house" else [16, 16]
    return [len(dataset.feature_names), *hidden, len(dataset.class_names) if dataset.class_names else 1]


def _course(source: str, options: argparse.Namespace, hidden: bool, classes: bool) -> _Course:
    """Return what was asked for, and our choice for the rest."""
    if source == "digits":
        rates = {"adam": PICTURE_RATE, "sgd": CLASS_RATE}
        usual, schedule, epochs = "adam", "cosine", PICTURE_EPOCHS
    else:
        rates = {"sgd": CLASS_RATE if classes else NUMBER_RATE if hidden else LINE_RATE}
        usual, schedule, epochs = "sgd", "constant", EPOCHS if hidden or classes else LINE_EPOCHS
    optimizer = options.optimizer or usual
    rate = options.lr or rates.get(optimizer, OTHER_RATE)
    return _Course(optimizer, rate, options.schedule or schedule, options.epochs or epochs)


def _quality(model: Network, part: nn.Dataset, scaling: nn.Scaling) -> str:
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
    return _digits(intercept) + "".join(
        f" {'-' if m < 0 else '+'} {_digits(abs(m))}·{printable(name)}" for m, name in terms
    )


def _digits(x: float) -> str:
    """Return a number with 9 significant digits at least, so that none becomes 0 by its unit."""
    return f"{x:.8f}" if x == 0 or 1 <= abs(x) < 1e8 else f"{x:.9g}"


def _pictures_of_training(
    model: Network, parts: Sequence[nn.Dataset], scaling: nn.Scaling, history: nn.History
) -> list[Picture]:
    """Return the pictures of a model that has learned from the first part; others were held out."""
    dataset, *others = parts
    pictures: list[Picture] = []
    curves = {"train": history.train_loss, "held-out": history.held_out_loss}
    if history.train_loss:
        together = ", and the two curves stay together" if history.held_out_loss else ""
        loss = Drawn(LOSS, f"the loss after each epoch: it should fall{together}")
        pictures.append((loss, lambda path: figure(path, viz.plot_history, curves)))
    if isinstance(model, nn.Sequential):
        kernels = Drawn(KERNELS, "what each kernel looks for: it answers where a picture is like it")
        return [*pictures, (kernels, lambda path: figure(path, plot_kernels, model))]
    outputs = dataset.class_names or [dataset.target_name]
    network = Drawn(NETWORK, "every neuron and weight: thick lines weigh much, dashed ones are negative")
    drawn = partial(viz.draw_network, model, inputs=dataset.feature_names, outputs=outputs)
    pictures.append((network, lambda path: drawn().save(path)))
    if len(dataset.feature_names) == 2 and dataset.class_names:

        def predict(point: list[float]) -> Any:
            return nn.predict(model, [scaling.row(point)])[0]

        plot = partial(
            viz.plot_decision_boundary,
            held_out=next(((part.features, part.targets) for part in others), ((), ())),
            inputs=dataset.feature_names,
            classes=dataset.class_names,
        )
        boundary = Drawn(BOUNDARY, "which class the network sees at every point of the plane, and how surely")
        pictures.append(
            (boundary, lambda path: figure(path, plot, predict, dataset.features, dataset.targets))
        )
    return pictures
