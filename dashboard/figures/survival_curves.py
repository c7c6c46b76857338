"""Shares over time as steps: survival or cumulative incidence, with bands, censoring marks and numbers at risk under the axis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dashboard.figures.facets import label_margin
from dashboard.figures.style import (
    INK,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    cohort_dash,
    escape,
    legend_box,
    message_figure,
    note,
    opens_participants,
    pack,
    rule_line,
    translucent,
)

# Mean length of a month of the Gregorian calendar.
MONTH = 30.436875
UNITS = {"day": ("days", 1.0), "month": ("months", MONTH)}
# Longer names of groups would leave no room for the plot on a telephone; the legend has them whole.
LABEL_LETTERS = 20
ROW = 14
ALL, ALL_LABEL = -1, "All shown"


@dataclass(frozen=True)
class PersonMarks:
    """One mark per participant of a curve: day, share, whether an event (else censored), words, and row in the data cut."""

    day: np.ndarray
    share: np.ndarray
    event: np.ndarray
    words: tuple[str, ...]
    row: np.ndarray


@dataclass(frozen=True)
class Curve:
    """A step curve: share (0 … 1) with 95 % limits from each `time` (days) on; ends at the last time.

    group is the position of the cohort (of the cause), ALL for everybody; an overlay is drawn thin, without band and marks. at_risk is
    empty for a curve without a row of its own under the axis; at_risk_label names the row where the curve's label does not.
    """

    group: int
    label: str
    n: int
    events: int
    time: np.ndarray = field(repr=False)
    share: np.ndarray = field(repr=False)
    lower: np.ndarray = field(repr=False)
    upper: np.ndarray = field(repr=False)
    at_risk: np.ndarray = field(repr=False)
    marks: PersonMarks | None = field(repr=False)
    overlay: bool = False
    at_risk_label: str = ""


@dataclass(frozen=True)
class CurveSummary:
    """Curves with the days at which numbers at risk are given. `y` and `since` complete the axis titles (“days since …”).

    message stands instead of curves where there are none.
    """

    key: str
    curves: tuple[Curve, ...]
    grid: np.ndarray = field(repr=False)
    horizon: float
    unit: str
    since: str
    y: str
    rising: bool
    n_groups: int
    synthetic: bool
    message: str = ""


def draw_curves(summary: CurveSummary) -> Figure:
    """Steps by group with band and marks, a rule at one half, numbers at risk under the axis."""
    if not summary.curves:
        return message_figure(summary.message, synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key=f"{summary.key} {summary.unit}")
    rows = [curve for curve in summary.curves if len(curve.at_risk)]
    left = label_margin(_name_row(curve) for curve in rows)
    layout["margin"] = {"l": left, "r": 14, "t": 34, "b": 42 + ROW * (1 + len(rows))}
    layout["showlegend"] = len(summary.curves) > 1
    layout["legend"] = legend_box(orientation="h", x=0, xanchor="left", y=1.01, yanchor="bottom")
    words, length = UNITS[summary.unit]
    end = summary.horizon / length
    layout["xaxis"] = axis(f"{words} since {summary.since}", range=[-0.01 * end, 1.02 * end], tickvals=_round(summary.grid / length))
    layout["yaxis"] = axis(summary.y, range=[-2, 102], tickvals=[0, 25, 50, 75, 100])
    if not summary.rising:
        layout["shapes"].append(rule_line(dash="dot", xref="paper", x0=0, x1=1, y0=50, y1=50))
    layout["annotations"] += _at_risk(summary, rows, length)
    # Many bands one over the other would hide each other at the usual strength.
    alpha = 0.1 if sum(not curve.overlay for curve in summary.curves) <= 3 else 0.055
    data = [trace for curve in summary.curves for trace in _draw_curve(summary, curve, length, alpha)]
    # Bands lie under every line, and marks over them all, so that none hides another curve.
    return {"data": sorted(data, key=lambda trace: ("fill" not in trace, trace["mode"] == "markers")), "layout": layout}


def _draw_curve(summary: CurveSummary, curve: Curve, length: float, alpha: float) -> list[Trace]:
    colour = _colour(summary, curve)
    line: Trace = {
        "type": "scatter",
        "mode": "lines",
        "name": escape(curve.label),
        "x": pack(curve.time / length),
        "y": pack(100 * curve.share),
        "line": {
            "color": translucent(colour, 0.75) if curve.overlay else colour,
            "width": 1.2 if curve.overlay else 2.2,
            "shape": "hv",
            "dash": "dot" if curve.overlay else cohort_dash(max(curve.group, 0)),
        },
        "customdata": pack(np.column_stack([curve.time, 100 * curve.lower, 100 * curve.upper])),
        "hovertemplate": (
            f"<b>{escape(curve.label)}</b> (n = {curve.n}, events {curve.events})<br>from day %{{customdata[0]:.0f}}: %{{y:.1f}} %"
            "<br>95 % interval: %{customdata[1]:.1f} to %{customdata[2]:.1f} %<extra></extra>"
        ),
    }
    if curve.overlay:
        return [line]
    marks = [] if curve.marks is None else [_draw_marks(curve, curve.marks, colour, length)]
    return [*_draw_band(curve, translucent(colour, alpha), length), line, *marks]


def _draw_band(curve: Curve, colour: str, length: float) -> list[Trace]:
    """The limits as one filled shape, from the first to the last time that has both; nothing where there are none."""
    known = np.flatnonzero(np.isfinite(curve.lower) & np.isfinite(curve.upper))
    if len(known) == 0:
        return []
    first, last = known[0], known[-1]
    ends = np.append(curve.time, curve.time[-1])[first : last + 2] / length
    across = np.repeat(ends, 2)[1:-1]
    upper, lower = (np.repeat(100 * limit[first : last + 1], 2) for limit in (curve.upper, curve.lower))
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": escape(curve.label),
            "showlegend": False,
            "x": pack(np.r_[across, across[::-1]]),
            "y": pack(np.r_[upper, lower[::-1]]),
            "fill": "toself",
            "fillcolor": colour,
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
    ]


def _draw_marks(curve: Curve, marks: PersonMarks, colour: str, length: float) -> Trace:
    """A tick for each participant censored, a small dot for each with an event; a click opens the participant."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": escape(curve.label),
        "showlegend": False,
        "x": pack(marks.day / length),
        "y": pack(100 * marks.share),
        "marker": {
            "symbol": ["circle" if event else "line-ns" for event in marks.event.tolist()],
            "size": [3.5 if event else 8 for event in marks.event.tolist()],
            "color": colour,
            "line": {"width": 1.2, "color": translucent(colour, 0.8)},
        },
        **opens_participants(marks.row),
        "hovertext": [escape(words) for words in marks.words],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _at_risk(summary: CurveSummary, rows: list[Curve], length: float) -> list[dict[str, Any]]:
    """A row of numbers per curve, each number under its day, with the curve's name at the left."""
    place = {"xref": "paper", "x": 0, "xanchor": "right", "xshift": -10, "yref": "paper", "y": 0, "yanchor": "top"}
    marks = [note("at risk", **place, yshift=-34)]
    for at, curve in enumerate(rows, 1):
        font = {"size": 10, "color": INK if curve.at_risk_label == ALL_LABEL else _colour(summary, curve)}
        shift = -34 - ROW * at
        marks.append(note(escape(_name_row(curve)), **place, yshift=shift, font=font))
        marks += [
            note(f"{n:.0f}", xref="x", x=float(day), yref="paper", y=0, yanchor="top", yshift=shift, font=font)
            for day, n in zip(_round(summary.grid / length), curve.at_risk, strict=True)
        ]
    return marks


def _colour(summary: CurveSummary, curve: Curve) -> str:
    return INK if curve.group == ALL else cohort_colour(curve.group, summary.n_groups)


def _name_row(curve: Curve) -> str:
    label = curve.at_risk_label or curve.label
    return label if len(label) <= LABEL_LETTERS else f"{label[: LABEL_LETTERS - 1].rstrip()}…"


def _round(values: np.ndarray) -> list[float]:
    """Ticks without the rest that a division leaves."""
    return [round(float(value), 6) for value in values]
