"""How right: against definitions, JAX and differences, over random programs and all operations."""
