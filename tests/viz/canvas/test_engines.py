"""Finding an engine: the order, the forced choice, and what is said when there is none."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from autograd import Value
from viz import draw, frames
from viz.canvas import engines as render
from viz.canvas.engines import EngineError, engines
from viz.graph.drawing import Drawing


def drawing() -> Drawing:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    return draw((a * b + 10).tanh())


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], str]:
    def write(name: str, body: str) -> str:
        path = tmp_path / name
        path.write_text(f"#!{sys.executable}\n{body}\n")
        path.chmod(0o755)
        return str(path)

    return write


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No program on PATH, none beside Python, no pygraphviz."""
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sysconfig.get_path", lambda name: os.devnull)
    monkeypatch.setitem(render.SEARCH, "pygraphviz", lambda: None)


def test_an_engine_is_found_beside_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    assert next(engines()).name == "graphviz-pure"


def test_the_order_of_the_search(monkeypatch: pytest.MonkeyPatch, program: Callable[[str, str], str]) -> None:
    folder = str(Path(program("dot", "")).parent)
    program("graphviz-pure", "")
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setenv("PATH", folder)
    monkeypatch.setitem(render.SEARCH, "pygraphviz", lambda: "")
    assert [engine.name for engine in engines()] == ["dot", "graphviz-pure", "pygraphviz"]
    monkeypatch.setenv("GLASSGRAD_DOT", f"{folder}/graphviz-pure")
    assert [engine.program for engine in engines()] == [f"{folder}/graphviz-pure"]


@pytest.mark.usefixtures("nothing")
def test_without_any_engine_the_pictures_are_drawn_all_the_same() -> None:
    assert list(engines()) == []
    assert "tanh(v2)" in drawing().svg()
    assert "<svg" in drawing()._repr_mimebundle_()[0]["image/svg+xml"]
    assert len(frames(Value(2.0, label="x") * 3)) == 4


@pytest.mark.usefixtures("nothing")
def test_without_any_program_render_says_what_was_tried_and_saves_the_text(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"dot, graphviz-pure, pygraphviz.*pip install graphviz-pure"):
        drawing().render(tmp_path / "graph.gv", format="svg")
    assert (tmp_path / "graph.gv").read_text() == drawing().source
    with pytest.raises(EngineError, match=r"the DOT text is in (.*\.gv)") as caught:
        drawing().pipe(format="svg")
    saved = Path(str(caught.value).rpartition("is in ")[2])
    assert saved.read_text() == drawing().source
    saved.unlink()


def test_a_failing_engine_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, program: Callable[[str, str], str]
) -> None:
    broken = program("dot", "raise SystemExit('broken installation')")
    nonsense = program("graphviz-pure", "print('{}')")
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setenv("PATH", str(Path(broken).parent))
    assert "tanh(v2)" in drawing().svg()
    for choice, message in ((broken, "broken installation"), (nonsense, "no layout that can be read")):
        monkeypatch.setenv("GLASSGRAD_DOT", choice)
        with pytest.raises(EngineError, match=message):
            drawing().svg()


@pytest.mark.parametrize(
    "answer", ["[]", "3", '{"objects": 3}', '{"objects": [3]}', '{"edges": [{"pos": 1}]}']
)
def test_an_engine_that_answers_otherwise_is_passed_over(
    answer: str, monkeypatch: pytest.MonkeyPatch, program: Callable[[str, str], str]
) -> None:
    odd = program("dot", f"print({answer!r})")
    monkeypatch.setenv("GLASSGRAD_DOT", odd)
    with pytest.raises(EngineError, match="no layout that can be read"):
        drawing().svg()
    monkeypatch.delenv("GLASSGRAD_DOT")
    monkeypatch.setenv("PATH", str(Path(odd).parent))
    assert "tanh(v2)" in drawing().svg()


def test_a_slow_engine_is_stopped(
    monkeypatch: pytest.MonkeyPatch, program: Callable[[str, str], str]
) -> None:
    monkeypatch.setattr(render, "TIMEOUT", 0.2)
    slow = program("dot", "import time; time.sleep(30)")
    monkeypatch.setenv("GLASSGRAD_DOT", slow)
    with pytest.raises(EngineError, match=r"more than 0\.2 s.*GLASSGRAD_DOT=built-in"):
        drawing().svg()
    monkeypatch.delenv("GLASSGRAD_DOT")
    monkeypatch.setenv("PATH", str(Path(slow).parent))
    with pytest.warns(
        RuntimeWarning, match=r"dot took more than 0\.2 s.*the built-in layout takes its place"
    ):
        assert "tanh(v2)" in drawing().svg()


def test_an_engine_is_not_asked_where_links_cross_too_many_columns(
    monkeypatch: pytest.MonkeyPatch, program: Callable[[str, str], str], tmp_path: Path
) -> None:
    asked = tmp_path / "asked"
    dot = program("dot", f"open({str(asked)!r}, 'w'); raise SystemExit('no layout')")
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setenv("PATH", str(Path(dot).parent))

    def chain(length: int) -> Any:
        x = Value(1.01)
        return draw(reduce(lambda y, _: y * x, range(length), x))

    assert "<svg" in chain(100).svg()
    assert not asked.exists(), "one value used along the whole chain"
    monkeypatch.setenv("GLASSGRAD_DOT", dot)
    with pytest.raises(EngineError, match="no layout"):
        chain(100).svg()
    asked.unlink()
    monkeypatch.delenv("GLASSGRAD_DOT")
    chain(10).svg()
    assert asked.exists()


def test_a_forced_engine_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    with pytest.raises(EngineError, match=r"/no/such/dot.*pip install graphviz-pure"):
        drawing().svg()


def test_the_built_in_layout_can_be_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSGRAD_DOT", "built-in")
    assert "tanh(v2)" in drawing().svg()
    with pytest.raises(EngineError, match="no Graphviz program"):
        drawing().pipe(format="svg")


def test_render_and_pipe_use_the_engine_found(tmp_path: Path) -> None:
    picture = drawing().render(tmp_path / "graph", format="svg")
    assert "tanh(v2)" in Path(picture).read_text()
    assert "tanh(v2)" in drawing().pipe(format="svg", encoding="utf-8")


def test_a_format_the_engine_lacks_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineError, match=r"^[^\n]*pdf[^\n]*svg\(\) needs no Graphviz$") as caught:
        drawing().pipe(format="pdf")
    Path(str(caught.value).partition("DOT text is in ")[2].partition(",")[0]).unlink()
