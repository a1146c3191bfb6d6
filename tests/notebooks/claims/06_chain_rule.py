"""What notebook 06 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-01
assert y == 0.4302906126745037

# %% cell-05
assert abs(by_hand - 3.8996226007235006) < 1e-14  # the last digit is rounding

# %% cell-07
assert (y.data, x.grad) == (0.4302906126745037, 3.8996226007235006)

# %% cell-23
assert report.ok

# %% cell-28
from math import isclose

assert isclose(x.grad, 4.652563051114108)
assert isclose(x.grad, 3 * 1.2**2 * sin(1.2) + 1.2**3 * cos(1.2))
