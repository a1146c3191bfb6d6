"""How right: against mpmath, JAX and differences, over random programs and all operations."""
