"""What notebook 02 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-03
assert slope_x(1.5, -0.5) == 2 * 1.5
assert slope_y(1.5, -0.5) == 2 * -0.5

# %% cell-07
assert abs(steepest - direction) <= 0.5

# %% bowl-path
from itertools import pairwise

steps = [((a - c) ** 2 + (b - d) ** 2) ** 0.5 for (a, b), (c, d) in pairwise(path)]
assert steps == sorted(steps, reverse=True)
assert bowl(*path[-1]) < 1e-3

# %% cell-11
assert [round(v, 12) for p in descend(J, (3.0, 3.0), rate=0.1, steps=2)[1:] for v in p] == [
    2.4,
    1.8,
    1.92,
    1.08,
]

# %% cell-13
for point, printed in zip(path[1:], [(-2.4, -1.8), (-1.92, -1.08)], strict=True):
    assert max(abs(a - b) for a, b in zip(point, printed, strict=True)) < 1e-12
assert abs(J(*path[1]) - 12.24) < 1e-12
assert abs(J(*path[2]) - 6.0192) < 1e-12

# %% cell-15
assert there == (6.0, 12.0)
assert here == (-6.0, -12.0)

# %% cell-19
assert all(after < before for before, after in pairwise(losses))

# %% cell-23
assert hill(*path[-1]) < 0.1 < hill(*path[0])

# %% cell-25
assert hill(*path[-1]) > 0.999

# %% flat
assert grad(J, argnums=(0, 1))(0.0, 0.0) == (0, 0)
