"""What notebook 26 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-01
assert abs(memory.data - (f * 0.8 + i * g)) < 1e-12
assert all(0 < gate < 1 for gate in (i, f, o))

# %% cell-06
assert abs(first.grad - prod(forgets)) < 1e-12

# %% cell-10
lengths = {kind: reach(kind, rows, bit) for kind in step_of}
assert lengths["RNN"][-1] / lengths["RNN"][0] < 1e-6
assert lengths["LSTM"][-1] / lengths["LSTM"][0] > 0.5
assert lengths["GRU"][-1] / lengths["GRU"][0] > 0.1

# %% cell-14
assert shares["RNN"] < 0.6 < 0.99 < min(shares["GRU"], shares["LSTM"])

# %% cell-16
assert trained("LSTM", keep=0.0)[1] < 0.6
assert len(up) == len(down) == STEPS
assert all((a[unit] - b[unit]) * (up[-1][unit] - down[-1][unit]) > 0 for a, b in zip(up, down, strict=True))
