"""What an SVG document is besides text."""

from autograd import Value
from viz import draw, frames


def test_a_picture_is_short_where_it_cannot_be_shown() -> None:
    first = frames(Value(1.0) * 2)[0]
    assert repr(first.svg) == f"<Svg, {len(first.svg):,} characters>"
    assert len(repr(first)) < 500
    assert repr(draw(Value(1.0) * 2)) == "<Drawing, 2 boxes>"
