"""Syndromes with a grading of their own (CRS, ICANS): worst grade, onset, duration and treatment of each participant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, encode_integers
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.rates import AtRisk, derive_rates, select_at_risk
from dashboard.endpoints.safety.syndrome_counts import CLASSES, compute_spans, count_classes
from dashboard.study.choices import IntervalMethod
from dashboard.study.columns import COHORT, PARTICIPANT
from dashboard.study.syndromes import Syndrome

# One row per participant at risk and syndrome.
#   grade      worst grade on the syndrome's scale: 0 without an event on it, missing when none of its events is graded
#   onset_day, end_day   first start and last end, missing while one is not known to the day; end_day missing while one is ongoing
#   duration_days   from onset to end, both days counted
#   events     events on the syndrome's scale or without a grade; other_scale: those graded on another one, which no number here counts
#   treatments keys of the treatments of the definition with a day between onset and end, in its order, joined by commas
SYNDROME_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", COHORT: "str", "participant_index": "int64", "syndrome": "str", "scale": "str", "grade": "Int64",
    "onset_day": "Int64", "end_day": "Int64", "duration_days": "Int64", "ongoing": "bool", "events": "int64", "other_scale": "int64",
    "treatments": "str",
}  # fmt: skip
# One row per participant at risk with the syndrome and day under it: the worst grade going on, 0 where none of its events is graded.
DAY_COLUMNS: dict[str, str] = {PARTICIPANT: "str", COHORT: "str", "participant_index": "int64", "day": "int64", "grade": "int64"}
TREATMENT_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", "participant_index": "int64", "treatment": "str", "name": "str", "first_day": "int64", "last_day": "int64",
}  # fmt: skip
# One row: participants with the syndrome, those with a known onset and a known duration, and median and range of both in days (NaN
# without any); how many were ongoing.
SPAN_COLUMNS: dict[str, str] = {
    "n": "int64", "n_onset": "int64", "onset_median": "float64", "onset_min": "float64", "onset_max": "float64", "n_duration": "int64",
    "duration_median": "float64", "duration_min": "float64", "duration_max": "float64", "ongoing": "int64",
}  # fmt: skip


def select_syndrome(events: pd.DataFrame, syndrome: Syndrome) -> pd.DataFrame:
    """The emergent events (EVENT_COLUMNS) whose term is one of the syndrome's, without case, on whatever scale."""
    terms = {term.casefold() for term in syndrome.terms}
    named = [term.casefold() in terms for term in events["term"]]
    return events[np.array(named, dtype=bool) & events["emergent"].to_numpy(dtype=bool)]


def derive_syndrome(
    events: pd.DataFrame, treatments: pd.DataFrame, at_risk: AtRisk, syndrome: Syndrome, scale: str, cut_day: Floats
) -> pd.DataFrame:
    """SYNDROME_COLUMNS of every participant at risk, in their order; `scale` is the label of the syndrome's scale.

    `events` are EVENT_COLUMNS, `treatments` TREATMENT_COLUMNS of `derive_treatments`; `cut_day` is the day up to which an ongoing
    syndrome is looked at for treatments, by participant_index. An event graded on another scale is only counted in `other_scale`:
    two scales are not pooled unless the definition maps one to the other, which has then been done in `events`.
    """
    own = select_at_risk(select_syndrome(events, syndrome), at_risk)
    foreign = (own["level"].notna() & (own["scale"] != scale)).to_numpy(dtype=bool)
    people = at_risk.frame["participant_index"].to_numpy()
    used = own[~foreign]
    spans = _derive_spans(used, at_risk.people)
    span = spans.iloc[people].reset_index(drop=True)
    given = _name_treatments(treatments, syndrome, spans, cut_day)
    counts = {"events": used, "other_scale": own[foreign]}
    columns = {name: np.bincount(rows["participant_index"], minlength=at_risk.people)[people] for name, rows in counts.items()}
    return (
        at_risk.frame[[PARTICIPANT, COHORT, "participant_index"]]
        .assign(syndrome=syndrome.key, scale=scale, **{str(name): span[name] for name in span}, **columns)
        .assign(treatments=[given.get(person, "") for person in people.tolist()])[list(SYNDROME_COLUMNS)]
        .astype(SYNDROME_COLUMNS)
    )


def _derive_spans(events: pd.DataFrame, people: int) -> pd.DataFrame:
    """grade, onset_day, end_day, duration_days and ongoing by participant_index, for everybody."""
    person = events["participant_index"].to_numpy()
    has = np.bincount(person, minlength=people) > 0
    level = events["level"].to_numpy(dtype=np.int64, na_value=0)
    worst = np.zeros(people, dtype=np.int64)
    np.maximum.at(worst, person, level)
    going = _any_of(person, events["ongoing"].to_numpy(dtype=bool), people)
    onset, end = np.full(people, np.inf), np.full(people, -np.inf)
    start_day, end_day = _known(events, "start"), _known(events, "end")
    np.minimum.at(onset, person, np.nan_to_num(start_day, nan=np.inf))
    np.maximum.at(end, person, np.nan_to_num(end_day, nan=-np.inf))
    # One day that is not known leaves the whole unknown: the syndrome may have begun, or ended, on it.
    started = has & ~_any_of(person, np.isnan(start_day), people)
    ended = has & ~going & ~_any_of(person, np.isnan(end_day), people)
    whole = started & ended
    first, last = (np.where(known, days, 0).astype(np.int64) for known, days in ((started, onset), (ended, end)))
    return pd.DataFrame(
        {
            "grade": encode_integers(worst, ~has | (worst > 0)),
            "onset_day": encode_integers(first, started),
            "end_day": encode_integers(last, ended),
            "duration_days": encode_integers(np.where(whole, last - first + 1, 0), whole),
            "ongoing": going,
        }
    )


def _any_of(person: Ints, flags: Flags, people: int) -> Flags:
    return np.bincount(person[flags], minlength=people) > 0


def _known(events: pd.DataFrame, end: str) -> Floats:
    """The days of one end of each event, NaN where it is not known to the day."""
    days = events[f"{end}_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(events[f"{end}_precision"] == "day", days, np.nan)


def derive_treatments(medications: pd.DataFrame, analysis: Analysis, syndromes: Iterable[Syndrome]) -> pd.DataFrame:
    """TREATMENT_COLUMNS: medications named by a treatment of the syndromes and begun on a known day, each treatment once.

    Names are compared without case, the coded one and the reported one. An unknown end counts as the first day, an ongoing one as the
    last day under observation of the delivery.
    """
    keys = {
        name.casefold(): treatment.key
        for syndrome in syndromes
        for treatment in syndrome.treatments
        for name in (*treatment.names, treatment.label)
    }
    named = zip(medications["name"], medications["reported_name"], strict=True)
    words = [keys.get(name.casefold(), keys.get(said.casefold(), "")) for name, said in named]
    known = np.array([bool(word) for word in words], dtype=bool) & medications["start_day"].notna().to_numpy(dtype=bool)
    used, key = medications[known], np.array(words, dtype=object)[known]
    index = pd.Index(analysis.participants[PARTICIPANT]).get_indexer(pd.Index(used[PARTICIPANT]))
    start = used["start_day"].to_numpy(dtype=np.int64)
    last = analysis.participants["last_day"].to_numpy(dtype=np.float64, na_value=np.nan)[index]
    end = used["end_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    end = np.where(np.isnan(end) & used["ongoing"].to_numpy(dtype=bool), last, end)
    end = np.fmax(end, start).astype(np.int64)
    columns = {"participant_index": index, "treatment": key, "name": used["name"].to_numpy(), "first_day": start, "last_day": end}
    return pd.DataFrame({PARTICIPANT: used[PARTICIPANT].to_numpy(), **columns}).astype(TREATMENT_COLUMNS)


def _name_treatments(treatments: pd.DataFrame, syndrome: Syndrome, spans: pd.DataFrame, cut_day: Floats) -> dict[int, str]:
    """The treatments of the syndrome given between its onset and its end, by participant_index."""
    order = [treatment.key for treatment in syndrome.treatments]
    person = treatments["participant_index"].to_numpy()
    onset = spans["onset_day"].to_numpy(dtype=np.float64, na_value=np.nan)[person]
    end = spans["end_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    end = np.where(spans["ongoing"], cut_day, end)[person]
    given = treatments[(treatments["last_day"] >= onset) & (treatments["first_day"] <= end) & treatments["treatment"].isin(order)]
    found: dict[int, set[str]] = {}
    for index, key in zip(given["participant_index"].tolist(), given["treatment"].tolist(), strict=True):
        found.setdefault(index, set()).add(key)
    return {index: ",".join(key for key in order if key in keys) for index, keys in found.items()}


def summarise_grades(rows: pd.DataFrame, at_risk: AtRisk, method: IntervalMethod | None = None) -> pd.DataFrame:
    """RATE_COLUMNS with `grades` (keys of CLASSES) before them: participants by worst grade, of all at risk, for one syndrome.

    `rows` are SYNDROME_COLUMNS of one syndrome. A participant whose events are all without a grade is in `any` alone.
    """
    grade, has = rows["grade"].to_numpy(dtype=np.int64, na_value=0), rows["events"].to_numpy() > 0
    n = count_classes(rows["participant_index"].to_numpy(), has, grade, at_risk)
    rates = derive_rates(n, n, at_risk, method)
    keys = np.repeat(np.array([key for key, _, _ in CLASSES], dtype=object), len(at_risk.groups))
    return pd.concat([pd.Series(keys, name="grades", dtype="str"), rates], axis=1)


def summarise_spans(rows: pd.DataFrame) -> pd.DataFrame:
    """SPAN_COLUMNS, one row, of SYNDROME_COLUMNS rows of one syndrome: those of participants without it do not count."""
    own = rows[rows["events"] > 0]
    onset, duration = (own[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("onset_day", "duration_days"))
    return pd.DataFrame([compute_spans(onset, duration, own["ongoing"].to_numpy(dtype=bool))])[list(SPAN_COLUMNS)].astype(SPAN_COLUMNS)


def derive_syndrome_days(events: pd.DataFrame, at_risk: AtRisk, syndrome: Syndrome, scale: str, until: Floats) -> pd.DataFrame:
    """DAY_COLUMNS of the syndrome's events on `scale` or without a grade; `until` is the last day observed, by participant_index.

    An event goes on from its first possible to its last possible day; ongoing, to `until`; over without a known end, on its first day.
    An event without any start is in no day.
    """
    own = select_at_risk(select_syndrome(events, syndrome), at_risk)
    own = own[(own["level"].isna() | (own["scale"] == scale)) & own["start_day"].notna()]
    start = own["start_day"].to_numpy(dtype=np.int64)
    end = own["end_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    end = np.where(np.isnan(end) & own["ongoing"].to_numpy(dtype=bool), until[own["participant_index"]], end)
    length = np.fmax(end - start, 0).astype(np.int64) + 1
    place = np.repeat(np.arange(len(own)), length)
    day = np.arange(len(place)) - np.repeat(np.cumsum(length) - length, length) + start[place]
    level = own["level"].to_numpy(dtype=np.int64, na_value=0)[place]
    named = own[[PARTICIPANT, COHORT, "participant_index"]].iloc[place].assign(day=day, grade=level)
    ordered = named.sort_values(["participant_index", "day", "grade"], kind="stable")
    return ordered.drop_duplicates(["participant_index", "day"], keep="last").reset_index(drop=True).astype(DAY_COLUMNS)


def list_syndromes(rows: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """SYNDROME_COLUMNS of several syndromes, one below the other; without any an empty frame."""
    return (
        pd.concat(rows, ignore_index=True)
        if rows
        else pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in SYNDROME_COLUMNS.items()})
    )
