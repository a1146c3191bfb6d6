"""A program written as C: its nests of loops, its functions, its sums of products."""
