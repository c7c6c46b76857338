"""The calendar: what became of every planned visit of every participant. Each cell has one state, so every visit adds up to everyone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, encode_integers, encode_names
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.quality.plan import Places, VisitDays, compute_visit_codes, compute_visit_plan, derive_places
from dashboard.endpoints.quality.words import OPEN
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.visits import NO_VISIT
from dashboard.study.columns import ANALYTE, BELOW_LOQ, COHORT, DAY, DOSED, PARTICIPANT, STATUS, VALUE

ANY = "any"
# What each state means; a cell has the first of them that applies, `not-dosed` before all others.
STATES: dict[str, str] = {
    "observed": "has an analysed value",
    "below-limit": "has an analysed value, below the limit of quantification",
    "out-of-window": "a record names this visit, but its day lies outside the window, or nearer to another visit's target",
    "incomplete": "a record names this visit, but has no day or no value",
    "died": "died before the target day",
    "withdrawn": "withdrew before the target day",
    "lost": "was lost to follow-up before the target day",
    "completed": "completed the study before the window began",
    "not-due": "the target day lies after the data cut",
    "missed": "due at the data cut, under observation, no record",
    "not-dosed": "was not dosed, so there are no days to expect visits on",
}
STATE_KEYS = tuple(STATES)
STATE_OF_STATUS = {"died": "died", "withdrawn": "withdrawn", "lost to follow-up": "lost", "completed": "completed"}
CALENDAR_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str",
    COHORT: "str",
    "visit": "str",
    "target_day": "Int64",
    "low": "Int64",
    "high": "Int64",
    "state": "str",
    "actual_day": "Int64",
    VALUE: "float64",
    "n_records": "int64",
    "counted_in": "str",
}
UNSCHEDULED_COLUMNS: dict[str, str] = {PARTICIPANT: "str", COHORT: "str", "after_visit": "str", "before_visit": "str", "n_records": "int64"}


@dataclass(frozen=True)
class _Best:
    """The chosen record of each cell (participants × visits, flat): whether there is one, its day, value, below_loq and visit by day."""

    there: Flags = field(repr=False)
    day: Ints = field(repr=False)
    value: Floats = field(repr=False)
    below: Flags = field(repr=False)
    visit: Ints = field(repr=False)


def derive_calendar(analysis: Analysis, analyte: str | None = None) -> pd.DataFrame:
    """CALENDAR_COLUMNS for every participant and planned visit, in the order of participants and of the plan.

    `analyte` is a key, ANY for all analytes together, or None for the endpoint analyte; KeyError for another.
    target_day, low (missing = open) and high move with the actual doses. state is one of STATES, judged in this order:

    not-dosed     no first dose: no clock, so records are counted but no day or value is shown
    observed, below-limit   a day in the window has values: actual_day and value are those of the analysed day (closest to target,
                  ties to the later); with ANY the closest over all analytes, without value, and below-limit when the analysed
                  value of the endpoint analyte at the visit is below its limit
    out-of-window a record whose label names the visit counts at another visit, or at none: actual_day and value of the closest to
                  the target, ties to the later; `counted_in` is the visit it counts at
    incomplete    a record whose label names the visit has no day or no value
    died, withdrawn, lost   ended before the target day; completed: ended before the window (the completing visit itself may be early)
    not-due       target day after the cut (where the day of the cut is unknown: after the last day under observation)
    missed        due, under observation at the target day, and none of the above

    n_records counts the records (of the analyte) that belong to the cell; see `Places.member`. Over all visits they add up, with
    those of `summarise_unscheduled`, to all counts of the analyte.
    """
    places, days, wanted = derive_places(analysis), compute_visit_plan(analysis), select_analyte(analysis, analyte)
    observed, elsewhere = _find_analysed(analysis, days, analyte), _find_labelled(analysis, places, days, wanted)
    state = _compute_unseen_state(analysis, days)
    state[_mark_cells(places, wanted & ~places.placed, len(analysis.protocol.visits), state.shape)] = STATE_KEYS.index("incomplete")
    state = np.where(elsewhere.there, STATE_KEYS.index("out-of-window"), state.ravel())
    state = np.where(observed.there, np.where(observed.below, STATE_KEYS.index("below-limit"), STATE_KEYS.index("observed")), state)
    dosed = np.repeat(analysis.participants[DOSED].to_numpy(), len(analysis.protocol.visits))
    shown = dosed & (observed.there | elsewhere.there)
    return _compose(
        analysis,
        days,
        state=np.where(dosed, state, STATE_KEYS.index("not-dosed")),
        day=encode_integers(np.where(observed.there, observed.day, elsewhere.day), shown),
        value=np.where(shown, np.where(observed.there, observed.value, np.nan if analyte == ANY else elsewhere.value), np.nan),
        records=_count_members(places, wanted, days),
        counted=np.where(observed.there | ~shown, NO_VISIT, elsewhere.visit),
    )


def summarise_calendar(calendar: pd.DataFrame, visits: tuple[str, ...]) -> pd.DataFrame:
    """Columns visit, state, participants: how many cells of a calendar have each state, for every visit and state, zeros included."""
    size = calendar.groupby(["visit", "state"]).size()
    index = pd.MultiIndex.from_product([visits, STATE_KEYS], names=["visit", "state"])
    frame = size.reindex(index, fill_value=0).rename("participants").reset_index()
    return frame.astype({"visit": "str", "state": "str", "participants": "int64"})


def summarise_unscheduled(analysis: Analysis, analyte: str | None = None) -> pd.DataFrame:
    """UNSCHEDULED_COLUMNS: how many counts of each participant are in no cell of the calendar, by where they lie between visits.

    after_visit is the last visit of the plan whose target day is on or before the day, before_visit the one that follows it in the
    plan; both are "" for records without a day. Pairs without a record are absent. `analyte` as in `derive_calendar`.
    """
    places, days, wanted = derive_places(analysis), compute_visit_plan(analysis), select_analyte(analysis, analyte)
    rows = np.flatnonzero(wanted & (places.member == NO_VISIT))
    person, visits = places.person[rows], days.target.shape[1]
    passed = np.sum(days.target[person] <= places.day[rows][:, None], axis=1)
    pair = np.where(places.dated[rows], passed, visits + 1)
    keys, size = np.unique(person * (visits + 2) + pair, return_counts=True)
    of, pair = keys // (visits + 2), keys % (visits + 2)
    undated, names = pair == visits + 1, analysis.protocol.visit_keys
    people = analysis.participants.iloc[of]
    return pd.DataFrame(
        {
            PARTICIPANT: people[PARTICIPANT].to_numpy(),
            COHORT: people[COHORT].to_numpy(),
            "after_visit": encode_names(np.where(undated, NO_VISIT, pair - 1), names),
            "before_visit": encode_names(np.where(undated | (pair == visits), NO_VISIT, pair), names),
            "n_records": size,
        }
    ).astype(UNSCHEDULED_COLUMNS)


def select_analyte(analysis: Analysis, analyte: str | None) -> Flags:
    """Flags of the counts of an analyte (None: the endpoint analyte, ANY: all of them); KeyError for an unknown one."""
    if analyte == ANY:
        return np.ones(len(analysis.counts), dtype=bool)
    key = analysis.protocol.analyte(analyte or analysis.protocol.endpoint.analyte).key
    return (analysis.counts[ANALYTE] == key).to_numpy()


def _compute_unseen_state(analysis: Analysis, days: VisitDays) -> Ints:
    """State (position) of each visit of each participant as if there were no record of it."""
    until, cut = compute_observed_until(analysis)
    status = analysis.participants[STATUS].to_numpy()
    state = np.full(days.target.shape, STATE_KEYS.index("missed"), dtype=np.int64)
    state[~(days.target <= cut[:, None])] = STATE_KEYS.index("not-due")
    for name, key in STATE_OF_STATUS.items():
        expected = days.low if key == "completed" else days.target
        state[(status == name)[:, None] & (until[:, None] < expected)] = STATE_KEYS.index(key)
    return state


def _find_analysed(analysis: Analysis, days: VisitDays, analyte: str | None) -> _Best:
    daily = analysis.daily[analysis.daily["analysed"].to_numpy()]
    endpoint = analysis.protocol.endpoint.analyte
    of_endpoint = _pick_days(daily[(daily[ANALYTE] == endpoint).to_numpy()], analysis, days)
    if analyte != ANY:
        return of_endpoint if analyte in (None, endpoint) else _pick_days(daily[(daily[ANALYTE] == analyte).to_numpy()], analysis, days)
    best = _pick_days(daily, analysis, days)
    return _Best(best.there, best.day, np.full(len(best.day), np.nan), of_endpoint.there & of_endpoint.below, best.visit)


def _pick_days(daily: pd.DataFrame, analysis: Analysis, days: VisitDays) -> _Best:
    visit = compute_visit_codes(daily["visit"], analysis.protocol)
    person, day = daily["participant_index"].to_numpy(), daily[DAY].to_numpy(dtype=np.int64)
    return _pick_closest(person, visit, day, daily[VALUE].to_numpy(), daily[BELOW_LOQ].to_numpy(), visit, days)


def _find_labelled(analysis: Analysis, places: Places, days: VisitDays, wanted: Flags) -> _Best:
    rows = np.flatnonzero(wanted & places.placed & (places.labelled != NO_VISIT) & (places.labelled != places.visit))
    below = analysis.counts[BELOW_LOQ].to_numpy()[rows]
    person, labelled, day = places.person[rows], places.labelled[rows], places.day[rows]
    return _pick_closest(person, labelled, day, places.value[rows], below, places.visit[rows], days)


def _pick_closest(person: Ints, cell_visit: Ints, day: Ints, value: Floats, below: Flags, visit: Ints, days: VisitDays) -> _Best:
    """Of the records of each cell the one closest to the target, at equal distance the later."""
    visits, size = days.target.shape[1], days.target.size
    cell = person * visits + cell_visit
    order = np.lexsort((-day, np.abs(day - days.target[person, cell_visit]), cell))
    first = np.r_[True, np.diff(cell[order]) != 0][: len(order)]
    row = order[first]
    best = _Best(np.zeros(size, bool), np.zeros(size, np.int64), np.full(size, np.nan), np.zeros(size, bool), np.full(size, NO_VISIT))
    for name, values in (("there", True), ("day", day[row]), ("value", value[row]), ("below", below[row]), ("visit", visit[row])):
        getattr(best, name)[cell[row]] = values
    return best


def _mark_cells(places: Places, rows: Flags, visits: int, shape: tuple[int, ...]) -> Flags:
    marked = np.zeros(shape, dtype=bool)
    used = np.flatnonzero(rows & (places.labelled != NO_VISIT))
    marked[places.person[used], places.labelled[used]] = True
    return marked


def _count_members(places: Places, wanted: Flags, days: VisitDays) -> Ints:
    inside = wanted & (places.member != NO_VISIT)
    return np.bincount(places.person[inside] * days.target.shape[1] + places.member[inside], minlength=days.target.size)


def _compose(
    analysis: Analysis, days: VisitDays, *, state: Ints, day: pd.api.extensions.ExtensionArray, value: Floats, records: Ints, counted: Ints
) -> pd.DataFrame:
    visits, people = analysis.protocol.visit_keys, analysis.participants
    low = days.low.ravel()
    return pd.DataFrame(
        {
            PARTICIPANT: np.repeat(people[PARTICIPANT].to_numpy(), len(visits)),
            COHORT: np.repeat(people[COHORT].to_numpy(), len(visits)),
            "visit": encode_names(np.tile(np.arange(len(visits)), len(people)), visits),
            "target_day": days.target.ravel(),
            "low": encode_integers(low, low > OPEN // 2),
            "high": days.high.ravel(),
            "state": encode_names(state, STATE_KEYS),
            "actual_day": day,
            VALUE: value,
            "n_records": records,
            "counted_in": encode_names(counted, visits),
        }
    ).astype(CALENDAR_COLUMNS)
