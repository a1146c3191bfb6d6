"""Plots with matplotlib. Each function draws on `ax`, or on a new figure, and returns the Axes."""

from viz.plots.activation import plot_activation as plot_activation
from viz.plots.boundary import plot_decision_boundary as plot_decision_boundary
from viz.plots.curves import plot_history as plot_history
from viz.plots.curves import plot_learning_rates as plot_learning_rates
from viz.plots.histograms import plot_histograms as plot_histograms
from viz.plots.matrix import plot_attention as plot_attention
from viz.plots.matrix import plot_confusion as plot_confusion
from viz.plots.surface import plot_contour as plot_contour
from viz.plots.surface import plot_surface as plot_surface
