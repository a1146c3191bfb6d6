"""What notebook 15 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-08
assert plain.train_loss[-1] < 0.01 < 0.2 < plain.held_out_loss[-1]

# %% cell-13
from autograd import grad

assert abs(grad(with_l2)(0.15)) < 1e-12
assert entry.verdict == "kink"
assert entry.numeric.left < 0 < entry.numeric.right

# %% cell-16
assert abs(mean - 1) < 0.03

# %% cell-20
stopped = runs["early stopping"][1].held_out_loss
assert stopped == runs["plain"][1].held_out_loss[: len(stopped)]
assert len(stopped) == stopped.index(min(stopped)) + 1 + 8

# %% cell-22
assert all(loss < final["plain"] for name, loss in final.items() if name != "plain")
