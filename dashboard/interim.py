"""The review of a locked scene, in the order in which a monitoring board works: sections of panels, facts and listings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from dashboard.changes import find_other, list_columns, list_results
from dashboard.endpoints.interim.locking import compute_lock
from dashboard.endpoints.quality.doses import DOSE_TOLERANCE
from dashboard.endpoints.safety.exposure import ENDED, GIVEN, MISSED, NOT_DUE, OUTSIDE
from dashboard.panels import NO_SUBJECT
from dashboard.panels.describe import describe_cut
from dashboard.panels.participants import table_participants_in_words
from dashboard.quality import table_quality_flags, table_quality_summary
from dashboard.safety import table_adverse_events, table_exposure
from dashboard.scene import Scene
from dashboard.study.choices import QUALITY_FLAGS
from dashboard.study.protocol import StudyProtocol
from dashboard.view.state import ViewState
from dashboard.view.words import count_words

NOT_RECORDED = "not recorded"
NO_EVENTS = "The data cut has no adverse events."
EVENT_HEADER = ("Participant", "Cohort", "Term", "Grade", "Start day", "End day", "Days since dose", "Related", "Serious", "Outcome")
SERIOUS = {"Y": "yes", "N": "no"}
DOSE_HEADER = ("Participant", "Cohort", "Planned dose", "What happened", "Day", "Days late", "Amount, % of planned")
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


@dataclass(frozen=True)
class Section:
    """A part of the review: listings, then panels (key and subject), in this order."""

    title: str
    listings: tuple[Listing, ...] = ()
    panels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Plan:
    """A part of the review whose listings are written one by one, because a reader waits only for what is in sight."""

    title: str
    write: tuple[Callable[[], Listing], ...] = ()
    panels: tuple[tuple[str, str], ...] = ()

    def compose(self) -> Section:
        """The part with its listings."""
        return Section(self.title, tuple(write() for write in self.write), self.panels)


def choose_lock(protocol: StudyProtocol, view: ViewState) -> ViewState:
    """The view of the review: locked to its own period, else to the interim's, which ends at the first milestone of the study."""
    if view.locked:
        return view
    interim = protocol.milestones[0].visit if protocol.milestones else protocol.periods[0].last_visit
    first = next((period.key for period in protocol.periods if period.last_visit == interim), protocol.periods[0].key)
    return replace(view, until=first)


def describe_lock(scene: Scene) -> str:
    """Where the records of a locked scene end, in words; "" of another."""
    if not scene.view.locked:
        return ""
    lock = compute_lock(scene.analysis, scene.view.until)
    last = scene.protocol.period_visits(scene.view.until)[-1]
    # The windows of the follow-up visits keep the study clock, so the limit is one for all; those that move may differ.
    high = f"day {lock.last_sample.max()}" if len(lock.last_sample) else "its end"
    return (
        f"Records {scene.protocol.period(scene.view.until).label}: samples and visits up to {high}, the end of the window of "
        f"{last.label}; doses, events and states up to day {lock.horizon:g}. Whatever the data cut holds beyond is left out everywhere."
    )


def describe_lock_shortly(scene: Scene) -> str:
    """Which records a locked scene shows, for those who choose between locks."""
    period, cut = scene.protocol.period(scene.view.until).label, scene.snapshot
    return f"Records {period} of the data cut {cut.label or cut.cut}. What the data cut holds beyond is left out everywhere on this page."


def open_listings(scene: Scene) -> Scene:
    """The scene of the listings, which say everything: the choices of relation, grade and flag are those of the panels."""
    return replace(scene, view=replace(scene.view, related="any", grade="any", flag=""))


def plan_review(scene: Scene) -> tuple[Plan, ...]:
    """The sections of the review of a locked scene, listings still to be written; one about records that the data cut lacks says so."""
    return (
        _plan("Data cut", scene, _describe_delivery, _list_queries, _list_changes),
        _plan("Accrual, disposition and data maturity", scene, panels=_plain("accrual", "maturity")),
        _plan("Doses given, missed and late", scene, _list_delays, panels=_plain("exposure")),
        _plan("Demography and baseline counts", scene, panels=_plain("demography")),
        _plan_events(scene),
        _plan("Laboratory grades", scene, panels=_plain("lab-shift")),
        _plan("Counts over time", scene, panels=tuple(("trajectory", key) for key in scene.protocol.analyte_keys)),
        _plan("Thresholds", scene, panels=_plain("responders", "time-above", "reached")),
        *_plan_response(scene),
        _plan_findings(scene),
        _plan("Deviations and missing visits", scene, _list_flags, panels=_plain("calendar")),
        _plan("Listings", scene, _list_participants, _list_every_event),
    )


def compose_review(scene: Scene) -> tuple[Section, ...]:
    """The sections of the review of a locked scene, listings written."""
    return tuple(plan.compose() for plan in plan_review(scene))


def _plan(title: str, scene: Scene, *listings: Callable[[Scene], Listing], panels: tuple[tuple[str, str], ...] = ()) -> Plan:
    return Plan(title, tuple(partial(write, scene) for write in listings), panels)


def _plain(*keys: str) -> tuple[tuple[str, str], ...]:
    return tuple((key, NO_SUBJECT) for key in keys)


def _plan_events(scene: Scene) -> Plan:
    if not scene.holds("adverse_event"):
        return _plan("Adverse events", scene, lambda _: Listing("Adverse events", (), (), NO_EVENTS))
    return _plan("Adverse events", scene, _list_serious, panels=_plain("events-overview", "events-terms", "escalation"))


def _plan_response(scene: Scene) -> tuple[Plan, ...]:
    """The responses of a study whose definition names them, where there are any."""
    if not scene.has_responses:
        return ()
    keys = ("response-rates", "response-forest", "response-comparison", "response-best", "response-sizes", "response-courses")
    return (_plan("Response", scene, panels=_plain(*keys)),)


def _plan_findings(scene: Scene) -> Plan:
    title = "Antibodies and concentrations"
    if not scene.holds("finding"):
        return _plan(title, scene, lambda _: Listing(title, (), (), "The data cut has no antibodies and no concentrations."))
    return _plan(title, scene, panels=_plain("ada", "pk"))


def _describe_delivery(scene: Scene) -> Listing:
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


def _list_queries(scene: Scene) -> Listing:
    summary = table_quality_summary(scene)
    found = summary[summary["rows"] > 0]
    rows = tuple((str(row["title"]), str(row["rows"]), str(row["participants"])) for row in found.to_dict("records"))
    sentence = "Flags that the data themselves raise. A flag says what is odd and never changes a value."
    return Listing("Open questions on the data", ("Flag", "Rows", "Participants"), rows, sentence, "quality-summary")


def _list_changes(scene: Scene) -> Listing:
    other, title = find_other(scene), "What changed since the release before"
    if other is None:
        return Listing(title, (), (), "This is the first data cut released of this study.")
    results = list_results(scene, other)
    rows = tuple((result.label, *(words for words, _ in result.cells)) for result in results if any(differs for _, differs in result.cells))
    same = " No headline result differs." if not rows else ""
    before = f"{other.label or other.cut}, {other.cut_date.isoformat()}, {other.cut}"
    return Listing(title, ("Result", *list_columns(scene)), rows, f"Compared with {before}, under the same lock.{same}", "result-changes")


def _list_delays(scene: Scene) -> Listing:
    table = table_exposure(scene)
    kept = table[_is_not_as_planned(table)]
    rows = tuple(_dose_row(scene, row) for row in kept.to_dict("records"))
    sentence = (
        f"{count_words(len(rows), 'dose')} of the dosed participants shown: planned doses that were missed, not given because observation "
        "had ended, or given on another day or in another amount than planned, and doses outside the plan. Doses not yet due are not "
        f"listed. Days late count on the study clock, below 0 for early; a flag is raised from {DOSE_TOLERANCE + 1} days on."
    )
    return Listing("Doses not given as planned", DOSE_HEADER, rows, sentence, "exposure", "All doses and columns")


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
    days = (_number(row["day"]), _number(row["delay"]))
    return (str(row["participant"]), _cohort(scene, row["cohort"]), _number(row["planned_dose"]), DOSE_WORDS[row["state"]], *days, amount)


def _list_serious(scene: Scene) -> Listing:
    return _list_events(scene, "Serious adverse events", serious=True)


def _list_every_event(scene: Scene) -> Listing:
    return _list_events(scene, "All adverse events")


def _list_events(scene: Scene, title: str, *, serious: bool = False) -> Listing:
    if not scene.holds("adverse_event"):
        return Listing(title, (), (), NO_EVENTS)
    table = table_adverse_events(open_listings(scene))
    shown = table[table["serious"] == "Y"] if serious else table
    rows = tuple(_event_row(scene, row) for row in shown.to_dict("records"))
    sentence = f"{count_words(len(rows), 'event')}, those before the first dose among them. –: {NOT_RECORDED}."
    return Listing(title, EVENT_HEADER, rows, sentence, "adverse-events", "All events and columns" if serious else "All columns")


def _event_row(scene: Scene, row: Mapping[Any, Any]) -> tuple[str, ...]:
    grade = f"{_number(row['grade'])} ({row['scale']})" if row["scale"] and not pd.isna(row["grade"]) else "not graded"
    start = f"{_number(row['start_day'])}{' (partial date)' if row['partial'] and not pd.isna(row['start_day']) else ''}"
    days = (start, "ongoing" if row["ongoing"] else _number(row["end_day"]), _number(row["days_since_dose"]))
    said = (str(row["relatedness"]), SERIOUS.get(row["serious"], NOT_RECORDED), str(row["outcome"]) or NOT_RECORDED)
    return (str(row["participant"]), _cohort(scene, row["cohort"]), str(row["term"]), grade, *days, *said)


def _list_flags(scene: Scene) -> Listing:
    flags = table_quality_flags(open_listings(scene))
    rows = tuple(
        (str(row["participant"]), QUALITY_FLAGS[row["code"]], _number(row["day"]), str(row["sentence"])) for row in flags.to_dict("records")
    )
    return Listing("Flags by participant", ("Participant", "Flag", "Day", "What is odd"), rows, table="quality-flags")


def _list_participants(scene: Scene) -> Listing:
    table = table_participants_in_words(scene)
    analytes = scene.protocol.analytes
    header = ("Participant", "Cohort", "Sex", "Age", *(f"{part.short} baseline" for part in analytes), "Doses", "Last day", "Status")
    names = ("participant", "cohort", "sex", "age", *(f"baseline_{part.key}" for part in analytes), "doses", "last_day", "status")
    rows = tuple(tuple(_number(row[name]) for name in names) for row in table.to_dict("records"))
    return Listing("Participants", header, rows, f"Baseline counts in cells/µL. {describe_cut(scene)}.", "participants")


def _cohort(scene: Scene, key: str) -> str:
    return scene.protocol.cohort(key).label


def _number(value: Any) -> str:
    if isinstance(value, str):
        return value or NOT_RECORDED
    return "–" if pd.isna(value) else f"{value:,.6g}".replace("-", "−")


def count_listed(sections: Sequence[Section]) -> int:
    """How many rows the listings of a review have in all."""
    return sum(len(listing.rows) for section in sections for listing in section.listings)
