"""Run one of the benchmarks; `python -m benchmarks NAME --help` tells its options."""

from __future__ import annotations

import argparse

from benchmarks import attack
from benchmarks.correctness import accuracy, differential, gradcheck, in_c
from benchmarks.speed import architectures, compiled, drawing, eager, page, tables

BENCHMARKS = {
    "accuracy": accuracy,
    "architectures": architectures,
    "attack": attack,
    "compiled": compiled,
    "differential": differential,
    "drawing": drawing,
    "eager": eager,
    "gradcheck": gradcheck,
    "in-c": in_c,
    "page": page,
    "tables": tables,
}


def main() -> None:
    """Parse the command line and run the benchmark it names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, benchmark in BENCHMARKS.items():
        about = (benchmark.__doc__ or "").splitlines()[0]
        benchmark.add_arguments(commands.add_parser(name, help=about, description=about))
    options = parser.parse_args()
    BENCHMARKS[options.name].run(options)


if __name__ == "__main__":
    main()
