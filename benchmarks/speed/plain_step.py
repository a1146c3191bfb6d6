"""A step of the plainest GPT, taken on one kind of Value in a process of its own; see `demo_step`.

    python -m benchmarks.speed.plain_step ENGINE COLLECTOR

ENGINE is plain or glassgrad. The first line read is empty; the others are as those of `demo_step`.
"""

from __future__ import annotations

import sys

from benchmarks.references import plain_gpt
from benchmarks.speed.demo_step import answer


def main(engine: str, collector: str) -> None:
    """Answer the steps asked for on standard input."""
    sys.stdin.readline()
    if engine == "plain":
        from benchmarks.references.plain_value import Plain as value
    else:
        from autograd import Value as value  # type: ignore[assignment]
    answer(plain_gpt.start(value), collector)


if __name__ == "__main__":
    main(*sys.argv[1:])
