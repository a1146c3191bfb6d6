"""Chinese, Japanese and Korean names in plots: a font that has them is found, or it is said that none is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from viz import plot_activation, plot_attention, plot_decision_boundary, plot_histograms, plot_history
from viz.plots import fonts
from viz.plots.curves import plot_learning_rates
from viz.plots.matrix import plot_confusion
from viz.text import CJK

pytestmark = pytest.mark.usefixtures("figures", "forgotten")

POINTS = [[0.0, 0.0], [1.0, 0.5]]


def 直线(x: Any) -> Any:
    return 2 * x


PLOTS = {
    "activation": lambda: plot_activation(直线),
    "attention": lambda: plot_attention([[0.5, 0.5], [0.1, 0.9]], ["猫", "dog"], ["猫", "dog"]),
    "boundary": lambda: plot_decision_boundary(lambda p: 1, POINTS, [0, 1], classes=["猫", "狗"]),
    "boundary, inputs": lambda: plot_decision_boundary(lambda p: 1, POINTS, [0, 1], inputs=["身高", "体重"]),
    "confusion": lambda: plot_confusion([[1, 0], [0, 1]], ["猫", "개"]),
    "history": lambda: plot_history({"训练": [2.0, 1.0], "ねこ": [2.0, 1.5]}),
    "learning rates": lambda: plot_learning_rates({"太大": [2.0, 1.0]}),
    "histograms": lambda: plot_histograms([{"第一层": [1.0, 2.0, 3.0]}]),
}


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Look for the font anew, and once more for the tests that follow."""
    fonts.cjk_face.cache_clear()
    yield
    fonts.cjk_face.cache_clear()


def families(ax: Any) -> dict[str, list[str]]:
    from matplotlib.text import Text

    return {text.get_text(): text.get_fontfamily() for text in ax.findobj(Text) if text.get_text()}


@pytest.mark.parametrize("name", PLOTS)
def test_every_name_that_needs_the_font_falls_back_on_it_and_no_other(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "FACES", ("No Such Font", "STIXGeneral"))  # matplotlib brings the second
    usual = families(plot_activation(lambda x: x))["x"]
    ax = PLOTS[name]()
    needing = {text: family for text, family in families(ax).items() if CJK.search(text)}
    assert needing
    assert all(family == [*usual, "STIXGeneral"] for family in needing.values())
    assert all(family == usual for text, family in families(ax).items() if text not in needing)


@pytest.mark.parametrize("name", PLOTS)
def test_without_a_font_one_line_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FACES", ("No Such Font",))
    with pytest.warns(UserWarning, match="install one, such as Noto Sans CJK") as told:
        PLOTS[name]()
    assert len(told) == 1
    assert told[0].filename == __file__
    assert "\n" not in str(told[0].message)


@pytest.mark.parametrize(("letter", "turned"), [("x", 0.0), ("猫", 90.0)])
def test_a_wide_name_is_turned_where_a_narrow_one_of_as_many_letters_fits(
    letter: str, turned: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "FACES", ("STIXGeneral",))
    names = [letter * 6] * 6
    ax: Any = plot_confusion([[0] * 6] * 6, names)
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {turned}


def test_names_that_need_no_font_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FACES", ())
    ax: Any = plot_history({"train −½ Σ η": [2.0, 1.0], "é": [2.0, 1.5]})
    ax.figure.canvas.draw()


def test_the_font_of_this_machine_has_the_letters(caplog: pytest.LogCaptureFixture) -> None:
    if fonts.cjk_face() is None:
        pytest.skip("no font with Chinese letters here: apt-get install fonts-noto-cjk")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of each letter that it lacks
        for plot in (PLOTS["attention"], PLOTS["learning rates"], PLOTS["histograms"]):
            plot().figure.canvas.draw()
    assert not caplog.records
