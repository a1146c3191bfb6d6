"""What notebook 00 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-03
assert [round((f(3 + way) - f(3)) / way, 4) for way in (1.0, 0.1, 0.01, 0.001)] == [7, 6.1, 6.01, 6.001]

# %% cell-09
assert [grad(f)(x) for x in (-2.0, 0.0, 2.0, 3.0)] == [-4, 0, 4, 6]

# %% cell-11
assert abs((product(2.001, 5.0) - product(2.0, 5.0)) / 0.001 - 5) < 1e-9

# %% cell-13
assert abs(x - 1) < 0.004
