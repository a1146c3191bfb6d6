"""What notebook 04 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-06
assert abs(gaps).max() < 1e-12

# %% cell-08
assert here == there
assert np.allclose(here, W, rtol=0, atol=1e-15)

# %% affine-run
assert (of_both, 4 * y1 + 5 * y2) == (38, 38)
assert [2 * x + 1.0 for x in (1.0, 4.0)] == [3, 9] != [3, 4 * 3]

# %% cell-10
assert not np.allclose(here, there, atol=0.1)

# %% cell-13
assert few < 0.92 < 0.95 < most

# %% cell-19
assert grad(sigmoid)(0.0) == 0.25
assert grad(tanh)(0.0) == 1.0
assert (grad(relu)(-3.0), grad(relu)(3.0)) == (0.0, 1.0)

# %% cell-23
assert 0 < grad(ten_sigmoids)(0.0) < 0.25**10

# %% cell-25
assert all(parameter.grad == 0 for parameter in neuron.parameters())

# %% cell-27
assert all(parameter.grad != 0 for parameter in neuron.parameters())

# %% threshold-run
assert [(threshold(z), grad(threshold)(z)) for z in (-2.0, 3.0)] == [(0, 0), (1, 0)]

# %% cell-29
assert report.entries[0].verdict == "kink"
