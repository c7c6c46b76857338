"""Participants with antibodies to the drug: dots with intervals, by kind of antibody, measure and cohort."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.figures.facets import add_facet, facet_ground, label_margin
from dashboard.figures.responders import ResponderRow, draw_share
from dashboard.figures.style import Figure, Trace, base_layout, escape, message_figure


@dataclass(frozen=True)
class AdaSummary:
    """Proportions by kind of antibody and measure; `table` is the small table: antibody, what is counted, n/N by cohort and all.

    `undrawn` are measures without anybody in their denominator; `left_out` participants in no denominator, by reason.
    """

    kinds: tuple[str, ...]
    measures: tuple[str, ...]
    rows: tuple[tuple[tuple[ResponderRow, ...], ...], ...]
    undrawn: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    samples: int
    participants: int
    left_out: dict[str, int]
    n_cohorts: int
    synthetic: bool


def draw_ada(summary: AdaSummary) -> Figure:
    """One facet per kind; in it, under the name of each measure, cohorts from top to bottom and all of them last."""
    if not summary.measures:
        return message_figure("No participant can be judged on antibodies to the drug", synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key="ada")
    labels = [row.label for measures in summary.rows for rows in measures for row in rows]
    layout["margin"] = {"l": label_margin([*labels, *summary.measures]), "r": 12, "t": 26, "b": 36}
    data: list[Trace] = []
    for place, (kind, measures) in enumerate(zip(summary.kinds, summary.rows, strict=True)):
        lines: list[str | ResponderRow] = []
        for name, rows in zip(summary.measures, measures, strict=True):
            lines += [name, *rows]
        y = {
            "tickvals": list(range(len(lines))),
            "ticktext": [_label(line) if place == 0 else "" for line in lines],
            "range": [len(lines) - 0.4, -0.6],
            "showgrid": False,
        }
        add_facet(layout, place, len(summary.kinds), escape(kind), {"title": "participants, %", "range": [-2, 102]}, y)
        shares = [(position, line) for position, line in enumerate(lines) if isinstance(line, ResponderRow)]
        data += [facet_ground(place), *(draw_share(row, summary.n_cohorts, place, position) for position, row in shares)]
    return {"data": data, "layout": layout}


def _label(line: str | ResponderRow) -> str:
    return f"<b>{escape(line)}</b>" if isinstance(line, str) else escape(line.label)
