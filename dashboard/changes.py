"""What changed between the data cut a scene shows and another one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from dashboard.archive import Archive, find_earlier
from dashboard.endpoints.changes.cuts import CutChanges, compare_cuts
from dashboard.endpoints.changes.headlines import Choices, default_choices
from dashboard.endpoints.changes.reasons import AFTER_CUT, describe_kind
from dashboard.endpoints.changes.records import CHANGE_COLUMNS
from dashboard.endpoints.changes.results import RESULT_COLUMNS
from dashboard.endpoints.changes.rules import name_table
from dashboard.endpoints.changes.telling import list_people
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.scene import Scene
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.snapshot import Snapshot

RECORDS_SHOWN, PEOPLE_SHOWN = 60, 20


@dataclass(frozen=True)
class ChangedResult:
    """One headline result: its name, and for each column of the table the words before → after and whether they differ."""

    label: str
    cells: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Reason:
    """Why one headline changed: its name, how many participants, and a line for each of those listed."""

    label: str
    participants: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class ChangedRecord:
    """One changed record: whose it is (and whether that participant is in this data cut), what changed, its kind, and where it stands."""

    participant: str
    present: bool
    sentence: str
    kind: str
    place: str


@dataclass(frozen=True)
class ChangesPage:
    """Everything the page says, as texts; `population` says who is in the numbers."""

    population: str
    columns: tuple[str, ...]
    results: tuple[ChangedResult, ...]
    reasons: tuple[Reason, ...]
    tallies: tuple[tuple[str, ...], ...]
    records: tuple[ChangedRecord, ...]
    more_records: int


def find_other(scene: Scene) -> Snapshot | None:
    """The data cut that the scene's is compared with: the one `against` names, else the newest of those before it in the list.

    None when there is no such cut.
    """
    published = list(scene.archive.published())
    if scene.view.against:
        return next((cut for cut in published if cut.cut == scene.view.against and cut.cut != scene.snapshot.cut), None)
    return find_earlier(published, scene.snapshot)


def is_with_the_one_before(scene: Scene) -> bool:
    """Whether the view names the data cut with which it would be compared if it named none."""
    earlier = find_earlier(list(scene.archive.published()), scene.snapshot)
    return earlier is not None and scene.view.against == earlier.cut


def find_withdrawn(scene: Scene, other: Snapshot | None) -> tuple[Snapshot, ...]:
    """The data cuts that came between `other` (None: nothing stands before) and the scene's, and that the reader saw until withdrawn."""
    before = (cut for cut in scene.archive.withdrawn() if cut.place < scene.snapshot.place)
    return tuple(cut for cut in before if other is None or cut.place > other.place)


def find_changes(scene: Scene) -> CutChanges | None:
    """What changed from the other data cut to the scene's, under the scene's rules; None when there is no other."""
    other = find_other(scene)
    return None if other is None else compare_with(scene, other)


def compare_published(archive: Archive, before: Snapshot, after: Snapshot) -> CutChanges:
    """What changed from `before` to `after`, under the rules of an address without choices."""
    earlier, later = (archive.analysis(snapshot, "last") for snapshot in (before, after))
    return compare_cuts(earlier, later, _records(archive, before), _records(archive, after))


def compare_with(scene: Scene, other: Snapshot) -> CutChanges:
    """What changed from `other` to the scene's data cut, under the scene's rules."""
    view, archive, choices = scene.view, scene.archive, _choose(scene)
    return archive.recall(
        (*_name_comparison(scene, other), "changes"),
        lambda: compare_cuts(
            archive.analysis(other, view.base), scene.analysis, _records(archive, other), _records(archive, scene.snapshot), choices
        ),
    )


def _choose(scene: Scene) -> Choices:
    view = scene.view
    return replace(
        default_choices(scene.protocol),
        period=view.period,
        rule=view.rule,
        gap=view.gap,
        who=view.who,
        respond=view.respond,
        denominator=view.n,
    )


def _name_comparison(scene: Scene, other: Snapshot) -> tuple[Hashable, ...]:
    """Everything that the differences between the two data cuts depend on."""
    return (other.content_hash, scene.snapshot.content_hash, scene.view.base, _choose(scene))


def _records(archive: Archive, snapshot: Snapshot) -> Mapping[str, pd.DataFrame]:
    return {table: archive.records(snapshot, table) for table in RECORD_TABLES}


def summarise_changes(scene: Scene, other: Snapshot) -> ChangesPage:
    """What the page of changes says of `other` and the scene's data cut."""
    changes = compare_with(scene, other)
    return ChangesPage(
        population=describe_population(scene),
        columns=list_columns(scene),
        results=list_results(scene, other),
        reasons=tuple(_list_reasons(changes)),
        tallies=tuple(_list_tallies(changes)),
        records=tuple(_list_records(scene, changes)),
        more_records=max(0, len(changes.records.changes) - RECORDS_SHOWN),
    )


def list_columns(scene: Scene) -> tuple[str, ...]:
    """The groups that each headline result has words for."""
    return ("All participants", *(cohort.label for cohort in scene.protocol.cohorts))


def list_results(scene: Scene, other: Snapshot) -> tuple[ChangedResult, ...]:
    """The headline results of `other` and of the scene's data cut: the first part of `summarise_changes`, without who causes what."""
    key = (*_name_comparison(scene, other), "results in words")
    return scene.archive.recall(key, lambda: tuple(_list_results(compare_with(scene, other))))


def describe_population(scene: Scene) -> str:
    """Who is compared: everyone, whatever the filters of the address; without another data cut everyone of the one shown."""
    other = find_other(scene)
    view = scene.view
    filtered = any((view.cohort, view.sex, view.stratum)) or view.age != (None, None)
    both = [cut for cut in (other, scene.snapshot) if cut is not None]
    who = "All participants of both data cuts" if other else "All participants of the data cut"
    ignored = ", whatever filters the address names" if filtered else ""
    return f"{who}{ignored}: {', '.join(f'{cut.participants} in {cut.label or cut.cut}' for cut in both)}."


def table_result_changes(scene: Scene) -> pd.DataFrame:
    """Headline results of the other data cut and of the scene's, and their differences; no row without another data cut."""
    changes = find_changes(scene)
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in RESULT_COLUMNS.items()})
    return empty if changes is None else changes.results


def table_record_changes(scene: Scene) -> pd.DataFrame:
    """Every record that differs between the two data cuts; no row without another data cut."""
    changes = find_changes(scene)
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in CHANGE_COLUMNS.items()})
    return empty if changes is None else changes.records.changes


def _list_results(changes: CutChanges) -> list[ChangedResult]:
    cohorts = (ALL_COHORTS, *changes.protocol.cohort_keys)
    results = changes.results
    differs = results.groupby(["result", "cohort"])["changed"].any()
    once = results.drop_duplicates(["result", "cohort"]).set_index(["result", "cohort"])
    names = results.drop_duplicates("result")[["result", "label"]].itertuples(index=False, name=None)
    return [
        ChangedResult(
            _first_upper(label),
            tuple((str(once.at[(key, cohort), "words"]).removeprefix(f"{label}: "), bool(differs[key, cohort])) for cohort in cohorts),
        )
        for key, label in names
    ]


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _list_reasons(changes: CutChanges) -> list[Reason]:
    labels = changes.results.drop_duplicates("result").set_index("result")["label"]
    contributions, causes = changes.explanation.contributions, changes.explanation.causes
    reasons = []
    for result, label in labels.items():
        people = contributions[(contributions["result"] == result) & (contributions["cohort"] == ALL_COHORTS)].drop_duplicates(
            "participant"
        )
        if len(people) and result not in ("counts", "doses"):
            lines = list_people(people, causes[causes["result"] == result], changes.records.changes, PEOPLE_SHOWN)
            reasons.append(Reason(_first_upper(str(label)), len(people), tuple(lines)))
    return reasons


def _list_tallies(changes: CutChanges) -> list[tuple[str, ...]]:
    names = ("before", "after", "unchanged", "corrected", "shifted", "followed", "added", "added_after_cut", "removed")
    tallies = changes.records.tallies
    shown = tallies[(tallies["before"] > 0) | (tallies["after"] > 0)]
    return [(_first_upper(name_table(row["table"])), *(f"{row[name]:,}" for name in names)) for row in shown.to_dict("records")]


def _list_records(scene: Scene, changes: CutChanges) -> list[ChangedRecord]:
    """At most RECORDS_SHOWN; corrections and late entries before what the later cut simply adds."""
    rows = changes.records.changes
    ordered = rows.assign(new=rows["reason"] == AFTER_CUT).sort_values("new", kind="stable").head(RECORDS_SHOWN)
    present = set(scene.analysis.participants["participant"])
    return [
        ChangedRecord(
            participant=str(row["participant"]),
            present=row["participant"] in present,
            sentence=str(row["sentence"]),
            kind=describe_kind(row["change"], row["reason"]),
            place=_places(row),
        )
        for row in ordered.to_dict("records")
    ]


def _places(row: Mapping[Any, Any]) -> str:
    places = [f"{row[f'source_file_{side}']} row {row[f'source_row_{side}']}" for side in ("before", "after") if row[f"source_file_{side}"]]
    return " → ".join(dict.fromkeys(places))
