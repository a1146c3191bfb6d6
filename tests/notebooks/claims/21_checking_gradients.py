"""What notebook 21 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-05
assert message == "name 'hidden_outputs' is not defined"

# %% cell-13
assert np.allclose(claimed[2], by_engine[2])
assert np.allclose(claimed[3], by_engine[3])
assert np.allclose(factor, sigmoid(network.forward(inputs)[0, 0]))

# %% cell-15
assert gradcheck(loss, *numbers).ok

# %% cell-19
assert table.startswith("9 of 13 derivatives differ")

# %% cell-23
assert np.outer(np.ones((4, 2)), np.ones((4, 3))).shape == (8, 12)

# %% cell-25
for ours, engine in zip(claimed, by_engine, strict=True):
    assert np.abs(ours - engine).max() < 1e-14
assert report.ok

# %% cell-28
assert losses["corrected"][-1] < 1e-15 < 1e-3 < losses["the document's line"][-1]
