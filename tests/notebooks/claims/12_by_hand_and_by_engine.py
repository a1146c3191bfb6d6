"""What notebook 12 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-05
assert abs(z1.data - 0.27) < 1e-12
assert abs(z2.data - 0.59) < 1e-12
assert abs(y.data - 0.789) < 1e-12

# %% cell-08
assert abs(second_sum - 0.59) < 1e-12
assert abs(from_their_sum - 0.807) < 1e-12

# %% cell-10
assert model([x1, x2]).data == y.data

# %% cell-12
assert abs(L.data - 0.5 * 0.211**2) < 1e-12

# %% cell-14
true = [-0.05275, -0.0633, -0.0633, -0.07596, -0.1055, -0.1266, -0.05697, -0.12449, -0.211]
assert abs(y.grad - -0.211) < 1e-12
for parameter, number in zip(parameters, true, strict=True):
    assert abs(parameter.grad - number) < 1e-12

# %% steps
told = str(passes(L))
assert "∂L/∂W31:  -0.21100000000000008 × 0.27  = -0.05697000000000003" in told
assert all(parameter.label in told for parameter in parameters)
assert [L.grad, y.grad] == [1, y.data - t]  # telling it has moved no gradient

# %% cell-23
measured = report.entries[1].numeric.value
assert report.ok
assert abs(by_forward_formula - measured) < 1e-9
assert abs(printed - measured) > 0.01

# %% cell-26
assert after < L.data
