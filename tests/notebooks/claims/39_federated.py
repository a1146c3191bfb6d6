"""What notebook 39 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% predict
assert abs((first + second) / 2 - whole).max() < 1e-9

# %% cell-07
assert together > averaged[1] > averaged[10] > sorted(alone)[3]
assert averaged[5] > max(alone)

# %% cell-09
assert lonely < 0.25
assert curves["two digits each"][-1] > 0.75
assert curves["alike"][-1] > curves["two digits each"][-1] + 0.03
assert curves["alike"][9] > curves["two digits each"][9] + 0.1

# %% cell-11-read
assert len(begin) == 1210
assert abs(read - secret).max() < 1e-6
