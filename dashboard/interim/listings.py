"""The listings of a review: tables of facts, one line for each thing that a board reads one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from dashboard.changes import find_other, find_withdrawn, list_columns, list_results
from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.interim.locking import compute_lock
from dashboard.endpoints.quality.doses import DOSE_TOLERANCE
from dashboard.endpoints.safety.exposure import ENDED, GIVEN, MISSED, NOT_DUE, OUTSIDE
from dashboard.panels.describe import describe_cut
from dashboard.panels.participants import table_participants_in_words
from dashboard.quality import count_flags, find_flags
from dashboard.safety import find_chosen, find_exposure
from dashboard.scene import Scene
from dashboard.study.choices import QUALITY_FLAGS
from dashboard.study.snapshot import describe_withdrawal
from dashboard.view.words import count_words

NOT_RECORDED = "not recorded"
NO_EVENTS = "The data cut has no adverse events."
EVENT_HEADER = ("Participant", "Cohort", "Term", "Grade", "Start day", "End day", "Days since dose", "Related", "Serious", "Outcome")
SERIOUS = {"Y": "yes", "N": "no"}
DOSE_HEADER = ("Participant", "Cohort", "Planned dose", "What happened", "Day", "Days late", "Amount, % of planned", "Reason delivered")
DOSE_WORDS = {GIVEN: "given", MISSED: "missed", ENDED: "observation ended before", OUTSIDE: "given outside the plan"}


@dataclass(frozen=True)
class Listing:
    """A table of the review: a title, columns and rows in words, a sentence below.

    `table` names the HTTP table that holds these rows, under the view of `open_listings`; `file` says what it holds.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sentence: str = ""
    table: str = ""
    file: str = "All columns"


def describe_lock(scene: Scene) -> str:
    """Where the records of a locked scene end, in words; "" of another."""
    return scene.of_cut("lock in words", lambda: _describe_lock(scene)) if scene.view.locked else ""


def _describe_lock(scene: Scene) -> str:
    lock = compute_lock(scene.analysis, scene.view.until)
    last = scene.protocol.period_visits(scene.view.until)[-1]
    # The windows of the follow-up visits keep the study clock, so the limit is one for all; those that move may differ.
    high = f"day {lock.last_sample.max()}" if len(lock.last_sample) else "its end"
    return (
        f"Records {scene.protocol.period(scene.view.until).label}: samples and visits up to {high}, the end of the window of "
        f"{last.label}; doses, events and states up to day {lock.horizon:g}. Whatever the data cut holds beyond is left out everywhere."
    )


def open_listings(scene: Scene) -> Scene:
    """The scene of the listings, which say everything: the choices of relation, grade and flag are those of the panels."""
    return replace(scene, view=replace(scene.view, related="any", grade="any", flag=""))


def describe_delivery(scene: Scene) -> Listing:
    """What is reviewed: the data cut, who delivered it, and where its records end."""
    cut = scene.snapshot
    rows = (
        ("Data cut", f"{cut.label or 'without a label'}, {cut.cut_date.isoformat()}"),
        ("Content (SHA-256)", cut.content_hash),
        ("Delivered", _when(cut.created_at, cut.created_by)),
        ("Published", _when(cut.published_at, cut.published_by)),
        ("Participants and count records delivered", f"{cut.participants:,} and {cut.records:,}"),
        ("Records shown", describe_lock(scene)),
        ("Kind of data", "SYNTHETIC: simulated participants" if cut.synthetic else "delivered by the trial"),
    )
    return Listing("What is reviewed", ("Fact", "On record"), rows)


def _when(instant: Any, person: str) -> str:
    when = instant.strftime("%Y-%m-%d %H:%M UTC") if instant else NOT_RECORDED
    return f"{when}, by {person or NOT_RECORDED}"


@dataclass(frozen=True)
class _Lines:
    """The lines of a listing, whoever is selected: the row of the participant of each (−1: of nobody enrolled), and its words."""

    person: Ints = field(repr=False)
    words: Sequence[tuple[str, ...]] = field(repr=False)

    def of(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """Those of the participants selected."""
        shown = (self.person >= 0) & scene.selection.mask[self.person]
        return tuple(self.words[place] for place in np.flatnonzero(shown).tolist())


def list_queries(scene: Scene) -> Listing:
    """How often each flag is raised in the selection."""
    rows = tuple((title, str(rows), str(people)) for title, rows, people in count_flags(scene) if rows)
    sentence = "Flags that the data themselves raise. A flag says what is odd and never changes a value."
    return Listing("Open questions on the data", ("Flag", "Rows", "Participants"), rows, sentence, "quality-summary")


def list_changes(scene: Scene) -> Listing:
    """The headline results that differ from those of the release before."""
    other, title = find_other(scene), "What changed since the release before"
    told = "".join(f"{describe_withdrawal(cut)} " for cut in find_withdrawn(scene, other))
    if other is None:
        alone = (
            "No release before this one stands, so nothing is compared." if told else "This is the first data cut released of this study."
        )
        return Listing(title, (), (), f"{told}{alone}")
    changed = (result for result in list_results(scene, other) if any(differs for _, differs in result.cells))
    rows = tuple((result.label, *(words for words, _ in result.cells)) for result in changed)
    same = " No headline result differs." if not rows else ""
    before = f"{other.label or other.cut}, {other.cut_date.isoformat()}, {other.cut}"
    sentence = f"{told}Compared with {before}, under the same lock.{same}"
    return Listing(title, ("Result", *list_columns(scene)), rows, sentence, "result-changes")


def list_delays(scene: Scene) -> Listing:
    """The doses of the selection that were not given as planned."""
    rows = scene.of_cut("lines of doses", lambda: _write_delays(scene)).of(scene)
    sentence = (
        f"{count_words(len(rows), 'dose')} of the dosed participants shown: planned doses that were missed, not given because observation "
        "had ended, or given on another day or in another amount than planned, and doses outside the plan. Doses not yet due are not "
        f"listed. Days late count on the study clock, below 0 for early; a flag is raised from {DOSE_TOLERANCE + 1} days on."
    )
    return Listing("Doses not given as planned", DOSE_HEADER, rows, sentence, "exposure", "All doses and columns")


def _write_delays(scene: Scene) -> _Lines:
    doses = find_exposure(scene)
    kept = doses[_is_not_as_planned(doses)]
    return _Lines(kept["participant_index"].to_numpy(dtype=np.int64), [_dose_row(scene, row) for row in kept.to_dict("records")])


def _is_not_as_planned(exposure: pd.DataFrame) -> pd.Series:
    """Which doses of EXPOSURE_COLUMNS are due and not given, or given on another day or in another amount than planned."""
    other_day = exposure["delay"].fillna(0) != 0
    known = exposure["amount"].notna() & exposure["planned_amount"].notna()
    # An amount in another unit cannot be compared, so its percent is missing: it is not the planned amount.
    other_amount = known & ~np.isclose(exposure["percent"], 100, rtol=1e-6, atol=0)
    return (exposure["state"] != NOT_DUE) & ((exposure["state"] != GIVEN) | other_day | other_amount)


def _dose_row(scene: Scene, row: Mapping[Any, Any]) -> tuple[str, ...]:
    delivered = "–" if pd.isna(row["amount"]) else f"{_number(row['amount'])} {row['amount_unit']}".strip()
    amount = delivered if pd.isna(row["percent"]) else _number(row["percent"])
    days, told = (_number(row["day"]), _number(row["delay"])), (amount, str(row["reason"]) or "–")
    return (str(row["participant"]), _cohort(scene, row["cohort"]), _number(row["planned_dose"]), DOSE_WORDS[row["state"]], *days, *told)


def list_serious(scene: Scene) -> Listing:
    """The serious adverse events of the selection."""
    return _list_events(scene, "Serious adverse events", serious=True)


def list_every_event(scene: Scene) -> Listing:
    """All adverse events of the selection."""
    return _list_events(scene, "All adverse events")


def _list_events(scene: Scene, title: str, *, serious: bool = False) -> Listing:
    if not scene.holds("adverse_event"):
        return Listing(title, (), (), NO_EVENTS)
    rows = scene.of_cut("lines of events", lambda: _write_events(scene))[serious].of(scene)
    sentence = f"{count_words(len(rows), 'event')}, those before the first dose among them. –: {NOT_RECORDED}."
    return Listing(title, EVENT_HEADER, rows, sentence, "adverse-events", "All events and columns" if serious else "All columns")


def _write_events(scene: Scene) -> tuple[_Lines, _Lines]:
    """The lines of all events, and those of the serious ones."""
    events = find_chosen(open_listings(scene))
    person, is_serious = events["participant_index"].to_numpy(dtype=np.int64), (events["serious"] == "Y").to_numpy(dtype=bool)
    words = [_event_row(scene, row) for row in events.drop(columns="grade").rename(columns={"level": "grade"}).to_dict("records")]
    return _Lines(person, words), _Lines(person[is_serious], [words[place] for place in np.flatnonzero(is_serious)])


def _event_row(scene: Scene, row: Mapping[Any, Any]) -> tuple[str, ...]:
    grade = f"{_number(row['grade'])} ({row['scale']})" if row["scale"] and not pd.isna(row["grade"]) else "not graded"
    start = f"{_number(row['start_day'])}{' (partial date)' if row['partial'] and not pd.isna(row['start_day']) else ''}"
    days = (start, "ongoing" if row["ongoing"] else _number(row["end_day"]), _number(row["days_since_dose"]))
    said = (str(row["relatedness"]), SERIOUS.get(row["serious"], NOT_RECORDED), str(row["outcome"]) or NOT_RECORDED)
    return (str(row["participant"]), _cohort(scene, row["cohort"]), str(row["term"]), grade, *days, *said)


def list_flags(scene: Scene) -> Listing:
    """The flags of the selection, one by one."""
    rows = scene.of_cut("lines of flags", lambda: _write_flags(scene)).of(scene)
    return Listing("Flags by participant", ("Participant", "Flag", "Day", "What is odd"), rows, table="quality-flags")


def _write_flags(scene: Scene) -> _Lines:
    flags = find_flags(scene)
    words = [
        (str(row["participant"]), QUALITY_FLAGS[row["code"]], _number(row["day"]), str(row["sentence"])) for row in flags.to_dict("records")
    ]
    return _Lines(scene.participant_rows(flags["participant"]), words)


def list_participants(scene: Scene) -> Listing:
    """The participants of the selection."""
    rows, analytes = scene.of_cut("lines of participants", lambda: _write_participants(scene)).of(scene), scene.protocol.analytes
    header = ("Participant", "Cohort", "Sex", "Age", *(f"{part.short} baseline" for part in analytes), "Doses", "Last day", "Status")
    return Listing("Participants", header, rows, f"Baseline counts in cells/µL. {describe_cut(scene)}.", "participants")


def _write_participants(scene: Scene) -> _Lines:
    everyone = replace(scene, view=replace(scene.view, cohort=(), sex=(), age=(None, None), stratum=(), having=()))
    table = table_participants_in_words(everyone)
    baselines = (f"baseline_{part.key}" for part in scene.protocol.analytes)
    names = ("participant", "cohort", "sex", "age", *baselines, "doses", "last_day", "status")
    rows = table.to_dict("records")
    return _Lines(np.arange(len(rows)), [tuple(_number(row[name]) for name in names) for row in rows])


def _cohort(scene: Scene, key: str) -> str:
    return scene.protocol.cohort(key).label


def _number(value: Any) -> str:
    if isinstance(value, str):
        return value or NOT_RECORDED
    return "–" if pd.isna(value) else f"{value:,.6g}".replace("-", "−")
