"""What notebook 05 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-07
assert abs(z1.data - (0.2 - 0.2 - 0.6 + 0.1)) < 1e-15
assert abs(z2.data - (-0.5 + 0.15 - 0.1 - 0.2)) < 1e-15

# %% cell-13
assert same.data == y.data
assert abs(y.data - 0.5526495063344778) < 1e-15

# %% cell-19
assert x[1].grad < 0 < x[0].grad < x[2].grad

# %% cell-21
assert abs(swapped(x).data - y.data) < 1e-15
