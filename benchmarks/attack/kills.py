"""Processes killed and racing on one path: files are old or new, whole, and nothing else is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import nn
from benchmarks.attack.campaign import Campaign, one_by_one
from nn import load_run, save_run

ROOT = Path(__file__).parents[2]

WRITERS = {
    "save": "nn.save(path, nn.MLP(2, [8, 8, 1], seed=n))",
    "training": (
        "model = nn.MLP(1, [3, 1], seed=n); rows = nn.standardise(nn.house())[1][0]\n"
        "  nn.fit(model, rows, nn.mse, nn.Adam(model.parameters()), epochs=2, progress=False)\n"
        "  nn.save(path, model)"
    ),
    "drawing": "viz.player(autograd.sin(autograd.Value(float(n), label='x') ** 3 + 5), path)",
}

SCRIPT = """
import autograd, nn, viz
path = {path!r}
print("ready", flush=True)
for n in range(100_000):
  {writer}
"""


def killed(seed: int, number: int) -> str | None:
    """Kill a process, or two on one path, while it writes the same file again and again."""
    rng = Random(f"{seed} {number}")
    kind = list(WRITERS)[number % len(WRITERS)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("page.html" if kind == "drawing" else "w.safetensors")
        command = [sys.executable, "-c", SCRIPT.format(path=str(path), writer=WRITERS[kind])]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        processes = [
            subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for _ in range(rng.choice((1, 1, 2)))
        ]
        ended: list[str] = []
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        time.sleep(rng.uniform(0, 0.4))
        for process in processes:
            process.send_signal(signal.SIGKILL)
            said = process.communicate()[1].strip().rpartition("\n")[2]
            if process.returncode != -signal.SIGKILL:
                ended.append(f"{kind}: ended before it was killed, status {process.returncode}: {said}")
        broken = _read(kind, path)
        _write(kind, path)  # which takes away what the dead left
        left = sorted(other.name for other in Path(folder).iterdir() if other != path)
    if ended:
        return ended[0]
    if left:
        return f"{kind}: left {left}"
    return f"{kind}: {broken}" if broken else None


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
        import viz
        from autograd import Value

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
