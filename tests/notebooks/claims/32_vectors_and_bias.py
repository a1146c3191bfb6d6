"""What notebook 32 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-01
assert (norm([3.0, 4.0]), norm([0.0, 2.0])) == (5, 2)

# %% cell-03
assert together == [4, 3]

# %% predict
assert signs == [1, 0, -1]

# %% cell-09
from math import hypot

away = [-bias * w / norm(weights) ** 2 for w in weights]  # the point of the border that is nearest to (0, 0)
assert abs(dot(weights, away) + bias) < 1e-12
assert abs(hypot(*away) - abs(bias) / norm(weights)) < 1e-12
assert dot(away, weights) < 0 < bias  # a positive bias moves it against the arrow

# %% cell-11
assert with_bias == as_a_weight == 2

# %% cell-13
assert slopes == x
assert dot(turned, x) > dot(weights, x)
assert dot(turned, x) / norm(turned) > dot(weights, x) / norm(weights)  # it turned towards the input
