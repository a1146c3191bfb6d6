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
from nn import Neuron, mse

neuron = Neuron(1, activation="tanh", seed=0)
for parameter, number in zip(neuron.parameters(), (0.1, 0.5), strict=True):
    parameter.data = number
mse([neuron([1.0]), neuron([-1.0])], [0.8, -0.8], reduction="sum").backward()
assert all(abs(a.grad - b.grad) < 1e-15 for a, b in zip(ours, neuron.parameters(), strict=True))
