"""What notebook 34 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-01
assert perceptron(1.0, 1.0, -1.5) == [0, 0, 0, 1]

# %% cell-03
assert found.count((0, 1, 1, 0)) == 0 < found.count((0, 0, 0, 1)) < found.count((0, 1, 1, 1))

# %% cell-05
assert xor == [0, 1, 1, 0]

# %% cell-10
for boxes, error in errors.items():
    assert error <= 6 / boxes / 2 + 1e-9  # the slope of a sine is at most 1
    assert boxes == 80 or 0.4 < errors[2 * boxes] / error < 0.6

# %% cell-13
assert worst(curves[4]) < worst(curves[2]) < worst(curves[1])
# A thousand steps amplify the last bit of the processor's tanh: 0.031 to 0.036 for first weights that differ
# by 1e-12.
assert 2 / 3 < worst(curves[4]) / errors[80] < 3 / 2

# %% cell-15
assert [round(curves[4](x), 1) for x in (3.0, 9.0, 12.0)] == [0.1, 1.2, 1.3]
assert abs(curves[4](12.0) - sin(12.0)) > 1
