"""What notebook 18 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-02
assert abs(output_blame - -0.3) < 1e-12
assert abs(hidden_blame - -0.075) < 1e-12
assert abs(update - 0.00375) < 1e-12

# %% cell-05
assert abs(y.data - 0.7) < 1e-12
assert abs(y.grad - output_blame) < 1e-12
assert abs(z.grad - hidden_blame) < 1e-12
assert abs(-0.1 * u.grad - update) < 1e-12

# %% cell-10
assert abs(y.data - 0.7) < 1e-12
assert abs(z.grad - with_the_weight) < 1e-12
assert abs(z.grad - by_the_document) > 0.04

# %% cell-13
assert 0.4 in blame.paths[0].partials
assert abs(blame.total - u.grad) < 1e-15

# %% cell-16
measured = report.entries[0].numeric.value
assert abs(measured - with_the_weight * 0.5) < 1e-9
assert abs(measured - by_the_document * 0.5) > 0.02

# %% cell-20
assert len(ways) == 2
assert abs(sum(ways) - u.grad) < 1e-12

# %% cell-22
assert after < before
