"""What notebook 20 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-04
small, right, large = (bowl(*path[-1]) for path in paths.values())
assert right < 1e-6 < small < bowl(-3, -3) < large

# %% cell-09
assert curvature == [[2.0, 0.0], [0.0, 4.0]]
assert border == 0.5

# %% cell-10
assert abs(descend(0.49, 100)[-1][1]) < 3 < abs(descend(0.51, 100)[-1][1])

# %% cell-14
assert losses[0.2][-1] < losses[0.002][-1] / 5
before = nn.MLP(4, [8, 3], activation="tanh", init="xavier_normal", seed=0)
untrained = nn.cross_entropy([before(row) for row in flowers.features], flowers.targets).data
assert round(untrained, 2) == 0.94
assert sum(loss > untrained for loss in losses[10.0]) > 20  # of 25

# %% cell-16
assert "diverged" in message

# %% cell-18
assert abs(intercept - 15.58085106) < 1e-6
assert abs(slope - 1.31897163) < 1e-6

# %% cell-20
assert max(results, key=lambda name: results[name][-1]) == "constant"
