"""A compiled function as a C file: compiled as a program of its own, it prints what the function returns."""

import re
import shutil
import subprocess
from math import nan
from pathlib import Path

import numpy as np
import pytest

import nn
from autograd import Value, compile, export_c
from tests.autograd.compiler.closeness import assert_close

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler with its own libraries")


def printed(model: Path, main: str) -> list[float]:
    """Return what a program with this `main` prints, built as the comment in the file says."""
    own = model.with_name("main.c")
    own.write_text(main)
    program = model.with_name("program")
    flags = ["-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-Werror"]
    subprocess.run([COMPILER, *flags, str(model), str(own), "-lm", "-o", str(program)], check=True)
    return [float(line) for line in subprocess.run([program], capture_output=True, check=True).stdout.split()]


def listed(numbers: np.ndarray) -> str:
    return ", ".join(map(repr, numbers.ravel().tolist()))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_example_in_the_comment_computes_what_the_function_does(tmp_path: Path, dtype: str) -> None:
    model = nn.MLP(3, [4, 2], activation="tanh", seed=5)
    step = compile(lambda x: model(x), model.parameters(), dtype=dtype)
    x = np.array([[0.5, -1.0, 2.0]], dtype)
    step(x)
    export_c(step, tmp_path / "model.c")
    text = (tmp_path / "model.c").read_text()
    assert text.startswith("/*\nA function of 3 numbers an example, with 2 results for an example.\n")
    example = text[: text.index("*/")]
    main = "\n".join(line[4:] for line in example[example.index("    #include") :].splitlines())
    found = printed(tmp_path / "model.c", main.replace("{0}", "{0.5, -1.0, 2.0}"))
    assert_close(found, step(x)[0], 1e-15 if dtype == "float64" else 1e-6)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_batch_of_many_chunks_has_the_value_and_gradient_of_the_function(tmp_path: Path) -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=5)
    step = compile(lambda x, y: (model(x) - y) ** 2, model.parameters(), dtype="float64")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(70, 2)), rng.normal(size=70)
    value, gradient = step.value_and_grad(x, y)
    export_c(step, tmp_path / "model.c", training=True)
    main = f"""
        #include <stdio.h>
        extern const double PARAMETERS[];
        void evaluate(long, const double *, const double *, const double *, double *);
        int main(void) {{
          double x[] = {{{listed(x)}}}, y[] = {{{listed(y)}}};
          double results[{1 + len(gradient)}];
          for (int twice = 0; twice < 2; twice++) evaluate(70, x, y, PARAMETERS, results);
          for (int n = 0; n < {1 + len(gradient)}; n++) printf("%.17g\\n", results[n]);
        }}"""
    assert_close(printed(tmp_path / "model.c", main), [value, *gradient], 1e-14)


@pytest.mark.parametrize("in_rows", [True, False])
def test_an_empty_batch_is_no_batch_before_it_and_no_name_but_those_told_is_taken(
    tmp_path: Path, in_rows: bool
) -> None:
    w = Value(0.5)
    step = compile(lambda x: [x * w] if in_rows else x * w, [w], dtype="float64")
    step([1.0])
    export_c(step, tmp_path / "model.c")
    main = """
        #include <stdio.h>
        extern const double PARAMETERS[];
        void evaluate(long, const double *, const double *, double *);
        int help(void) { return 1; }
        int lanes(void) { return 2; }
        int replay(void) { return 3; }
        int main(void) {
          double x[] = {4.0}, result = 7.0;
          for (int batch = 1; batch >= -1; batch--) {
            evaluate(batch, x, PARAMETERS, &result);
            printf("%g\\n", result);
          }
          printf("%d\\n", help() + lanes() + replay());
        }"""
    of_none = 2.0 if in_rows else nan
    np.testing.assert_array_equal(printed(tmp_path / "model.c", main), [2.0, of_none, of_none, 6.0])


def test_what_cannot_be_exported_is_told(tmp_path: Path) -> None:
    w = Value(1.0)
    step = compile(lambda x: [x * w], [w])
    with pytest.raises(ValueError, match="has not been called yet"):
        export_c(step, tmp_path / "model.c")
    step([1.0])
    with pytest.raises(TypeError, match="a training step needs a function that returns one scalar"):
        export_c(step, tmp_path / "model.c", training=True)
    with pytest.raises(FileNotFoundError):
        export_c(step, tmp_path / "nowhere" / "model.c")
    assert list(tmp_path.iterdir()) == []


def test_the_file_has_no_name_of_a_user(tmp_path: Path) -> None:
    secret = Value(1.0, label="secret")
    step = compile(lambda hidden: hidden * secret, {"secret": secret})
    step([1.0])
    export_c(step, tmp_path / "model.c")
    assert not re.search("secret|hidden", (tmp_path / "model.c").read_text())
