"""Drawings of what the engine did: graphs, passes step by step, networks, curves."""

from typing import TYPE_CHECKING, Any

import autograd_is_ours  # noqa: F401  (before any import from autograd)
from viz.export import export as export
from viz.graph.draw import draw as draw
from viz.graph.program import draw_program as draw_program
from viz.player.page import player as player
from viz.record.passes import passes as passes
from viz.stills.attention import draw_attention as draw_attention
from viz.stills.frames import frames as frames
from viz.stills.frames import write_frames as write_frames
from viz.stills.gif import write_gif as write_gif
from viz.stills.grids import draw_grids as draw_grids
from viz.stills.grids import grid_frames as grid_frames
from viz.stills.network import draw_network as draw_network
from viz.stills.network import network_frames as network_frames
from viz.stills.unrolled import draw_unrolled as draw_unrolled

if TYPE_CHECKING:
    from viz.plots import plot_activation as plot_activation
    from viz.plots import plot_attention as plot_attention
    from viz.plots import plot_confusion as plot_confusion
    from viz.plots import plot_contour as plot_contour
    from viz.plots import plot_decision_boundary as plot_decision_boundary
    from viz.plots import plot_histograms as plot_histograms
    from viz.plots import plot_history as plot_history
    from viz.plots import plot_learning_rates as plot_learning_rates
    from viz.plots import plot_surface as plot_surface
else:

    def __getattr__(name: str) -> Any:
        # Loaded when a plot is asked for: plots need NumPy, which the rest does without, in a browser say.
        if name in __all__:
            from viz import plots

            return getattr(plots, name)
        raise AttributeError(f"module 'viz' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return __all__


__all__ = [
    "draw",
    "draw_attention",
    "draw_grids",
    "draw_network",
    "draw_program",
    "draw_unrolled",
    "export",
    "frames",
    "grid_frames",
    "network_frames",
    "passes",
    "player",
    "plot_activation",
    "plot_attention",
    "plot_confusion",
    "plot_contour",
    "plot_decision_boundary",
    "plot_histograms",
    "plot_history",
    "plot_learning_rates",
    "plot_surface",
    "write_frames",
    "write_gif",
]
