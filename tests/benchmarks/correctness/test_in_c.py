"""The table of `python -m benchmarks in-c` notices what C computes otherwise, however it does."""

from __future__ import annotations

import pytest

from autograd.compiler.backends.native import toolchain
from autograd.compiler.backends.native.emit import dialect
from autograd.ops import TABLE
from benchmarks.correctness.in_c import _row

pytestmark = pytest.mark.skipif(bool(toolchain.missing()), reason="there is no C compiler")


@pytest.mark.parametrize(
    ("name", "form", "told"),
    [
        ("sin", "v_sin({})", ""),
        ("sin", "v_cos({})", " ULP at "),
        ("sin", '{} * (T)__builtin_nan("")', "that are finite lost"),
        ("log", "v_log(v_abs({}))", "that are not finite hidden"),
    ],
    ids=["right", "another", "nan", "a number beyond the domain"],
)
def test_what_is_wrong_in_c_is_told(name: str, form: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dialect.WORDS, name, form)
    row = _row(TABLE[name], 200)
    assert row.met is not bool(told)
    assert told in row.measured
