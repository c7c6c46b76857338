"""Days above a threshold: one mark per participant with its bounds, and the cohort's mean and median."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.endpoints.time_above import DaysSummary
from dashboard.figures.facets import add_facet, axis_names, facet_ground, facet_note, group_axis
from dashboard.figures.style import INK, Figure, Trace, base_layout, cohort_colour, cohort_symbol, escape, pack

SPREAD = 0.34


@dataclass(frozen=True)
class CohortDays:
    """Days above one threshold in one cohort: a value, bounds and hover words per participant, and their summary."""

    cohort: int
    label: str
    summary: DaysSummary
    participant: np.ndarray
    days: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    covered: np.ndarray
    episodes: np.ndarray


@dataclass(frozen=True)
class TimeAboveSummary:
    """Cohorts by threshold (cells/µL); `left_out` are participants without a figure, by reason."""

    thresholds: tuple[float, ...]
    cohorts: tuple[tuple[CohortDays, ...], ...]
    n_cohorts: int
    horizon: float
    rule_words: str
    gap_words: str
    who_words: str
    left_out: dict[str, int]
    synthetic: bool


def draw_time_above(summary: TimeAboveSummary) -> Figure:
    """Strips of participants by cohort, one facet per threshold."""
    layout = base_layout(synthetic=summary.synthetic, key="time-above")
    layout["margin"] = {"l": 46, "r": 12, "t": 26, "b": 40}
    data: list[Trace] = []
    for place, (threshold, cohorts) in enumerate(zip(summary.thresholds, summary.cohorts, strict=True)):
        x = group_axis({c.cohort: c.label for c in cohorts}) | {"range": [-0.6, summary.n_cohorts - 0.4]}
        y = {
            "title": "days above" if place == 0 else "",
            "range": [-12, summary.horizon * 1.04],
        }
        add_facet(layout, place, len(summary.thresholds), f"≥ {threshold:g} cells/µL", x, y)
        data.append(facet_ground(place))
        for cohort in cohorts:
            data += _draw_cohort(summary, place, cohort)
        if not any(cohort.summary.n for cohort in cohorts):
            layout["annotations"].append(facet_note(place, len(summary.thresholds), "No participant"))
    return {"data": data, "layout": layout}


def _draw_cohort(summary: TimeAboveSummary, place: int, cohort: CohortDays) -> list[Trace]:
    if not len(cohort.days):
        return []
    name_x, name_y = axis_names(place)
    colour = cohort_colour(cohort.cohort, summary.n_cohorts)
    x = cohort.cohort + _spread(cohort.days)
    bounds = {
        "type": "scatter",
        "mode": "lines",
        "x": pack(np.column_stack([x, x, np.full_like(x, np.nan)]).ravel()),
        "y": pack(np.column_stack([cohort.lower, cohort.upper, np.full_like(x, np.nan)]).ravel()),
        "line": {"color": colour, "width": 1},
        "opacity": 0.35,
        "hoverinfo": "skip",
    }
    marks = {
        "type": "scatter",
        "mode": "markers",
        "x": pack(x),
        "y": pack(cohort.days),
        "marker": {"color": colour, "size": 6, "symbol": cohort_symbol(cohort.cohort), "opacity": 0.8},
        "text": [escape(str(name)) for name in cohort.participant],
        "customdata": pack(np.column_stack([cohort.lower, cohort.upper, cohort.covered, cohort.episodes])),
        "hovertemplate": (
            "<b>%{text}</b><br>%{y:.1f} days above<br>bounds: %{customdata[0]:.1f} to %{customdata[1]:.1f}<br>"
            "covered: %{customdata[2]:.0f} days, episodes: %{customdata[3]:.0f}<extra></extra>"
        ),
    }
    return [trace | {"xaxis": name_x, "yaxis": name_y} for trace in (bounds, marks, _draw_mean(cohort))]


def _draw_mean(cohort: CohortDays) -> Trace:
    known = np.isfinite(cohort.summary.mean_lower)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [cohort.cohort + 0.42],
        "y": [float(cohort.summary.mean)],
        "marker": {"symbol": "diamond", "size": 9, "color": INK},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [float(cohort.summary.mean_upper - cohort.summary.mean) if known else 0],
            "arrayminus": [float(cohort.summary.mean - cohort.summary.mean_lower) if known else 0],
            "color": INK,
            "thickness": 1.5,
            "width": 3,
        },
        "hovertemplate": f"<b>{escape(cohort.label)}</b><br>mean %{{y:.1f}} days, n = {cohort.summary.n}<extra></extra>",
    }


def _spread(values: np.ndarray) -> np.ndarray:
    """Sideways places that keep equal or near values apart; the order of the participants decides, never chance."""
    bins = np.round(values / 12)
    offsets = np.zeros(len(values))
    for level in np.unique(bins):
        members = np.flatnonzero(bins == level)
        step = min(0.09, 2 * SPREAD / max(len(members) - 1, 1))
        offsets[members] = (np.arange(len(members)) - (len(members) - 1) / 2) * step
    return offsets
