"""How a network learns: losses, optimisers, the loop, what it remembers."""
