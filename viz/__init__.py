"""Drawings of what the engine did: graphs, passes step by step, networks, curves."""

import autograd_is_ours  # noqa: F401  (before any import from autograd)
from viz.export import export as export
from viz.graph.draw import draw as draw
from viz.graph.program import draw_program as draw_program
from viz.player.page import player as player
from viz.plots.activation import plot_activation as plot_activation
from viz.plots.attention import plot_attention as plot_attention
from viz.plots.boundary import plot_decision_boundary as plot_decision_boundary
from viz.plots.confusion import plot_confusion as plot_confusion
from viz.plots.curves import plot_history as plot_history
from viz.plots.curves import plot_learning_rates as plot_learning_rates
from viz.plots.histograms import plot_histograms as plot_histograms
from viz.plots.surface import plot_contour as plot_contour
from viz.plots.surface import plot_surface as plot_surface
from viz.record.passes import passes as passes
from viz.stills.frames import frames as frames
from viz.stills.frames import write_frames as write_frames
from viz.stills.gif import write_gif as write_gif
from viz.stills.network import draw_network as draw_network
from viz.stills.network import network_frames as network_frames
