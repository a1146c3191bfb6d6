"""A compiled function as a C file of its own, to take along to where there is no Python."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.arrays.program import Program
from autograd.compiler.backends.native.emit.dialect import number
from autograd.compiler.backends.native.emit.text import c_text

COMMENT = """/*
{about}

Compile it with: cc -O3 -march=native -ffp-contract=off -fno-math-errno -c FILE, and link with -lm.
The results for a batch of at least 1 example, here of one; one thread at a time may make a call:

    #include <stdio.h>
    extern const {type} PARAMETERS[{parameters}];
    void evaluate(long batch, {types}, const {type} *parameters, {type} *results);

    int main(void) {{
      {type} {arrays}, results[{room}];
      evaluate(1, {names}, PARAMETERS, results);
      for (int n = 0; n < {results}; n++) printf("%.17g\\n", results[n]);
    }}
*/
"""

TRAINING = """
Results are the {mean} over the batch, and its derivative along each parameter. `train`, near the end of the
file, takes steps of descent by itself, over rows that lie one after the other."""


def exported(program: Program, vector: NDArray[np.generic], training: bool) -> str:
    """Return the text of the file; with `training`, the program is that of a value and its gradient."""
    text = c_text(program, vector.dtype, training)
    kind = "double" if vector.dtype == np.float64 else "float"
    sizes = [array.size for array in program.arguments]
    names = [f"x{n}" for n in range(len(sizes))]
    each = "an example" if text.rows else "a batch"
    counts = " and ".join(map(str, sizes))
    about = f"A function of {counts} numbers an example, with {text.results} results for {each}."
    if training:
        about += TRAINING.format(mean="mean" if program.mean else "sum")
    comment = COMMENT.format(
        about=about,
        type=kind,
        parameters=max(1, len(vector)),
        types=", ".join(f"const {kind} *{name}" for name in names),
        arrays=", ".join(f"{name}[{max(1, size)}] = {{0}}" for name, size in zip(names, sizes, strict=True)),
        names=", ".join(names),
        room=text.results,
        results=text.results,
    )
    numbers = ", ".join(number(x) for x in vector.tolist()) or "0"
    arguments = "".join(f"const T *{name}, " for name in names)
    return f"""{comment}#define FOR_PYTHON static __attribute__((unused))
{text.source}
/* As they were when this was written. */
const T PARAMETERS[] = {{{numbers}}};

/* The results for a batch, whose examples lie row by row; nan where there is none to add up. */
void evaluate(long batch, {arguments}const T *parameters, T *results) {{
  if (batch < 1) {{
    for (int n = 0; n < RESULTS && !IN_ROWS; n++) results[n] = (T)__builtin_nan("");
    return;
  }}
  static T shared[SHARED + 1], sums[SUMS + 1];
  static V memory[MEMORY + 1];
  const T *arguments[] = {{{", ".join(names)}}};
  Call call = {{batch, arguments, parameters, shared, results}};
  replay(&call, sums, memory);
}}
"""
