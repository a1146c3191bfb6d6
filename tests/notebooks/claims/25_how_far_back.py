"""What notebook 25 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-01
assert round(h[0].data, 4) == 0.7616

# %% predict
assert 0.08 < state[0].data < 0.7616 / 8

# %% cell-05
forward, backward = (cell(second, cell(first, [0.0]))[0].data for first, second in (([1], [0]), ([0], [1])))
assert forward != backward

# %% cell-09
assert 10 < reach[0] / reach[5] < 30
assert reach[0] / reach[25] > 100_000
assert all(later > earlier for later, earlier in zip(reach, reach[5:], strict=False))

# %% cell-14
assert steps == 30
assert abs(loss_of[5]) < 0.05
assert abs(loss_of[30] - 0.693) < 0.02
