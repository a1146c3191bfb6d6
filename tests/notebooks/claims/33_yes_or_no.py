"""What notebook 33 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-04
assert abs(slopes[0] - 1.2) < 0.05
assert abs(slopes[1] + 0.8) < 0.2
found = [*slopes, intercept]

# %% cell-06
assert all(abs(a - b) < 1e-6 for a, b in zip(found, exact, strict=True))
assert max(map(abs, grad(loss)(exact))) < 1e-9
by_numpy, *_ = np.linalg.lstsq(np.column_stack([rows, np.ones(40)]), np.array(prices), rcond=None)
assert np.allclose(exact, by_numpy)

# %% cell-08
assert history.train_loss[-1] < history.train_loss[0] - 0.1
logits = nn.predict(judge, asked.features)
assert 0.5 < nn.accuracy(logits, asked.targets) < 1  # chance put some on the wrong side

# %% cell-12
assert -0.001 < of_square < 0
assert -1 < of_surprise < -0.99
