"""The arrays hidden among recorded scalars: what is computed alike, where it lies, ragged rows made even."""
