"""Neurons and layers as a picture."""
