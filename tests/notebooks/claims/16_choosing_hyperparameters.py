"""What notebook 16 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-02
assert len(model.parameters()) == 4 * 8 + 8 + 8 * 3 + 3

# %% cell-04
assert [len(part) for part in (train, validation, test)] == [90, 30, 30]

# %% cell-15
assert 0 < best.score - nn.cross_entropy(outputs, test.targets) < 0.02

# %% cell-19
assert mean >= 0.95

# %% cell-21
(_, under), (_, good), (_, over) = fits.values()
assert over.train_loss[-1] < good.train_loss[-1] < under.train_loss[-1]
assert good.held_out_loss[-1] < min(under.held_out_loss[-1], over.held_out_loss[-1])

# %% cell-30
assert gaps == sorted(gaps, reverse=True)
