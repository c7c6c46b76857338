"""Drug concentrations by days since the latest dose, on a log axis with a lane of its own for what is below the limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.style import (
    INK,
    PAPER,
    QUIET,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    cohort_dash,
    cohort_symbol,
    escape,
    legend_box,
    log_ticks,
    message_figure,
    note,
    opens_participants,
    pack,
    translucent,
    with_blanks,
    with_gaps,
)

# Beyond this, markers would cost more than they show.
MAX_MARKED = 1_000
# How far the lane reaches above and below its middle, as a ratio.
LANE = 1.25


@dataclass(frozen=True)
class CohortSamples:
    """Samples of one cohort, a line (equal `line`) per participant and dose: days since the dose, height on the axis, hover text.

    `participant` is the row of each sample's participant in the data cut.
    """

    cohort: int
    label: str
    days: np.ndarray
    height: np.ndarray
    in_lane: np.ndarray
    line: np.ndarray
    words: np.ndarray
    participant: np.ndarray


@dataclass(frozen=True)
class DoseMeans:
    """Geometric means of one cohort after one dose by planned visit; NaN limits = no interval. `cells` are their addresses."""

    cohort: int
    label: str
    dose: int
    days: np.ndarray
    gmean: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    n: np.ndarray
    visits: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True)
class ConcentrationSummary:
    """What is drawn of one assay. `lane` is the height of values below the limit, None when nothing is below it.

    `limits` are first and last day sampled after each dose; `below` the number of samples in the lane.
    """

    assay: str
    unit: str
    cohorts: tuple[CohortSamples, ...]
    means: tuple[DoseMeans, ...]
    lane: float | None
    limits: tuple[tuple[int, float, float], ...]
    below: int
    samples: int
    participants: int
    not_shown: dict[str, int]
    n_cohorts: int
    synthetic: bool


def draw_concentrations(summary: ConcentrationSummary) -> Figure:
    """Thin lines for participants, thick ones for geometric means, dashed by the number of the dose."""
    if not summary.samples:
        return message_figure("No concentration after a dose", synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key=f"pk {summary.assay} {summary.unit}")
    layout["margin"] = {"l": 52, "r": 12, "t": 44, "b": 36}
    layout |= {"showlegend": True, "legend": legend_box(orientation="h", x=0, xanchor="left", y=1.02, yanchor="bottom")}
    heights = np.concatenate([samples.height for samples in summary.cohorts])
    ticks = [tick for tick in log_ticks(heights) if summary.lane is None or tick > summary.lane * LANE]
    layout["xaxis"] = axis("days since the latest dose", rangemode="tozero")
    layout["yaxis"] = axis(
        f"{escape(summary.assay)}, {escape(summary.unit)}", type="log", tickvals=ticks, ticktext=[f"{t:g}" for t in ticks]
    )
    layout["yaxis"]["range"] = [float(np.log10(heights.min() / 1.6)), float(np.log10(heights.max() * 1.4))]
    if summary.lane is not None:
        _draw_lane(layout, summary.lane)
    marked = summary.samples <= MAX_MARKED
    data = [_draw_lines(summary, samples, marked) for samples in summary.cohorts]
    data += [_draw_means(summary, means) for means in summary.means]
    doses = sorted({means.dose for means in summary.means})
    data += [_draw_key(dose) for dose in doses] if len(doses) > 1 else []
    return {"data": data, "layout": layout}


def _draw_lane(layout: Figure, lane: float) -> None:
    band = {"type": "rect", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "y0": lane / LANE, "y1": lane * LANE}
    layout["shapes"].append({**band, "fillcolor": translucent(QUIET, 0.12), "line": {"width": 0}})
    words = "below the limit of quantification"
    layout["annotations"].append(note(words, xref="paper", x=1, xanchor="right", y=float(np.log10(lane)), yanchor="middle"))


def _draw_lines(summary: ConcentrationSummary, samples: CohortSamples, marked: bool) -> Trace:
    colour = cohort_colour(samples.cohort, summary.n_cohorts)
    symbols = np.where(samples.in_lane, "triangle-down", cohort_symbol(samples.cohort))
    return {
        "type": "scatter",
        "mode": "lines+markers" if marked else "lines",
        "name": escape(samples.label),
        "showlegend": False,
        "x": pack(with_gaps(samples.days, samples.line)),
        "y": pack(with_gaps(samples.height, samples.line)),
        "line": {"color": translucent(colour, 0.28), "width": 1},
        "marker": {
            "color": translucent(colour, 0.6),
            "size": 5,
            "symbol": [symbol or "circle" for symbol in with_blanks(symbols, samples.line)],
        },
        "text": [escape(words) for words in with_blanks(samples.words, samples.line)],
        "hovertemplate": "%{text}<extra></extra>",
        **opens_participants(with_gaps(samples.participant.astype(np.float64), samples.line)),
    }


def _draw_means(summary: ConcentrationSummary, means: DoseMeans) -> Trace:
    colour = cohort_colour(means.cohort, summary.n_cohorts)
    limits = zip(means.lower.tolist(), means.upper.tolist(), strict=True)
    intervals = [f" (95 % interval {low:.3g} to {high:.3g})" if np.isfinite(low) else "" for low, high in limits]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(means.label),
        "showlegend": means.dose == min(other.dose for other in summary.means if other.cohort == means.cohort),
        "x": pack(means.days),
        "y": pack(means.gmean),
        "line": {"color": colour, "width": 2.5, "dash": cohort_dash(means.dose - 1)},
        "marker": {"color": colour, "size": 6, "symbol": cohort_symbol(means.cohort), "line": {"color": PAPER, "width": 1}},
        "customdata": pack(np.column_stack([means.n, means.lower, means.upper])),
        "text": [escape(visit) for visit in means.visits],
        "hovertext": intervals,
        "hovertemplate": (
            f"<b>{escape(means.label)}, dose {means.dose}</b>, %{{text}}<br>geometric mean %{{y:.3~g}} {escape(summary.unit)}"
            "%{hovertext}<br>n = %{customdata[0]:.0f}<extra></extra>"
        ),
    }


def _draw_key(dose: int) -> Trace:
    """An entry of the legend for the line style of a dose."""
    line = {"color": INK, "width": 2, "dash": cohort_dash(dose - 1)}
    return {"type": "scatter", "mode": "lines", "name": f"dose {dose}", "x": [None], "y": [None], "line": line, "hoverinfo": "skip"}
