"""What notebook 38 tells, asserted after the cell that is named: the reader runs both in turn."""

# %% cell-01
assert (len(sentences), len(words)) == (42, 17)

# %% cell-05
assert found("cat milk", database, vectors)[1] == "dog drinks water"
assert found("boy letter", database, vectors)[1] == "teacher reads letter"
assert found("cat bread", database, vectors)[1] == "horse eats apple"
assert found("cat milk", database, one_hot)[0] == found("cat bread", database, one_hot)[0] == 0

# %% cell-07
orders = [vector_of(text, vectors) for text in ("dog eats fish", "fish eats dog")]
assert max(abs(a - b) for a, b in zip(*orders, strict=True)) < 1e-12

# %% cell-14
of_gpt, of_bert = bits["left only (GPT)"], bits["both sides (BERT)"]
assert of_bert[1] < 0.05 < 1.2 < of_gpt[1]
assert abs(of_bert[2] - of_gpt[2]) < 0.05
counted = sum(log(3 if verb != "reads" else 2, 2) for _, verb, _ in sentences) / len(sentences)
assert abs(of_gpt[2] - counted) < 0.02  # the truth: one of three drinks or foods, or of two texts

# %% cell-17
assert tuple(words[k] for k in begun) in sentences
assert words[best] == "reads"
