"""What notebook 14 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-06
assert gradient_of_bias("relu") == 0.0
assert gradient_of_bias("leaky_relu") < 0.0  # a step against it raises the bias

# %% cell-08
assert abs(grad(swish)(z)) < 1e-9

# %% cell-10
from math import isnan

import numpy as np

assert abs(sum(shares) - 1) < 1e-12
assert isnan(naive)
with np.errstate(all="ignore"):
    grown, shrunk = np.exp(1000.0), np.exp(-1000.0)
    assert isnan((grown - shrunk) / (grown + shrunk))
assert tanh(1000.0) == 1
assert softmax([1000.0, 999.0]) == softmax([1.0, 0.0])

# %% cell-12
for row in table:
    assert abs(sum(row)) < 1e-12

# %% cell-16
assert max(losses, key=lambda name: losses[name][-1]) == "sigmoid"

# %% cell-23
lowest = {name: round(min(y for _, y in path), 2) for name, path in paths.items()}
assert (lowest["plain"], lowest["Momentum"]) == (-1.6, -0.94)
assert max(paths, key=lambda name: valley(*paths[name][-1])) == "Adam"
assert valley(*paths["Momentum"][-1]) < valley(*paths["plain"][-1])
first, last = (abs(b[0] - a[0]) for a, b in (paths["AdaGrad"][:2], paths["AdaGrad"][-2:]))
assert last < first / 5  # its steps only shrink

# %% cell-26
assert max(losses, key=lambda name: losses[name][-1]) == "plain, η = 0.05"
