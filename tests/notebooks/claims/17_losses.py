"""What notebook 17 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-02
assert abs(squared - (0.25 + 1 + 16) / 3) < 1e-12
assert abs(absolute - (0.5 + 1 + 4) / 3) < 1e-12

# %% cell-07
from math import inf

assert abs(nn.binary_cross_entropy([0.7], [1]) + log(0.7)) < 1e-12
assert nn.binary_cross_entropy([0.0], [1]) == inf

# %% cell-09
assert good > bad
assert -good == nn.binary_cross_entropy([0.99], [1])

# %% cell-12
assert learned["as printed"] < 0.001
assert 0.9 < learned["with the minus"] < 0.91

# %% cell-14
assert abs(nn.cross_entropy(scores, [0, 1]) - by_hand) < 1e-12
assert nn.cross_entropy(scores, [[1, 0, 0], [0, 1, 0]]) == nn.cross_entropy(scores, [0, 1])  # one-hot labels
assert softmax(far[0])[1] == 0.0

# %% cell-16
for slope, p, truth_here in zip(gradient, softmax(scores[0]), [1, 0, 0], strict=True):
    assert abs(slope - (p - truth_here)) < 1e-12

# %% cell-18
assert slope > 0
assert nn.mse([5 - 0.1 * slope], [3.0]) < nn.mse([5.0], [3.0]) < nn.mse([5 + 0.1 * slope], [3.0])

# %% rate-run
assert (loss_here, slope_here) == (0.5, 1)

# %% cell-25
assert abs(min(map(silu, grid)) - -0.2785) < 1e-4
assert abs(min(map(gelu, grid)) - -0.1700) < 1e-4

# %% cell-27
for f in (sigmoid, tanh, leaky_relu, silu, gelu):
    assert all(gradcheck(f, x).entries[0].verdict == "ok" for x in (-3.0, -0.5, 0.7, 2.0))
