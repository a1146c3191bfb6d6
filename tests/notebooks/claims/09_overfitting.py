"""What notebook 09 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-08
assert plain.train_loss[-1] < 0.04
assert results["no remedy"] > 1.4 * min(plain.held_out_loss)

# %% cell-11
misses = sorted(abs(p - t) for p, t in zip(nn.predict(big, few.features), few.targets, strict=True))
assert misses[5] < 0.031
assert 0.14 < misses[6] < misses[-1] < 0.3205

# %% cell-19
assert (len(few), len(augmented)) == (12, 48)

# %% cell-21
assert watch.waited == 25
assert results["early stopping"] == min(plain.held_out_loss)

# %% cell-26
assert grad(lambda w: nn.l2([w], 1.0))(0.1) < grad(lambda w: nn.l1([w], 1.0))(0.1)

# %% cell-30
assert plain_sum(-3.0) == plain_sum(3.0) > 0
assert absolute(-3.0) < 0 < absolute(3.0)

# %% cell-32
assert (norm([3.0, 4.0]), nn.l2([3.0, 4.0], 1.0)) == (5, 25)

# %% cell-39
assert max(results, key=results.get) == "no remedy"
