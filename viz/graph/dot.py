"""The graph as DOT text, for Graphviz's own pictures.

The text is the same in every run: nodes are n1, n2, … in topological order. Labels are HTML-like tables;
whatever a user wrote is escaped, so that it is shown and never read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import graphviz

from viz.graph.cards import Card, by_source, cards
from viz.graph.folded import counted, group_tooltip, link_tooltip, stacks
from viz.nesting import Path, clusters
from viz.record.folding import Folded
from viz.record.passes import Contribution, Passes, quotient
from viz.style import CODE_SIZE, DOT_FACE, LIGHT, NARROWEST_CARD, NO_GRADIENT, NOTE_ROOM, PROSE_SIZE, number
from viz.text import printable, width, wrap_prose

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
}
PORTS = {"LR": ("e", "w"), "TB": ("s", "n")}
"""The sides of a box where arrows leave and arrive."""


def prepare(graph: graphviz.Digraph, direction: str) -> None:
    """Give a graph the look of all drawings, its arrows in the direction "LR" or "TB"."""
    graph.graph_attr.update(GRAPH, rankdir=direction)
    graph.node_attr.update(NODE)
    tail, head = PORTS[direction]
    graph.edge_attr.update(EDGE, tailport=tail, headport=head)


def write_dot(
    graph: graphviz.Digraph,
    recorded: Passes,
    gradients: dict[str, float],
    homes: dict[str, Path],
    labelled: bool,
    digits: int,
) -> None:
    """Write nodes and edges into a graph; `labelled` edges show their local derivative, others hide it.

    `gradients` are by node id; a node without one shows "–". `homes` are the clusters of nodes, by id.
    Numbers have `digits` significant digits.
    """
    hints = node_tooltips(recorded, gradients)
    for card in cards(recorded, arithmetic=False, digits=digits, homes=homes):
        label = _label(card, gradients.get(card.name), digits)
        graph.node(card.name, label, id=f"node-{card.name}", tooltip=graphviz.escape(hints[card.name]))
    _write_clusters(graph, homes)
    names = recorded.names
    for steps in by_source(recorded).values():
        for step in steps:
            hint = graphviz.escape(arrow_tooltip(step, names))
            number_shown = _beside(graph, f"× {number(step.local, digits)}") if labelled else None
            identity = f"arrow-{step.source}-{step.position}"
            graph.edge(step.target, step.source, number_shown, id=identity, tooltip=hint, labeltooltip=hint)


def _write_clusters(graph: graphviz.Digraph, homes: dict[str, Path]) -> None:
    inside: dict[Path, graphviz.Digraph] = {(): graph}
    for place, path in enumerate(clusters(homes.values()), start=1):
        look = CLUSTER | {
            "label": graphviz.escape(printable(path[-1])),
            "tooltip": graphviz.escape(".".join(path)),
        }
        inside[path] = graphviz.Digraph(f"cluster_{place}", graph_attr=look)
    for name, home in homes.items():
        if home:
            inside[home].node(name)
    for path in [path for path in inside if path][::-1]:  # the inner ones first: they are copied
        inside[path[:-1]].subgraph(inside[path])


def write_note(graph: graphviz.Digraph, note: str) -> None:
    """Write a note below a graph; nothing for an empty one."""
    if note:
        lines = (_html(content) for content in wrap_prose(note, NOTE_ROOM, PROSE_SIZE))
        below = '<BR ALIGN="LEFT"/>'.join((*lines, ""))
        graph.graph_attr.update(label=f"<{below}>", fontname=DOT_FACE, fontcolor=LIGHT["ink"], labelloc="b")


def write_folded_dot(graph: graphviz.Digraph, folded: Folded, digits: int) -> None:
    """Write the groups and links of a folded graph into a graph."""
    for stack in stacks(folded, digits):
        facts = "".join(
            f'<BR ALIGN="LEFT"/><FONT COLOR="{LIGHT["faint"]}">{_html(fact)}</FONT>' for fact in stack.facts
        )
        header = '<BR ALIGN="LEFT"/>'.join(f"<B>{_html(line)}</B>" for line in stack.title) + facts
        rows = ((key, content, "ink" if key == "data" else "backward") for key, content in stack.rows)
        label = _table(
            header,
            stack.size[0],
            rows,
            LIGHT["card"],
            LIGHT["line"],
            border=1 if stack.group.data is not None else 3,
        )
        hint = graphviz.escape(group_tooltip(stack.group))
        graph.node(stack.group.name, f"<{label}>", id=f"node-{stack.group.name}", tooltip=hint)
    for link in folded.links:
        hint = graphviz.escape(link_tooltip(link, folded))
        count = _beside(graph, f"{link.count:,}") if counted(folded) else None
        identity = f"arrow-{link.target}-{link.source}"
        graph.edge(link.source, link.target, count, id=identity, tooltip=hint, labeltooltip=hint)


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


def _beside(graph: graphviz.Digraph, label: str) -> str:
    """Return the label of an arrow; where arrows run down, with a space that keeps it off the line."""
    return f" {label}" if graph.graph_attr["rankdir"] == "TB" else label


def _label(card: Card, grad: float | None, digits: int) -> str:
    # In points, and generous: an engine without fonts takes a Chinese character for a space.
    room = max(NARROWEST_CARD, *(width(line, CODE_SIZE) for line in card.header))
    header = '<BR ALIGN="LEFT"/>'.join(map(_html, card.header))
    shade = LIGHT["card"] if card.sign else LIGHT["leaf"]
    line = LIGHT["ink"] if card.is_root else LIGHT["line"]
    shown = NO_GRADIENT if grad is None else number(grad, digits)
    rows = (("data", number(card.step.result, digits), "ink"), ("grad", shown, "backward"))
    body = _table(header, room, rows, shade, line)
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


def _table(
    header: str, room: float, rows: Iterable[tuple[str, str, str]], shade: str, line: str, border: int = 1
) -> str:
    return (
        f'<TABLE STYLE="ROUNDED" COLOR="{line}" BGCOLOR="{shade}" BORDER="{border}" CELLBORDER="0" '
        f'CELLSPACING="0" CELLPADDING="4"><TR><TD COLSPAN="2" ALIGN="LEFT" BALIGN="LEFT" '
        f'WIDTH="{room:.0f}">{header}</TD></TR><HR/>{"".join(_row(*row) for row in rows)}</TABLE>'
    )


def _row(key: str, content: str, colour: str) -> str:
    return (
        f'<TR><TD ALIGN="LEFT"><FONT COLOR="{LIGHT["faint"]}">{key}</FONT></TD>'
        f'<TD ALIGN="RIGHT"><FONT COLOR="{LIGHT[colour]}">{content}&#160;</FONT></TD></TR>'
    )


def _html(content: str) -> str:
    # Graphviz replaces \N, \G and the like even inside an HTML-like label; a cell must not be empty.
    return escape(printable(content)).replace("\\", "\\\\") or " "
