"""What the parts of a graph are called that no module has a name for, in the language of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Outside(Enum):
    """Where a node stands that belongs to no module."""

    BEFORE = "data"
    AFTER = "after the last weight"


@dataclass(frozen=True, slots=True)
class PartWords:
    """The words, in English where nothing else is given; `stages` names the first and the last."""

    nodes: str = "nodes"
    parameter: str = "parameter"
    parameters: str = "parameters"
    given: str = "given"
    between: str = "between"
    data: str = Outside.BEFORE.value
    after: str = Outside.AFTER.value
    stage: str = "stage {last}"
    stages: str = "stages {first}–{last}"

    def outside(self, home: Outside) -> str:
        """Return what nodes are called that belong to no module."""
        return self.data if home is Outside.BEFORE else self.after


IN_ENGLISH = PartWords()
