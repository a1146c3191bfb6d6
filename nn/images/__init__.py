"""Layers that look at images and signals window by window: convolution and pooling."""
