"""A computation graph as a picture: node by node, or folded."""
