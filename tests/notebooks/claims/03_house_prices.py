"""What notebook 03 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-05
assert abs(fsum(errors)) < 1e-12

# %% cell-09
from math import isclose

assert isclose(of_half, formula, rel_tol=1e-12)
assert isclose(of_mse, 2 * formula, rel_tol=1e-12)

# %% cell-13
along_both = grad(lambda a, b: nn.half_mse(line(a, b), houses.targets), argnums=(0, 1))(0.0, 1.0)
assert abs(along_both[1] / along_both[0] - 72.2) < 0.05
assert round(fsum(x * x for x in areas) / 7) == 5170

# %% cell-19
assert abs(theta0 - 15.58085106) < 1e-8
assert abs(theta1 - 1.31897163) < 1e-8

# %% cell-21
from math import isclose

assert abs(mse - 158.86408308) < 1e-8
assert abs(mae - 11.09078014) < 1e-8
assert isclose(nn.half_mse(best, houses.targets), mse / 2)

# %% cell-30
from itertools import pairwise

assert away["SGD"][0] < away["BGD"][0]
assert all(after < before for before, after in pairwise(away["BGD"]))

# %% cell-33
assert rested < 0.01
