"""Array programs as C: an example in each lane of a vector, compiled where there is a compiler."""
