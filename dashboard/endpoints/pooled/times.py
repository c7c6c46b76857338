"""Times from the infusion to the endpoints of the definition, from milestones or as delivered; who has none, and why (section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Floats, Ints
from dashboard.endpoints.pooled.faults import find_faults
from dashboard.endpoints.pooled.sightings import CONTACT, DEATH, Sightings, find_sightings
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import DOSED, PARTICIPANT, SOURCE_FILE, SOURCE_ROW
from dashboard.study.pooled import Survival, SurvivalEndpoint

# One row per participant and endpoint, whoever is selected.
#   time      days since day 0 (of `response-duration`: since the first response); NaN where `reason` says why there is none
#   event     True: one of the endpoint's events; False: censored
#   ended_by  the milestone that ended the time, or CONTACT; "event" or "censoring" of a delivered time
#   partial   the date of the event is known to the month or year only, and counts from its first possible day
#   reason    why the participant is in no curve of the endpoint, "" for who is
#   source_*  the row that says so, "" and missing where no single row does
TIME_COLUMNS: dict[str, str] = {
    "participant_index": "int64", "endpoint": "str", "time": "float64", "event": "bool", "ended_by": "str", "partial": "bool",
    "reason": "str", SOURCE_FILE: "str", SOURCE_ROW: "Int64",
}  # fmt: skip
RESPONSE_DURATION = "response-duration"
NOT_SAID = "no last contact and no event"


@dataclass(frozen=True)
class Course:
    """What the milestones say of every participant: first and last days, and the fault that keeps one out of every curve ("" for none)."""

    sightings: Sightings = field(repr=False)
    fault: pd.Series = field(repr=False)


def derive_course(analysis: Analysis, milestones: pd.DataFrame, survival: Survival) -> Course:
    """Milestones by participant, with the faults of `faults.find_faults`."""
    sightings = find_sightings(analysis, milestones, survival)
    return Course(sightings, find_faults(analysis, sightings, survival))


def derive_times(course: Course, survival: Survival, endpoint: SurvivalEndpoint, *, at_censor: bool) -> pd.DataFrame:
    """TIME_COLUMNS of one endpoint: days from day 0 to the first of its events, else censored at the last contact.

    With `at_censor` who reached `survival.censor` (a transplant) after day 0 and before any event is censored there; an event on the
    same day counts. The last contact is the last day a delivered milestone shows the participant alive, at least that of
    `survival.contact`, else the last day under observation. Who has a fault has no time.
    """
    event_day, kind = course.sightings.first_of(endpoint.events)
    return _end(course, survival, endpoint.key, event_day, kind, at_censor=at_censor)


def derive_response_times(course: Course, survival: Survival, responses: pd.DataFrame, *, at_censor: bool) -> pd.DataFrame:
    """TIME_COLUMNS of RESPONSE_DURATION: days from the first response to the first event of relapse or death; responders alone.

    `responses` has `participant_index` and `response_day` (missing: no day known) of each responder. Censored as in `derive_times`, at the
    first response at the earliest.
    """
    events = find_relapse_events(survival)
    event_day, kind = course.sightings.first_of((*events, DEATH))
    whole = _end(course, survival, RESPONSE_DURATION, event_day, kind, at_censor=at_censor)
    rows = whole.iloc[responses["participant_index"].to_numpy(dtype=np.int64)].reset_index(drop=True)
    start = responses["response_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    # A response shows that the participant was under observation on its day, whatever the last contact says.
    seen = (rows["ended_by"] == (survival.contact or CONTACT)).to_numpy(dtype=bool)
    time = np.where(seen, np.fmax(rows["time"].to_numpy(), start), rows["time"].to_numpy()) - start
    words = [
        (rows["reason"] != "").to_numpy(dtype=bool),
        np.isnan(start),
        time < 0,
    ]
    reason = np.select(words, [rows["reason"], "response without a day", "ended before the first response"], "")
    return _shape(rows.assign(time=np.where(reason == "", time, np.nan), event=rows["event"] & (reason == ""), reason=reason))


def derive_first_events(course: Course, survival: Survival) -> pd.DataFrame:
    """TIME_COLUMNS of the first of the events that compete: relapse, death, transplant; event False: none up to the last contact.

    `endpoint` is empty; `ended_by` tells which. Of events on one day the relapse comes first, then the death.
    """
    event_day, kind = course.sightings.first_of(list_competing(survival))
    return _end(course, survival, "", event_day, kind, at_censor=False)


def find_relapse_events(survival: Survival) -> tuple[str, ...]:
    """The milestones that count as relapse: `survival.relapse`, and what ends the same endpoints beside death (progression)."""
    together = [key for endpoint in survival.endpoints if survival.relapse in endpoint.events for key in endpoint.events]
    return tuple(dict.fromkeys(key for key in (survival.relapse, *together) if key and key not in (DEATH, survival.censor)))


def list_competing(survival: Survival) -> tuple[str, ...]:
    """The milestones that compete, in the order in which they count on one day."""
    return (*find_relapse_events(survival), DEATH, *([survival.censor] if survival.censor else []))


def derive_delivered_times(analysis: Analysis, delivered: pd.DataFrame, endpoint: SurvivalEndpoint) -> pd.DataFrame:
    """TIME_COLUMNS of one endpoint as a delivery states them (ADTTE), for a data cut without milestones; nothing is derived."""
    rows = delivered[delivered["parameter"].str.casefold() == (endpoint.parameter or "").casefold()]
    everyone = pd.Index(analysis.participants[PARTICIPANT])
    place = everyone.get_indexer(pd.Index(rows[PARTICIPANT]))
    rows = rows.assign(participant_index=place)[place >= 0]
    first = rows.drop_duplicates("participant_index").set_index("participant_index").reindex(range(len(everyone)))
    several = first.index.isin(rows.loc[rows["participant_index"].duplicated(), "participant_index"])
    faults = [~analysis.participants[DOSED].to_numpy(dtype=bool), first["days"].isna().to_numpy(), several]
    day_zero = analysis.protocol.study.day_zero
    reason = np.select(faults, [f"no {day_zero}", "no time delivered", "several times delivered"], "")
    event = (first["event"].astype("boolean").fillna(False) & (reason == "")).to_numpy(dtype=bool)
    ended = np.select([reason != "", event], ["", "event"], "censoring")
    time = np.where(reason == "", first["days"].to_numpy(dtype=np.float64), np.nan)
    named = {"endpoint": endpoint.key, "time": time, "event": event, "ended_by": ended, "partial": False, "reason": reason}
    return _shape(first.assign(**named).reset_index().rename(columns={"index": "participant_index"}))


def _end(course: Course, survival: Survival, endpoint: str, event_day: Floats, kind: Ints, *, at_censor: bool) -> pd.DataFrame:
    """Times that end with `event_day` (NaN: none) of the milestone numbered `kind`, else with the last contact."""
    seen = course.sightings
    censor = seen.first(survival.censor, after_day_zero=True) if at_censor and survival.censor else np.full(len(event_day), np.nan)
    by_censor = ~np.isnan(censor) & ~(event_day <= censor)
    event = ~np.isnan(event_day) & ~by_censor
    time = np.select([by_censor, event], [censor, event_day], seen.last_contact)
    reason = course.fault.to_numpy(dtype=object).copy()
    reason[(reason == "") & ~(time >= 0)] = NOT_SAID
    known = reason == ""
    keys = np.array([*seen.keys, CONTACT], dtype=object)
    ended = np.select([~known, by_censor, event], ["", survival.censor or "", keys[kind]], survival.contact or CONTACT)
    frame = pd.DataFrame(
        {
            "participant_index": np.arange(len(time)),
            "endpoint": endpoint,
            "time": np.where(known, time, np.nan),
            "event": event & known,
            "ended_by": ended,
            "reason": reason,
        }
    )
    return _shape(frame.join(seen.rows_of(frame["ended_by"], frame["time"])))


def _shape(frame: pd.DataFrame) -> pd.DataFrame:
    texts = frame.assign(**{name: frame[name].fillna("") for name in ("ended_by", "reason", SOURCE_FILE)})
    return texts[list(TIME_COLUMNS)].astype(TIME_COLUMNS).reset_index(drop=True)
