"""The command line itself: what may be typed, and the answer to what goes wrong."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn, TextIO, cast

import autograd
from glassgrad.demo import MOONS, demo
from glassgrad.networks import MODELS
from glassgrad.option_numbers import positive, temperature, whole, widths
from glassgrad.output import Lasting, UsageError, complain, message_of, report_files
from glassgrad.predict import evaluate, predict
from glassgrad.trace import trace
from glassgrad.train import (
    CLASS_RATE,
    EPOCHS,
    LINE_EPOCHS,
    LINE_RATE,
    NAMED,
    NUMBER_RATE,
    OF_TABLES,
    OPTIMIZERS,
    OTHER_RATE,
    PICTURE_EPOCHS,
    PICTURE_RATE,
    SCHEDULES,
    train,
)
from glassgrad.write import COUNT, KINDS, MODEL, NAMES, write
from viz.text import printable

OUT = "glassgrad-out"
WRITTEN = f"{OUT}/written"
"""Where `write` writes, so that its weights do not take the place of those of `train`."""

ASKING = {"predict": predict, "evaluate": evaluate}

ABOUT = "Trace an expression, train a network, see both drawn; let one write names."

EXAMPLES = """examples:
  glassgrad demo
  glassgrad trace "sin(x**3 + 5)" x=1.2
  glassgrad trace "relu(w*x + b)" w=-2 x=3 b=1 --out neuron
  glassgrad train iris
  glassgrad train house
  glassgrad train digits --model cnn
  glassgrad train flowers.csv --target species --hidden 8,8 --epochs 50
  glassgrad write names
  glassgrad predict glassgrad-out/weights.safetensors more_flowers.csv
"""


def _language() -> str:
    """Return the language that the terminal is set to, as far as there are words in it."""
    found = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if found.startswith("zh") else "en"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        if found := re.search(r"argument (?:.*/)?(--[a-z-]+): expected one argument", message):
            message += f"; one that begins with - is written {found[1]}=-…"
        self.exit(2, f"{self.prog}: {printable(' '.join(message.split()))}; see {self.prog} --help\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        print(message, end="", file=file or sys.stderr, flush=True)  # argparse would not tell that it failed


def _parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog="glassgrad", description=ABOUT, epilog=EXAMPLES, formatter_class=shape)
    parser.add_argument("--version", action="version", version=f"glassgrad {autograd.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    separator: dict[str, Any] = {
        "type": lambda text: "\t" if text in ("tab", "\\t") else text,
        "metavar": "CHARACTER",
        "help": "what separates the cells: , ; | tab (default: what fits)",
    }
    encoding: dict[str, Any] = {
        "metavar": "NAME",
        "help": "of the file, such as latin-1 or utf-16 (default: utf-8)",
    }

    def command(name: str, about: str, examples: str, *, out: str = OUT) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name, help=about, description=about, epilog=f"examples:\n{examples}", formatter_class=shape
        )
        if out:
            sub.add_argument(
                "--out", type=Path, default=Path(out), metavar="DIR", help=f"where to write (default: {out})"
            )
        return sub

    sub = command(
        "trace",
        "print and draw the forward and the backward pass of an expression",
        '  glassgrad trace "sin(x**3 + 5)" x=1.2\n'
        '  glassgrad trace "relu(w*x + b)" w=-2 x=3 b=1 --out neuron\n'
        '  glassgrad trace "tanh(x)" x=1 --lang zh --gif --png',
    )
    sub.add_argument(
        "--lang",
        choices=("en", "zh"),
        default=_language(),
        help="the language of the page and the pictures: English or Chinese (default: that of the terminal)",
    )
    for kind, about in (("gif", "the pictures as one that moves"), ("png", "the graph in pixels")):
        sub.add_argument(
            f"--{kind}",
            dest="pixels",
            action="append_const",
            const=kind,
            default=[],
            help=f"draw {about} too",
        )
    sub.add_argument(
        "expression", help="numbers, names, + - * / **, and functions such as sin, exp, tanh, max"
    )
    sub.add_argument("assignments", nargs="*", metavar="NAME=NUMBER", help="the value of each variable")

    sub = command(
        "train",
        "train a network on a table and draw what it learned",
        "  glassgrad train iris --optimizer adam --schedule cosine --patience 10\n  glassgrad train house\n"
        "  glassgrad train digits --model cnn\n"
        "  glassgrad train flowers.csv --target species --hidden 8,8 --epochs 50",
    )
    sub.add_argument(
        "data", help=f"{', '.join(NAMED)}, or the path of a CSV file with a line of column names"
    )
    sub.add_argument(
        "--model",
        choices=MODELS,
        default="mlp",
        help="layers of neurons, or for digits kernels that look at pictures (default: %(default)s)",
    )
    sub.add_argument("--target", metavar="COLUMN", help="the column to predict (default: the last one)")
    sub.add_argument(
        "--classes",
        choices=["auto", "yes", "no"],
        default=OF_TABLES["classes"],
        help="whether the target is a class; auto: text is, and numbers 0 … k-1 or 1 … k are, "
        "all of them, for k ≤ 20 and at least 2k rows",
    )
    sub.add_argument(
        "--ignore",
        action="append",
        default=OF_TABLES["ignore"],
        metavar="COLUMN",
        help="leave a column out; may be repeated",
    )
    sub.add_argument("--separator", default=OF_TABLES["separator"], **separator)
    sub.add_argument("--encoding", default=OF_TABLES["encoding"], **encoding)
    sub.add_argument(
        "--text",
        choices=["error", "one-hot"],
        default=OF_TABLES["text"],
        help="what a feature that is text is: an error, or a column of 0 and 1 for each text",
    )
    sub.add_argument(
        "--missing",
        choices=["error", "drop", "mean"],
        default=OF_TABLES["missing"],
        help="what a missing value is: an error, a row to leave out, or the mean of its column",
    )
    sub.add_argument(
        "--hidden",
        type=widths,
        metavar="N,N",
        help="neurons of each hidden layer, 0 for none (default: 16,16; house: none)",
    )
    sub.add_argument(
        "--epochs",
        type=whole,
        metavar="N",
        help=f"passes over the data (default: {EPOCHS}; for a straight line {LINE_EPOCHS}; "
        f"digits: {PICTURE_EPOCHS})",
    )
    sub.add_argument(
        "--lr",
        type=positive,
        metavar="X",
        help=f"learning rate (default with sgd: {NUMBER_RATE} for numbers, {CLASS_RATE} for classes, "
        f"{LINE_RATE} for a straight line; with others: {OTHER_RATE}; digits with adam: {PICTURE_RATE})",
    )
    sub.add_argument("--optimizer", choices=OPTIMIZERS, help="default: sgd; digits: adam")
    sub.add_argument(
        "--schedule", choices=SCHEDULES, help="of the learning rate (default: constant; digits: cosine)"
    )
    for name, effect in (("l1", "brings the useless ones close to 0"), ("l2", "keeps them small")):
        about = f"strength of the {name.upper()} penalty on weights, not biases; it {effect} (default: none)"
        sub.add_argument(f"--{name}", type=positive, default=0.0, metavar="X", help=about)
    sub.add_argument(
        "--patience",
        type=whole,
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
        help="replay the scalar program in C, or by NumPy where no C compiler is found: the same numbers "
        "up to rounding, many times faster (digits: always)",
    )

    sub = command(
        "write",
        "train a model of characters on lines of text, and let it write lines of its own",
        "  glassgrad write names\n  glassgrad write names --model rnn --steps 500 --out rnn\n"
        "  glassgrad write towns.txt --temperature 0.7 --top-k 5 --count 50",
        out=WRITTEN,
    )
    sub.add_argument("text", help=f"{NAMES}, or the path of a text file, of which each line is an example")
    sub.add_argument("--model", choices=KINDS, default=MODEL, help="default: %(default)s")
    sub.add_argument(
        "--steps",
        type=whole,
        metavar="N",
        help="steps of the training in all; with the run in DIR of an earlier call it goes on up to there "
        f"(default: {', '.join(f'{kind.steps} for {name}' for name, kind in KINDS.items())})",
    )
    sub.add_argument(
        "--temperature",
        type=temperature,
        default=1.0,
        metavar="T",
        help="below 1 for what is likely, 0 for the likeliest alone, above 1 for more surprises "
        "(default: %(default)s)",
    )
    sub.add_argument(
        "--top-k", type=whole, metavar="K", help="draw from the K likeliest characters (default: from all)"
    )
    sub.add_argument(
        "--count",
        type=whole,
        default=COUNT,
        metavar="N",
        help="how many lines it writes (default: %(default)s)",
    )
    sub.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="fixes weights, split, order and what is drawn (default: %(default)s)",
    )

    for name, about, more in (
        ("predict", "predict the target of each row of a table", " --out predictions.csv --probabilities"),
        ("evaluate", "tell how well a trained network predicts the target of a table", ""),
    ):
        sub = command(
            name, about, f"  glassgrad {name} glassgrad-out/weights.safetensors flowers.csv{more}", out=""
        )
        sub.add_argument("weights", help="the weights.safetensors that `glassgrad train` wrote")
        sub.add_argument("table", help="the path of a CSV file with the columns that it was trained on")
        sub.add_argument("--separator", **separator)
        sub.add_argument("--encoding", **encoding)
        sub.add_argument(
            "--missing",
            choices=["error", "mean"],
            default="error",
            help="what a missing number is: an error, or the mean of training (default: %(default)s)",
        )
        if name == "predict":
            sub.add_argument(
                "--out", type=Path, metavar="FILE", help="where to write the table (default: print it)"
            )
            sub.add_argument("--probabilities", action="store_true", help="add the probability of each class")

    command(
        "demo",
        "trace and draw a small network, then train one on two moons",
        "  glassgrad demo --out pictures",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 0, 2 for what cannot be done, 130 after Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that no terminal can show is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    with redirect_stderr(cast(TextIO, Lasting(sys.stderr))):
        try:
            return _answered(sys.argv[1:] if arguments is None else list(arguments))
        finally:
            if sys.stdout is not None:
                Lasting(sys.stdout).flush()


def _answered(given: list[str]) -> int:
    """Run the command line, and answer what goes wrong in one line."""
    try:
        with warnings.catch_warnings():  # what a library mutters is not for who trains a network
            warnings.simplefilter("ignore")
            status = _run(given)
            sys.stdout.flush()
    except BrokenPipeError:
        complain("the output is read no further, so nothing more is done")
        return 2
    except (ValueError, OSError, ArithmeticError, MemoryError, RuntimeError) as error:
        complain(message_of(error))
        return 2
    except KeyboardInterrupt as stop:
        complain(str(stop) or "stopped; no file is half-written")
        return 130
    return status


def _run(given: list[str]) -> int:
    options = _parsed(given)
    if sys.stdout is None:
        raise UsageError("standard output is closed; send it somewhere, such as > /dev/null")
    if options.command == "trace":
        drawn = trace(options.expression, options.assignments, options.out, options.lang, options.pixels)
    elif options.command in ASKING:
        ASKING[options.command](options)
        return 0
    elif options.command == "train":
        drawn = train(options.data, options, options.out)
    elif options.command == "write":
        drawn = write(options.text, options, options.out)
    else:
        drawn = demo(options.out, _parser().parse_args(MOONS))
    report_files(options.out, drawn)
    return 0 if drawn else 2


_OPTION = re.compile(r"-h$|--$|--[a-z][a-z]+(=.*)?$", re.DOTALL)


def _parsed(given: list[str]) -> argparse.Namespace:
    """Return what was typed. By itself argparse takes assignments in one stretch, with no option inside."""
    parser = _parser()
    options, left = parser.parse_known_args(_keeping_expressions(given))
    if options.command == "trace":
        options.assignments += [text for text in left if not _OPTION.match(text)]
        left = [text for text in left if _OPTION.match(text) and text != "--"]
    if left:
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    return options


def _keeping_expressions(given: list[str]) -> list[str]:
    """Put a space before what argparse would take for an option: a command -v, an expression -(x + 1)."""
    kept = [
        f" {text}" if text[:1] == "-" and before != "--out" and not _OPTION.match(text) else text
        for before, text in pairwise(["", *given])
    ]
    return kept if given[:1] == ["trace"] else [*kept[:1], *given[1:]]
