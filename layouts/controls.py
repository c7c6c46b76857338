"""The controls of a view. Native inputs, so that keyboard and screen reader work as everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.study.protocol import StudyProtocol
from dashboard.view.keys import KEY_BY_NAME, Key
from dashboard.view.state import ViewState
from layouts.attributes import UNCOUNTED, aria
from layouts.plain import Plain, draw_markup
from layouts.splits import GROUPED_KEYS, draw_groups, draw_splits, ticked_groups

MANY = ("cohort", "sex", "stratum", "having", "analyte", "show")
TYPED = {"threshold": "200, 300", "gap": "91"}
AGE_ENDS = ("age-from", "age-to")
HIDDEN = ("sort", "where")

PARTICIPANT_FILTERS = ("by", "cohort", "sex", "age", "stratum", "having")
GROUPS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "trajectories": (
        ("Participants", PARTICIPANT_FILTERS),
        ("Counts", ("analyte", "measure", "base", "period")),
        ("Figure", ("x", "scale", "show", "band", "unscheduled", "after", "threshold", "mark")),
    ),
    "thresholds": (
        ("Participants", (*PARTICIPANT_FILTERS, "who")),
        ("Threshold", ("threshold", "base", "period")),
        ("Responders", ("respond", "visit", "n", "ci")),
        ("Time above", ("rule", "gap")),
    ),
    "participants": (("Participants", PARTICIPANT_FILTERS), ("Baseline", ("base",))),
    "participant": (
        ("Counts", ("analyte", "scale", "base")),
        ("Thresholds", ("threshold", "rule", "gap", "period")),
        ("Figure", ("mark",)),
    ),
    "safety": (
        ("Participants", PARTICIPANT_FILTERS),
        ("Adverse events", ("related", "grade", "grading", "ci", "align")),
        ("Laboratory grades", ("base",)),
    ),
    "response": (("Participants", PARTICIPANT_FILTERS), ("Rates", ("among", "compare", "ci")), ("Courses", ("order", "part"))),
    "survival": (("Participants", PARTICIPANT_FILTERS), ("Times", ("curves", "censor", "landmark", "unit"))),
    "exploratory": (("Participants", PARTICIPANT_FILTERS), ("Antibodies", ("ci",)), ("Counts", ("analyte", "base"))),
    "interim": (
        ("Participants", PARTICIPANT_FILTERS),
        ("Responders", ("respond", "who", "n", "ci")),
        ("Counts", ("base", "scale", "show")),
    ),
    "overview": (),
    "data": (),
    "data/quality": (),
    "data/snapshots": (),
    "data/changes": (),
    "data/provenance": (),
    "data/views": (),
    "behind": (),
}


def control_keys(page: str) -> tuple[str, ...]:
    """The query keys with a control on `page`."""
    return tuple(key for _, keys in GROUPS[page] for key in keys)


def read_controls(ids_and_values: Sequence[tuple[str, Any]]) -> dict[str, str]:
    """What the controls say, as the texts of the query keys."""
    values = dict(ids_and_values)
    texts = {name: _text(value) for name, value in values.items() if name not in AGE_ENDS}
    if AGE_ENDS[0] in values:
        texts["age"] = "-".join("" if values[end] in (None, "") else str(values[end]).strip() for end in AGE_ENDS)
    return texts


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return "" if value is None else str(value).replace(" ", "")


def write_control(name: str, texts: Mapping[str, str], protocol: StudyProtocol) -> Any:
    """The value the control `name` must show for the texts of a view; the inverse of `read_controls`."""
    if name in AGE_ENDS:
        return texts["age"].split("-")[AGE_ENDS.index(name)]
    if name not in MANY:
        return texts[name].replace(",", ", ") if name == "threshold" else texts[name]
    if name == "having":
        return ticked_groups(texts[name], protocol)
    chosen = [part for part in texts[name].split(",") if part]
    return chosen or [choice.value for choice in KEY_BY_NAME[name].choices(protocol)]


def draw_rail(page: str, texts: Mapping[str, str], protocol: StudyProtocol, view: ViewState) -> Component:
    """The filter rail of a page: groups of controls that show the view."""
    groups = [
        draw_markup(
            html.H2(title, className="rail-title"),
            "Section",
            children=[_control(name, texts, protocol, view) for name in names if _is_offered(name, protocol)],
            className="rail-group",
        )
        for title, names in GROUPS[page]
    ]
    hidden = [dbc.Input(id=ids.control(name), type="hidden", value=texts[name]) for name in HIDDEN] if page == "participants" else []
    return html.Aside(
        [
            html.Button(
                "Filters and choices", id=ids.RAIL_TOGGLE, className="rail-toggle", **UNCOUNTED, **aria(expanded="false", controls=ids.RAIL)
            ),
            html.Div([*groups, *hidden], id=ids.RAIL, className="rail-body", **UNCOUNTED),
        ],
        className="rail",
        **aria(label="Filters and choices"),
    )


def _is_offered(name: str, protocol: StudyProtocol) -> bool:
    return bool(protocol.groupings) if name in GROUPED_KEYS else name != "after" or bool(protocol.later)


def _control(name: str, texts: Mapping[str, str], protocol: StudyProtocol, view: ViewState) -> Component | Plain:
    key = KEY_BY_NAME[name]
    if name in GROUPED_KEYS:
        return draw_splits(view, protocol) if name == "by" else draw_groups(texts[name], protocol)
    if name == "age":
        return _age(key, texts, protocol)
    value = write_control(name, texts, protocol)
    if name in MANY:
        return _checklist(key, value, protocol)
    return _typed(key, value, protocol) if name in TYPED else _select(key, value, protocol)


def _label(key: Key, protocol: StudyProtocol) -> str:
    return protocol.study.cohort_word if key.name == "cohort" else key.label


def _checklist(key: Key, value: list[str], protocol: StudyProtocol) -> Plain:
    options = [{"label": choice.label, "value": choice.value} for choice in key.choices(protocol)]
    legend = html.Legend(_label(key, protocol), className="control-label")
    boxes = dbc.Checklist(options=options, value=value, id=ids.control(key.name), className="checks")
    return draw_markup(legend, "Fieldset", children=boxes, className="control")


def _select(key: Key, value: str, protocol: StudyProtocol) -> Component:
    options = [{"label": choice.label, "value": choice.value} for choice in key.choices(protocol)]
    return html.Label([_label(key, protocol), dbc.Select(options=options, value=value, id=ids.control(key.name))], className="control")


def _typed(key: Key, value: str, protocol: StudyProtocol) -> Component:
    choices = f"choices-{key.name}"
    field = dbc.Input(
        type="text", value=value, id=ids.control(key.name), debounce=True, placeholder=TYPED[key.name], list=choices, autoComplete="off"
    )
    listed = draw_markup([html.Option(value=choice.value) for choice in key.choices(protocol)], "Datalist", id=choices)
    label = f"{_label(key, protocol)}{' (days, or none)' if key.name == 'gap' else ''}"
    return html.Label([label, field, listed], className="control")


def _age(key: Key, texts: Mapping[str, str], protocol: StudyProtocol) -> Plain:
    fields = [
        html.Label(
            [
                word,
                dbc.Input(
                    type="number", min=0, max=120, step=1, debounce=True, id=ids.control(end), value=write_control(end, texts, protocol)
                ),
            ],
            className="control-word",
        )
        for end, word in zip(AGE_ENDS, ("from", "to"), strict=True)
    ]
    legend = html.Legend(key.label, className="control-label")
    return draw_markup(legend, "Fieldset", children=html.Div(fields, className="age-ends"), className="control")
