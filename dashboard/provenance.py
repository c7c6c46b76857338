"""Where a number comes from, in words: the derivation that a view asks for, and the numbers that can be asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.endpoints.provenance.cohorts import WHO
from dashboard.endpoints.provenance.steps import SourceRow, Step
from dashboard.endpoints.provenance.tracing import Choices, Inputs, trace
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.time_above import summarise_time_above
from dashboard.panels.thresholds import counted_time_above, table_responders, table_time_above_summary
from dashboard.panels.trajectory import summarise_visits
from dashboard.scene import Scene
from dashboard.study.choices import Who
from dashboard.study.references import Reference, decode_reference, encode_reference

Cell = tuple[str, str]
Places = dict[tuple[str, float], str]
COLUMNS = 6


@dataclass(frozen=True)
class ShownTable:
    """A table of a step; `links` has one reference per row, or none."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownStep:
    """One step in words: title, sentence, the rule it follows, its small table and its source rows."""

    title: str
    sentence: str
    rule: str
    table: ShownTable | None
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Choice:
    """A list of numbers to ask about: a title, and words with the reference of each; `note` says what is not offered.

    `who` names the participants that the references are about where these are not those of the view.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]
    note: str = ""
    who: Who | None = None


@dataclass(frozen=True)
class Derivation:
    """A title, the steps, and further numbers of the same participant, when it is one that was asked about."""

    title: str
    steps: tuple[ShownStep, ...]
    more: tuple[Choice, ...] = ()


def describe_derivation(scene: Scene) -> Derivation:
    """The derivation that the view's `of` names; NotFoundError when this data cut has no such number."""
    reference = decode_reference(scene.view.of)
    found = trace(_inputs(scene), reference)
    more = (_offer_participant(scene, reference.participant),) if reference.kind == "participant" else ()
    return Derivation(found.title, tuple(_show_step(step) for step in found.steps), more)


def offer_numbers(scene: Scene) -> list[Choice]:
    """What can be asked about: headline results, summaries by visit, participants."""
    return [_offer_results(scene), _offer_others(scene), _offer_summaries(scene), _offer_people(scene)]


def _inputs(scene: Scene) -> Inputs:
    view = scene.view
    choices = Choices(view.measure, view.period, view.rule, view.gap, view.who, view.respond, view.visit, view.n, view.ci)
    records = {table: scene.records(table) for table in ("claim", "milestone", "trait")}
    return Inputs(scene.analysis, scene.selection.mask, choices, records)


def _show_step(step: Step) -> ShownStep:
    table = None if step.table is None else ShownTable(step.table.header, step.table.rows, step.table.links)
    return ShownStep(step.title, step.sentence, step.rule, table, tuple(_show_row(row) for row in step.rows))


def _show_row(row: SourceRow) -> tuple[str, ...]:
    value = "–" if row.value is None else f"{row.value:,.6g}"
    return row.file, str(row.row), row.text, row.unit or "none", value, "–" if row.day is None else str(row.day)


def _offer_results(scene: Scene) -> Choice:
    analyte = scene.protocol.analyte(scene.protocol.endpoint.analyte).short
    responders, days = _list_responders(scene, scene.view.who), _list_days(scene)
    rows = []
    for threshold in scene.view.threshold:
        named = f"{analyte} ≥ {threshold:g}"
        for title, kind, words in (
            (f"Responders, {named}", "responders", responders),
            (f"Mean days with {named}", "cohort-days-above", days),
        ):
            rows.append(((title, ""), *_link_cohorts(scene, words, kind, threshold)))
    title = f"Headline results among {WHO[scene.view.who]}: choose a number to see how it is made"
    return Choice(title, _cohort_header(scene), tuple(rows))


def _offer_others(scene: Scene) -> Choice:
    """The responders among the other choice of participants, which the thresholds page shows beside the chosen ones."""
    who: Who = "everyone" if scene.view.who == "eligible" else "eligible"
    responders, analyte = _list_responders(scene, who), scene.protocol.analyte(scene.protocol.endpoint.analyte).short
    rows = tuple(
        ((f"Responders, {analyte} ≥ {threshold:g}", ""), *_link_cohorts(scene, responders, "responders", threshold))
        for threshold in scene.view.threshold
    )
    note = f"Days above are not listed: the pages show them among {WHO[scene.view.who]} alone, as the filter “Participants” says."
    return Choice(f"Responders among {WHO[who]}", _cohort_header(scene), rows, note, who)


def _cohort_header(scene: Scene) -> tuple[str, ...]:
    return ("Headline result", "All", *(cohort.label for cohort in scene.protocol.cohorts))


def _link_cohorts(scene: Scene, words: Places, kind: str, threshold: float) -> list[Cell]:
    """A cell for all cohorts together and for each; a cohort that the filters leave out has none."""
    shown = [(key, words.get((key, threshold), "")) for key in (ALL_COHORTS, *scene.protocol.cohort_keys)]
    return [(text, _write(kind, cohort=key, threshold=threshold)) if text else ("–", "") for key, text in shown]


def _list_responders(scene: Scene, who: Who) -> Places:
    return _by_place(table_responders(scene, who), lambda row: f"{row.responders}/{row.denominator}")


def _list_days(scene: Scene) -> Places:
    """Mean days above by cohort as on the thresholds page, and of all cohorts together as on the page of changes."""
    together = counted_time_above(scene).assign(cohort=ALL_COHORTS)
    rows = pd.concat([summarise_time_above(together, (ALL_COHORTS,), scene.view.threshold), table_time_above_summary(scene)])
    return _by_place(rows, lambda row: f"{row.mean:,.4g} (n {row.n})" if row.n else "n 0")


def _by_place(rows: pd.DataFrame, write: Callable[[Any], str]) -> Places:
    return {(str(row.cohort), float(str(row.threshold))): write(row) for row in rows.itertuples()}


def _offer_summaries(scene: Scene) -> Choice:
    protocol = scene.protocol
    visits = protocol.period_visits(scene.view.period)
    rows = []
    for analyte in scene.view.analytes(protocol):
        medians = {
            (str(row.cohort), str(row.visit)): f"{row.median:,.4g}" for row in summarise_visits(scene, analyte).itertuples() if row.n
        }
        for cohort in protocol.cohorts:
            cells = [_summary_cell(medians.get((cohort.key, visit.key), ""), analyte, cohort.key, visit.key) for visit in visits]
            rows.append(((f"{protocol.analyte(analyte).short}, {cohort.label}", ""), *cells))
    return Choice("Medians by visit, cells/µL", ("Median of", *(visit.short for visit in visits)), tuple(rows))


def _summary_cell(text: str, analyte: str, cohort: str, visit: str) -> Cell:
    return (text, _write("summary", analyte=analyte, cohort=cohort, visit=visit)) if text else ("–", "")


def _offer_people(scene: Scene) -> Choice:
    people = scene.analysis.participants[scene.selection.mask]
    cells: list[Cell] = [(name, _write("participant", participant=name)) for name in people["participant"]]
    rows = tuple(tuple(cells[start : start + COLUMNS]) for start in range(0, len(cells), COLUMNS))
    return Choice("Participants of the selection", ("",) * COLUMNS, tuple((*row, *[("", "")] * (COLUMNS - len(row))) for row in rows))


def _offer_participant(scene: Scene, name: str) -> Choice:
    """Every count of a participant by day and analyte, baselines and days above first; each a link to its own derivation."""
    protocol = scene.protocol
    counts = scene.analysis.counts
    mine = counts[counts["participant"] == name]
    dated = mine[mine["day"].notna()]
    places = zip(dated["day"].astype("int64").tolist(), dated["analyte"].tolist(), dated["value"].tolist(), strict=True)
    by_place = {(day, analyte): value for day, analyte, value in places}
    rows: list[tuple[Cell, ...]] = [
        (("Baseline", ""), *(("how", _write("baseline", participant=name, analyte=key)) for key in protocol.analyte_keys))
    ]
    for threshold in scene.view.threshold:
        for words, kind in (("Days with", "days-above"), ("Response,", "responder")):
            of = _write(kind, participant=name, threshold=threshold)
            shown: list[Cell] = [("how", of) if key == protocol.endpoint.analyte else ("–", "") for key in protocol.analyte_keys]
            rows.append(((f"{words} ≥ {threshold:g}", ""), *shown))
    days = sorted({day for day, _ in by_place})
    for day in days:
        cells = [
            (f"{by_place[day, key]:,.6g}", _write("count", participant=name, analyte=key, day=day)) if (day, key) in by_place else ("–", "")
            for key in protocol.analyte_keys
        ]
        rows.append(((f"Day {day}", ""), *cells))
    header = ("cells/µL", *(analyte.short for analyte in protocol.analytes))
    return Choice(f"Numbers of participant {name}", header, tuple(rows))


def _write(kind: str, **parts: object) -> str:
    return encode_reference(Reference(kind, **parts))  # type: ignore[arg-type]
