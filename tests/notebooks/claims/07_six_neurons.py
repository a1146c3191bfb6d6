"""What notebook 07 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-06
assert len(pictures) == (1 + 6 + 1) + (1 + 6) + 6

# %% cell-26
assert abs(with_slope - delta[4]) < 1e-15
assert printed > 4 * delta[4]

# %% cell-30
assert rule[1] < 0 < delta[1]

# %% cell-32
assert len(gaps) == 14
assert max(gaps) < 1e-15

# %% cell-34
assert before < after < target[0]

# %% cell-36
from itertools import pairwise

assert all(after < before for before, after in pairwise(history.train_loss))
