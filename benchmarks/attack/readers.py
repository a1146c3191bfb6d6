"""What reads: formulas, tables, weights, the command line. Bad input gets one line, and nothing is left."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from functools import cache
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


CELLS = (
    "1",
    "2.5",
    "-3e5",
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
    """Read a random table: a Dataset of finite numbers, or one line of DataError."""
    rng = Random(f"{seed} {number}")
    between = rng.choice((",", ";", "\t", "|", " "))
    columns = rng.randint(1, 5)
    rows = [
        between.join(rng.choice(CELLS[:3] if rng.random() < 0.8 else CELLS) for _ in range(columns))
        for _ in range(rng.randint(0, 12))
    ]
    names = [rng.choice(("a", "b", "c", "d", "", "a", '"x,y"', "é")) for _ in range(columns)]
    content = rng.choice(("\n", "\r\n", "\r")).join([between.join(names), *rows]).encode()
    if rng.random() < 0.3:
        content = bytes(b if rng.random() < 0.97 else rng.randrange(256) for b in content)
    options: dict[str, object] = {
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
    finite = all(abs(x) < float("inf") for row in data.features for x in row)
    return None if finite else f"{content!r} with {options}: not finite"


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
    if number < len(whole):
        content, what = whole[:number], f"cut at byte {number}"
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


ARGUMENTS = """
trace train write predict evaluate demo sin(x) x=1 x=nan --help --gif --png --out names digits nofile.csv
--hidden 0 -1 4,4 --lr nan --epochs 999999999999999999999 --seed --model cnn tanh --lang zh xx --steps 1e9
--target q --classes --text one-hot é --batch --top-k --temperature inf log(x) 1/0 x**x **
"""


def command_line(seed: int, number: int) -> str | None:
    """Run the command with random arguments: status 0, or 2 with a line or the usage, and nothing written."""
    rng = Random(f"{seed} {number}")
    arguments = [rng.choice(ARGUMENTS.split()) for _ in range(rng.randint(0, 5))]
    if any(a in ("demo", "write", "digits") for a in arguments):  # those may do real work: only told wrongly
        arguments += ["--no-such-option"]

    # Of address space, of which much is never touched. By the shell: a child's own code before it runs would
    # make Python fork, which libraries with threads warn of.
    limited = ["sh", "-c", f'ulimit -v {4 * MEGABYTES << 10} && exec "$@"', "sh"]
    with TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [*limited, sys.executable, "-m", "glassgrad", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        left = sorted(path.name for path in Path(folder).iterdir())
    if "Traceback" in done.stderr:
        return f"{arguments}: a traceback"
    if done.returncode not in (0, 2):
        return f"{arguments}: status {done.returncode}: {done.stderr[-200:]!r}"
    if done.returncode == 2 and left:
        return f"{arguments}: left {left}"
    if done.returncode == 2 and seconds > LOADING + SECONDS:
        return f"{arguments}: {seconds:.1f} s"
    return None


FORMULAS = Campaign(
    "texts read as formulas", one_by_one(formula), goal=1_000_000, sample=2_000, unit="text", at_once=1_000
)
TABLES = Campaign("tables of odd cells and bytes", one_by_one(table), goal=10_000, sample=300, unit="table")
WEIGHTS = Campaign(
    "weights cut at every byte, then bits turned over",
    one_by_one(weights),
    goal=100_000 + 1_000,
    sample=1_200,
    unit="file",
    at_once=200,
)
COMMANDS = Campaign(
    "arguments of the command line", one_by_one(command_line), goal=1_000, sample=3, unit="call", at_once=5
)
