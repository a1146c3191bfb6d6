"""What reads: formulas, tables, weights, the command line. Bad input gets one line, and nothing is left."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from functools import cache
from itertools import chain
from math import isfinite
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import thread_time

import nn
from autograd.notation import expression
from benchmarks.attack.campaign import Campaign, one_by_one

SECONDS, MEGABYTES = 2.0, 500
"""What the answer to bad input may take, in time of the processor."""

LOADING = 2.0
"""What a command takes on top before it reads its arguments."""

WORDS = r"""
sin cos exp log tanh relu x y pi e inf nan where max 0 1 -1 2.5 1e308 1e999 0x10 1_000 ** * + - / // % ( ) [ ]
, . : ; = == < lambda import __class__ __import__('os') x.real x[0] f'{x}' 'a' ''' # \ 9x µ ﬁ 你 x² not and or
if else await yield := ... 9**9**9 ~ @ ! $ ` ? sin(x**3+5)
"""


def formula(seed: int, number: int) -> str | None:
    """Read a random text: a graph, or one line of ExpressionError; nothing else, and soon."""
    rng = Random(f"{seed} {number}")
    if rng.random() < 0.05:
        text = rng.choice(("(", "-", "sin(", "x+", "9", "x**", "\n")) * rng.randint(1, 3_000)
    else:
        joint, words = rng.choice(("", " ", "\n", "\u202e")), WORDS.split()
        text = joint.join(rng.choice(words) for _ in range(rng.randint(1, 12)))
    start = thread_time()
    try:
        tree = expression.parse(text)
        expression.evaluate(tree, dict.fromkeys(expression.names(tree), 0.5))
    except expression.ExpressionError as error:
        if "\n" in str(error) or len(str(error)) > 1_000:
            return f"{text!r}: the error is no line: {str(error)[:80]!r}"
    if thread_time() - start > SECONDS:
        return f"{text[:60]!r} took {thread_time() - start:.1f} s"
    return None


CELLS = ("1", "2.5", "-3e5")
ODD_CELLS = (
    "",
    "a",
    '"b',
    'c"',
    '"d,e"',
    "1,5",
    "nan",
    "?",
    "1e999",
    "\0",
    "é",
    "٣",
    " 4 ",
    "0",
)


def table(seed: int, number: int) -> str | None:
    """Read a random table: a Dataset of finite numbers and classes that are there, or one line of DataError.

    About half of the tables are read: in some every cell may be odd, in some one of a hundred, in some none.
    """
    rng = Random(f"{seed} {number}")
    between = rng.choice((",", ";", "\t", "|", " "))
    columns = rng.choice((1, 2, 2, 3, 3, 4, 5))
    odd = rng.choice((0.0, 0.01, 0.01, 0.2))
    rows = [
        between.join(rng.choice(ODD_CELLS if rng.random() < odd else CELLS) for _ in range(columns))
        for _ in range(rng.choice((0, 1, 2, 4, 8, 8, 12, 12)))
    ]
    plain = ("a", "b", "c", "d", "e")[:columns]
    names = [rng.choice(("", "a", '"x,y"', "é")) if rng.random() < odd else name for name in plain]
    content = rng.choice(("\n", "\r\n", "\r")).join([between.join(names), *rows]).encode()
    if rng.random() < odd:
        content = bytes(b if rng.random() < 0.97 else rng.randrange(256) for b in content)
    options: dict[str, object] = {
        "separator": rng.choice((None, between) if between in ",;\t" else (None, *[between] * 4)),
        "kind": rng.choice(("auto", "class", "number")),
        "text": rng.choice(("error", "one-hot")),
        "missing": rng.choice(("error", "drop", "mean")),
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(content)
        try:
            data = nn.read_csv(path, **options)  # type: ignore[arg-type]
        except nn.DataError as error:
            return f"{content!r}: no line: {str(error)!r}" if "\n" in str(error) else None
    return f"{content!r} with {options}: {wrong}" if (wrong := _unsound(data)) else None


def _unsound(data: nn.Dataset) -> str | None:
    """Return what is wrong with the numbers of a dataset that was read."""
    if not all(map(isfinite, chain.from_iterable(data.features))):
        return "features that are not finite"
    if len(data.targets) != len(data):
        return f"{len(data.targets)} targets of {len(data)} rows"
    if data.class_names is None:
        return None if all(map(isfinite, data.targets)) else "targets that are not finite"
    return None if set(data.targets) <= set(range(len(data.class_names))) else "classes without a name"


@cache
def _weights() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "w.safetensors"
        nn.save(path, nn.MLP(2, [3, 1], seed=0), {"note": "a"})
        return path.read_bytes()


def weights(seed: int, number: int) -> str | None:
    """Load weights cut at a byte, or with a bit turned over: one line of error, the model as it was."""
    whole = _weights()
    rng = Random(f"{seed} {number}")
    if number % 10 == 0:
        place = number // 10 % len(whole)
        content, what = whole[:place], f"cut at byte {place}"
    else:
        bit = rng.randrange(8 * len(whole))
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        content, what = bytes(changed), f"bit {bit} turned over"
    model = nn.MLP(2, [3, 1], seed=1)
    before = [p.data for p in model.parameters()]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "w.safetensors"
        path.write_bytes(content)
        try:
            nn.load(path, model)
        except nn.CheckpointError as error:
            if "\n" in str(error):
                return f"{what}: no line: {str(error)!r}"
            return None if before == [p.data for p in model.parameters()] else f"{what}: the model is changed"
    return f"{what} was not noticed"


ODD_ARGUMENTS = """
trace train write predict evaluate demo sin(x) x=1 x=nan --help --gif --png --out names digits nofile.csv
--hidden 0 -1 4,4 --lr nan --epochs 999999999999999999999 --seed --model cnn tanh --lang zh xx --steps 1e9
--target q --classes --text one-hot é --batch --top-k --temperature inf log(x) 1/0 x**x **
"""

USUAL: dict[str, tuple[str, tuple[str, ...], str]] = {
    "trace": ("sin(x**3+5) x=1", ("--png", "--lang zh", "--out t", "y=2", "--lang en"), ""),
    "train": (
        "t.csv",
        (
            "--hidden 0",
            "--hidden 2,2",
            "--optimizer adam",
            "--l2 0.1",
            "--target b",
            "--seed 3",
            "--compiled",
        ),
        "--epochs 2",
    ),
    "write": (
        "lines.txt --model bigram",
        ("--count 2", "--top-k 2", "--temperature 0.5", "--seed 1"),
        "--steps 2",
    ),
    "predict": (
        "w.safetensors t.csv",
        ("--out p.csv", "--missing mean", "--separator ,", "--probabilities"),
        "",
    ),
    "evaluate": ("w.safetensors t.csv", ("--missing mean", "--separator ,", "--encoding utf-8"), ""),
}
"""Of each command what it needs, what it may be given, and at the end what keeps it short."""

TABLE = "a,b,c\n" + "".join(f"{n},{n * n % 7},{n % 5}\n" for n in range(12))


def arguments(rng: Random) -> list[str]:
    """Return a command line: nine of ten are a command with what it needs, half of these odd too."""
    odd = ODD_ARGUMENTS.split()
    if rng.random() < 0.1:
        return [*[rng.choice(odd) for _ in range(rng.randint(0, 5))], "--no-such-option"]
    name = rng.choice(list(USUAL))
    needed, options, end = USUAL[name]
    given = needed.split() + " ".join(rng.sample(options, rng.randint(0, 2))).split()
    if rng.random() < 0.5:
        place = rng.randrange(len(given) + 1)
        given[place : place + rng.randint(0, 1)] = rng.choices(odd, k=rng.randint(1, 2))
    if {"names", "digits"} & set(given):  # which take minutes
        end = "--no-such-option"
    return [name, *given, *end.split()]


@cache
def _trained() -> bytes:
    """Return the file of a network that was trained on the table."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(TABLE)
        data = nn.read_csv(path, kind="number")
        scaling, _ = nn.standardise(data)
        nn.Trained(nn.MLP(2, [1], seed=0), scaling, data.rows([])).save(
            Path(folder) / "w.safetensors", data="t"
        )
        return (Path(folder) / "w.safetensors").read_bytes()


def command_line(seed: int, number: int) -> str | None:
    """Run the command: status 0, or 2 with one line and nothing written, soon."""
    given = arguments(Random(f"{seed} {number}"))
    # Of address space, of which much is never touched. By the shell: a child's own code before it runs would
    # make Python fork, which libraries with threads warn of.
    limited = ["sh", "-c", f'ulimit -v {4 * MEGABYTES << 10} && exec "$@"', "sh"]
    with TemporaryDirectory() as folder:
        files = {"t.csv": TABLE.encode(), "lines.txt": b"one\ntwo\nthree\n", "w.safetensors": _trained()}
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [*limited, sys.executable, "-m", "glassgrad", *given],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        left = {path.name: path.read_bytes() if path.is_file() else None for path in Path(folder).iterdir()}
    said = [line for line in done.stderr.replace("\r", "\n").splitlines() if line.strip()]
    told = [line for line in said if not line.startswith("training")]  # its bar
    if "Traceback" in done.stderr:
        return f"{given}: a traceback"
    if done.returncode not in (0, 2):
        return f"{given}: status {done.returncode}: {done.stderr[-200:]!r}"
    if done.returncode == 2 and len(told) != 1:
        return f"{given}: {len(told)} lines: {told}"
    if done.returncode == 2 and left != files:
        return f"{given}: left {sorted(left)}, or another content"
    if done.returncode == 2 and seconds > LOADING + SECONDS:
        return f"{given}: {seconds:.1f} s"
    return None


FORMULAS = Campaign(
    "texts read as formulas", one_by_one(formula), goal=1_000_000, sample=2_000, unit="text", at_once=1_000
)
TABLES = Campaign("tables of odd cells and bytes", one_by_one(table), goal=10_000, sample=300, unit="table")
WEIGHTS = Campaign(
    "weights cut at every byte, one trial of ten, and with bits turned over",
    one_by_one(weights),
    goal=100_000 + 1_000,
    sample=1_200,
    unit="file",
    at_once=200,
)
COMMANDS = Campaign(
    "arguments of the command line", one_by_one(command_line), goal=1_000, sample=3, unit="call", at_once=5
)
