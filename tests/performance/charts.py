"""Growth curves as SVG: medians joined by a line, the spread of the rounds as a bar at each point."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from tests.performance.rounds import Ratio

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 64, 52
_COLOURS = ("#0b5fa5", "#c2410c", "#15803d", "#7e22ce", "#b45309", "#64748b")
_WIDEST_NAME = 190


@dataclass(frozen=True)
class Point:
    """One step of growth."""

    x: float
    y: Ratio


@dataclass(frozen=True)
class Curve:
    """A picture; ``name`` is its file without ending."""

    name: str
    title: str
    x_label: str
    y_label: str
    series: Mapping[str, Sequence[Point]]

    def svg(self) -> str:
        """The picture; x grows by factors, y begins at zero."""
        points = [point for line in self.series.values() for point in line]
        plot = _Plot(
            min(point.x for point in points),
            max(point.x for point in points),
            max(point.y.highest for point in points) * 1.1,
        )
        middle = (_TOP + _HEIGHT - _BOTTOM) / 2
        parts = [
            _text(_LEFT, 22, self.title, size=15),
            _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 10, self.x_label, anchor="middle"),
            f'<g transform="rotate(-90 16 {middle:.0f})">'
            + _text(16, middle, self.y_label, anchor="middle")
            + "</g>",
            *plot.grid(sorted({point.x for point in points})),
        ]
        apart = min(_WIDEST_NAME, (_WIDTH - _LEFT) / len(self.series))
        for number, (name, line) in enumerate(self.series.items()):
            colour = _COLOURS[number % len(_COLOURS)]
            parts += plot.line(line, colour)
            parts.append(_text(_LEFT + number * apart, 46, f"● {name}", colour=colour))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            'font-family="sans-serif" font-size="12">'
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>' + "".join(parts) + "</svg>\n"
        )


@dataclass(frozen=True)
class _Plot:
    x_low: float
    x_high: float
    y_high: float

    def place_x(self, x: float) -> float:
        span = math.log(self.x_high / self.x_low) or 1
        return _LEFT + math.log(x / self.x_low) / span * (_WIDTH - _LEFT - _RIGHT)

    def place_y(self, y: float) -> float:
        return _HEIGHT - _BOTTOM - y / self.y_high * (_HEIGHT - _TOP - _BOTTOM)

    def grid(self, xs: Sequence[float]) -> list[str]:
        steps = [self.y_high * step / 4 for step in range(5)]
        rows = [
            f'<path d="M{_LEFT} {self.place_y(y):.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>'
            + _text(_LEFT - 6, self.place_y(y) + 4, f"{y:.3g}", anchor="end")
            for y in steps
        ]
        return rows + [_text(self.place_x(x), _HEIGHT - 30, _short(x), anchor="middle") for x in xs]

    def line(self, points: Sequence[Point], colour: str) -> list[str]:
        places = [(self.place_x(point.x), self.place_y(point.y.median)) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
        for point, (x, y) in zip(points, places, strict=True):
            low, high = self.place_y(point.y.lowest), self.place_y(point.y.highest)
            parts.append(f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{colour}" opacity="0.5"/>')
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>')
        return parts


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, colour: str = "#333"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">'
        f"{escape(text)}</text>"
    )


def _short(x: float) -> str:
    for factor, unit in ((1_000_000, "M"), (1_000, "k")):
        if x >= factor:
            return f"{x / factor:g}{unit}"
    return f"{x:g}"
