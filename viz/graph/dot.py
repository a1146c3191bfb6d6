"""The graph as DOT text, for Graphviz's own pictures.

The text is the same in every run: nodes are n1, n2, … in topological order. Labels are HTML-like tables;
whatever a user wrote is escaped, so that it is shown and never read as markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import graphviz

from viz.graph.cards import Card
from viz.graph.paint import Look
from viz.graph.views import View
from viz.nesting import Path, clusters
from viz.style import CODE_SIZE, DOT_FACE, LIGHT, NARROWEST_CARD, NO_GRADIENT, NOTE_ROOM, PROSE_SIZE
from viz.text import printable, prose_width, wrap_prose

GRAPH = {"nodesep": "0.25", "ranksep": "0.5", "bgcolor": LIGHT["paper"], "pad": "0.2"}
NODE = {"shape": "plain", "fontname": DOT_FACE, "fontsize": "12", "fontcolor": LIGHT["ink"]}
EDGE = {
    "fontname": DOT_FACE,
    "fontsize": "11",
    "fontcolor": LIGHT["faint"],
    "color": LIGHT["wire"],
    "arrowsize": "0.7",
}
CLUSTER = {
    "style": "rounded,dashed,filled",
    "color": LIGHT["line"],
    "fillcolor": LIGHT["band"],
    "fontname": DOT_FACE,
    "fontsize": "11",
    "fontcolor": LIGHT["faint"],
    "labeljust": "l",
    "labelloc": "t",
}
CELL_PAD = 4
BOLDER = 1.2
"""How much wider a text is in bold."""

PORTS = {"LR": ("e", "w"), "TB": ("s", "n")}
"""The sides of a box where arrows leave and arrive."""


def prepare(graph: graphviz.Digraph, direction: str) -> None:
    """Give a graph the look of all drawings, its arrows in the direction "LR" or "TB"."""
    graph.graph_attr.update(GRAPH, rankdir=direction)
    graph.node_attr.update(NODE)
    tail, head = PORTS[direction]
    graph.edge_attr.update(EDGE, tailport=tail, headport=head)


def write_dot(graph: graphviz.Digraph, view: View) -> None:
    """Write cards, arrows, clusters and the note of a drawing into a graph."""
    look = view.look
    for card in view.cards:
        hint = graphviz.escape(look.tooltips[card.name])
        graph.node(card.name, _label(card, look), id=f"node-{card.name}", tooltip=hint)
    _write_clusters(graph, view.module_of_node)
    for use in view.arrows:
        hint = graphviz.escape(look.tooltips[use.name])
        shown = _beside(graph, look.pills[use.name][0]) if use.name in look.pills else None
        graph.edge(use.tail, use.head, shown, id=f"arrow-{use.name}", tooltip=hint, labeltooltip=hint)
    if view.note:
        note = _note(wrap_prose(view.note, NOTE_ROOM, PROSE_SIZE))
        graph.graph_attr.update(label=note, fontname=DOT_FACE, fontcolor=LIGHT["ink"], labelloc="b")


def _write_clusters(graph: graphviz.Digraph, module_of_node: Mapping[str, Path]) -> None:
    inside: dict[Path, graphviz.Digraph] = {(): graph}
    for place, path in enumerate(clusters(module_of_node.values()), start=1):
        look = CLUSTER | {
            "label": graphviz.escape(printable(path[-1])),
            "tooltip": graphviz.escape(".".join(path)),
        }
        inside[path] = graphviz.Digraph(f"cluster_{place}", graph_attr=look)
    for name, home in module_of_node.items():
        if home:
            inside[home].node(name)
    for path in [path for path in inside if path][::-1]:  # the inner ones first: they are copied
        inside[path[:-1]].subgraph(inside[path])


def _beside(graph: graphviz.Digraph, label: str) -> str:
    """Return the label of an arrow; where arrows run down, with a space that keeps it off the line."""
    return f" {label}" if graph.graph_attr["rankdir"] == "TB" else label


def _room(content: str, size: float, bold: bool = False) -> float:
    """Return how wide a text may become, in points.

    An engine reckons with Helvetica, or without any font; where that is missing, the picture is shown in a
    wider face.
    """
    return prose_width(content, size) * (BOLDER if bold else 1.0)


def _note(lines: Sequence[str]) -> str:
    room = max(_room(content, PROSE_SIZE) for content in lines)
    below = '<BR ALIGN="LEFT"/>'.join((*map(_html, lines), ""))
    return (
        f'<<TABLE BORDER="0"><TR><TD ALIGN="LEFT" BALIGN="LEFT" WIDTH="{room:.0f}">{below}</TD></TR></TABLE>>'
    )


def _label(card: Card, look: Look) -> str:
    texts = [(look.data if key == "data" else look.grad).get(card.name, NO_GRADIENT) for key in card.keys]
    room = 2 * CELL_PAD + max(
        NARROWEST_CARD,
        *(_room(content, CODE_SIZE, bold=card.depth > 0) for content in card.header),
        *(_room(fact, CODE_SIZE) for fact in card.facts),
        *(
            _room(f"{key} {content} ", CODE_SIZE) + 2 * CELL_PAD
            for key, content in zip(card.keys, texts, strict=True)
        ),
    )
    title = '<BR ALIGN="LEFT"/>'.join(map(_html, card.header))
    header = f"<B>{title}</B>" if card.depth else title
    header += "".join(f'<BR ALIGN="LEFT"/>{_coloured("faint", _html(fact))}' for fact in card.facts)
    rows = ""
    for key, content in zip(card.keys, texts, strict=True):
        number = _coloured("ink" if key == "data" else "backward", f"{content}&#160;")
        rows += f'<TR><TD ALIGN="LEFT">{_coloured("faint", key)}</TD><TD ALIGN="RIGHT">{number}</TD></TR>'
    shade = LIGHT["leaf"] if card.kind == "leaf" else LIGHT["card"]
    line, border = LIGHT["ink"] if card.kind == "root" else LIGHT["line"], 3 if card.depth else 1
    body = (
        f'<TABLE STYLE="ROUNDED" COLOR="{line}" BGCOLOR="{shade}" BORDER="{border}" CELLBORDER="0" '
        f'CELLSPACING="0" CELLPADDING="{CELL_PAD}"><TR><TD COLSPAN="2" ALIGN="LEFT" BALIGN="LEFT" '
        f'WIDTH="{room:.0f}">{header}</TD></TR><HR/>{rows}</TABLE>'
    )
    if not card.sign:
        return f"<{body}>"
    sign = _coloured("paper", f"<B>{_html(card.sign)}</B>")
    tab = max(card.tab, _room(card.sign, CODE_SIZE, bold=True) + 2 * CELL_PAD)
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
        f'<TR><TD BGCOLOR="{LIGHT["faint"]}" ALIGN="LEFT" CELLPADDING="{CELL_PAD}" WIDTH="{tab:.0f}">'
        f"{sign}</TD><TD>{body}</TD></TR></TABLE>>"
    )


def _coloured(colour: str, content: str) -> str:
    return f'<FONT COLOR="{LIGHT[colour]}">{content}</FONT>'


def _html(content: str) -> str:
    # Graphviz replaces \N, \G and the like even inside an HTML-like label; a cell must not be empty.
    return escape(printable(content)).replace("\\", "\\\\") or " "
