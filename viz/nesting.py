"""What lies in what: the path of clusters around each thing, such as the modules that a node lies in."""

from __future__ import annotations

import re
from collections.abc import Iterable

Path = tuple[str, ...]
"""The clusters that something lies in, the outermost first: ("layers.0", "neurons.3")."""


def shared(one: Path, other: Path) -> Path:
    """Return the clusters that both lie in."""
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    return one[:same]


def clusters(paths: Iterable[Path]) -> list[Path]:
    """Return every cluster that something lies in, each after those around it."""
    return list(dict.fromkeys(home[:level] for home in paths for level in range(1, len(home) + 1)))


def without(text: str, path: str) -> str:
    """Return a text with names that begin with a path cut short; 0.5 is no name in a module called 0."""
    return re.sub(rf"(?<![\w.]){re.escape(path)}\.(?!\d)", "", text)
