"""Where things are: boxes, and curves from box to box, in pixels with y pointing down."""

from __future__ import annotations

from dataclasses import dataclass, replace

Point = tuple[float, float]
Size = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def centre(self) -> float:
        return self.x + self.width / 2

    def overlaps(self, other: Box) -> bool:
        """Whether the two have more than an edge in common."""
        across = self.x < other.right and other.x < self.right
        return across and self.y < other.bottom and other.y < self.bottom


Curve = tuple[Point, ...]
"""Cubic Bézier pieces end to end: a start, then two control points and an end for each piece."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """The boxes and the curves of a drawing, in the order in which they were asked for."""

    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]

    def _points(self) -> list[Point]:
        corners = [point for box in self.boxes for point in ((box.x, box.y), (box.right, box.bottom))]
        return [*corners, *(point for curve in self.curves for point in curve)]

    @property
    def width(self) -> float:
        return max((x for x, _ in self._points()), default=0.0)

    @property
    def height(self) -> float:
        return max((y for _, y in self._points()), default=0.0)

    def transposed(self) -> Geometry:
        """Return the drawing mirrored at the falling diagonal: what ran to the right runs down."""
        return Geometry(
            tuple(Box(box.y, box.x, box.height, box.width) for box in self.boxes),
            tuple(tuple((y, x) for x, y in curve) for curve in self.curves),
        )

    def moved_to_origin(self) -> Geometry:
        """Return the same drawing from 0 to the right and downwards, places rounded to a tenth of a pixel."""
        points = self._points()
        left, top = (min((point[axis] for point in points), default=0.0) for axis in (0, 1))
        return Geometry(
            tuple(replace(box, x=round(box.x - left, 1), y=round(box.y - top, 1)) for box in self.boxes),
            tuple(tuple((round(x - left, 1), round(y - top, 1)) for x, y in curve) for curve in self.curves),
        )


@dataclass(frozen=True, slots=True)
class Way:
    """The way of a link: from box to box, or from box to pill and from pill to box."""

    pill: Box | None
    curves: tuple[Curve, ...]
