"""Cmax by dose and cohort, and the highest fold of a count against it: one facet per dose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dashboard.figures.facets import add_facet, axis_names, facet_ground, facet_note, group_axis
from dashboard.figures.style import (
    INK,
    PAPER,
    Figure,
    Trace,
    base_layout,
    cohort_colour,
    cohort_symbol,
    escape,
    legend_box,
    log_ticks,
    message_figure,
    opens_participants,
    pack,
    translucent,
)

# Half of the width over which the points of a cohort are spread, where cohorts are 1 apart.
SPREAD = 0.22


@dataclass(frozen=True)
class CohortPeaks:
    """Cmax of one cohort after one dose, by participant, with geometric mean and 95 % interval (NaN for none).

    `rows` are the rows of the participants in the data cut.
    """

    cohort: int
    label: str
    participants: tuple[str, ...]
    rows: np.ndarray
    cmax: np.ndarray
    gmean: float
    lower: float
    upper: float


@dataclass(frozen=True)
class PeakSummary:
    """Cmax by dose and cohort shown. `table` and `slopes` are the words for what stands under the figure."""

    assay: str
    unit: str
    doses: tuple[int, ...]
    cohorts: tuple[tuple[CohortPeaks, ...], ...]
    table: tuple[tuple[str, ...], ...]
    slopes: tuple[str, ...]
    limits: str
    unseen: str
    participants: int
    left_out: dict[str, int]
    n_cohorts: int
    synthetic: bool


@dataclass(frozen=True)
class CohortPairs:
    """Cmax and the highest fold that followed, by participant of one cohort; `rows` as in CohortPeaks."""

    cohort: int
    label: str
    participants: tuple[str, ...]
    rows: np.ndarray
    cmax: np.ndarray
    fold: np.ndarray


@dataclass(frozen=True)
class ResponseSummary:
    """Pairs by dose and cohort; `correlations` is rho in words by dose (its number of pairs included)."""

    assay: str
    unit: str
    analyte: str
    doses: tuple[int, ...]
    cohorts: tuple[tuple[CohortPairs, ...], ...]
    correlations: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    participants: int
    left_out: dict[str, int]
    n_cohorts: int
    synthetic: bool


def draw_peaks(summary: PeakSummary) -> Figure:
    """A dot per participant, beside the geometric mean with its interval; one log axis for all doses."""
    values = _joined(cohort.cmax for cohorts in summary.cohorts for cohort in cohorts)
    if not len(values):
        return message_figure("No Cmax could be observed", synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key=f"cmax {summary.assay} {summary.unit}")
    layout["margin"] = {"l": 52, "r": 12, "t": 26, "b": 44}
    data: list[Trace] = []
    for place, (dose, cohorts) in enumerate(zip(summary.doses, summary.cohorts, strict=True)):
        x = group_axis({position: cohort.label for position, cohort in enumerate(cohorts)}) | {"range": [-0.5, len(cohorts) - 0.5]}
        y = _log_axis(values, f"Cmax, {escape(summary.unit)}", place)
        add_facet(layout, place, len(summary.doses), f"Dose {dose}", x, y)
        data.append(facet_ground(place))
        for position, cohort in enumerate(cohorts):
            data += _draw_cohort(summary, place, position, dose, cohort) if len(cohort.cmax) else []
    return {"data": data, "layout": layout}


def _draw_cohort(summary: PeakSummary, place: int, position: int, dose: int, cohort: CohortPeaks) -> list[Trace]:
    name_x, name_y = axis_names(place)
    colour, n, unit = cohort_colour(cohort.cohort, summary.n_cohorts), len(cohort.cmax), escape(summary.unit)
    across = np.linspace(-SPREAD, SPREAD, n) if n > 1 else np.zeros(1)
    points: Trace = {
        "type": "scatter",
        "mode": "markers",
        "x": pack(position - 0.08 + across),
        "y": pack(cohort.cmax),
        "marker": {"color": translucent(colour, 0.45), "size": 6, "symbol": cohort_symbol(cohort.cohort)},
        "text": [escape(name) for name in cohort.participants],
        "hovertemplate": f"<b>%{{text}}</b>, dose {dose}<br>Cmax %{{y:.3~g}} {unit}<extra></extra>",
        **opens_participants(cohort.rows),
    }
    known = bool(np.isfinite(cohort.lower))
    interval = f" (95 % interval {cohort.lower:.3g} to {cohort.upper:.3g})" if known else ""
    mean: Trace = {
        "type": "scatter",
        "mode": "markers",
        "x": [position + 0.32],
        "y": [cohort.gmean],
        "marker": {"color": colour, "size": 10, "symbol": "diamond", "line": {"color": PAPER, "width": 1}},
        "error_y": {
            "type": "data",
            "visible": known,
            "symmetric": False,
            "array": [cohort.upper - cohort.gmean if known else 0],
            "arrayminus": [cohort.gmean - cohort.lower if known else 0],
            "color": colour,
            "thickness": 1.5,
            "width": 3,
        },
        "hovertemplate": f"<b>{escape(cohort.label)}</b>, dose {dose}, n = {n}<br>"
        f"geometric mean {cohort.gmean:.3g} {unit}{interval}<extra></extra>",
    }
    return [trace | {"xaxis": name_x, "yaxis": name_y} for trace in ([points, mean] if np.isfinite(cohort.gmean) else [points])]


def draw_response(summary: ResponseSummary) -> Figure:
    """A dot per participant in the colour of the cohort, both axes logarithmic; the rank correlation above each facet."""
    cmax = _joined(cohort.cmax for cohorts in summary.cohorts for cohort in cohorts)
    fold = _joined(cohort.fold for cohorts in summary.cohorts for cohort in cohorts)
    if not len(cmax):
        return message_figure("No participant has both a Cmax and a fold", synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key=f"response {summary.assay} {summary.unit} {summary.analyte}")
    layout["margin"] = {"l": 52, "r": 12, "t": 58, "b": 36}
    layout |= {"showlegend": True, "legend": legend_box(orientation="h", x=0, xanchor="left", y=1.12, yanchor="bottom")}
    data: list[Trace] = []
    for place, (dose, cohorts) in enumerate(zip(summary.doses, summary.cohorts, strict=True)):
        x = _log_axis(cmax, f"Cmax, {escape(summary.unit)}", 0, few=len(summary.doses) > 1)
        y = _log_axis(fold, f"highest {escape(summary.analyte)} fold", place)
        add_facet(layout, place, len(summary.doses), f"Dose {dose}", x, y)
        data.append(facet_ground(place) | {"showlegend": False})
        data += [_draw_pairs(summary, place, dose, cohort) for cohort in cohorts if len(cohort.cmax) or place == 0]
        if not any(len(cohort.cmax) for cohort in cohorts):
            layout["annotations"].append(facet_note(place, len(summary.doses), "No participant"))
    return {"data": data, "layout": layout}


def _draw_pairs(summary: ResponseSummary, place: int, dose: int, cohort: CohortPairs) -> Trace:
    name_x, name_y = axis_names(place)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": escape(cohort.label),
        "showlegend": place == 0,
        "x": pack(cohort.cmax) if len(cohort.cmax) else [None],
        "y": pack(cohort.fold) if len(cohort.fold) else [None],
        "xaxis": name_x,
        "yaxis": name_y,
        "marker": {
            "color": cohort_colour(cohort.cohort, summary.n_cohorts),
            "size": 8,
            "symbol": cohort_symbol(cohort.cohort),
            "line": {"color": PAPER, "width": 0.5},
        },
        "text": [escape(name) for name in cohort.participants],
        "hovertemplate": f"<b>%{{text}}</b>, dose {dose}<br>Cmax %{{x:.3~g}} {escape(summary.unit)}<br>"
        f"highest {escape(summary.analyte)} fold %{{y:.3~g}}<extra></extra>",
        **opens_participants(cohort.rows),
    }


def _joined(arrays: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate([*arrays, np.array([])])


def _log_axis(values: np.ndarray, title: str, place: int, few: bool = False) -> dict[str, object]:
    """A log axis around the positive `values`, with numbers at the first facet only; `few`: powers of ten where there are two."""
    ticks, positive = log_ticks(values), values[values > 0]
    powers = [tick for tick in ticks if f"{tick:e}".startswith("1.0")]
    ticks = powers if few and len(powers) > 1 else ticks
    low, high = (positive.min(), positive.max()) if len(positive) else (1.0, 10.0)
    return {
        "title": title if place == 0 else "",
        "type": "log",
        "tickvals": ticks,
        "ticktext": [f"{tick:g}" for tick in ticks],
        "showticklabels": place == 0,
        "range": [float(np.log10(low / 1.3)), float(np.log10(high * 1.3))],
        "tickfont": {"size": 10, "color": INK},
    }
