"""An array program, run: with NumPy, or as source that JAX runs."""
