"""Findings as change from baseline: participants above and below their own baseline, by visit and cohort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.style import (
    INK,
    RULE,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    escape,
    legend_box,
    message_figure,
    note,
    pack,
    rule_line,
    translucent,
)

# Share of the room of a visit that its bars fill, and the gap between two series, of the height of the figure.
FILLED, GAP = 0.78, 0.11


@dataclass(frozen=True)
class CohortDirections:
    """Participants of one cohort by the direction of their change at each visit of the figure; `n` those with a result there."""

    cohort: int
    label: str
    lower: np.ndarray
    equal: np.ndarray
    higher: np.ndarray
    unknown: np.ndarray

    @property
    def n(self) -> np.ndarray:
        """Participants with a result at each visit."""
        return self.lower + self.equal + self.higher + self.unknown


@dataclass(frozen=True)
class FindingSeries:
    """One kind of finding, by cohort; `most` is the greatest n of a cohort at a visit."""

    name: str
    cohorts: tuple[CohortDirections, ...]

    @property
    def most(self) -> int:
        """The greatest number of participants of a cohort with a result at a visit."""
        return int(max((cohort.n.max() for cohort in self.cohorts if len(cohort.n)), default=0))


@dataclass(frozen=True)
class FindingSummary:
    """The series that are drawn, their visits and the small table (finding, visit, cohorts, all)."""

    series: tuple[FindingSeries, ...]
    visits: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    records: int
    participants: int
    not_shown: dict[str, int]
    n_cohorts: int
    synthetic: bool


def draw_findings(summary: FindingSummary) -> Figure:
    """One row per finding; at each visit a pair of bars per cohort: up for a result above baseline, down for one below."""
    if not summary.series:
        return message_figure("Nobody is known to lie above or below baseline", synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key="findings")
    layout["margin"] = {"l": 52, "r": 12, "t": 50, "b": 36}
    layout |= {"barmode": "relative", "bargap": 0, "showlegend": True}
    layout["legend"] = legend_box(orientation="h", x=0, xanchor="left", y=0.995, yanchor="top", yref="container")
    data: list[Trace] = []
    for place, series in enumerate(summary.series):
        _add_row(layout, summary, place, series)
        width = FILLED / max(len(series.cohorts), 1)
        for position, cohort in enumerate(series.cohorts):
            x = np.arange(len(summary.visits)) + (position - (len(series.cohorts) - 1) / 2) * width
            data += _draw_bars(summary, place, cohort, x, width)
    return {"data": data, "layout": layout}


def _add_row(layout: Figure, summary: FindingSummary, place: int, series: FindingSeries) -> None:
    height = (1 - GAP * (len(summary.series) - 1)) / len(summary.series)
    top = 1 - place * (height + GAP)
    last, suffix = place == len(summary.series) - 1, "" if place == 0 else str(place + 1)
    layout[f"xaxis{suffix}"] = axis(
        anchor=f"y{suffix}",
        tickvals=list(range(len(summary.visits))),
        ticktext=[escape(visit) if last else "" for visit in summary.visits],
        range=[-0.5, len(summary.visits) - 0.5],
        showgrid=False,
    )
    most = max(series.most, 1)
    step = max(1, -(-most // 2))
    ticks = [-2 * step, -step, 0, step, 2 * step]
    layout[f"yaxis{suffix}"] = axis(
        "participants" if place == 0 else "",
        anchor=f"x{suffix}",
        domain=[max(top - height, 0), top],
        tickvals=ticks,
        ticktext=[f"{abs(tick)} {'↑' if tick > 0 else '↓'}" if tick else "0" for tick in ticks],
        range=[-2.5 * step, 2.5 * step],
    )
    layout["shapes"].append(rule_line(colour=RULE, xref="paper", x0=0, x1=1, yref=f"y{suffix}", y0=0, y1=0))
    place_of = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": top, "yanchor": "bottom"}
    layout["annotations"].append(note(f"<b>{escape(series.name)}</b>", font={"size": 11, "color": INK}, **place_of))


def _draw_bars(summary: FindingSummary, place: int, cohort: CohortDirections, x: np.ndarray, width: float) -> list[Trace]:
    colour, suffix = cohort_colour(cohort.cohort, summary.n_cohorts), "" if place == 0 else str(place + 1)
    counts = np.column_stack([cohort.higher, cohort.equal, cohort.lower, cohort.unknown, cohort.n])
    words = [
        f"<b>{escape(cohort.label)}</b>, {escape(visit)}: n = {row[4]}<br>{row[0]} above baseline, {row[1]} unchanged, {row[2]} below"
        + (f", {row[3]} without a baseline to compare with" if row[3] else "")
        for visit, row in zip(summary.visits, counts.tolist(), strict=True)
    ]
    common: Trace = {"type": "bar", "name": escape(cohort.label), "x": pack(x), "width": width * 0.92, "hovertext": words}
    common |= {"hoverinfo": "text", "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    common |= {"textposition": "outside", "textfont": {"size": 9, "color": INK}, "textangle": 0, "cliponaxis": False}
    up = {"y": pack(cohort.higher), "marker": {"color": colour}, "showlegend": place == 0, "text": _shares(cohort.higher, cohort.n)}
    down = {"y": pack(-cohort.lower), "marker": {"color": translucent(colour, 0.55)}, "showlegend": False}
    return [common | up, common | down | {"text": _shares(cohort.lower, cohort.n)}]


def _shares(counts: np.ndarray, n: np.ndarray) -> list[str]:
    """What stands at the end of a bar: how many, out of those with a result."""
    return [f"{count}/{of}" if count else "" for count, of in zip(counts.tolist(), n.tolist(), strict=True)]
