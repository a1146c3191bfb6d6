"""Pictures: handwritten digits that come with the package."""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np

from nn.data.dataset import Dataset

SIDE = 8
"""How many rows, and columns, of pixels a digit has."""

MOST_INK = 16


def digits() -> Dataset:
    """Return 1,797 handwritten digits of 8 × 8 pixels: how much ink each holds, from 0 to 1, row by row.

    The pixels are called r1c1 … r8c8, by row and column; the classes are "0" … "9". These are the digits that
    come with scikit-learn: the test set of E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten
    Digits, UCI Machine Learning Repository (1998), CC BY 4.0, written by 13 people.
    """
    with as_file(files("nn.data") / "files" / "digits.npz") as path, np.load(path) as kept:
        pixels, labels = kept["pictures"].reshape(-1, SIDE * SIDE) / MOST_INK, kept["digits"]
    names = [f"r{row}c{column}" for row in range(1, SIDE + 1) for column in range(1, SIDE + 1)]
    return Dataset(pixels.tolist(), labels.tolist(), names, "digit", [str(digit) for digit in range(10)])
