"""What notebook 37 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-01
assert len(minerals) == len(set(minerals)) == 76

# %% cell-02
assert not {*names[500:]} & {*names[:500]}

# %% cell-04
assert on_names < 3.4 < on_minerals

# %% cell-06
assert of_tuned < of_nothing - 0.15
assert of_tuned < on_minerals - 0.3

# %% cell-08
assert forgot > on_names + 0.4

# %% cell-11
assert (sum(learned), len(learned)) == (320, 4224)
assert abs(sum(learned) / len(base.parameters()) - 1 / 12) < 0.002

# %% cell-12
assert of_tuned < of_lora < of_nothing

# %% cell-15
assert same
