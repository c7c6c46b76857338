"""The panel of autoantibody titres by visit, and its tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.exploratory.change_arrays import ChangeArrays
from dashboard.endpoints.exploratory.derived import Derived
from dashboard.endpoints.exploratory.immunogenicity import BOOST_FOLD
from dashboard.endpoints.exploratory.titre_summaries import TITRE_COLUMNS, TitreCounts, count_titres, list_dilutions, tabulate_titres
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.exploratory import SERIES_COLUMNS, derive_exploratory
from dashboard.figures.titres import CohortTitres, TitreSeries, TitreSummary
from dashboard.panels.cells import CellPart, LinkedText
from dashboard.panels.describe import Words, describe_scene
from dashboard.panels.findings import name_series
from dashboard.panels.refusals import FirstReasons, find_first
from dashboard.panels.visit_words import describe_week
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

# Each needs room for its axis; the table and the files have the others.
MAX_SERIES = 4
ROWS_EACH = 15
BEYOND = f"of an antibody beyond the first {MAX_SERIES}; the table has it"
ENDS = ("min", "max")


def table_titre_summary(scene: Scene) -> pd.DataFrame:
    """SERIES_COLUMNS, then TITRE_COLUMNS without `series`: autoantibody titres by series, cohort shown (then `all`) and planned visit."""
    derived = derive_exploratory(scene)
    table = tabulate_titres(derived.titres, _count(scene), scene.protocol.cohort_keys)
    named = table.join(derived.series[SERIES_COLUMNS], on="series")
    kept = named[named["cohort"].isin((*scene.view.cohorts(scene.protocol), ALL_COHORTS))]
    return kept[[*SERIES_COLUMNS, *TITRE_COLUMNS[1:]]].reset_index(drop=True)


def _count(scene: Scene) -> TitreCounts:
    return count_titres(derive_exploratory(scene).titres, scene.analysis, scene.selection.mask)


@dataclass(frozen=True)
class _Points:
    """The autoantibody results of a data cut: as arrays, why some are not in the figure, the others in the order of lines, in words.

    `words` are those of the rows in `order`: by series, cohort, participant and visit.
    """

    arrays: ChangeArrays
    refused: FirstReasons
    order: Ints
    words: np.ndarray


def summarise_titre_panel(scene: Scene, subject: str = "") -> TitreSummary:
    """Titres and negative results of every autoantibody by participant and planned visit, and who rose."""
    derived = derive_exploratory(scene)
    points = derived.keep(("titres",), lambda: _derive_points(scene))
    arrays, refused = points.arrays, points.refused
    own = np.flatnonzero(scene.selection.mask[arrays.person])
    allowed = own[refused.place[own] == len(refused.reasons)]
    first = dict(list(arrays.list_first(allowed).items())[:MAX_SERIES])
    inside = np.isin(arrays.series[allowed], list(first))
    rows = allowed[inside]
    held = np.unique(arrays.visit[rows])
    protocol = scene.protocol
    return TitreSummary(
        series=tuple(_series(scene, points, arrays.names[row], number, held) for number, row in first.items()),
        visits=tuple(describe_week(protocol.visits[place]) for place in held.tolist()),
        header=("Antibody", "Visit", *(protocol.cohort(key).label for key in scene.view.cohorts(protocol)), "All shown"),
        table=tuple(_table(scene)),
        results=len(rows),
        participants=len(np.unique(arrays.person[rows])),
        not_shown=refused.count(own) | ({BEYOND: int((~inside).sum())} if not inside.all() else {}),
        n_cohorts=len(protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _derive_points(scene: Scene) -> _Points:
    derived = derive_exploratory(scene)
    arrays, changes = derived.arrays("autoantibodies"), derived.autoantibodies
    refused = find_first(
        {
            f"no {scene.protocol.study.day_zero}, so no day": ~arrays.dated,
            "in no planned visit": arrays.visit < 0,
            "another result of the visit counts": ~arrays.analysed,
            "neither a titre nor negative": ~arrays.titred,
        }
    )
    rows = np.flatnonzero(refused.place == len(refused.reasons))
    keys = (arrays.visit, arrays.person, arrays.cohort, arrays.series)
    order = rows[np.lexsort([key[rows] for key in keys])]
    texts = zip(*(changes[name].iloc[order] for name in ("value_text", "baseline_wording")), strict=True)
    where = ((derived.names[arrays.person[row]], scene.protocol.visits[arrays.visit[row]].label) for row in order.tolist())
    words = [f"{who}, {at}: {text} (before treatment: {base or 'no result'})" for (who, at), (text, base) in zip(where, texts, strict=True)]
    return _Points(arrays, refused, order, np.array(words, dtype=object))


def _series(scene: Scene, points: _Points, names: tuple[str, ...], number: int, held: Ints) -> TitreSeries:
    arrays = points.arrays
    own = np.flatnonzero(scene.selection.mask[arrays.person[points.order]] & (arrays.series[points.order] == number))
    dilutions = tuple(list_dilutions(arrays.level[points.order[own]]))
    places = [scene.protocol.cohort_keys.index(key) for key in scene.view.cohorts(scene.protocol)]
    lines = ((place, own[arrays.cohort[points.order[own]] == place]) for place in places)
    return TitreSeries(name_series(names), dilutions, tuple(_cohort(scene, points, place, rows, held) for place, rows in lines))


def _cohort(scene: Scene, points: _Points, place: int, own: Ints, held: Ints) -> CohortTitres:
    """The lines of one cohort: `own` are places in the order of the points."""
    rows = points.order[own]
    person = points.arrays.person[rows]
    numbers, line = np.unique(person, return_inverse=True)
    return CohortTitres(
        cohort=place,
        label=scene.protocol.cohorts[place].label,
        visit=np.searchsorted(held, points.arrays.visit[rows]).astype(np.float64),
        titre=points.arrays.level[rows],
        line=line.astype(np.int64),
        place=2 * line / max(len(numbers) - 1, 1) - 1.0 if len(numbers) > 1 else np.zeros(len(line)),
        rows=person.astype(np.float64),
        words=points.words[own],
    )


def _table(scene: Scene) -> Iterator[tuple[str, ...]]:
    """One row per antibody and visit: for each cohort shown, and all, how many have a titre and in how many it rose."""
    derived, found, keys = derive_exploratory(scene), _count(scene), (*scene.protocol.cohort_keys, ALL_COHORTS)
    names = derived.keep(("names of titres",), lambda: _name_titres(derived))
    places = [*(keys.index(key) for key in scene.view.cohorts(scene.protocol)), len(keys) - 1]
    for place, named in names.items():
        for visit in np.flatnonzero(found.counts[place, :, 0, -1]).tolist():
            where = (*named[:2], *named[3:], scene.protocol.visit_keys[visit])
            ends = [found.extent[end][place, visit] for end in ENDS]
            cells = (_cell(found.counts[place, visit, :, at].tolist(), ends[0][at], ends[1][at], where, keys[at]) for at in places)
            yield name_series(named), scene.protocol.visits[visit].label, *cells


def _name_titres(derived: Derived) -> dict[int, tuple[str, ...]]:
    """The names of the series in the tally of titres, by their place there, in the order of the names."""
    listed = derived.series.loc[derived.titres.series, SERIES_COLUMNS].itertuples(index=False, name=None)
    return dict(sorted(enumerate(listed), key=lambda pair: pair[1]))


def _cell(counts: list[int], low: float, high: float, where: tuple[str, ...], cohort: str) -> str:
    """“3/10, 1:160 to 1:320; rose 1”: with a titre out of those with a result, their range, and in how many it appeared or rose."""
    n, positive, appeared, risen, _ = counts
    if not n:
        return "–"
    extent = f"1:{low:g}" if low == high else f"1:{low:g} to 1:{high:g}"
    titred = CellPart(f"{positive}/{n}{f', {extent}' if positive else ''}", encode_cell("titres", *where, "positive", cohort))
    rose = appeared + risen
    if not rose:
        return LinkedText([titred])
    return LinkedText([titred, CellPart("; "), CellPart(f"rose {rose}", encode_cell("titres", *where, "rose", cohort))])


def describe_titres(summary: TitreSummary, scene: Scene) -> Words:
    """What the axis is, what rose means, and that the lane holds what is negative."""
    caption = (
        "Titre: the last dilution that still reacts; each line of the axis is one doubling, in the grey lane results are negative. A line "
        "per participant, spread sideways so that equal titres can be seen. Table: participants with a titre of those with a result, the "
        f"range of their titres, and “rose” for those negative before treatment, or with at least {BOOST_FOLD:g} times the titre. "
        f"{describe_scene(scene)}"
        if summary.series
        else f"Nobody in the selection has an autoantibody titre. {describe_scene(scene)}"
    )
    return Words(
        caption,
        f"{count_words(summary.results, 'result')} of {count_words(summary.participants, 'participant')}",
        tuple(f"{count_words(n, 'result')}: {reason}" for reason, n in summary.not_shown.items()),
        f"{sum(summary.not_shown.values()):,} not shown",
        summary.header if summary.table else (),
        summary.table,
    )
