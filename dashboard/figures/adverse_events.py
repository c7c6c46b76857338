"""Adverse events: incidence as dots with intervals, and worst grades by body system and term as stacked bars."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from textwrap import wrap
from typing import Any

from dashboard.figures.facets import add_facet, axis_names, facet_domains, facet_ground, label_margin
from dashboard.figures.responders import ResponderRow
from dashboard.figures.style import (
    INK,
    PAPER,
    QUIET,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    cohort_symbol,
    escape,
    legend_box,
    note,
    pack,
    rule_line,
)

ROOM = 0.6
LABEL_WRAP = 24
# Holds LABEL_WRAP characters at the size of the labels of terms, and leaves room for three facets on a telephone.
TERM_MARGIN = 140
# In heights of a row of one line: a row where two labels of two lines stand one above the other and must not read as one.
TWO_LINES = 1.4
# Light to dark, so that a worse grade is darker, also in greyscale; none of them is the colour of a cohort. 0: not graded.
GRADE_COLOURS = {0: "#d8d0bb", 1: "#c3deea", 2: "#83b4cc", 3: "#467f9f", 4: "#1f4e69", 5: "#0b2232"}


@dataclass(frozen=True)
class IncidenceRow:
    """One row of the overview: its label, and the proportion of each cohort shown, then of all of them."""

    label: str
    shares: tuple[ResponderRow, ...]


@dataclass(frozen=True)
class OverviewSummary:
    """The rows of the overview from top to bottom; `cells` is the table under them. `delivered` counts the events the filter leaves.

    `nothing` says why there is no row.
    """

    rows: tuple[IncidenceRow, ...]
    groups: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    delivered: int
    before: int
    partial: int
    unknown: tuple[str, ...]
    nothing: str
    not_dosed: int
    n_cohorts: int
    synthetic: bool


def draw_overview(summary: OverviewSummary) -> Figure:
    """Rows from top to bottom, in each the cohorts as dots with intervals and all of them as an open circle."""
    layout = base_layout(synthetic=summary.synthetic, key="events-overview")
    layout["xaxis"] = axis("% of dosed participants", range=[-2, 102])
    if not summary.rows:
        layout["annotations"].append(_in_the_middle(summary.nothing))
        layout["yaxis"] = axis(showticklabels=False, range=[0, 1])
        return {"data": [], "layout": layout}
    labels = [_wrap(row.label) for row in summary.rows]
    lines = [line for label in labels for line in label.split("<br>")]
    layout["margin"] = {"l": label_margin(lines), "r": 12, "t": 34, "b": 36}
    ticks: dict[str, Any] = {"tickvals": list(range(len(labels))), "ticktext": labels, "showgrid": False, "ticks": ""}
    layout["yaxis"] = axis(**ticks, range=[len(labels) - 0.4, -0.6]) | {"tickfont": {"size": 11, "color": INK}}
    layout |= {"showlegend": True, "legend": legend_box(orientation="h", x=0, xanchor="left", y=1.0, yanchor="bottom")}
    layout["shapes"] = [rule_line(xref="paper", x0=0, x1=1, y0=place + 0.5, y1=place + 0.5) for place in range(len(labels) - 1)]
    return {"data": [_draw_group(summary, place) for place in range(len(summary.groups))], "layout": layout}


def _draw_group(summary: OverviewSummary, place: int) -> Trace:
    """One cohort over all rows, each at its own height within the row."""
    shares = [row.shares[place] for row in summary.rows]
    cohort, size = shares[0].cohort, len(summary.groups)
    colour = INK if cohort is None else cohort_colour(cohort, summary.n_cohorts)
    offset = ROOM * ((place + 0.5) / size - 0.5)
    known = [share.denominator > 0 for share in shares]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": escape(f"{shares[0].label} (N = {shares[0].denominator})"),
        "x": pack([100 * share.proportion if drawn else float("nan") for share, drawn in zip(shares, known, strict=True)]),
        "y": pack([row + offset for row in range(len(shares))]),
        "marker": {"color": colour, "size": 8, "symbol": "circle-open" if cohort is None else cohort_symbol(cohort)},
        "error_x": _draw_limits(shares, colour),
        "hovertext": [_describe_share(row.label, share) for row, share in zip(summary.rows, shares, strict=True)],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }


def _draw_limits(shares: list[ResponderRow], colour: str) -> dict[str, object]:
    above = pack([100 * (share.upper - share.proportion) for share in shares])
    below = pack([100 * (share.proportion - share.lower) for share in shares])
    return {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "color": colour, "thickness": 1.4, "width": 3}


def _describe_share(label: str, share: ResponderRow) -> str:
    interval = f"; {100 * share.lower:.0f} to {100 * share.upper:.0f} %" if share.lower == share.lower else ""
    percent = f" ({100 * share.proportion:.0f} %{interval})" if share.denominator else ""
    return f"<b>{escape(share.label)}</b>, {escape(label)}<br>{share.responders} of {share.denominator}{percent}"


@dataclass(frozen=True)
class TermRow:
    """One row: a body system (or all events) or a term of it, with the participants by worst grade (0: not graded) of each group."""

    label: str
    is_term: bool
    counts: tuple[dict[int, int], ...]


@dataclass(frozen=True)
class TermSummary:
    """Rows from top to bottom on one scale; `sizes` are the dosed of each group. `hidden` rows are beyond the figure.

    `depths` of the rows of `cells`: 1 for a term, which folds under its body system. `nothing` says why there is no row.
    """

    rows: tuple[TermRow, ...]
    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    scale: str
    other_scales: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    depths: tuple[int, ...]
    events: int
    hidden: int
    nothing: str
    not_dosed: int
    synthetic: bool


def draw_terms(summary: TermSummary) -> Figure:
    """One facet per cohort, bars in percent of its dosed participants, stacked from the mildest worst grade to the severest."""
    layout = base_layout(synthetic=summary.synthetic, key="events-terms")
    if not summary.rows:
        layout["xaxis"], layout["yaxis"] = axis(range=[0, 1]), axis(range=[0, 1], showticklabels=False)
        layout["annotations"].append(_in_the_middle(summary.nothing))
        return {"data": [], "layout": layout}
    labels = [_row_label(row) for row in summary.rows]
    layout["margin"] = {"l": TERM_MARGIN, "r": 10, "t": 84, "b": 34}
    layout |= {"barmode": "stack", "bargap": 0.25, "showlegend": True}
    layout["legend"] = legend_box(orientation="h", x=0, xanchor="left", y=1, yanchor="bottom", traceorder="normal")
    layout["legend"] |= {
        "yref": "container",
        "y": 0.995,
        "yanchor": "top",
        "title": {"text": f"Worst grade, {escape(summary.scale)} ", "font": {"size": 10}},
    }
    for place, group in enumerate(summary.groups):
        y = {"tickvals": list(range(len(labels))), "ticktext": labels if place == 0 else [""] * len(labels), "showgrid": False, "ticks": ""}
        x = {"title": "%", "range": [0, 102], "tickvals": [0, 50, 100]}
        y |= {"range": [len(labels) - 0.4, -0.6], "tickfont": {"size": 10, "color": INK}}
        add_facet(layout, place, len(summary.groups), f"{escape(group)}<br>N = {summary.sizes[place]}", x, y)
    grades = sorted({grade for row in summary.rows for counts in row.counts for grade in counts}, key=lambda grade: (grade == 0, grade))
    bars = [_draw_grade(summary, place, grade) for grade in grades for place in range(len(summary.groups))]
    return {"data": [*(facet_ground(place) | {"showlegend": False} for place in range(len(summary.groups))), *bars], "layout": layout}


def _draw_grade(summary: TermSummary, place: int, grade: int) -> Trace:
    name_x, name_y = axis_names(place)
    counts = [row.counts[place].get(grade, 0) for row in summary.rows]
    size = summary.sizes[place]
    words = f"grade {grade}" if grade else "not graded"
    return {
        "type": "bar",
        "orientation": "h",
        "name": words.capitalize() if not grade else str(grade),
        "legendgroup": words,
        "showlegend": place == 0,
        "x": pack([100 * n / size if size else 0.0 for n in counts]),
        "y": pack(range(len(counts))),
        "xaxis": name_x,
        "yaxis": name_y,
        "marker": {"color": GRADE_COLOURS[grade], "line": {"width": 0.5, "color": INK if grade < 2 else PAPER}},
        "hovertext": [
            f"<b>{escape(row.label)}</b><br>{escape(summary.groups[place])}: {n} of {size} with {words} as the worst"
            for row, n in zip(summary.rows, counts, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def measure_terms(summary: TermSummary) -> int:
    """The height of all rows, in rows of one line, rounded up; all rows are equally high."""
    folded = ["<br>" in _row_label(row) for row in summary.rows]
    return ceil(len(folded) * (TWO_LINES if any(upper and lower for upper, lower in pairwise(folded)) else 1))


def _row_label(row: TermRow) -> str:
    # A third line would run into the neighbours; the hover and the table have the whole name.
    text = "<br>".join(escape(line) for line in wrap(row.label, LABEL_WRAP, max_lines=2, placeholder="…"))
    return text if row.is_term else f"<b>{text}</b>"


def _wrap(text: str) -> str:
    return "<br>".join(escape(line) for line in wrap(text, LABEL_WRAP))


def _in_the_middle(sentence: str) -> dict[str, object]:
    low, high = facet_domains(1)[0]
    return note(sentence, xref="paper", x=(low + high) / 2, yref="paper", y=0.5, font={"size": 12, "color": QUIET})
