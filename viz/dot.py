"""The graph as DOT text, for Graphviz's own pictures.

The text is the same in every run: nodes are n1, n2, … in topological order. Labels are HTML-like tables;
whatever a user wrote is escaped, so that it is shown and never read as markup.
"""

from __future__ import annotations

from html import escape

import graphviz

from viz.cards import Card, by_source, cards
from viz.passes import Contribution, Passes, quotient
from viz.style import CODE_SIZE, DOT_FACE, LIGHT, NARROWEST_CARD, NO_GRADIENT, number
from viz.text import printable, width

GRAPH = {"rankdir": "LR", "nodesep": "0.25", "ranksep": "0.5", "bgcolor": LIGHT["paper"], "pad": "0.2"}
NODE = {"shape": "plain", "fontname": DOT_FACE, "fontsize": "12", "fontcolor": LIGHT["ink"]}
EDGE = {
    "fontname": DOT_FACE,
    "fontsize": "11",
    "fontcolor": LIGHT["faint"],
    "color": LIGHT["wire"],
    "arrowsize": "0.7",
    "headport": "w",
    "tailport": "e",
}


def write_dot(graph: graphviz.Digraph, recorded: Passes, gradients: dict[str, float], labelled: bool) -> None:
    """Write nodes and edges into a graph; `labelled` edges show their local derivative, others hide it.

    `gradients` are by node id; a node without one shows "–".
    """
    graph.graph_attr.update(GRAPH)
    graph.node_attr.update(NODE)
    graph.edge_attr.update(EDGE)
    hints = node_tooltips(recorded, gradients)
    for card in cards(recorded, arithmetic=False):
        label = _label(card, gradients.get(card.name))
        graph.node(card.name, label, id=f"node-{card.name}", tooltip=graphviz.escape(hints[card.name]))
    names = recorded.names
    for steps in by_source(recorded).values():
        for step in steps:
            hint = graphviz.escape(arrow_tooltip(step, names))
            number_shown = f"× {number(step.local)}" if labelled else None
            identity = f"arrow-{step.source}-{step.position}"
            graph.edge(step.target, step.source, number_shown, id=identity, tooltip=hint, labeltooltip=hint)


def node_tooltips(recorded: Passes, gradients: dict[str, float]) -> dict[str, str]:
    """Return what each node says of itself at full precision, by its id."""
    hints: dict[str, str] = {}
    for step in recorded.forward:
        parts = [step.name, step.formula, step.numbers, repr(step.result)]
        grad = repr(gradients[step.node]) if step.node in gradients else NO_GRADIENT
        hints[step.node] = f"{' = '.join(part for part in parts if part)}, grad {grad}"
    return hints


def arrow_tooltip(step: Contribution, names: dict[str, str]) -> str:
    """Return the local derivative with its formula, at full precision."""
    return f"{quotient(step, names)} = {step.formula} = {step.local!r}"


def _label(card: Card, grad: float | None) -> str:
    # In points, and generous: an engine without fonts takes a Chinese character for a space.
    room = max(NARROWEST_CARD, *(width(line, CODE_SIZE) for line in card.header))
    header = '<BR ALIGN="LEFT"/>'.join(map(_html, card.header))
    shade = LIGHT["card"] if card.sign else LIGHT["leaf"]
    line = LIGHT["ink"] if card.is_root else LIGHT["line"]
    body = (
        f'<TABLE STYLE="ROUNDED" COLOR="{line}" BGCOLOR="{shade}" BORDER="1" CELLBORDER="0" CELLSPACING="0" '
        f'CELLPADDING="4"><TR><TD COLSPAN="2" ALIGN="LEFT" BALIGN="LEFT" WIDTH="{room:.0f}">{header}</TD>'
        f"</TR><HR/>{_row('data', number(card.step.result), 'ink')}"
        f"{_row('grad', NO_GRADIENT if grad is None else number(grad), 'backward')}</TABLE>"
    )
    if not card.sign:
        return f"<{body}>"
    tab = (
        f'<TD BGCOLOR="{LIGHT["faint"]}" CELLPADDING="4" WIDTH="{card.tab:.0f}">'
        f'<FONT COLOR="{LIGHT["paper"]}"><B>{_html(card.sign)}</B></FONT></TD>'
    )
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
        f"<TR>{tab}<TD>{body}</TD></TR></TABLE>>"
    )


def _row(key: str, content: str, colour: str) -> str:
    return (
        f'<TR><TD ALIGN="LEFT"><FONT COLOR="{LIGHT["faint"]}">{key}</FONT></TD>'
        f'<TD ALIGN="RIGHT"><FONT COLOR="{LIGHT[colour]}">{content}&#160;</FONT></TD></TR>'
    )


def _html(content: str) -> str:
    # Graphviz replaces \N, \G and the like even inside an HTML-like label; a cell must not be empty.
    return escape(printable(content)).replace("\\", "\\\\") or " "
