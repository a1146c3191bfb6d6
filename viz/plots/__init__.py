"""Plots with matplotlib. Each function draws on `ax`, or on a new figure, and returns the Axes."""
