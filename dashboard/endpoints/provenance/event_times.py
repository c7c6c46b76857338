"""A participant's time to an event, back to the delivered milestones, or to the row of a delivered time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.pooled.sightings import DEATH, Sightings, find_sightings
from dashboard.endpoints.pooled.times import RESPONSE_DURATION, find_relapse_events
from dashboard.endpoints.provenance.outcomes import describe_place, read_place, read_rows
from dashboard.endpoints.provenance.own_rows import OwnRows, find_participant, read_day
from dashboard.endpoints.provenance.steps import SourceRow, Step, Table
from dashboard.endpoints.provenance.survival_times import describe_censoring, describe_endpoint, name_ends
from dashboard.endpoints.provenance.wording import NONE, write_count, write_list, write_number
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import PARTICIPANT
from dashboard.study.pooled import Survival

FROM_DAY_ZERO = "first days: from day 0 on; a date known to the month or year counts from its first possible day"


def trace_event_time(
    analysis: Analysis,
    records: Mapping[str, pd.DataFrame],
    times: pd.DataFrame,
    best: pd.DataFrame | None,
    survival: Survival,
    participant: str,
    endpoint: str,
    censor: str,
) -> tuple[Step, ...]:
    """From the delivered rows to the time of a participant and what ended it; the last step's result is the time in days, None without.

    `records` are the tables `milestone` and `time_to_event`, `times` TIME_COLUMNS of the endpoint, `best` BEST_COLUMNS for a duration of
    response. NotFoundError for a participant that does not exist in this cut.
    """
    own = find_participant(analysis, participant)
    mine = times[times["participant_index"] == own.index]
    if mine.empty:
        return (Step("Time", f"{own.name} did not respond, so there is no duration of a response.", describe_endpoint(survival, endpoint)),)
    row = mine.iloc[0].to_dict()
    if row["ended_by"] in ("event", "censoring"):
        return _trace_delivered(own, records["time_to_event"], row), _trace_time(own, row, survival, endpoint, None)
    seen = find_sightings(analysis, records["milestone"], survival)
    delivered = _trace_milestones(own, records["milestone"], survival)
    start = None if endpoint != RESPONSE_DURATION or best is None else read_day(best["response_day"].iloc[own.index])
    response = () if endpoint != RESPONSE_DURATION else (_trace_start(start),)
    ending = _trace_end(own, seen, survival, censor)
    return delivered, *response, _trace_first(own, seen, survival, endpoint), ending, _trace_time(own, row, survival, endpoint, start)


def _trace_milestones(own: OwnRows, milestones: pd.DataFrame, survival: Survival) -> Step:
    meant = {code.strip().casefold(): part.label for part in survival.milestones for code in part.codes}
    rows = milestones[(milestones[PARTICIPANT] == own.name).to_numpy(dtype=bool)].sort_values("day", kind="stable")
    found = read_rows(rows, "term")
    lines = tuple(
        (row.text, meant.get(row.text.strip().casefold(), NONE), write_number(row.day), precision, describe_place((row.file, row.row)))
        for row, precision in zip(found, rows["precision"].astype(str), strict=True)
    )
    rule = "milestones: terms of the disposition that are a code of the definition, compared without case"
    header = ("As delivered", "Means", "Day", "Date known to the", "File and row")
    return Step(
        "As delivered", f"{write_count(len(lines), 'row')} of {own.name}.", rule, found, None, Table(header, lines) if lines else None
    )


def _trace_start(day: int | None) -> Step:
    said = "The response has no day." if day is None else f"The first response is on day {write_number(day)}."
    return Step("First response", said, "duration of response: counted from the first response", (), None if day is None else float(day))


def _trace_first(own: OwnRows, seen: Sightings, survival: Survival, endpoint: str) -> Step:
    """The first day of each event of the endpoint, and the first of them."""
    listed = next((part.events for part in survival.endpoints if part.key == endpoint), (*find_relapse_events(survival), DEATH))
    labels, days = name_ends(survival), {key: float(seen.first(key)[own.index]) for key in listed}
    lines = tuple((labels.get(key, key), write_number(day)) for key, day in days.items())
    known = {key: day for key, day in days.items() if np.isfinite(day)}
    if not known:
        words = write_list([labels.get(key, key).lower() for key in listed], "or")
        return Step("First event", f"No {words} from day 0 on.", FROM_DAY_ZERO, (), None, Table(("Event", "First day"), lines))
    first = min(known, key=lambda key: (known[key], listed.index(key)))
    said = f"The first is {labels.get(first, first).lower()}, on day {write_number(known[first])}."
    rule = f"{FROM_DAY_ZERO}; on one day the one named first counts"
    return Step("First event", said, rule, (), known[first], Table(("Event", "First day"), lines))


def _trace_end(own: OwnRows, seen: Sightings, survival: Survival, censor: str) -> Step:
    last, labels = float(seen.last_contact[own.index]), name_ends(survival)
    said = "The last contact is not known." if np.isnan(last) else f"The last contact is on day {write_number(last)}."
    if censor == "yes" and survival.censor:
        day = float(seen.first(survival.censor, after_day_zero=True)[own.index])
        word = labels[survival.censor].lower()
        said += f" The first {word} after day 0 is on day {write_number(day)}." if np.isfinite(day) else f" No {word} after day 0."
    rule = f"{describe_censoring(survival, censor)}; the last contact: the last day that a delivered milestone shows the participant alive"
    return Step("Censoring", said, rule, (), None if np.isnan(last) else last)


def _trace_delivered(own: OwnRows, delivered: pd.DataFrame, row: Mapping[Any, Any]) -> Step:
    """The row of a time that the delivery states itself."""
    place = read_place(row)
    mine = delivered[(delivered[PARTICIPANT] == own.name).to_numpy(dtype=bool)]
    rows = tuple(
        SourceRow(str(file), int(number), f"{days:g} days", "", None, None)
        for file, number, days in zip(mine["source_file"], mine["source_row"], mine["days"], strict=True)
        if (str(file), int(number)) == place
    )
    said = f"The delivery states the time itself ({describe_place(place)}); the data cut has no milestone of the definition."
    return Step("As delivered", said, "delivered times: as they stand; nothing is derived", rows)


def _trace_time(own: OwnRows, row: Mapping[Any, Any], survival: Survival, endpoint: str, start: int | None) -> Step:
    rule = f"time: {describe_endpoint(survival, endpoint)}; who has none is in no curve"
    if row["reason"]:
        return Step("Time", f"{own.name} is in no curve: {row['reason']}.", rule)
    ended = name_ends(survival).get(row["ended_by"], row["ended_by"]).lower()
    place = read_place(row)
    told = f" ({describe_place(place)})" if place else ""
    time = float(row["time"])
    made = (
        f"day {write_number(time + start)} − day {start} = {write_number(time)} days" if start is not None else f"{write_number(time)} days"
    )
    kind = "an event" if row["event"] else "censored"
    return Step("Time", f"{made}, {kind}: {ended}{told}.", rule, (), time)
