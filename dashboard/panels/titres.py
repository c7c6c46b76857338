"""The panel of autoantibody titres by visit, and its tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.exploratory.immunogenicity import BOOST_FOLD
from dashboard.endpoints.exploratory.titre_summaries import TITRE_COLUMNS, list_dilutions, summarise_titres
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.exploratory import SERIES_COLUMNS, derive_exploratory, select_changes
from dashboard.figures.titres import CohortTitres, TitreSeries, TitreSummary
from dashboard.panels.describe import Words, describe_scene
from dashboard.panels.findings import count_first, name_series
from dashboard.panels.visit_words import describe_week
from dashboard.scene import Scene
from dashboard.view.words import count_words

# Each needs room for its axis; the table and the files have the others.
MAX_SERIES = 4
ROWS_EACH = 15


def table_titre_summary(scene: Scene) -> pd.DataFrame:
    """SERIES_COLUMNS, then TITRE_COLUMNS without `series`: autoantibody titres by series, cohort shown (then `all`) and planned visit."""
    table = summarise_titres(derive_exploratory(scene).autoantibodies, scene.analysis, scene.selection.mask, scene.protocol.visit_keys)
    named = table.join(derive_exploratory(scene).series[SERIES_COLUMNS], on="series")
    kept = named[named["cohort"].isin((*scene.view.cohorts(scene.protocol), ALL_COHORTS))]
    return kept[[*SERIES_COLUMNS, *TITRE_COLUMNS[1:]]].reset_index(drop=True)


def summarise_titre_panel(scene: Scene, subject: str = "") -> TitreSummary:
    """Titres and negative results of every autoantibody by participant and planned visit, and who rose."""
    changes = select_changes(scene, "autoantibodies")
    titred = changes[(changes["scale"] == "titre") & changes["analysed"]]
    series = titred.drop_duplicates("series").sort_values(SERIES_COLUMNS)["series"].tolist()[:MAX_SERIES]
    reasons = _refusals(scene, changes, series)
    rows = changes[~np.logical_or.reduce(list(reasons.values()))] if len(changes) else changes
    held = set(rows["visit"])
    visits = [visit for visit in scene.protocol.visits if visit.key in held]
    return TitreSummary(
        series=tuple(_series(scene, rows[rows["series"] == number], [visit.key for visit in visits]) for number in series),
        visits=tuple(describe_week(visit) for visit in visits),
        header=("Antibody", "Visit", *(scene.protocol.cohort(key).label for key in scene.view.cohorts(scene.protocol)), "All shown"),
        table=tuple(_table(scene, table_titre_summary(scene))),
        results=len(rows),
        participants=int(rows["participant"].nunique()),
        not_shown=count_first(reasons),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _refusals(scene: Scene, changes: pd.DataFrame, series: list[int]) -> dict[str, np.ndarray]:
    """Why an autoantibody result of the selection is not in the figure."""
    return {
        f"no {scene.protocol.study.day_zero}, so no day": changes["day"].isna().to_numpy(),
        "in no planned visit": (changes["visit"] == "").to_numpy(),
        "another result of the visit counts": ~changes["analysed"].to_numpy(),
        "neither a titre nor negative": (changes["scale"] != "titre").to_numpy(),
        f"of an antibody beyond the first {MAX_SERIES}; the table has it": ~changes["series"].isin(series).to_numpy(),
    }


def _series(scene: Scene, rows: pd.DataFrame, visits: list[str]) -> TitreSeries:
    dilutions = tuple(list_dilutions(rows["level"].to_numpy(dtype=np.float64)))
    return TitreSeries(name_series(rows), dilutions, tuple(_cohort(scene, key, rows, visits) for key in scene.view.cohorts(scene.protocol)))


def _cohort(scene: Scene, key: str, rows: pd.DataFrame, visits: list[str]) -> CohortTitres:
    at = rows["visit"].map({visit: place for place, visit in enumerate(visits)})
    own = rows.assign(at=at)[(rows["cohort"] == key).to_numpy()].sort_values(["participant_index", "at"])
    numbers, line = np.unique(own["participant_index"].to_numpy(), return_inverse=True)
    place = scene.protocol.cohort_keys.index(key)
    labels = {visit.key: visit.label for visit in scene.protocol.visits}
    told = zip(own["participant"], own["visit"], own["value_text"], own["baseline_wording"], strict=True)
    return CohortTitres(
        cohort=place,
        label=scene.protocol.cohorts[place].label,
        visit=own["at"].to_numpy(dtype=np.float64),
        titre=own["level"].to_numpy(dtype=np.float64),
        line=line.astype(np.int64),
        place=2 * line / max(len(numbers) - 1, 1) - 1.0 if len(numbers) > 1 else np.zeros(len(line)),
        rows=own["participant_index"].to_numpy(dtype=np.float64),
        words=np.array([f"{who}, {labels[visit]}: {text} (before treatment: {base or 'no result'})" for who, visit, text, base in told]),
    )


def _table(scene: Scene, table: pd.DataFrame) -> list[tuple[str, ...]]:
    """One row per antibody and visit: for each cohort shown, and all, how many have a titre and in how many it rose."""
    labels = {visit.key: visit.label for visit in scene.protocol.visits}
    cohorts = (*scene.view.cohorts(scene.protocol), ALL_COHORTS)
    cells = {tuple(row[name] for name in (*SERIES_COLUMNS, "visit", "cohort")): row for row in table.to_dict("records")}
    rows = []
    for _, own in table.groupby(SERIES_COLUMNS, sort=True):
        for visit in [key for key in labels if key in set(own["visit"])]:
            key = (*own[SERIES_COLUMNS].iloc[0], visit)
            rows.append((name_series(own), labels[visit], *(_cell(cells.get((*key, cohort))) for cohort in cohorts)))
    return rows


def _cell(row: Mapping[Hashable, Any] | None) -> str:
    """“3/10, 1:160 to 1:320; rose 1”: with a titre out of those with a result, their range, and in how many it appeared or rose."""
    if row is None:
        return "–"
    extent = f"1:{row['min']:g}" if row["min"] == row["max"] else f"1:{row['min']:g} to 1:{row['max']:g}"
    rose = row["appeared"] + row["risen"]
    return f"{row['positive']}/{row['n']}{f', {extent}' if row['positive'] else ''}{f'; rose {rose}' if rose else ''}"


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
