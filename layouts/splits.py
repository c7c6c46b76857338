"""What splits the participants: links in the rail, each the same view split otherwise, and the groups that can be left out."""

from __future__ import annotations

from dataclasses import replace

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.study.protocol import StudyProtocol
from dashboard.view.codec import encode_view
from dashboard.view.groups import list_splits, name_split
from dashboard.view.keys import KEY_BY_NAME
from dashboard.view.state import ViewState
from layouts.attributes import aria, data
from layouts.plain import Plain, draw_markup

# The keys that only a study with groupings has a control for.
GROUPED_KEYS = ("by", "having")


def draw_splits(view: ViewState, protocol: StudyProtocol) -> Plain:
    """One link for each way to split. Each loads the document anew: cohorts, colours, legends and lists all change with it.

    The browser keeps their query in step with the address (actions.js), apart from what `data-split` names.
    """
    return draw_markup(
        [
            html.Span("Split by", className="control-label"),
            html.Ul([_link(view, protocol, by, name) for by, name in list_splits(protocol)]),
        ],
        "Div",
        className="control splits",
        role="group",
        **aria(label="Split by"),
    )


def _link(view: ViewState, protocol: StudyProtocol, by: str, name: str) -> Component:
    current = aria(current="true") if by == view.by else {}
    written = "" if by == protocol.study.cohort_key else by
    query = encode_view(replace(view, by=by, cohort=()), protocol)
    return html.Li(html.A(name, href=f"?{query}", className="split", **current, **data(split=written)))


def ticked_groups(text: str, protocol: StudyProtocol) -> list[str]:
    """The groups that are ticked for the text of `having`: all of a grouping that is not restricted."""
    allowed = [choice.value for choice in KEY_BY_NAME["having"].choices(protocol)]
    given = [name for name in text.split(",") if name]
    restricted = {name.partition(".")[0] for name in given}
    return [name for name in allowed if name in given or name.partition(".")[0] not in restricted]


def draw_groups(text: str, protocol: StudyProtocol) -> Plain:
    """The groups to tick, one list for each grouping, within one control.

    The list of what splits the participants already is shown as the cohorts, unless the address restricts it here too.
    """
    ticked = ticked_groups(text, protocol)
    restricted = {name.partition(".")[0] for name in text.split(",") if name}
    shown = [by for by in protocol.by_keys if by != protocol.by or by in restricted]
    options = [
        {
            "label": html.Span([html.Span(f"{name_split(protocol, by)}: ", className="group-of"), category.label]),
            "value": f"{by}.{category.key}",
        }
        for by in shown
        for category in protocol.categories(by)
    ]
    return draw_markup(
        html.Summary(KEY_BY_NAME["having"].label, className="control-label"),
        "Details",
        children=dbc.Checklist(options=options, value=ticked, id=ids.control("having"), className="checks groups"),
        className="control",
        open=bool(text),
    )
