"""What the tests of plots share, and those of pages in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from viz.player.page import Player, player

Open = Callable[..., Any]
READY = "#player:not([hidden])"


@pytest.fixture
def figures() -> Iterator[None]:
    """Draw without a screen, and close every figure afterwards."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    yield
    pyplot.close("all")


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Open what is to be played as a file, in a page that must not complain or ask for anything else."""
    contexts: list[Any] = []
    complaints: list[str] = []
    requests: list[str] = []

    def opened(played: Any, fragment: str = "", **options: Any) -> Any:
        context = browser.new_context(**{"reduced_motion": "reduce", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: requests.append(request.url))
        path = tmp_path / f"{len(contexts)}.html"
        (played if isinstance(played, Player) else player(played)).save(path)
        page.goto(path.as_uri() + fragment)
        page.wait_for_selector(READY)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
    assert all(url.startswith("file://") and url.split("#")[0].endswith(".html") for url in requests)
    assert len(requests) == len(contexts)
