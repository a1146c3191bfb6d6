"""A graph as the player's page holds it: boxes that open, from modules down to the scalars."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from viz.canvas.svg import Svg, framed
from viz.graph.cards import NORM
from viz.graph.paint import paint
from viz.player.program import page_program
from viz.player.run import Run
from viz.player.stage import Stage
from viz.player.story import Inside, Story, described
from viz.player.surface import surface_of_graph
from viz.record.folding import Group
from viz.record.levels import Levels
from viz.record.part_words import PartWords
from viz.steps.captions import Captions
from viz.steps.expression import expression_of
from viz.steps.levels import gradient, holding, key, level_steps
from viz.steps.looks import graph_look
from viz.steps.screen import last_screen, recorded_numbers
from viz.steps.slots import bare
from viz.steps.step import Step
from viz.steps.words import Words

MOST_OPENED = 3000
"""The most nodes of a graph whose parts open down to the scalars."""


def levels_story(run: Run, levels: Levels, words: Words) -> Story:
    """Tell a run of passes through one graph, part by part; `levels` are those of its first epoch."""
    told = replace(run, epochs=[levels.ordered(recorded) for recorded in run.epochs])
    first, last = levels.recorded, told.epochs[-1]
    captions = Captions(first, words)
    stage = Stage(levels, words("group.of-length"))
    whole, shapes = stage.picture("")
    opening = [part for part in levels.parts if _opens(levels, part)]
    pictures = {part: stage.picture(part) for part in opening}
    seen = {name for part in ("", *opening) for name in levels.inside[part]}
    scenes = [whole, *(scene for scene, _ in pictures.values())]
    arrows = {arrow.name: [arrow.tail, arrow.head] for scene in scenes for arrow in scene.arrows}
    outputs = {group.output for group in levels.parts.values() if group.output}
    told_of = {*seen, *arrows, *outputs}
    steps = [*_in_sight(level_steps(levels, captions, run.moves), told_of, {"", *opening})]

    def still() -> Svg:
        before = [step for step in steps if step.phase != "update"]
        screen = last_screen(before, recorded_numbers(last, lengths=levels.lengths(last)))
        picture = paint(whole, graph_look(whole, screen), {})
        return framed(whole.width, whole.height, words("graph.title", root=first.root.name), picture)

    return Story(
        words=words,
        root=first.root.name,
        expression=expression_of(first),
        note=words("group.note", nodes=f"{len(levels.nodes):,}", norm=NORM) if levels.parts else "",
        steps=steps,
        nodes={step.node: described(step, captions) for step in first.forward if step.node in seen}
        | {name: _part(group, captions, levels.words) for name, group in levels.parts.items()},
        arrows=arrows,
        width=whole.width,
        height=whole.height,
        shapes=shapes,
        still=still,
        program=page_program(first),
        run=told,
        insides={
            part: Inside(scene.width, scene.height, inside) for part, (scene, inside) in pictures.items()
        },
        home=levels.home,
        members=_members(levels),
        surface=surface_of_graph(first),
    )


def _opens(levels: Levels, part: str) -> bool:
    """Whether a part opens: in a graph of very many nodes, where that shows parts again."""
    small = len(levels.nodes) <= MOST_OPENED
    return small or any(box in levels.parts for box in levels.inside[part])


def _in_sight(steps: Iterable[Step], told_of: Collection[str], opening: Collection[str]) -> Iterator[Step]:
    """Yield the steps that can be seen; what the others change of what is told of, the next one changes."""
    texts: dict[str, str] = {}
    states: dict[str, str] = {}
    for step in steps:
        if step.within in opening:
            yield replace(step, texts=texts | step.texts, states=states | step.states)
            texts, states = {}, {}
        else:
            texts |= {place: text for place, text in step.texts.items() if place.split(".")[0] in told_of}
            states |= {name: state for name, state in step.states.items() if name in told_of}


def _part(group: Group, captions: Captions, words: PartWords) -> dict[str, Any]:
    """Return what the script reads of a part."""
    say = captions.words
    meaning = say("group.meaning", count=f"{group.count:,}", root=captions.root, norm=gradient(group))
    told = {"name": group.title, "formula": holding(group, words), "key": key(group), "meaning": meaning}
    if group.output:
        told |= {"meaning": bare(captions.meaning(group.output)), "output": group.output}
    return told


def _members(levels: Levels) -> Mapping[str, list[int]]:
    """Return the stretch of nodes that each part holds, in the order of the program."""
    place = {node: place for place, node in enumerate(levels.nodes)}
    return {name: [place[group.members[0]], group.count] for name, group in levels.parts.items()}
