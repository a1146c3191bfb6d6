"""What notebook 01 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-02
assert abs(z.data - 0.25) < 1e-12  # -0.75 + 0.6 + 0.4

# %% vectors-run
assert abs(dot([-1.5, 1.0], [0.5, 0.6]) + 0.4 - 0.25) < 1e-12

# %% cell-10
assert abs(slope - product.partials[0]) < 1e-8

# %% cell-12
assert (w1.grad, w2.grad, b.grad) == (0.470007424403189, 0.5640089092838267, 0.940014848806378)

# %% cell-13
assert w1.grad == by_hand

# %% cell-19
assert report.ok

# %% cell-21
assert after > before

# %% cell-23
assert abs(out.data - before) < 1e-12
assert [x1.grad, x2.grad] == [out.partials[0] * w for w in (-1.5, 1.0)]
