"""Steps as the page holds them: nothing is lost, and what is said of many is said once."""

from __future__ import annotations

from typing import Any

import nn
from autograd import Value, tanh
from tests.viz.player.reading import read
from viz import passes
from viz.player.templates import templated
from viz.record.levels import levels
from viz.record.passes import Passes
from viz.steps.captions import Captions
from viz.steps.levels import level_steps
from viz.steps.slots import bare
from viz.steps.step import Step
from viz.steps.words import Words


def steps_of(recorded: Passes, model: Any = None, lang: str = "en") -> list[Step]:
    found = levels(recorded, model)
    return [*level_steps(found, Captions(found.recorded, Words(lang)), {})]


def test_a_page_reads_the_steps_that_were_told() -> None:
    strange = ['"', "\\", "w[007]", "1=2", "n1-0", '{"a":1}', "x 3 y", "</script>", "参数 1 ", "l1２"]
    value = tanh(sum((Value(0.1, label=name) * place for place, name in enumerate(strange)), Value(0.0)))
    value.label = "a1٣２"  # digits, but none of a number
    for lang in ("en", "zh"):
        steps = steps_of(passes(value), lang=lang)
        page = templated(steps)
        for step, row in zip(steps, page["steps"], strict=True):
            told = read(page, row)
            assert {part: told[part] for part in ("phase", "node", "within", "texts", "states", "marks")} == {
                part: getattr(step, part) for part in ("phase", "node", "within", "texts", "states", "marks")
            }
            for part in ("count", "line", "question", "answer", "again", "share"):
                assert told[part] == bare(getattr(step, part)), (part, row)
            assert told["caption"]["sentence"] == bare(step.caption.sentence)
            assert [term["symbol"] for term in told["sum"]] == [bare(term.symbol) for term in step.sum]


def test_steps_that_say_the_same_share_their_templates() -> None:
    model = nn.MLP(2, [16, 16, 2], activation="tanh", fused=False, seed=1)
    out = model([Value(0.5, label="x1"), Value(0.6, label="x2")])
    assert isinstance(out, list)
    loss = (out[0] - 1) ** 2 + (out[1] - 1) ** 2
    steps = steps_of(passes(loss, model=model), model)
    page = templated(steps)
    assert len(page["templates"]) * 10 < len(steps)
    assert sum(map(len, page["templates"])) * 10 < sum(len(repr(step)) for step in steps)
