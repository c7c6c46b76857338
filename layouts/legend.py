"""The legend of the trajectories page: it fills the cell beside the five panels."""

from __future__ import annotations

from dash import html

from dashboard.figures.style import cohort_colour
from dashboard.study.protocol import StudyProtocol
from layouts.attributes import aria, data
from layouts.plain import Plain, draw_markup

# The markers of figures.style, as characters.
MARKS = ("●", "■", "◆", "▲", "✚", "✖")


def draw_legend(protocol: StudyProtocol, synthetic: bool) -> Plain:
    """Cohorts with colour and marker, and what each kind of mark means."""
    cohorts = [
        html.Li(
            [
                html.Span(
                    f"━{MARKS[place % len(MARKS)]}━ ", style={"color": cohort_colour(place, len(protocol.cohorts))}, **aria(hidden="true")
                ),
                cohort.label,
            ]
        )
        for place, cohort in enumerate(protocol.cohorts)
    ]
    synthetic_words = (
        [html.P([html.Strong("SYNTHETIC", className="synthetic"), " Simulated participants; no real person's data."])] if synthetic else []
    )
    return draw_markup(
        [
            html.H2("How to read the panels", className="card-title"),
            html.Ul(cohorts, className="legend-cohorts"),
            html.Ul([html.Li(words, **data(sign=sign)) for sign, words in _list_marks(protocol) if words], className="legend"),
            *synthetic_words,
        ],
        "Section",
        className="card card-legend",
    )


def _list_marks(protocol: StudyProtocol) -> list[tuple[str, str]]:
    """Each sign with what it means."""
    n = "participants with an analysed value at the visit, · where there is no room (point at it); by dose: added up over doses"
    return [
        ("thin line", "one participant; click a point to open"),
        ("thick line", "summary by cohort, by visit"),
        ("line styles", "by dose: dose 1 solid, 2 dashed, 3 dotted"),
        ("shaded", "band of the summary, where n ≥ 5"),
        ("○", "unscheduled record"),
        ("▽", "below the limit, drawn at half of it"),
        *([("◇", f"after {protocol.later}")] if protocol.later else []),
        ("┃ on the axis", "planned dose"),
        ("┆ dashed", ", ".join(f"{m.label} ({protocol.visit(m.visit).label})" for m in protocol.milestones)),
        ("┄ fine dashes", "threshold"),
        ("n", n),
    ]
