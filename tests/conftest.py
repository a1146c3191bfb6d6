"""What the whole suite shares: its options, the settings of property tests, and a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from autograd.cpython import specialise

# A slow machine is no failure.
settings.register_profile("glassgrad", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("glassgrad")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--plain", action="store_true", help="run with the engine as it is read, without generated recorders"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--plain"):
        specialise.switch_off()


@pytest.fixture
def recorded_the_general_way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Do without generated recorders, which keep what an operation was when they were made."""
    specialise.switch_off()
    yield
    if not request.config.getoption("--plain"):
        specialise.switch_on()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start one browser for all tests of a process: Playwright refuses a second one beside it."""
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("pages are tested in a browser, and none is here: apt-get install chromium")
    sync_playwright = pytest.importorskip("playwright.sync_api").sync_playwright
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()
