"""The panel of findings as change from baseline: outcomes, titres and autoantibodies by visit and cohort."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.exploratory.placing import SERIES
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.exploratory import derive_exploratory, later_visits, summarise_series_directions, summarise_series_transitions
from dashboard.figures.findings import CohortDirections, FindingSeries, FindingSummary
from dashboard.panels.cells import CellPart, LinkedText
from dashboard.panels.describe import Words, describe_scene
from dashboard.panels.visit_words import describe_week
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

# Each row needs room for its bars; the table and the files have the others.
MAX_SERIES = 6
SHORT = 4
KNOWN = ["lower", "equal", "higher"]
UNKNOWN = (("no_baseline", " without baseline"), ("not_comparable", " not comparable"))
NAMES = {"lower": "below baseline", "equal": "same as baseline", "higher": "above baseline"}
UNDRAWN = "of a finding in which nobody is known to lie above or below baseline; the table has it"


def summarise_finding_panel(scene: Scene, subject: str = "") -> FindingSummary:
    """Directions of change by cohort and visit, of every series that is in no other panel and in which somebody differs from baseline."""
    changes = derive_exploratory(scene).others
    directions, transitions = summarise_series_directions(scene, changes), summarise_series_transitions(scene, changes)
    changed = directions.loc[directions["lower"] + directions["higher"] > 0, "series"].unique().tolist()
    drawn = [series for series in _in_order(directions) if series in changed][:MAX_SERIES]
    rows = directions[directions["series"].isin(drawn)]
    visits = [visit for visit in scene.protocol.visits if visit.key in set(rows["visit"])]
    reasons, people = _refusals(scene, drawn)
    shown = ~np.logical_or.reduce(list(reasons.values()))
    return FindingSummary(
        series=tuple(_series(scene, rows[rows["series"] == series], [visit.key for visit in visits]) for series in drawn),
        visits=tuple(describe_week(visit) for visit in visits),
        table=tuple(_table(scene, directions, transitions)),
        records=int(shown.sum()),
        participants=len(np.unique(people[shown])),
        not_shown=count_first(reasons),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _in_order(rows: pd.DataFrame) -> list[int]:
    """The series of `rows`, by domain, test, category and object."""
    ordered: list[int] = rows.drop_duplicates("series").sort_values(["domain", "test", "category", "object"])["series"].tolist()
    return ordered


def _series(scene: Scene, rows: pd.DataFrame, visits: list[str]) -> FindingSeries:
    of = {(row["cohort"], row["visit"]): row for row in rows.to_dict("records")}
    return FindingSeries(name_series(rows), tuple(_cohort(scene, key, of, visits) for key in scene.view.cohorts(scene.protocol)))


def _cohort(scene: Scene, key: str, rows: Mapping[tuple[str, str], Mapping[Hashable, Any]], visits: list[str]) -> CohortDirections:
    names = [*KNOWN, "no_baseline", "not_comparable"]
    own = [[rows[key, visit][name] if (key, visit) in rows else 0 for visit in visits] for name in names]
    lower, equal, higher, absent, other = np.array(own, dtype=np.int64)
    place = scene.protocol.cohort_keys.index(key)
    return CohortDirections(place, scene.protocol.cohorts[place].label, lower, equal, higher, absent + other)


def name_series(rows: pd.DataFrame) -> str:
    """A series in words, from the SERIES_COLUMNS of its first row: its label and what it is about."""
    label, test, category, about = (str(rows[name].iloc[0]) for name in ("label", "test", "category", "object"))
    shared = about or category
    return f"{label or test}{f' ({_quiet(shared)})' if shared else ''}"


def _quiet(words: str) -> str:
    """Capitals as small letters, but for what is a name: short words, and those with a digit or a short part: “HPV lesion”, “FACIT-F”."""
    return " ".join(word if len(word) <= SHORT or _is_name(word) else word.lower() for word in words.split())


def _is_name(word: str) -> bool:
    return any(char.isdigit() for char in word) or min(len(part) for part in word.split("-")) <= 2


def _refusals(scene: Scene, drawn: list[int]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Why a finding of the selection is not in the figure, and whose finding each is."""
    changes = derive_exploratory(scene).changes
    person = changes["participant_index"].to_numpy()
    own = scene.selection.mask[person]
    reasons = {reason: flags[own] for reason, flags in scene.of_cut("findings not drawn", lambda: _refuse(scene)).items()}
    return reasons | {UNDRAWN: ~np.isin(changes["series"].to_numpy()[own], drawn)}, person[own]


def _refuse(scene: Scene) -> dict[str, np.ndarray]:
    """Why a finding is in no figure, whoever is selected."""
    derived = derive_exploratory(scene)
    changes = derived.changes
    return {
        "antibodies, concentrations and questionnaire scores, in the figures above": derived.shown_elsewhere,
        f"no {scene.protocol.study.day_zero}, so no day": changes["day"].isna().to_numpy(),
        "on or before day 0, or in no planned visit": ~changes["visit"].isin(later_visits(scene)).to_numpy(),
        "another result of the visit counts": ~changes["analysed"].to_numpy(),
    }


def count_first(reasons: dict[str, np.ndarray]) -> dict[str, int]:
    """How many findings each reason leaves out, each counted under the first that applies."""
    counts: dict[str, int] = {}
    before = np.zeros(len(next(iter(reasons.values()))), dtype=bool)
    for reason, refused in reasons.items():
        if n := int((refused & ~before).sum()):
            counts[reason] = n
        before |= refused
    return counts


def _table(scene: Scene, directions: pd.DataFrame, transitions: pd.DataFrame) -> list[tuple[str, ...]]:
    """One row per series and visit: for each cohort shown, and all, what became of its participants."""
    labels = {visit.key: visit.label for visit in scene.protocol.visits}
    cohorts = (*scene.view.cohorts(scene.protocol), ALL_COHORTS)
    counts = {(row["series"], row["visit"], row["cohort"]): row for row in directions.to_dict("records")}
    moved: dict[tuple[Any, ...], list[CellPart]] = {}
    for row in transitions.to_dict("records"):
        of = encode_cell("transitions", *(row[name] for name in SERIES), row["visit"], row["baseline"], row["result"], row["cohort"])
        part = CellPart(f"{row['n']} {row['baseline']} → {row['result']}", of)
        moved.setdefault((row["series"], row["visit"], row["cohort"]), []).append(part)
    rows = []
    held = {(series, visit) for series, visit, _ in counts}
    for series in _in_order(directions):
        own = directions[directions["series"] == series]
        for visit in [key for key in labels if (series, key) in held]:
            keys = [(series, visit, cohort) for cohort in cohorts]
            rows.append((name_series(own), labels[visit], *(_cell(counts.get(key), moved.get(key, [])) for key in keys)))
    return rows


def _cell(row: Mapping[Hashable, Any] | None, moved: list[CellPart]) -> str:
    """“1 ↓ 2 = 3 ↑; n = 6”, each number with what is behind it; where nothing can be compared, from which word to which."""
    if row is None:
        return "–"
    if row["no_baseline"] == row["n"]:
        return LinkedText([_part(row, "no_baseline", " without baseline")])
    if sum(row[name] for name in KNOWN):
        signs = zip(KNOWN, (" ↓", " =", " ↑"), strict=True)
        parts = _between(" ", [_part(row, name, sign) for name, sign in signs])
        parts += [part for name, words in UNKNOWN for part in (CellPart(", "), _part(row, name, words)) if row[name]]
    else:
        parts = _between("; ", moved)
    everyone = CellPart(f"n = {row['n']}", _address(row, "n"))
    return LinkedText([*parts, CellPart("; "), everyone])


def _part(row: Mapping[Hashable, Any], state: str, words: str) -> CellPart:
    return CellPart(f"{row[state]}{words}", _address(row, state), NAMES.get(state, ""))


def _address(row: Mapping[Hashable, Any], state: str) -> str:
    return encode_cell("findings", *(row[name] for name in SERIES), row["visit"], state, row["cohort"])


def _between(text: str, parts: list[CellPart]) -> list[CellPart]:
    """The parts with `text` between them."""
    return [piece for part in parts for piece in (CellPart(text), part)][1:]


def describe_findings(summary: FindingSummary, scene: Scene) -> Words:
    """What up and down mean, against which baseline; by finding, visit and cohort who went where."""
    caption = (
        "Participants whose result lies above (↑, dark) or below (↓, pale) their own last result before treatment, out of those with a "
        "result at the visit; those unchanged have no bar. Table: ↓ below, = unchanged, ↑ above. Only results in the same unit are "
        "compared; nothing is carried forward. "
        f"Whether up is better or worse depends on the finding. {describe_scene(scene)}"
    )
    cohorts = [scene.protocol.cohort(key).label for key in scene.view.cohorts(scene.protocol)]
    return Words(
        caption,
        f"{count_words(summary.records, 'result')} of {count_words(summary.participants, 'participant')}",
        tuple(f"{count_words(n, 'result')}: {reason}" for reason, n in summary.not_shown.items()),
        f"{sum(summary.not_shown.values()):,} not shown",
        ("Finding", "Visit", *cohorts, "All shown") if summary.table else (),
        summary.table,
    )
