"""What notebook 36 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-02
assert (len(large.parameters()), len(test)) == (2410, 450)
assert share(large) > 0.94

# %% cell-05
assert abs(rounded[8] - share(large)) < 0.01
assert rounded[4] > 0.92 > 0.6 > rounded[2]
assert len({p.data for p in quantised(large, 4).layers[0].parameters()}) <= 15

# %% cell-09
for part, before, after, all_gone in kept:
    assert after > before
    assert all_gone, "what was pruned moved"
    assert part != 0.8 or after > 0.9

# %% cell-12
assert len(cut.parameters()) == 64 * 16 + 16 + 16 * 10 + 10
assert after > before
assert after > 0.92

# %% cell-15
assert (size, len(few)) == (610, 95)
assert taught > alone + 0.05
assert abs(taught - labelled) < 0.03
