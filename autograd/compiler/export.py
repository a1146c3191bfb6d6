"""Compiled programs as files for others: a graph of ONNX, Python that needs NumPy alone, or C."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from autograd.whole_file import write_whole

if TYPE_CHECKING:  # to import autograd loads no NumPy, which these do
    from autograd.compiler.backends.backend import Numbers
    from autograd.compiler.compiled import Compiled
    from autograd.compiler.trace import Trace


def export_onnx(step: Compiled, path: str | Path, *, dtype: str = "float64") -> None:
    """Write a function, recorded as in its latest call, as a graph of ONNX.

    The parameters are inside as they are now. The inputs are the arguments, each with the batch as its first
    axis; those that are shared over the batch are inside too, as they were in that call. The output `outputs`
    has a row of results for each example; an argument of that name is `outputs_` in the graph. The operators
    are those of opset 17; ONNX Runtime gives some zeros another sign. Needs the package onnx. The file
    appears whole or not at all.

    Raises ValueError before the first call, for a function that returns no list, and for another dtype than
    "float64" and "float32"; ImportError without onnx; OSError where the file cannot be written.
    """
    if not find_spec("onnx"):
        raise ImportError("export_onnx needs the package onnx: pip install 'glassgrad[onnx]'")
    if dtype not in ("float64", "float32"):
        raise ValueError(f"dtype must be 'float64' or 'float32', got {dtype!r}")
    import numpy as np

    from autograd.compiler.backends.onnx.graph import Graph

    trace, vector = _rows(step)
    graph = Graph(trace.program(exact=True), vector, np.dtype(dtype))
    write_whole(path, graph.model.SerializeToString())


def export_python(step: Compiled, path: str | Path) -> None:
    """Write a function, recorded as in its latest call, as a Python file that needs NumPy alone.

    Its function `outputs` takes the arguments, each with the batch as its first axis, and returns a row of
    results for each example; `parameters` holds their numbers as they are now. It refuses other shapes than
    those of the latest call, and batches of unequal sizes. The file appears whole or not at all. Errors as in
    `export_onnx`.
    """
    from autograd.compiler.arguments import told_apart
    from autograd.compiler.backends.source.program import FUNCTIONS, IN_FILE, source
    from autograd.compiler.backends.source.script import array_text, script

    trace, vector = _rows(step)
    program = source(trace.program(exact=True))
    names = ", ".join(trace.arguments)
    # In a function of its own, for arguments may have any name.
    [computed] = told_apart(
        ["rows_of"], [*trace.arguments, *program.functions, *program.tables, *FUNCTIONS, *IN_FILE]
    )
    lines = [
        f"def {computed}(*arguments):",
        f"    shapes = {trace.arguments}  # of an example",
        "    arrays = [np.asarray(argument, float) for argument in arguments]",
        "    batch = arrays[0].shape[:1]",
        "    for name, array in zip(shapes, arrays):",
        "        if array.shape[1:] != shapes[name] or not array.ndim:",
        '            wanted = f"the batch as its first axis and an example in the shape {shapes[name]}"',
        '            raise ValueError(f"{name} must have {wanted}, got the shape {array.shape}")',
        "        if array.shape[:1] != batch:",
        '            told = f"{len(arrays[0])} and {len(array)}"',
        '            raise ValueError(f"every argument needs the same number of examples, got {told}")',
        '    with np.errstate(all="ignore"):  # what is not selected may be nan',
        "        rows = replay(*arrays, parameters)",
        "    return np.broadcast_to(rows, (*batch, rows.shape[-1]))",
        "\n",
        f"def outputs({names}):",
        '    """Return a row of results for each example; the batch is the first axis of an argument."""',
        f"    return {computed}({names})",
    ]
    text = script(program, parameters=array_text(vector), more="\n".join(lines))
    write_whole(path, text.encode())


def export_c(step: Compiled, path: str | Path, training: bool = False) -> None:
    """Write a compiled function, recorded as in its latest call, to a C file that needs nothing else.

    A comment at its head shows how to call it. The parameters are in it as they are now. It computes what the
    function returns; with `training` also the gradient, and takes the steps of SGD or Adam. Where something
    is not finite a result may be nan that the function itself, asking its exact program, would know.

    Raises ValueError if the function has not been called yet, TypeError if `training` is asked of one that
    returns a list.
    """
    from autograd.compiler.backends.native.export import exported

    trace, vector = step.of_function(), step.last_vector()
    if training and trace.structure is not None:
        raise TypeError(f"a training step needs a function that returns one scalar, and {step!r} does not")
    trace.check_takes_batch()
    along = range(len(step.parameters)) if training else None
    text = exported(trace.differentiated(along).program(ragged=True), vector, training)
    write_whole(path, text.encode("ascii"))


def _rows(step: Compiled) -> tuple[Trace, Numbers]:
    """Return the recording of a function and its vector. Raises ValueError unless it gives rows."""
    trace = step.of_function()
    if trace.structure is None:
        raise ValueError(
            "the function returns one scalar, and what is exported gives a row for each example: compile one "
            "that returns a list, and call it once"
        )
    trace.check_takes_batch()
    return trace, step.last_vector()
