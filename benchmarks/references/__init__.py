"""The programs that the compiler is measured against, written by hand and plainly, one file for each rival.

Three programs: `moons` (micrograd's demo), `classifier` and `gpt`. The file of that name holds the data and
the network; `moons_scalar` and its like hold the program in scalars, which glassgrad runs and compiles;
`moons_numpy`, `moons_jax` and so on hold the same program as one writes it with that library. In each file
`start(model, batches)` reads the weights of a scalar model and returns a training step: a function of the
step's number, from 0, that moves its own copy of the weights and returns the loss before the move. The batch
of step k is number k, and after the last comes the first again. All of them compute the same losses.
"""
