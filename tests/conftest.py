"""Options of the whole suite."""

import pytest

from autograd.cpython import specialise


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--plain", action="store_true", help="run with the engine as it is read, without generated recorders"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--plain"):
        specialise.switch_off()
