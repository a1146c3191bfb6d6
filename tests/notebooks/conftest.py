"""A notebook that a test module names, run once with the right answers that the module gives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.notebooks import reader


@pytest.fixture(scope="module")
def read(request: pytest.FixtureRequest) -> tuple[dict[str, Any], list[str]]:
    """Return what the cells of the module's `NAME` define, with its `ANSWERS`, and what they printed."""
    return reader.run_answered(request.module.NAME, request.module.ANSWERS)


@pytest.fixture(scope="module")
def names(read: tuple[dict[str, Any], list[str]]) -> dict[str, Any]:
    return read[0]


@pytest.fixture(scope="module")
def told(read: tuple[dict[str, Any], list[str]]) -> list[str]:
    return read[1]
