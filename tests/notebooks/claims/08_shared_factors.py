"""What notebook 08 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-10
assert sum(separate) == 20

# %% cell-13
assert shared == 10

# %% cell-18
assert counts(32) == (3136, 159)

# %% cell-20
assert paths == 4**8
# NESTED assert paths == 4 ** (layers - 2)

# %% cell-22
assert abs(sum(path.product for path in blame.paths) - weight.grad) < 1e-15

# %% cell-24
for i, parameter in enumerate(parameters):
    assert abs(jvp(loss, numbers, [float(i == j) for j in range(4)])[1] - parameter.grad) < 1e-15
# NESTED assert abs(slope - parameter.grad) < 1e-15

# %% cell-26
assert after.data < L.data
