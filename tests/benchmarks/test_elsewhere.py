"""The campaign of exported models notices what it is there for."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

import nn
from benchmarks.attack.compilers import commands
from benchmarks.attack.elsewhere import exported

FORMATS = {"onnx": "onnx: ", "numpy": "numpy: ", "c": "C by ", "torch": "torch: "}


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_of_another_model_is_told(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if (format == "torch" and not find_spec("torch")) or (format == "c" and not commands()):
        pytest.skip("neither PyTorch nor a compiler of C is asked for")
    right = nn.export

    def wrong(model: Any, path: Any, kind: str = "onnx", **more: Any) -> None:
        parameters = model.parameters()
        before = [parameter.data for parameter in parameters]
        for parameter in parameters:
            parameter.data += 1e-6 * (kind == format)
        right(model, path, kind, **more)
        for parameter, data in zip(parameters, before, strict=True):
            parameter.data = data

    monkeypatch.setattr(nn, "export", wrong)
    told = next(filter(None, (exported(0, number) for number in range(20))))
    assert told.startswith(FORMATS[format])
