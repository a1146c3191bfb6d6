"""A function recorded once, and its gradient, as scalars: tracing, the chain rule, sums of products."""
