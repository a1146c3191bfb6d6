"""The numbers of a network: by the names and shapes of PyTorch, in files, in a table that sums them up."""
