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
assert round(lengths["LSTM"][-1] / lengths["LSTM"][0], 1) == 4.7

from autograd import tanh


def share(deaf):
    """Return how much of the gradient is left 29 steps back where these gates read h as plain numbers."""
    recurrence, score = network("LSTM")
    h, c, memory = [0.0] * WIDTH, [0.0] * WIDTH, []
    for row in rows:
        plain = [getattr(number, "data", number) for number in h]
        hears, heard = (lstm_gates(recurrence.weights(), row, state) for state in (h, plain))
        i, f, g, o = (heard[k] if gate in deaf else hears[k] for k, gate in enumerate("ifgo"))
        c = [keep * old + write * new for keep, old, write, new in zip(f, c, i, g, strict=True)]
        h = [show * tanh(number) for show, number in zip(o, c, strict=True)]
        memory.append(c)
    nn.binary_cross_entropy_with_logits(score(h), [bit]).backward()
    start, end = (hypot(*[number.grad for number in memory[k]]) for k in (0, -1))
    return start / end


assert abs(share("") - lengths["LSTM"][-1] / lengths["LSTM"][0]) < 1e-9
assert 0.7 < share("ifgo") < 0.8 < share("g") < 0.9 < 3.8 < share("ifo")

# %% cell-14
assert shares["RNN"] < 0.6 < 0.99 < min(shares["GRU"], shares["LSTM"])

# %% cell-16
assert trained("LSTM", keep=0.0)[1] < 0.6
assert len(up) == len(down) == STEPS
assert all((a[unit] - b[unit]) * (up[-1][unit] - down[-1][unit]) > 0 for a, b in zip(up, down, strict=True))
