"""What notebook 13 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-04
assert all(abs(parameter.data) < 1e-12 for parameter in zero.parameters())

# %% cell-06
assert all(weights == first for weights in others)

# %% cell-12
assert size(tanh["normal, σ = 0.05"][-1]) < 1e-4
assert 0.2 < size(tanh["Xavier"][-1]) < 0.7

# %% cell-17
ends = {name: (size(tanh[name][0]), size(tanh[name][-1])) for name in ("Xavier", "He")}
assert [round(x, 2) for pair in ends.values() for x in pair] == [0.62, 0.23, 0.72, 0.54]
assert round(size(relu["He"][0]), 2) == 0.96
assert round(size(relu["He"][-1]), 2) == 0.62
assert round(size(relu["Xavier"][-1]), 2) == 0.04
assert size(relu["Xavier"][-1]) < 0.1 < 0.5 < size(relu["He"][-1]) < 2
assert size(relu["normal, σ = 1"][-1]) > 1e4

# %% cell-19
for name, variance in wanted.items():
    assert abs(measured[name] / variance - 1) < 0.02

# %% cell-23
from math import log

assert all(0 < abs(loss - log(3)) < 0.003 for loss in losses["zero"])  # near it, not at it
assert losses["Xavier"][-1] < 0.1 < 0.3 < losses["too small, σ = 0.05"][-1]
