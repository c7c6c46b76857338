"""The room of a figure: margins, the area for data and the axes on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.figures.style import Figure
from dashboard.printing.axes import KINDS, Area, Axis, Settings, read_categories
from dashboard.printing.paint import element
from dashboard.printing.ranges import choose_range


@dataclass(frozen=True)
class Stage:
    """The area of a figure, its axes by the names that traces call them (x, y2), and the prefix of every id in its file."""

    area: Area
    axes: Mapping[str, Axis]
    name: str

    def clip(self, x: str, y: str) -> str:
        """A reference to the clip of the plot on axes `x` and `y`."""
        return f"url(#{self.clip_name(x, y)})"

    @property
    def hatch(self) -> str:
        """A reference to the pattern of hatched bars."""
        return f"url(#{self.name}-hatch)"

    def clip_name(self, x: str, y: str) -> str:
        """The id of the clip of the plot on axes `x` and `y`."""
        return f"{self.name}-{x}{y}"


def open_stage(figure: Figure, area: Area, name: str) -> Stage:
    """The stage of `figure` on `area`; ValueError for an axis of a kind that cannot be printed."""
    used = dict.fromkeys(name for trace in figure["data"] for name in (trace.get("xaxis", "x"), trace.get("yaxis", "y")))
    named = [key.replace("axis", "") for key in figure["layout"] if key.startswith(("xaxis", "yaxis"))]
    return Stage(area, {axis: _open_axis(figure, area, axis) for axis in sorted({*used, *named})}, name)


def _open_axis(figure: Figure, area: Area, name: str) -> Axis:
    settings = figure["layout"].get(f"{name[0]}axis{name[1:]}", {})
    columns = [trace[name[0]] for trace in figure["data"] if name[0] in trace and trace.get(f"{name[0]}axis", name[0]) == name]
    kind = _kind(settings)
    categories = read_categories(columns) if kind == "category" else ()
    start, length = _place_axis(area, settings, name[0])
    low, high = choose_range(figure, name, settings, kind, length, categories)
    return Axis(name, settings, kind, low, high, start, length, categories)


def _kind(settings: Settings) -> str:
    kind = str(settings.get("type", "linear"))
    if kind not in KINDS:
        raise ValueError(f"axis of type {kind!r} cannot be printed; types are {', '.join(KINDS)}")
    return kind


def _place_axis(area: Area, settings: Settings, letter: str) -> tuple[float, float]:
    low, high = settings.get("domain", (0, 1))
    if letter == "x":
        return area.left + area.width * low, area.width * (high - low)
    return area.top + area.height * (1 - high), area.height * (high - low)


def draw_clips(stage: Stage, pairs: list[tuple[str, str]]) -> str:
    """The definitions of the clips of the plots on the pairs of axes."""
    return "".join(_draw_clip(stage, x, y) for x, y in pairs)


def _draw_clip(stage: Stage, x: str, y: str) -> str:
    across, up = stage.axes[x], stage.axes[y]
    box = element("rect", x=across.start, y=up.start, width=across.length, height=up.length)
    return element("clipPath", box, id=stage.clip_name(x, y))
