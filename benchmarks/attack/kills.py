"""Processes killed and racing on one path: files are old or new, whole, and nothing else is left."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import RLock
from typing import Any

from tqdm import tqdm

import nn
import viz
from autograd import Value, sin
from benchmarks.attack.campaign import Campaign, one_by_one
from nn import load_run, save_run


def _save(path: Path, n: int) -> None:
    nn.save(path, nn.MLP(2, [8, 8, 1], seed=n))


def _train(path: Path, n: int) -> None:
    model = nn.MLP(1, [3, 1], seed=n)
    _, (rows,) = nn.standardise(nn.house())
    nn.fit(model, rows, nn.mse, nn.Adam(model.parameters()), epochs=2, progress=False)
    nn.save(path, model)


def _draw(path: Path, n: int) -> None:
    viz.player(sin(Value(float(n), label="x") ** 3 + 5), path)


PROCESSES = get_context("forkserver")
"""They come from one that has imported what would take most of a trial, and has no threads as this may."""

PROCESSES.set_forkserver_preload([__name__, "benchmarks.__main__"])

WRITERS: dict[str, Callable[[Path, int], None]] = {"save": _save, "training": _train, "drawing": _draw}


def killed(seed: int, number: int) -> str | None:
    """Kill a process, or two on one path, while it writes the same file again and again."""
    rng = Random(f"{seed} {number}")
    kind = list(WRITERS)[number % len(WRITERS)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("page.html" if kind == "drawing" else "w.safetensors")
        pipes = [PROCESSES.Pipe(duplex=False) for _ in range(rng.choice((1, 1, 2)))]
        write = WRITERS[kind]
        processes = [PROCESSES.Process(target=_write_on, args=(write, path, ours)) for _, ours in pipes]
        for process in processes:
            process.start()
        for told, _ in pipes:
            told.recv()
        time.sleep(rng.uniform(0, 0.4))
        ended: list[str] = []
        for process, (told, _) in zip(processes, pipes, strict=True):
            process.kill()
            process.join()
            if process.exitcode != -signal.SIGKILL:
                said = told.recv() if told.poll() else "its last was written"
                ended.append(f"{kind}: ended before it was killed, status {process.exitcode}: {said}")
        broken = _read(kind, path)
        _write(kind, path)  # which takes away what the dead left
        left = sorted(other.name for other in Path(folder).iterdir() if other != path)
    if ended:
        return ended[0]
    if left:
        return f"{kind}: left {left}"
    return f"{kind}: {broken}" if broken else None


def _write_on(write: Callable[[Path, int], None], path: Path, pipe: Connection) -> None:
    """Write one file again and again; tell when that begins, and what ends it."""
    tqdm.set_lock(RLock())  # its own is shared by processes, and left behind by one that is killed
    pipe.send("ready")
    try:
        for n in range(100_000):
            write(path, n)
    except Exception as error:
        pipe.send(repr(error))
        raise SystemExit(1) from None


def _read(kind: str, path: Path) -> str | None:
    if not path.exists():  # killed before the first was whole
        return None
    if kind == "drawing":
        return None if path.read_text(encoding="utf-8").rstrip().endswith("</html>") else "half a page"
    layers = [8, 8, 1] if kind == "save" else [3, 1]
    try:
        nn.load(path, nn.MLP(2 if kind == "save" else 1, layers))
    except nn.CheckpointError as error:
        return str(error)
    return None


def _write(kind: str, path: Path) -> None:
    if kind == "drawing":
        viz.player(Value(1.0) + Value(2.0), path)
    else:
        nn.save(path, nn.MLP(1, [1]))


OPTIMIZERS: dict[str, Any] = {
    "SGD": lambda ps: nn.SGD(ps, 0.1),
    "Nesterov": lambda ps: nn.SGD(ps, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "Adagrad": lambda ps: nn.Adagrad(ps),
    "RMSprop": lambda ps: nn.RMSprop(ps),
    "Adam": lambda ps: nn.Adam(ps),
    "AdamW": lambda ps: nn.AdamW(ps),
}


def resumed(seed: int, number: int) -> str | None:
    """Train with random options, whole and cut in two by a saved run: the same to the last bit."""
    rng = Random(f"{seed} {number}")
    name = rng.choice(list(OPTIMIZERS))
    epochs, cut = 6, rng.randint(1, 5)
    _, (rows,) = nn.standardise(nn.house())
    learn, held_out = rows.rows(range(5)), rows.rows([5, 6])
    options: dict[str, Any] = {
        "batch_size": rng.choice((1, 2, 5)),
        "held_out": held_out,
        "compiled": rng.random() < 0.3,
        "progress": False,
    }
    if rng.random() < 0.5:
        options["schedule"] = nn.schedule.cosine(0.1, epochs)
    stops = rng.random() < 0.5
    first, order = rng.randrange(100), rng.randrange(100)

    def parts() -> tuple[Any, Any, Any, Any]:
        model = nn.MLP(1, [3, 1], activation="tanh", seed=first)
        stopping = nn.EarlyStopping(model.parameters(), patience) if stops else None
        return model, OPTIMIZERS[name](model.parameters()), Random(order), stopping

    patience = rng.randint(1, 4)

    def train(
        upto: int, model: Any, optimizer: Any, generator: Any, stopping: Any, history: Any = None
    ) -> Any:
        return nn.fit(
            model,
            learn,
            nn.mse,
            optimizer,
            epochs=upto,
            seed=generator,
            early_stopping=stopping,
            history=history,
            **options,
        )

    whole = parts()
    expected = train(epochs, *whole, None)
    half = parts()
    history = train(cut, *half, None)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        model, optimizer, generator, stopping = half
        save_run(path, model, optimizer, generator, history, stopping)
        again = parts()
        history = load_run(path, again[0], again[1], again[2], again[3])
    history = train(epochs, *again, history)
    same = history.train_loss == expected.train_loss and [p.data for p in again[0].parameters()] == [
        p.data for p in whole[0].parameters()
    ]
    return None if same else f"{name}, {options}, cut after {cut}: not the same"


KILLS = Campaign(
    "kill −9 during save, training and drawing, by one process or two on one path",
    one_by_one(killed),
    goal=3_000,
    sample=3,
    unit="kill",
    at_once=3,
)
RESUMES = Campaign(
    "a training cut in two by a saved run, with random options of fit",
    one_by_one(resumed),
    goal=1_000,
    sample=40,
    unit="run",
    at_once=20,
)
