"""Reading the steps of a player's page, as its script does."""

from __future__ import annotations

import json
import re
from typing import Any


def read(page: dict[str, Any], row: list[int]) -> dict[str, Any]:
    """Return a step: its templates, with numbers and names in their holes."""
    changed, said, *held = row

    def inside(hole: re.Match[str]) -> str:
        text = held[int(hole[1])]
        return str(text) if text >= 0 else page["names"][-1 - text]

    return {
        part: content
        for template in (changed, said)
        for part, content in json.loads(
            re.sub("\ue005(\\d+)\ue006", inside, page["templates"][template])
        ).items()
    }
