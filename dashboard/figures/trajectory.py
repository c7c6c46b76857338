"""One panel of the trajectories page: participants' lines, cohort summaries, thresholds, doses and n under each visit."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from dashboard.figures.marks import draw_rings, ring_note
from dashboard.figures.style import (
    INK,
    LABEL_APART,
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
    escape_each,
    leave_gaps,
    log_span,
    message_figure,
    note,
    pack,
    rule_line,
    space_out,
    space_texts,
    spaced_log_ticks,
    threshold_marks,
    translucent,
)
from dashboard.figures.trajectory_labels import SMALL, draw_numbers, lane_of_numbers, milestone_notes
from dashboard.figures.trajectory_summary import Box, Centre, CohortLines, TrajectorySummary

# A summary of fewer participants is drawn thin: it is hardly more than its values.
MIN_GROUP = 5
# Up to so many participants the lines have their usual strength.
MANY = 60
GAP = np.array([np.nan])
# Pixels: the height of the value axis in a panel of the page.
HEIGHT = 150
# Columns of `CohortLines.details`.
DAY, CHANGE, SINCE = 0, 2, 3
KIND_DASHES = {"median": "solid", "mean": "dash", "geometric mean": "dot"}


def draw_trajectory(summary: TrajectorySummary) -> Figure:
    """The figure of one analyte; a sentence where the view leaves nothing to draw."""
    if not (summary.lines or summary.centres or summary.boxes):
        return message_figure("Nothing to show under these choices", synthetic=summary.synthetic)
    data = [
        *(_draw_lines(summary, part) for lines in summary.lines for part in _part_by_baseline(lines)),
        *_draw_marks(summary),
        *_draw_bands(summary),
        *(_draw_box(summary, box) for box in summary.boxes),
        *(_draw_centre(summary, centre) for centre in summary.centres),
        *draw_numbers(summary),
        *(draw_rings(summary.rings) if summary.rings else ()),
    ]
    return {"data": data, "layout": _layout(summary)}


def _part_by_baseline(lines: CohortLines) -> list[CohortLines]:
    """The lines that have a change from baseline and those that have none, whose label says so; mostly all have one."""
    without = np.isnan(lines.details[:, CHANGE])
    if without.all() or not without.any():
        return [lines]
    columns = [field.name for field in fields(lines) if field.name not in ("cohort", "label")]
    return [replace(lines, **{name: getattr(lines, name)[chosen] for name in columns}) for chosen in (~without, without)]


def _days_from_dose(details: np.ndarray) -> np.ndarray:
    """Days since the latest dose; before the first one the days until it as a negative number, which stays packed."""
    since, day = details[:, SINCE], details[:, DAY]
    return np.where(np.isnan(since), -np.abs(day), since)


def _draw_lines(summary: TrajectorySummary, lines: CohortLines) -> Trace:
    places = leave_gaps(lines.line)
    details = lines.details.astype(np.float64)
    details[:, SINCE] = _days_from_dose(details)
    trace: Trace = {
        "type": "scatter",
        "mode": "lines",
        "name": escape(lines.label),
        "x": pack(space_out(lines.x, places)),
        "y": pack(space_out(lines.y, places)),
        "line": {"color": translucent(cohort_colour(lines.cohort, summary.n_cohorts), round(0.38 * _strength(summary), 3)), "width": 1},
        "customdata": pack(space_out(details, places)),
        "connectgaps": False,
    }
    return {**trace, **_hover(summary, lines, places)}


def _strength(summary: TrajectorySummary) -> float:
    """How much of their usual strength lines and marks of participants have: hundreds of them would hide the summaries."""
    return round(min(1.0, max(0.3, MANY / max(summary.participants, 1))), 3)


def _hover(summary: TrajectorySummary, lines: CohortLines, places: np.ndarray) -> dict[str, Any]:
    name = "<b>%{text}</b>, " if summary.named else "<b>One participant</b>, "
    change = "no baseline" if np.isnan(lines.details[:, CHANGE]).all() else "%{customdata[2]:+.4~g}"
    template = (
        f"{name}{escape(lines.label)}<br>%{{hovertext}}day %{{customdata[0]:.0f}}<br>"
        f"{summary.analyte}: %{{customdata[1]:.4~g}} cells/µL<br>change from baseline: {change}<br>"
        "days since latest dose (negative: until the first): %{customdata[3]:.0f}<extra></extra>"
    )
    if not summary.named:
        return {"hovertemplate": template.replace("%{hovertext}", "")}
    return {
        "text": space_texts(escape_each(lines.participant), places),
        "hovertext": space_texts(escape_each(lines.visit), places),
        "hovertemplate": template,
    }


def _draw_marks(summary: TrajectorySummary) -> list[Trace]:
    """Open circles on unscheduled records, triangles on values below the limit, diamonds on values after the milestone."""
    traces = []
    for lines in summary.lines:
        for chosen, symbol, word in (
            (lines.unscheduled, "circle-open", "unscheduled"),
            (lines.below_loq, "triangle-down-open", "below limit"),
            (lines.later, "diamond-open", f"after {summary.later}"),
        ):
            if chosen.any():
                traces.append(
                    {
                        "type": "scatter",
                        "mode": "markers",
                        "name": word,
                        "x": pack(lines.x[chosen]),
                        "y": pack(lines.y[chosen]),
                        "marker": {
                            "symbol": symbol,
                            "size": 5,
                            "color": translucent(cohort_colour(lines.cohort, summary.n_cohorts), _strength(summary)),
                            "line": {"width": 1},
                        },
                        "hoverinfo": "skip",
                    }
                )
    return traces


def _draw_bands(summary: TrajectorySummary) -> list[Trace]:
    """The bands of each cohort as closed polygons, one for each unbroken run of visits that have one."""
    banded = [centre for centre in summary.centres if np.isfinite(centre.lower).any()]
    return [_draw_band(summary, cohort, [c for c in banded if c.cohort == cohort]) for cohort in sorted({c.cohort for c in banded})]


def _draw_band(summary: TrajectorySummary, cohort: int, centres: list[Centre]) -> Trace:
    polygons = [_polygons(centre.x, centre.lower, centre.upper) for centre in centres]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": pack(np.concatenate([x for x, _ in polygons])[:-1]),
        "y": pack(np.concatenate([y for _, y in polygons])[:-1]),
        "fill": "toself",
        "fillcolor": translucent(cohort_colour(cohort, summary.n_cohorts), 0.13),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def _polygons(x: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """There along the upper limit and back along the lower one; every polygon ends with a gap."""
    present = np.isfinite(lower) & np.isfinite(upper)
    first, last = (np.flatnonzero(present & ~beside) for beside in (np.append(False, present[:-1]), np.append(present[1:], False)))
    xs: list[np.ndarray] = []
    ys: list[np.ndarray] = []
    for run in (slice(begin, end + 1) for begin, end in zip(first.tolist(), last.tolist(), strict=True)):
        xs += [x[run], x[run][::-1], GAP]
        ys += [upper[run], lower[run][::-1], GAP]
    return np.concatenate(xs), np.concatenate(ys)


def _draw_centre(summary: TrajectorySummary, centre: Centre) -> Trace:
    colour = cohort_colour(centre.cohort, summary.n_cohorts)
    series = f", dose {centre.dose}" if centre.dose else ""
    small = int(centre.n.max()) < MIN_GROUP
    dash = cohort_dash(centre.dose - 1) if centre.dose else KIND_DASHES[centre.kind]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": f"{escape(centre.label)} {centre.kind}",
        "x": pack(centre.x),
        "y": pack(centre.y),
        "line": {"color": colour, "width": 1.2 if small else 2.5, "dash": dash},
        "marker": {"symbol": cohort_symbol(centre.cohort), "size": 6, "color": colour, "line": {"color": PAPER, "width": 1}},
        "customdata": pack(np.column_stack([centre.n, centre.lower, centre.upper, centre.value])),
        "text": escape_each(centre.visit).tolist(),
        "hovertemplate": (
            f"<b>{escape(centre.label)}{series}</b>, %{{text}}<br>{centre.kind}: %{{customdata[3]:.4~g}} {summary.unit}<br>"
            "band: %{customdata[1]:.4~g} to %{customdata[2]:.4~g}<br>n = %{customdata[0]:.0f}<extra></extra>"
        ),
    }


def _draw_box(summary: TrajectorySummary, box: Box) -> Trace:
    colour = cohort_colour(box.cohort, summary.n_cohorts)
    width = (summary.time.high - summary.time.low) * 0.014
    return {
        "type": "box",
        "name": escape(box.label),
        "x": pack(box.x + (box.cohort - (summary.n_cohorts - 1) / 2) * width * 1.1),
        "lowerfence": pack(box.minimum),
        "q1": pack(box.q1),
        "median": pack(box.median),
        "q3": pack(box.q3),
        "upperfence": pack(box.maximum),
        "width": width,
        "line": {"color": colour, "width": 1},
        "fillcolor": translucent(colour, 0.2),
        "hoverinfo": "y+name",
    }


def _layout(summary: TrajectorySummary) -> Figure:
    time = summary.time
    layout = base_layout(synthetic=summary.synthetic, key=f"{summary.measure}-{summary.log}-{time.title}")
    layout["margin"] = {"l": 46, "r": 8, "t": 6, "b": 4}
    named: dict[str, Any] = {"tickangle": -90, "tickfont": SMALL} if time.named else {}
    layout["xaxis"] = axis(
        range=[time.low, time.high], tickvals=list(time.ticks), ticktext=list(time.tick_texts), showgrid=False, anchor="y", **named
    )
    layout["yaxis"] = axis(_value_title(summary), domain=[0.36 if time.named else 0.25, 1], **_value_scale(summary))
    layout["yaxis2"] = lane_of_numbers(summary)
    shapes, notes = threshold_marks(summary.thresholds, scale_log=summary.log, apart=LABEL_APART * _span(summary) / HEIGHT)
    if summary.reference is not None:
        shapes.append(rule_line(colour=QUIET, xref="paper", x0=0, x1=1, y0=summary.reference, y1=summary.reference))
    for position, _ in time.milestones:
        shapes.append(rule_line(dash="dash", x0=position, x1=position, yref="y domain", y0=0, y1=1))
    notes += milestone_notes(time)
    for position, _ in time.doses:
        shapes.append(rule_line(colour=INK, width=3, x0=position, x1=position, yref="y domain", y0=0, y1=0.045) | {"layer": "above"})
    lane_top = layout["yaxis2"]["domain"][1]
    notes.append(note("n", xref="paper", x=0, xanchor="right", xshift=-6, yref="paper", y=lane_top, yanchor="top", font=SMALL))
    if summary.lane is not None:
        notes.append(note("below limit", xref="paper", x=0.99, xanchor="right", y=float(np.log10(summary.lane)), font=SMALL))
    if summary.rings is not None:
        layout["margin"]["t"] = 20
        notes.append(ring_note(summary.rings))
    layout["meta"] = {"legend": _legend(summary)}
    layout["shapes"] += shapes
    layout["annotations"] += notes
    return layout


def _legend(summary: TrajectorySummary) -> list[list[str]]:
    """Label and colour of each cohort drawn: the page has its own legend, a saved figure gets this one."""
    cohorts = {lines.cohort: lines.label for lines in summary.lines} | {centre.cohort: centre.label for centre in summary.centres}
    return [[escape(cohorts[cohort]), cohort_colour(cohort, summary.n_cohorts)] for cohort in sorted(cohorts)]


def _value_title(summary: TrajectorySummary) -> str:
    words = {"value": "cells/µL", "change": "change, cells/µL", "percent": "change, %", "fold": "fold of baseline"}
    return words[summary.measure] + (", log" if summary.log else "")


def _value_scale(summary: TrajectorySummary) -> dict[str, Any]:
    if not summary.log:
        return {"rangemode": "tozero" if summary.measure in ("value", "fold") else "normal"}
    ticks = spaced_log_ticks(_drawn_values(summary), HEIGHT)
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def _span(summary: TrajectorySummary) -> float:
    """What the value axis reaches over: decades on a log axis, else from zero to the highest level."""
    levels = np.array([*_drawn_values(summary), *summary.thresholds])
    return log_span(levels) if summary.log else float(np.nanmax(levels, initial=1.0)) * 1.05


def _drawn_values(summary: TrajectorySummary) -> np.ndarray:
    drawn = [*(lines.y for lines in summary.lines), *(centre.y for centre in summary.centres), *(box.maximum for box in summary.boxes)]
    return np.concatenate(drawn) if drawn else np.array([])
