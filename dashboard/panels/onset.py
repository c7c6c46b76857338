"""The panel of onset: days from the latest dose to the start of each adverse event, as bars and as a list."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.onset import count_unplaced
from dashboard.figures.onset import DoseOnsets, OnsetSummary
from dashboard.panels.cells import CellPart, LinkedText, link_cell, link_participant
from dashboard.panels.describe import LEFT_OUT, Words, describe_scene
from dashboard.panels.event_words import (
    count_not_dosed,
    describe_filter,
    describe_filtered_out,
    describe_grade,
    describe_not_dosed,
    describe_nothing,
    describe_start,
)
from dashboard.safety import (
    find_at_risk,
    find_emergent,
    find_events,
    table_adverse_event_onset,
    table_adverse_event_onset_list,
)
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

BIN_DAYS = 7
# Beyond so many the later doses share a row.
MOST_ROWS = 4
# Of the events after one dose; a page of thousands would be slow, and the downloads have them all.
MOST_LISTED = 100
Cells = tuple[tuple[str, ...], ...]


def summarise_onset_panel(scene: Scene, subject: str = "") -> OnsetSummary:
    """The events under treatment that the filter leaves, by dose, week since it and cohort; and every one of them in a list."""
    table, listed = table_adverse_event_onset(scene), table_adverse_event_onset_list(scene)
    cohorts = scene.view.cohorts(scene.protocol)
    low = tuple(sorted(int(day) for day in table["low"].unique()))
    unplaced = count_unplaced(find_emergent(scene), find_at_risk(scene))
    cells, depths = _list_events(scene, listed)
    return OnsetSummary(
        doses=_doses(table, cohorts, low),
        low=low,
        bin_days=BIN_DAYS,
        groups=tuple((scene.protocol.cohort_keys.index(key), scene.protocol.cohort(key).label) for key in cohorts),
        cells=cells,
        depths=depths,
        events=len(listed),
        unplaced=unplaced,
        not_dosed=count_not_dosed(scene),
        nothing="No event with a known day after a dose" if len(listed) else describe_nothing(len(find_events(scene)), scene),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _doses(table: pd.DataFrame, cohorts: tuple[str, ...], low: tuple[int, ...]) -> tuple[DoseOnsets, ...]:
    """A row per dose number; the numbers from MOST_ROWS on together when there are more."""
    numbers = sorted({int(dose) for dose in table["dose"] if dose != ALL_COHORTS})
    alone = numbers if len(numbers) <= MOST_ROWS else numbers[: MOST_ROWS - 1]
    later = numbers[len(alone) :]
    rows = [_dose_row(table[table["dose"] == str(number)], f"Dose {number}", cohorts, low) for number in alone]
    if later:
        rows.append(_dose_row(table[table["dose"].isin([str(n) for n in later])], f"Dose {later[0]} and later", cohorts, low))
    return tuple(rows)


def _dose_row(own: pd.DataFrame, title: str, cohorts: tuple[str, ...], low: tuple[int, ...]) -> DoseOnsets:
    events = np.zeros((len(cohorts), len(low)), dtype=np.int64)
    row_of, column_of = {key: at for at, key in enumerate(cohorts)}, {day: at for at, day in enumerate(low)}
    for cohort, day, n in zip(own["cohort"].tolist(), own["low"].tolist(), own["events"].tolist(), strict=True):
        if cohort in row_of:
            events[row_of[cohort], column_of[day]] += n
    # Each dose of later ones has its own participants; those of the first are the most.
    given = int(own.loc[own["cohort"] == ALL_COHORTS, "of"].max())
    return DoseOnsets(f"{title}: {count_words(int(events.sum()), 'event')}, {count_words(given, 'participant')} dosed", events)


def _list_events(scene: Scene, listed: pd.DataFrame) -> tuple[Cells, tuple[int, ...]]:
    """The list, a heading before the events after each dose, then before those without days since a dose, by reason."""
    plain = listed.astype(object)
    headings = np.where(listed["unplaced"] != "", listed["unplaced"], "After dose " + listed["dose_number"].astype("str"))
    rows: list[tuple[str, ...]] = []
    depths: list[int] = []
    for heading in sorted(set(headings), key=lambda name: (not name.startswith("After"), len(name), name)):
        own = plain[headings == heading].to_dict("records")
        of = encode_cell("unplaced", heading) if own[0]["unplaced"] else encode_cell("onset", own[0]["dose_number"], "", "", ALL_COHORTS)
        rows.append((heading[:1].upper() + heading[1:], link_cell(count_words(len(own), "event"), of), *[""] * 4))
        rows += [_event_cells(scene, event) for event in own[:MOST_LISTED]]
        depths += [0, *[1] * len(own[:MOST_LISTED])]
    return tuple(rows), tuple(depths)


def _event_cells(scene: Scene, event: Mapping[Hashable, Any]) -> tuple[str, ...]:
    since = "–" if pd.isna(event["days_since_dose"]) else str(event["days_since_dose"])
    cohort = scene.protocol.cohort(str(event["cohort"])).label
    return (
        link_participant(str(event["participant"])),
        cohort,
        LinkedText((CellPart(str(event["term"]), encode_cell("event", event["source_file"], event["source_row"]), describe_start(event)),)),
        describe_grade(event["grade"], event["scale"]),
        since,
        describe_start(event),
    )


def describe_onset(summary: OnsetSummary, scene: Scene) -> Words:
    """What a bar counts, which events are in none, and the filter."""
    caption = (
        "Events under treatment by days from the latest dose on or before their first day, in weeks from the day of the dose; late and "
        "extra doses count from the day they were given. Every event counts, several of one participant too. Later weeks have fewer "
        f"participants under observation, so falling bars alone are no falling rate. {describe_filter(scene)} {describe_scene(scene)}"
    )
    unplaced = tuple(f"{count_words(n, 'event')}: {reason}; in the list, in no bar" for reason, n in summary.unplaced.items())
    beyond = summary.events - sum(summary.depths)
    listed = f"{count_words(beyond, 'event')}: beyond the first {MOST_LISTED} after a dose; in the table to save, not in the list"
    left_out = (*describe_not_dosed(summary.not_dosed), *describe_filtered_out(scene), *unplaced, *([listed] if beyond else []))
    header = ("Dose and participant", "Cohort", "Term", "Grade", "Days since the dose", "Start") if summary.cells else ()
    shown = f"{count_words(summary.events, 'event')} under treatment"
    return Words(caption, shown, left_out, LEFT_OUT, header, summary.cells, summary.depths)
