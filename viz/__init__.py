"""Drawings of what the engine did: graphs, passes step by step, networks, curves."""

from viz.frames import frames as frames
from viz.frames import write_frames as write_frames
from viz.graph import draw as draw
from viz.network import draw_network as draw_network
from viz.passes import passes as passes
from viz.plots import plot_activation as plot_activation
from viz.plots import plot_decision_boundary as plot_decision_boundary
from viz.plots import plot_history as plot_history
