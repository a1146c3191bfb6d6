"""The story in single pictures: frames, and a GIF of them."""
