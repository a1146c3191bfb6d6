"""What notebook 11 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-05
assert np.allclose(Y.ravel(), [y.data for y in layer(x)], rtol=0, atol=1e-15)

# %% cell-07
assert np.allclose(Y, one_by_one, rtol=0, atol=1e-15)

# %% cell-10
assert np.allclose(a[-1], np.array(nn.predict(network, many.T.tolist())).T, rtol=0, atol=1e-15)

# %% cell-12
assert abs(loss.data - by_matrices) < 1e-15

# %% cell-16
for part, (of_W, of_b) in zip(network.parts, gradients, strict=True):
    assert np.allclose(of_W, [[w.grad for w in neuron.w] for neuron in part.neurons], rtol=0, atol=1e-15)
    assert np.allclose(of_b.ravel(), [neuron.b.grad for neuron in part.neurons], rtol=0, atol=1e-15)

# %% cell-18
assert not np.allclose(slip, right, rtol=0, atol=1e-3)

# %% cell-24
assert np.allclose(outputs, a[-1].T, rtol=0, atol=1e-15)

# %% cell-26
assert abs(value - loss.data) < 1e-15
assert np.allclose(gradient, [parameter.grad for parameter in network.parameters()], rtol=0, atol=1e-15)

# %% cell-28
assert len(small.parameters()) == fully_connected(12, 5) == 65

# %% cell-30
assert fully_connected(224 * 224, 224 * 224) == 2_517_681_152
