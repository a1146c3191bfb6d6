"""What the tests of plots share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def figures() -> Iterator[None]:
    """Draw without a screen, and close every figure afterwards."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    yield
    pyplot.close("all")
