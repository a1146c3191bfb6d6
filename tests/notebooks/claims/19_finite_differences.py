"""What notebook 19 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-04
assert len(network().parameters()) == 13

# %% cell-10
for parameter, slope in zip(model.parameters()[:4], by_nudging, strict=False):
    assert 0 < abs(slope - parameter.grad) < 1e-4
# NESTED assert 0 < abs(slope - parameter.grad) < 0.0001

# %% cell-12
assert min(error, key=error.get) in (7, 9)

# %% cell-14
true = {1: 0.3345501085845244, 2: 0.3120774171161478, 10: 0.17893547601480836, 100: 0.0003275725443280544}
for epoch, number in true.items():
    assert abs(nudged[epoch - 1] - number) < 1e-12
assert abs(nudged[999] - 1.56e-9) < 0.01e-9

# %% cell-19
assert all(abs(a - b) < 1e-4 for a, b in zip(nudged, exact_losses, strict=True))
assert exact_losses[-1] < 1e-25 < 1e-9 < nudged[-1]

# %% cell-21
assert nudging_calls == 14 * 1000
assert calls["forward"] == 1 * 1000

# %% cell-23
assert all(abs(entry.analytic - entry.numeric.value) < 1e-11 for entry in report.entries)
