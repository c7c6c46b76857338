"""The panel of onset: days from the latest dose to the start of each adverse event, as bars and as a list."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.onset import OnsetCounts, count_onsets, derive_onsets, derive_unplaced, order_by_onset
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
from dashboard.panels.risk_groups import Group, list_groups
from dashboard.safety import find_at_risk, find_dosed, find_events, find_refusals
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

BIN_DAYS = 7
# Beyond so many the later doses share a row.
MOST_ROWS = 4
# Of the events after one dose; a page of thousands would be slow, and the downloads have them all.
MOST_LISTED = 100
Cells = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Lines:
    """The list of all events under treatment of the dosed, whoever is selected, in the order of `list_by_onset`.

    place is the position of the event in the data cut; heading the position of its heading among `headings`, in their order; reasons
    says of each heading why its events have no days since a dose ("" where they have); of is the address behind it.
    """

    place: Ints = field(repr=False)
    person: Ints = field(repr=False)
    heading: Ints = field(repr=False)
    headings: tuple[str, ...]
    reasons: tuple[str, ...]
    of: tuple[str, ...]
    cells: Cells = field(repr=False)


def summarise_onset_panel(scene: Scene, subject: str = "") -> OnsetSummary:
    """The events under treatment that the filter leaves, by dose, week since it and cohort; and every one of them in a list."""
    events, at_risk, groups = find_events(scene), find_at_risk(scene), list_groups(scene)[:-1]
    counted = find_refusals(scene).passes & events["emergent"].to_numpy(dtype=bool)
    onsets = scene.of_cut("onsets", lambda: derive_onsets(events, scene.analysis))
    counts = count_onsets(onsets, counted, at_risk, BIN_DAYS)
    lines = scene.of_cut("lines of onsets", lambda: _derive_lines(scene))
    listed = np.flatnonzero(counted[lines.place] & scene.selection.mask[lines.person])
    cells, depths, unplaced = _list_events(lines, listed)
    return OnsetSummary(
        doses=_doses(counts, groups),
        low=tuple(range(0, counts.bins * BIN_DAYS, BIN_DAYS)),
        bin_days=BIN_DAYS,
        groups=tuple((group.place, group.label) for group in groups),
        cells=cells,
        depths=depths,
        events=len(listed),
        unplaced=unplaced,
        not_dosed=count_not_dosed(scene),
        nothing="No event with a known day after a dose" if len(listed) else describe_nothing(len(events), scene),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _doses(counts: OnsetCounts, groups: Sequence[Group]) -> tuple[DoseOnsets, ...]:
    """A row per dose number; the numbers from MOST_ROWS on together when there are more."""
    numbers = counts.doses.tolist()
    alone = len(numbers) if len(numbers) <= MOST_ROWS else MOST_ROWS - 1
    rows = [_dose_row(counts, slice(at, at + 1), f"Dose {number}", groups) for at, number in enumerate(numbers[:alone])]
    if numbers[alone:]:
        rows.append(_dose_row(counts, slice(alone, None), f"Dose {numbers[alone]} and later", groups))
    return tuple(rows)


def _dose_row(counts: OnsetCounts, doses: slice, title: str, groups: Sequence[Group]) -> DoseOnsets:
    events = counts.events[doses].sum(axis=0)[:, [group.place for group in groups]].T
    # Each dose of later ones has its own participants; those of the first are the most.
    given = int(counts.given[doses, -1].max())
    return DoseOnsets(f"{title}: {count_words(int(events.sum()), 'event')}, {count_words(given, 'participant')} dosed", events)


def _derive_lines(scene: Scene) -> _Lines:
    events = find_events(scene)
    dosed = find_dosed(scene).cohort_of[events["participant_index"].to_numpy()] >= 0
    kept = np.flatnonzero(dosed & events["emergent"].to_numpy(dtype=bool))
    place = kept[order_by_onset(events.iloc[kept])]
    listed = events.iloc[place]
    reasons = derive_unplaced(listed).tolist()
    named = [reason or f"After dose {number}" for reason, number in zip(reasons, listed["dose_number"].tolist(), strict=True)]
    # After a dose by its number, then the reasons.
    headings = sorted(set(named), key=lambda name: (not name.startswith("After"), len(name), name))
    first = [named.index(heading) for heading in headings]
    numbers = listed["dose_number"].tolist()
    return _Lines(
        place=place,
        person=listed["participant_index"].to_numpy(dtype=np.int64),
        heading=np.array([headings.index(name) for name in named], dtype=np.int64),
        headings=tuple(headings),
        reasons=tuple(reasons[at] for at in first),
        of=tuple(
            encode_cell("unplaced", reasons[at]) if reasons[at] else encode_cell("onset", numbers[at], "", "", ALL_COHORTS) for at in first
        ),
        cells=tuple(_event_cells(scene, event) for event in listed.astype(object).to_dict("records")),
    )


def _list_events(lines: _Lines, listed: Ints) -> tuple[Cells, tuple[int, ...], dict[str, int]]:
    """The list, a heading before the events after each dose, then before those without days since a dose, by reason.

    The depth of each row, and how many events have no days since a dose, by reason.
    """
    rows: list[tuple[str, ...]] = []
    depths: list[int] = []
    unplaced: dict[str, int] = {}
    heading = lines.heading[listed]
    for at in np.unique(heading).tolist():
        name, own = lines.headings[at], listed[heading == at].tolist()
        rows.append((name[:1].upper() + name[1:], link_cell(count_words(len(own), "event"), lines.of[at]), *[""] * 4))
        rows += [lines.cells[line] for line in own[:MOST_LISTED]]
        depths += [0, *[1] * len(own[:MOST_LISTED])]
        if lines.reasons[at]:
            unplaced[lines.reasons[at]] = len(own)
    return tuple(rows), tuple(depths), dict(sorted(unplaced.items()))


def _event_cells(scene: Scene, event: Mapping[Hashable, Any]) -> tuple[str, ...]:
    since = "–" if pd.isna(event["days_since_dose"]) else str(event["days_since_dose"])
    cohort = scene.protocol.cohort(str(event["cohort"])).label
    return (
        link_participant(str(event["participant"])),
        cohort,
        LinkedText((CellPart(str(event["term"]), encode_cell("event", event["source_file"], event["source_row"]), describe_start(event)),)),
        describe_grade(event["level"], event["scale"]),
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
