"""What notebook 22 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-05
assert (len(train), len(test)) == (719, 359)

# %% cell-07
assert len(model.parameters()) == 64 * 16 + 16 + 16 * 10 + 10

# %% cell-11
assert 0.001 < rates(7) < 0.002

# %% cell-13
assert share > 0.95

# %% cell-15
right = sum(counts[digit][digit] for digit in range(10))
assert sum(map(sum, counts)) == len(test)
assert right == round(share * len(test))

# %% cell-18
assert len(wrong) == len(test) - right

# %% cell-24
assert plain_share >= 0.93
