"""The drawing of a pooled course as SVG: a bar from quartile to quartile and a point for the median at each visit."""

from __future__ import annotations

from html import escape

from dashboard.closed.review import Course, Point

WIDTH, HEIGHT = 480, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 12, 44
# Steps of an axis: a hundred times as far apart, they look the same.
STEPS = (1, 2, 5)


def draw_course(course: Course) -> str:
    """SVG that says in its label what it shows; ValueError for a course without a point."""
    if not course.points:
        raise ValueError("a course without a point cannot be drawn")
    low, high = min(point.week for point in course.points), max(point.week for point in course.points)
    ticks = choose_ticks(max(point.q3 for point in course.points))
    first, last = course.points[0], course.points[-1]
    words = f"{course.analyte} of all participants: median {first.median} at {first.visit}, {last.median} at {last.visit}, cells/µL"

    def x(week: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * ((week - low) / (high - low) if high > low else 0.5)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / ticks[-1]

    rules = "".join(_draw_rule(tick, y(tick)) for tick in ticks)
    weeks = "".join(_draw_week(week, x(week)) for week in _choose_weeks(low, high))
    line = " ".join(f"{x(point.week):.1f},{y(point.median):.1f}" for point in course.points)
    points = "".join(_draw_point(point, x(point.week), y(point.q1), y(point.median), y(point.q3)) for point in course.points)
    return (
        f'<svg class="closed-figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">{rules}{weeks}'
        f'<polyline class="closed-line" points="{line}"/>{points}'
        f'<text class="closed-axis" x="{WIDTH / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle">weeks since the first dose</text></svg>'
    )


def choose_ticks(highest: float) -> list[int]:
    """Two to seven round numbers from 0 to the first of them that is not below `highest`."""
    power = 1
    while True:
        for step in (size * power for size in STEPS):
            if highest <= 6 * step:
                return [step * place for place in range(max(-(-int(highest) // step), 1) + 1)]
        power *= 10


def _choose_weeks(low: float, high: float) -> list[int]:
    step = 4 if high - low <= 40 else 12
    return [week for week in range(-step * 4, int(high) + 1, step) if week >= low]


def _draw_rule(tick: int, y: float) -> str:
    return (
        f'<line class="closed-rule" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="closed-axis" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:,}</text>'
    )


def _draw_week(week: int, x: float) -> str:
    return f'<text class="closed-axis" x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{str(week).replace("-", "−")}</text>'


def _draw_point(point: Point, x: float, q1: float, median: float, q3: float) -> str:
    told = f"{point.visit}: median {point.median}, quartiles {point.q1} and {point.q3} cells/µL, {point.n} participants"
    return (
        f'<g><title>{escape(told)}</title><line class="closed-bar" x1="{x:.1f}" x2="{x:.1f}" y1="{q1:.1f}" y2="{q3:.1f}"/>'
        f'<circle class="closed-point" cx="{x:.1f}" cy="{median:.1f}" r="3.5"/></g>'
    )
