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


def as_printed():
    """Return the losses of the document's code, whose weights are float32."""
    import numpy as np

    rows = [[-0.0053, 0.3793], [-0.5820, -0.5204], [-0.2723, 0.1896]]
    weights = [rows, [-0.0140, 0.5607, -0.0628], [[0.1528, -0.1745, -0.1135]], [-0.5516]]
    weights = [np.array(numbers, np.float32).T for numbers in weights]

    def loss_of(weights):
        hidden = 1 / (1 + np.exp(-(np.dot([[1, 1]], weights[0]) + weights[1])))
        return np.mean(np.square(np.dot(hidden, weights[2]) + weights[3]))

    losses = []
    for _ in range(1000):
        losses.append(loss_of(weights))
        after = [layer.copy() for layer in weights]
        for layer, changed in zip(weights, after, strict=True):
            for place, number in np.ndenumerate(layer.copy()):
                layer[place] += 0.0001
                changed[place] -= 0.01 * (loss_of(weights) - losses[-1]) / 0.0001
                layer[place] = number
        weights = after
    return losses


theirs = as_printed()
assert [round(loss, 10) for loss in theirs[:2]] == [0.3345500899, 0.3120751163]
assert abs(theirs[-1] - 1.537e-9) < 0.002e-9

# %% cell-19
assert all(abs(a - b) < 1e-4 for a, b in zip(nudged, exact_losses, strict=True))
assert exact_losses[-1] < 1e-25 < 1e-9 < nudged[-1]

# %% cell-21
assert nudging_calls == 14 * 1000
assert calls["forward"] == 1 * 1000

# %% cell-23
assert all(abs(entry.analytic - entry.numeric.value) < 1e-11 for entry in report.entries)
