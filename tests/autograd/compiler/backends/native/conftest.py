"""Tests that compile C: skipped without a compiler; what they build stays in a folder of theirs."""

import pytest

from autograd.compiler.backends.native import toolchain


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory):
    if toolchain.missing():
        pytest.skip(toolchain.missing())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        toolchain.cache_folder.cache_clear()
        yield
    toolchain.cache_folder.cache_clear()
