"""The panels of adverse events: the overview, and body systems with their terms."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.grading import NOT_GRADED
from dashboard.endpoints.safety.terms import ANY, TERM
from dashboard.figures.adverse_events import IncidenceRow, OverviewSummary, TermRow, TermSummary
from dashboard.figures.responders import ResponderRow
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import (
    NONE_IN_CUT,
    count_not_dosed,
    describe_filter,
    describe_filtered_out,
    describe_not_dosed,
    describe_nothing,
)
from dashboard.safety import (
    find_at_risk,
    find_events,
    find_filter,
    find_scale,
    table_adverse_event_grades,
    table_adverse_event_summary,
    table_adverse_event_terms,
    table_adverse_events,
)
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words, describe_interval, join_words

ALL_LABEL = "All shown"
SPECIAL = "special-interest:"
MAX_ROWS = 60
Row = dict[Hashable, Any]
CELLS = "n/N (%) · events · events per 100 participant-weeks"


def summarise_overview_panel(scene: Scene, subject: str = "") -> OverviewSummary:
    """The overview of the dosed participants of the selection; without a single event in the data cut there is none."""
    table, events = table_adverse_event_summary(scene), table_adverse_events(scene)
    by_row = _group(table.to_dict("records"), "row", "scale")
    main = [shares for shares in by_row if not shares[0]["row"].startswith(SPECIAL)]
    groups = main if len(find_events(scene)) else []
    rows = tuple(IncidenceRow(_label(shares[0]), tuple(_share(scene, share) for share in shares)) for shares in groups)
    special = [shares for shares in by_row if shares[0]["row"].startswith(SPECIAL)]
    cells = [_cells(_label(shares[0]), shares, _overview_address) for shares in groups]
    cells += [_cells(f"Of special interest: {shares[0]['label']}", shares, _overview_address) for shares in special] if groups else []
    return OverviewSummary(
        rows=rows,
        groups=tuple(share.label for share in rows[0].shares) if rows else (),
        cells=tuple(cells),
        delivered=len(events),
        before=int((~events["emergent"]).sum()),
        partial=int((events["partial"] & events["emergent"]).sum()),
        unknown=_unknown(main),
        nothing=NONE_IN_CUT,
        not_dosed=count_not_dosed(scene),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _group(rows: list[Row], *names: str) -> list[list[Row]]:
    """The rows by the values of some columns, in the order in which these come first."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return list(groups.values())


def _label(share: Mapping[Hashable, Any]) -> str:
    return f"{share['label']} ({share['scale']})" if share["scale"] else str(share["label"])


def _share(scene: Scene, row: Mapping[Hashable, Any]) -> ResponderRow:
    everyone = row["cohort"] == ALL_COHORTS
    return ResponderRow(
        cohort=None if everyone else scene.protocol.cohort_keys.index(row["cohort"]),
        label=ALL_LABEL if everyone else scene.protocol.cohort(row["cohort"]).label,
        responders=int(row["n"]),
        denominator=int(row["of"]),
        proportion=row["percent"] / 100,
        lower=row["lower"] / 100,
        upper=row["upper"] / 100,
    )


def _cells(label: str, shares: list[Row], address: Callable[[Mapping[Hashable, Any]], str]) -> tuple[str, ...]:
    return (label, *(link_cell(_describe_cell(share), address(share)) for share in shares))


def _overview_address(share: Mapping[Hashable, Any]) -> str:
    return encode_cell("events", share["row"], share["scale"], share["cohort"])


def _term_address(share: Mapping[Hashable, Any]) -> str:
    return encode_cell("terms", share["body_system"], share["term"], share["cohort"])


def _describe_cell(share: Mapping[Hashable, Any]) -> str:
    """n/N with percent, events, and events per 100 participant-weeks, “–” where the time at risk is unknown."""
    percent = f" ({share['percent']:.0f} %)" if share["of"] else ""
    rate = f"{share['rate']:.2f}" if np.isfinite(share["rate"]) else "–"
    return f"{share['n']}/{share['of']}{percent} · {share['events']} · {rate}".replace(" ", NO_BREAK)


def _unknown(main: list[list[Row]]) -> tuple[str, ...]:
    return tuple(
        f"{count_words(int(row['unknown']), 'event')}: the delivery does not say whether “{row['label']}” applies"
        for shares in main
        for row in shares
        if row["cohort"] == ALL_COHORTS and row["unknown"] > 0
    )


def describe_overview(summary: OverviewSummary, scene: Scene) -> Words:
    """What counts as an event, what the cells hold, and what the delivery leaves open."""
    partial = (
        f" {count_words(summary.partial, 'event')} with a partial start date counted, because it may lie on or after the first dose."
        if summary.partial
        else ""
    )
    deaths = "" if find_filter(scene).is_open else " Deaths from any cause are counted whatever the filter."
    caption = (
        "Participants with at least one event that began, or led to death, on or after the first dose, of those dosed, with the "
        f"{describe_interval(scene.view, scene.protocol)}, none where N < 5. Table: {CELLS}; time at risk runs from the first dose to "
        f"the end of observation.{partial} No comparison is tested. {describe_filter(scene)}{deaths} {describe_scene(scene)}"
    )
    before = (f"{count_words(summary.before, 'event')}: not under treatment",) if summary.before else ()
    return Words(
        caption,
        f"{count_words(summary.delivered - summary.before, 'event')} under treatment",
        (*describe_not_dosed(summary.not_dosed), *before, *describe_filtered_out(scene), *summary.unknown),
        LEFT_OUT,
        ("Event", *summary.groups) if summary.rows else (),
        summary.cells,
    )


def summarise_term_panel(scene: Scene, subject: str = "") -> TermSummary:
    """Body systems and terms, most frequent first; the figure is about the grading scale of the view."""
    terms, grades, at_risk = table_adverse_event_terms(scene), table_adverse_event_grades(scene), find_at_risk(scene)
    cohorts, scale = scene.view.cohorts(scene.protocol), find_scale(scene)
    # Both tables are sorted by position.
    drawn = _group(grades[grades["scale"] == scale].to_dict("records"), "position")
    listed = _group(terms.to_dict("records"), "position")
    events = sum(int(row["events"]) for row in listed[0] if row["kind"] == ANY and row["cohort"] == ALL_COHORTS)
    return TermSummary(
        rows=tuple(_term_row(rows, cohorts) for rows in drawn[:MAX_ROWS]),
        groups=tuple(scene.protocol.cohort(key).label for key in cohorts),
        sizes=tuple(int(at_risk.sizes[scene.protocol.cohort_keys.index(key)]) for key in cohorts),
        scale=scale,
        other_scales=tuple(sorted(set(grades["scale"]) - {scale})),
        cells=tuple(_term_cells(rows) for rows in listed) if events else (),
        depths=tuple(int(rows[0]["kind"] == TERM) for rows in listed) if events else (),
        events=events,
        hidden=max(0, len(drawn) - MAX_ROWS),
        nothing=f"No event graded on {scale}" if events else describe_nothing(len(find_events(scene)), scene),
        not_dosed=count_not_dosed(scene),
        synthetic=scene.snapshot.synthetic,
    )


def _term_row(rows: list[Row], cohorts: tuple[str, ...]) -> TermRow:
    counts: dict[str, dict[int, int]] = {key: {} for key in cohorts}
    for row in rows:
        if row["cohort"] in counts:
            counts[row["cohort"]][0 if pd.isna(row["grade"]) else int(row["grade"])] = row["n"]
    return TermRow(_term_label(rows[0]), rows[0]["kind"] == TERM, tuple(counts.values()))


def _term_label(row: Row) -> str:
    return str(row["term"] or row["body_system"] or "Any event")


def _term_cells(rows: list[Row]) -> tuple[str, ...]:
    indent = NO_BREAK * 4 if rows[0]["kind"] == TERM else ""
    return _cells(f"{indent}{_term_label(rows[0])}", rows, _term_address)


def describe_terms(summary: TermSummary, scene: Scene) -> Words:
    """How participants are counted, on which scale, and what is not in the figure."""
    elsewhere = ["without a grade" if scale == NOT_GRADED else f"on {scale}" for scale in summary.other_scales]
    others = f" Events {join_words(elsewhere)} are in the table, not in the figure." if elsewhere else ""
    scale = f" Grades of {summary.scale}.{others}" if summary.events else ""
    caption = (
        "Body systems (bold) and preferred terms by falling number of participants; each participant counts once in a row, at the worst "
        f"grade.{scale} Table: {CELLS}. {describe_filter(scene)} {describe_scene(scene)}"
    )
    hidden = (f"{count_words(summary.hidden, 'row')}: beyond the first {MAX_ROWS}; the table has them",) if summary.hidden else ()
    labels = (*summary.groups, ALL_LABEL)
    header = ("Body system and term", *labels) if summary.cells else ()
    shown = f"{count_words(summary.events, 'event')} under treatment"
    left_out = (*describe_not_dosed(summary.not_dosed), *describe_filtered_out(scene), *hidden)
    return Words(caption, shown, left_out, LEFT_OUT, header, summary.cells, summary.depths)
