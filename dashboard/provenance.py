"""Where a number comes from, in words: the derivation that a view asks for, and the numbers that can be asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.endpoints.exploratory.immunogenicity import ADA_TESTS
from dashboard.endpoints.pooled.rates import RATE
from dashboard.endpoints.pooled.times import RESPONSE_DURATION
from dashboard.endpoints.provenance.cohorts import WHO
from dashboard.endpoints.provenance.outcomes import Outcomes
from dashboard.endpoints.provenance.steps import SourceRow, Step
from dashboard.endpoints.provenance.tracing import Choices, Inputs, trace
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.time_above import summarise_time_above
from dashboard.errors import NotFoundError
from dashboard.exploratory import derive_exploratory, table_finding_summary
from dashboard.panels.survival_curves import find_landmark, list_days
from dashboard.panels.survival_times import find_everybody, list_censorings, list_endpoints
from dashboard.panels.thresholds import counted_time_above, table_responders, table_time_above_summary
from dashboard.panels.trajectory import summarise_visits
from dashboard.response import find_best, list_groups, list_rate_rows
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
    found = trace(_inputs(scene, reference), reference)
    more = (_offer_participant(scene, reference.participant),) if reference.kind == "participant" else ()
    return Derivation(found.title, tuple(_show_step(step) for step in found.steps), more)


def offer_numbers(scene: Scene) -> list[Choice]:
    """What can be asked about: headline results, responses, times to an event, summaries by visit, findings, participants."""
    headline = [_offer_results(scene), _offer_others(scene), *_offer_rates(scene), *_offer_survival(scene)]
    return [*headline, _offer_summaries(scene), *_offer_findings(scene), _offer_people(scene)]


def _offer_rates(scene: Scene) -> list[Choice]:
    """Responders of each group that the response page shows, in the denominator of the view; none without a response."""
    if not scene.has_responses:
        return []
    rows: dict[tuple[str, str], list[Cell]] = {}
    for row in list_rate_rows(scene, RATE):
        if row["among"] == scene.view.among:
            of = _write("rate", rate=row["measure"], grouping=row["grouping"], category=row["category"], among=row["among"])
            rows.setdefault((row["grouping"], row["category"]), [(row["label"], "")]).append((f"{row['n']}/{row['of']}", of))
    header = ("Response", *(rate.label for rate in scene.protocol.response.rates)) if scene.protocol.response else ()
    return [Choice(f"Response rates among those {scene.view.among}", header, tuple(tuple(cells) for cells in rows.values()))]


def _offer_survival(scene: Scene) -> list[Choice]:
    """The share without event at the landmarks, and the median, of each curve that the survival page shows; none without a time."""
    if not scene.has_courses:
        return []
    days = list_days(scene, find_landmark(scene))
    header = ("Without event", "Median", *(f"day {day:g}" for day in days))
    return [
        Choice(label, header, tuple(_link_curve(scene, key, cohort, days.tolist()) for cohort in _list_cohorts(scene)))
        for key, label in list_endpoints(scene.protocol).items()
    ]


def _list_cohorts(scene: Scene) -> list[tuple[str, str]]:
    return [(ALL_COHORTS, "All"), *((key, scene.protocol.cohort(key).label) for key in scene.view.cohorts(scene.protocol))]


def _link_curve(scene: Scene, endpoint: str, cohort: tuple[str, str], days: list[float]) -> tuple[Cell, ...]:
    key, label = cohort
    censor = list_censorings(scene, endpoint)[0]
    named: dict[str, object] = {"endpoint": endpoint, "censor": censor, "cohort": key}
    cells = [("how", _write("survival", **named, day=day)) for day in (None, *(int(day) for day in days))]
    return (label, ""), *cells


def _offer_findings(scene: Scene) -> list[Choice]:
    """Participants with a result of each finding that is compared with baseline, by visit, of all cohorts shown; none without any."""
    table = table_finding_summary(scene)
    own = table[(table["cohort"] == ALL_COHORTS) & (table["domain"] != "PC") & ~table["test"].str.upper().isin(ADA_TESTS)]
    held = set(own["visit"])
    visits = [visit for visit in scene.protocol.visits if visit.key in held]
    groups = own.groupby(["domain", "test", "category", "object"], sort=True)
    rows = tuple(_link_findings(names, group, [visit.key for visit in visits]) for names, group in groups)
    note = "Of one cohort: choose its number in the table of findings, and on the page behind it where the number comes from."
    header = ("Finding", *(visit.short for visit in visits))
    return [Choice("Findings against baseline, participants with a result", header, rows, note)] if rows else []


def _link_findings(names: Any, group: pd.DataFrame, visits: list[str]) -> tuple[Cell, ...]:
    """A series of findings: its name, and for each visit how many participants have a result."""
    domain, test, category, about = (str(name) for name in names)
    counts, shared = dict(zip(group["visit"], group["n"], strict=True)), about or category
    parts: dict[str, object] = {"domain": domain, "test": test, "category": category, "about": about, "cohort": ALL_COHORTS}
    cells = [(f"n {counts[visit]}", _write("findings", **parts, visit=visit)) if visit in counts else ("–", "") for visit in visits]
    return (f"{group['label'].iloc[0] or test}{f' ({shared})' if shared else ''}", ""), *cells


def _inputs(scene: Scene, reference: Reference) -> Inputs:
    view = scene.view
    choices = Choices(view.measure, view.period, view.rule, view.gap, view.who, view.respond, view.visit, view.n, view.ci)
    records = {table: scene.records(table) for table in ("claim", "milestone", "trait", "finding", "time_to_event")}
    changes = derive_exploratory(scene).changes if reference.kind in ("finding", "findings") else None
    return Inputs(scene.analysis, scene.selection.mask, choices, records, changes, _find_outcomes(scene, reference))


def _find_outcomes(scene: Scene, of: Reference) -> Outcomes:
    """What the derivation of a response or of a time to an event needs; nothing for another."""
    protocol, survival = scene.protocol, scene.protocol.survival
    best = find_best(scene) if protocol.response and of.kind in ("rate", "best-response", "event-time") else None
    if of.kind == "rate" and protocol.response:
        group = next((group for group in list_groups(scene) if (group.grouping, group.category) == (of.grouping, of.category)), None)
        return Outcomes(best, group)
    if of.kind not in ("survival", "event-time") or survival is None:
        return Outcomes(best)
    endpoints, censorings = list_endpoints(protocol), list_censorings(scene, of.endpoint)
    if of.endpoint not in endpoints:
        raise NotFoundError("endpoint", of.endpoint, list(endpoints))
    if of.censor not in censorings:
        raise NotFoundError("way to censor in this view", of.censor, censorings)
    landmark = find_landmark(scene) if of.kind == "survival" and of.endpoint != RESPONSE_DURATION else None
    return Outcomes(best, None, find_everybody(scene, survival, of.endpoint, of.censor), endpoints[of.endpoint], landmark)


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
