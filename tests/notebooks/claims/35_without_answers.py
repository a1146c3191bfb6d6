"""What notebook 35 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-01
assert (len(flowers), len(iris.feature_names)) == (150, 4)

# %% cell-05
from itertools import pairwise

losses = [spread(centres) for centres in path]
assert all(after <= before for before, after in pairwise(losses))
assert len(path) == 16

# %% cell-08
assert steepest < 1e-12

# %% cell-10
assert right == 144

# %% cell-13
assert shares[0][2] < 0.5 < 0.95 < shares[-1][2]

# %% exercise-2
assert spread(flowers) == 0
