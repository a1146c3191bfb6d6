"""What is true of the notebook, asserted after the cell that is named: the reader runs both in turn."""

# %% first-trap
assert x.grad == 1

# %% added
assert x.grad == 7

# %% second-trap
assert visits == 2**16 - 1

# %% once
assert (for_seven, backward(y), x.grad) == (7, 18, 7 * 2**15)

# %% learns
assert error.data < 1e-3

# %% agree
assert all(abs(a.grad - b.grad) < 1e-15 for a, b in zip(ours, theirs, strict=True))
