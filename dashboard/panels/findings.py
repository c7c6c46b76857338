"""The panel of findings as change from baseline: outcomes, titres and autoantibodies by visit and cohort."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.exploratory.derived import Derived
from dashboard.endpoints.exploratory.finding_summaries import STATES, TransitionTally
from dashboard.endpoints.exploratory.tallies import count_cells
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.exploratory import SERIES_COLUMNS, derive_exploratory
from dashboard.figures.findings import CohortDirections, FindingSeries, FindingSummary
from dashboard.panels.cells import CellPart, LinkedText
from dashboard.panels.describe import Words, describe_scene
from dashboard.panels.refusals import FirstReasons, find_first
from dashboard.panels.visit_words import describe_week
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

# Each row needs room for its bars; the table and the files have the others.
MAX_SERIES = 6
SHORT = 4
KNOWN = ("lower", "equal", "higher")
LOWER, HIGHER = STATES.index("lower"), STATES.index("higher")
UNKNOWN = (("no_baseline", " without baseline"), ("not_comparable", " not comparable"))
NAMES = {"lower": "below baseline", "equal": "same as baseline", "higher": "above baseline"}
UNDRAWN = "of a finding in which nobody is known to lie above or below baseline; the table has it"


@dataclass(frozen=True)
class _Listed:
    """The series of the tally in the order of their names: their places in it, their numbers and their names."""

    places: Ints
    numbers: Ints
    names: tuple[tuple[str, ...], ...]


def summarise_finding_panel(scene: Scene, subject: str = "") -> FindingSummary:
    """Directions of change by cohort and visit, of every series that is in no other panel and in which somebody differs from baseline."""
    derived = derive_exploratory(scene)
    listed = derived.keep(("series of findings",), lambda: _list(derived))
    counts = count_cells(derived.directions.rows, scene.selection.mask)[listed.places]
    changed = counts[:, :, [LOWER, HIGHER], -1].any(axis=(1, 2))
    drawn = np.flatnonzero(changed)[:MAX_SERIES]
    visits = np.flatnonzero(counts[drawn][..., -1].any(axis=(0, 2)))
    not_shown, people = _refuse(scene, listed.numbers[drawn])
    return FindingSummary(
        series=tuple(_series(scene, listed.names[place], counts[place, visits]) for place in drawn.tolist()),
        visits=tuple(describe_week(scene.protocol.visit(derived.later_visits[visit])) for visit in visits.tolist()),
        table=tuple(_table(scene, listed, counts)),
        records=len(people),
        participants=len(np.unique(people)),
        not_shown=not_shown,
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _list(derived: Derived) -> _Listed:
    numbers = derived.directions.series
    names = list(derived.series.loc[numbers, SERIES_COLUMNS].itertuples(index=False, name=None))
    order = sorted(range(len(names)), key=lambda place: _series_parts(names[place]))
    places = np.array(order, dtype=np.int64)
    return _Listed(places, numbers[places], tuple(names[place] for place in order))


def _series(scene: Scene, names: tuple[str, ...], counts: Ints) -> FindingSeries:
    """A series by cohort, from its counts by visit, state and cohort."""
    protocol = scene.protocol
    places = [protocol.cohort_keys.index(key) for key in scene.view.cohorts(protocol)]
    cohorts = []
    for place in places:
        lower, equal, higher, absent, other = counts[:, :, place].T
        cohorts.append(CohortDirections(place, protocol.cohorts[place].label, lower, equal, higher, absent + other))
    return FindingSeries(name_series(names), tuple(cohorts))


def name_series(names: Sequence[str]) -> str:
    """A series in words, from the values of its SERIES_COLUMNS: its label and what it is about."""
    _, test, label, category, about = names
    shared = about or category
    return f"{label or test}{f' ({_quiet(shared)})' if shared else ''}"


def _quiet(words: str) -> str:
    """Capitals as small letters, but for what is a name: short words, and those with a digit or a short part: “HPV lesion”, “FACIT-F”."""
    return " ".join(word if len(word) <= SHORT or _is_name(word) else word.lower() for word in words.split())


def _is_name(word: str) -> bool:
    return any(char.isdigit() for char in word) or min(len(part) for part in word.split("-")) <= 2


def _refuse(scene: Scene, drawn: Ints) -> tuple[dict[str, int], Ints]:
    """How many findings of the selection are not in the figure, by reason, and whose those are that are."""
    derived = derive_exploratory(scene)
    first: FirstReasons = derived.keep(("findings not drawn",), lambda: find_first(_flag_refused(scene)))
    person, series = (derived.keep((name,), derived.changes[name].to_numpy) for name in ("participant_index", "series"))
    own = np.flatnonzero(scene.selection.mask[person])
    allowed = own[first.place[own] == len(first.reasons)]
    inside = np.isin(series[allowed], drawn)
    return first.count(own) | ({UNDRAWN: int((~inside).sum())} if not inside.all() else {}), person[allowed[inside]]


def _flag_refused(scene: Scene) -> dict[str, Flags]:
    """Why a finding is in no figure, whoever is selected."""
    derived = derive_exploratory(scene)
    changes = derived.changes
    return {
        "antibodies, concentrations and questionnaire scores, in the figures above": derived.shown_elsewhere,
        f"no {scene.protocol.study.day_zero}, so no day": changes["day"].isna().to_numpy(),
        "on or before day 0, or in no planned visit": ~changes["visit"].isin(derived.later_visits).to_numpy(),
        "another result of the visit counts": ~changes["analysed"].to_numpy(),
    }


def _table(scene: Scene, listed: _Listed, counts: Ints) -> list[tuple[str, ...]]:
    """One row per series and visit: for each cohort shown, and all, what became of its participants."""
    derived, keys = derive_exploratory(scene), scene.protocol.cohort_keys
    cohorts = [*((keys.index(key), key) for key in scene.view.cohorts(scene.protocol)), (len(keys), ALL_COHORTS)]
    moved = count_cells(derived.transitions.rows, scene.selection.mask)
    rows = []
    for place, visit in np.argwhere(counts[..., -1].any(axis=2)).tolist():
        key, names = derived.later_visits[visit], listed.names[place]
        where = (int(listed.numbers[place]), visit)
        cells = [(_Cell(names, key, cohort, tuple(counts[place, visit, :, at].tolist())), moved[:, at]) for at, cohort in cohorts]
        written = (_write_cell(cell, partial(_list_moves, derived.transitions, own, where, cell)) for cell, own in cells)
        rows.append((name_series(names), scene.protocol.visit(key).label, *written))
    return rows


@dataclass(frozen=True)
class _Cell:
    """A cell of the table: the values of SERIES_COLUMNS, visit, cohort and how many there are in each of STATES."""

    names: tuple[str, ...]
    visit: str
    cohort: str
    counts: tuple[int, ...]

    @property
    def n(self) -> int:
        """Participants with a result."""
        return sum(self.counts)

    def of(self, state: str) -> int:
        """Participants in one of STATES."""
        return self.counts[STATES.index(state)]

    def part(self, state: str, words: str) -> CellPart:
        """The number in one of STATES, with what is behind it."""
        return CellPart(f"{self.of(state)}{words}", _address(self.names, self.visit, state, self.cohort), NAMES.get(state, ""))


def _list_moves(tally: TransitionTally, counts: Ints, where: tuple[int, int], cell: _Cell) -> list[CellPart]:
    """From which to which word results went at a series (number) and visit (position), each move with what is behind it."""
    low, high = (bisect_left(tally.moves, (where[0], visit, "", "")) for visit in (where[1], where[1] + 1))
    found = []
    for n, (_, _, start, result) in zip(counts[low:high].tolist(), tally.moves[low:high], strict=True):
        if n:
            of = encode_cell("transitions", *_series_parts(cell.names), cell.visit, start, result, cell.cohort)
            found.append(CellPart(f"{n} {start} → {result}", of))
    return found


def _write_cell(cell: _Cell, list_moves: Callable[[], list[CellPart]]) -> str:
    """“1 ↓ 2 = 3 ↑; n = 6”, each number with what is behind it; where nothing can be compared, from which word to which."""
    if not cell.n:
        return "–"
    if cell.of("no_baseline") == cell.n:
        return LinkedText([cell.part("no_baseline", " without baseline")])
    if any(cell.of(name) for name in KNOWN):
        parts = _between(" ", [cell.part(name, sign) for name, sign in zip(KNOWN, (" ↓", " =", " ↑"), strict=True)])
        parts += [part for name, words in UNKNOWN if cell.of(name) for part in (CellPart(", "), cell.part(name, words))]
    else:
        parts = _between("; ", list_moves())
    everyone = CellPart(f"n = {cell.n}", _address(cell.names, cell.visit, "n", cell.cohort))
    return LinkedText([*parts, CellPart("; "), everyone])


def _address(names: tuple[str, ...], visit: str, state: str, cohort: str) -> str:
    return encode_cell("findings", *_series_parts(names), visit, state, cohort)


def _series_parts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Of SERIES_COLUMNS what tells series apart: all but the label."""
    return (*names[:2], *names[3:])


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
