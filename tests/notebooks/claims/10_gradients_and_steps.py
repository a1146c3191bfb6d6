"""What notebook 10 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-02
assert vanishing[0] < 1e-8 < 1e-2 < vanishing[-1]

# %% cell-06
assert all(0 < partial <= 0.25 for partial in strongest.partials[1::2])

# %% cell-08
assert 6 < with_residual[-1] / with_residual[0] < 7.5
assert 1.8e8 < vanishing[-1] / vanishing[0] < 2.2e8
assert min(with_residual) > 0.1

# %% cell-10
assert all(len(deep(residual).parts) == 11 + 1 for residual in (False, True))  # eleven are hidden

# %% cell-13
assert abs(losses["plain"][-1] - 0.693) < 0.01
assert losses["residual"][-1] < 0.5

# %% cell-15
assert [round(grad(ten_layers)(w), 4) for w in (0.5, 0.8, 1.0, 1.25, 2.0)] == [
    0.0195,
    1.3422,
    10,
    74.5058,
    5120,
]

# %% cell-20
assert exploding[1] > 1e50
assert not exploding[-1] < 1e50
assert clipped[-1] < 1e-6

# %% cell-23
assert tame[-1] < 0.25 < 1e38 < wild[-1] < 1e42

# %% cell-27
assert rates[0.047][-1] < rates[0.01][-1] < rates[0.004][-1]
assert rates[0.052][-1] > rates[0.052][0]

# %% cell-31
assert valley(*rolling[-1]) < 0.1 * valley(*slow[-1])

# %% cell-36
assert free < -1 < 1 < stuck
assert two_valleys(free) < two_valleys(stuck)
