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


@dataclass(frozen=True, slots=True)
class Curve:
    """Cubic Bézier pieces end to end: a start, then two control points and an end for each piece."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Geometry:
    """The boxes and the curves of a drawing, in the order in which they were asked for."""

    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]

    @property
    def width(self) -> float:
        xs = (x for curve in self.curves for x, _ in curve.points)
        return max((*(box.right for box in self.boxes), *xs), default=0.0)

    @property
    def height(self) -> float:
        ys = (y for curve in self.curves for _, y in curve.points)
        return max((*(box.bottom for box in self.boxes), *ys), default=0.0)

    def transposed(self) -> Geometry:
        """Return the drawing mirrored at the falling diagonal: what ran to the right runs down."""
        return Geometry(
            tuple(Box(box.y, box.x, box.height, box.width) for box in self.boxes),
            tuple(Curve(tuple((y, x) for x, y in curve.points)) for curve in self.curves),
        )

    def moved_to_origin(self) -> Geometry:
        """Return the same drawing from 0 to the right and downwards, places rounded to a tenth of a pixel."""
        left = min(
            (*(box.x for box in self.boxes), *(x for c in self.curves for x, _ in c.points)), default=0.0
        )
        top = min(
            (*(box.y for box in self.boxes), *(y for c in self.curves for _, y in c.points)), default=0.0
        )
        return Geometry(
            tuple(replace(box, x=round(box.x - left, 1), y=round(box.y - top, 1)) for box in self.boxes),
            tuple(
                Curve(tuple((round(x - left, 1), round(y - top, 1)) for x, y in curve.points))
                for curve in self.curves
            ),
        )


@dataclass(frozen=True, slots=True)
class Way:
    """The way of a link: from box to box, or from box to pill and from pill to box."""

    pill: Box | None
    curves: tuple[Curve, ...]
