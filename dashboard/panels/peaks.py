"""The panels of Cmax: by dose and cohort, and against the highest fold of a count."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.exploratory.peaks import PEAK_WITHIN_DAYS
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.exploratory import (
    response_analyte,
    select_concentrations,
    table_cmax,
    table_cmax_summary,
    table_exposure_response,
    table_exposure_response_summary,
    table_proportionality,
)
from dashboard.figures.peaks import CohortPairs, CohortPeaks, PeakSummary, ResponseSummary
from dashboard.panels.cells import link_cell
from dashboard.panels.concentrations import Assay, describe_amount, describe_limits, find_assay, select_assay
from dashboard.panels.describe import LEFT_OUT, Words, describe_scene
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import BASE_WORDS, count_words, join_words

# More facets than this do not fit side by side.
MAX_DOSES = 4
WITHIN = f"{PEAK_WITHIN_DAYS:g} days"


def summarise_cmax_panel(scene: Scene, subject: str = "") -> PeakSummary:
    """Cmax of the assay with the most samples by dose and cohort, from the rows of the tables."""
    assay = find_assay(scene)
    rows, table = (select_assay(frame, assay.key) for frame in (table_cmax(scene), table_cmax_summary(scene)))
    doses = tuple(sorted({int(dose) for dose in rows.loc[rows["samples"] > 0, "dose_number"]})[:MAX_DOSES])
    seen, summaries = _observed(rows), {(row["dose_number"], row["cohort"]): row for row in table.to_dict("records")}
    return PeakSummary(
        assay=assay.name,
        unit=assay.unit,
        doses=doses,
        cohorts=tuple(
            tuple(_cohort(scene, key, seen[seen["dose_number"] == dose], summaries[dose, key]) for key in _cohorts(scene)) for dose in doses
        ),
        table=tuple(_table_row(scene, row) for row in table.to_dict("records") if row["dose_number"] in doses),
        slopes=_slopes(scene, assay, doses),
        limits=_limits(table, doses),
        unseen=_unseen(scene, assay, doses),
        participants=int(seen.loc[seen["dose_number"].isin(doses), "participant"].nunique()),
        left_out=_without_cmax(rows, doses),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _cohorts(scene: Scene) -> tuple[str, ...]:
    return scene.view.cohorts(scene.protocol)


def _observed(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["peak_sampled"] & rows["cmax"].notna()]


def _cohort(scene: Scene, key: str, rows: pd.DataFrame, summary: Mapping[Hashable, Any]) -> CohortPeaks:
    own = rows[rows["cohort"] == key]
    return CohortPeaks(
        cohort=scene.protocol.cohort_keys.index(key),
        label=scene.protocol.cohort(key).label,
        participants=tuple(own["participant"]),
        rows=scene.participant_rows(own["participant"]),
        cmax=own["cmax"].to_numpy(dtype=np.float64),
        gmean=float(summary["gmean"]),
        lower=float(summary["gmean_lower"]),
        upper=float(summary["gmean_upper"]),
    )


def _table_row(scene: Scene, row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    everyone = row["cohort"] == ALL_COHORTS
    label = "All shown" if everyone else scene.protocol.cohort(row["cohort"]).label
    interval = (
        f" ({describe_amount(row['gmean_lower'])} to {describe_amount(row['gmean_upper'])})" if np.isfinite(row["gmean_lower"]) else ""
    )
    mean = f"{describe_amount(row['gmean'])}{interval}" if np.isfinite(row["gmean"]) else "–"
    span = f"{row['tmax_median']:.3g} ({row['tmax_min']:.3g} to {row['tmax_max']:.3g})" if row["n"] else "–"
    spread = f"{row['gcv']:.0f}" if np.isfinite(row["gcv"]) else "–"
    of = encode_cell("cmax", *_assay(row), row["dose_number"], row["cohort"])
    cells = (link_cell(text, of) for text in (f"{row['n']} of {row['doses']}", mean, spread, span))
    return f"Dose {row['dose_number']}", label, *cells


def _assay(row: Mapping[Hashable, Any]) -> tuple[str, str, str]:
    return row["test"], row["specimen"], row["unit"]


def _slopes(scene: Scene, assay: Assay, doses: tuple[int, ...]) -> tuple[str, ...]:
    """The slope of each dose in words."""
    rows = select_assay(table_proportionality(scene), assay.key)
    found = []
    for row in rows[rows["dose_number"].isin(doses)].to_dict("records"):
        number, n = f"dose {row['dose_number']}", f"n = {row['n']}"
        known = np.isfinite(row["slope"])
        estimate = f"{row['slope']:.2f} ({row['lower']:.2f} to {row['upper']:.2f}; {n})".replace("-", "−")
        slope = estimate if known else f"not estimable ({n}, {count_words(row['levels'], 'amount')} given)"
        found.append(f"{number}: {slope}")
    return tuple(found)


def _limits(table: pd.DataFrame, doses: tuple[int, ...]) -> str:
    rows = table[(table["cohort"] == ALL_COHORTS) & table["dose_number"].isin(doses) & table["first_sample"].notna()]
    limits = [
        (int(dose), float(low), float(high))
        for dose, low, high in zip(rows["dose_number"], rows["first_sample"], rows["last_sample"], strict=True)
    ]
    return describe_limits(tuple(limits)) if limits else ""


def _unseen(scene: Scene, assay: Assay, doses: tuple[int, ...]) -> str:
    """When the second sample after a dose was drawn: a peak between the first and it is not seen."""
    rows = select_assay(select_concentrations(scene), assay.key)
    after = rows[rows["dose_number"].isin(doses)].sort_values(["dose_row", "elapsed_days"])
    second = after.groupby("dose_row")["elapsed_days"].nth(1)
    if not len(second):
        return "Each dose was followed by one sample at most, so tmax is its time. "
    low, high = (f"{end:.3g}" for end in (second.min(), second.max()))
    when = f"day {low}" if low == high else f"days {low} to {high}"
    return f"The second sample after a dose was drawn on {when}; a peak between two samples is not seen, and tmax is a sampling time. "


def _without_cmax(rows: pd.DataFrame, doses: tuple[int, ...]) -> dict[str, int]:
    """Doses given to the selection that have no point in the figure, by the first reason that applies."""
    beyond, none = ~rows["dose_number"].isin(doses) & (rows["samples"] > 0), rows["samples"] == 0
    late = ~rows["peak_sampled"] & ~none
    lost = rows["cmax"].isna() & ~late & ~none
    reasons = {
        "no sample after it": none,
        f"beyond dose {doses[-1]}, which the files have" if doses else "": beyond,
        f"first sample later than {WITHIN}, so the peak was missed": late & ~beyond,
        "no sample with a value, so no Cmax": lost & ~beyond,
    }
    return {reason: int(applies.sum()) for reason, applies in reasons.items() if applies.any()}


def describe_cmax(summary: PeakSummary, scene: Scene) -> Words:
    """What Cmax and tmax are, the declared limits of sampling, and the slope of dose proportionality."""
    slopes = f"Slope of ln Cmax on ln dose given (1 = proportional; 95 % interval): {'; '.join(summary.slopes)}. " if summary.slopes else ""
    limits = f"Samples counted were drawn on {summary.limits}. {summary.unseen}" if summary.limits else ""
    caption = (
        f"Cmax: highest concentration measured after a dose and not after the next one, where sampling began within {WITHIN} of it; tmax: "
        f"when it was drawn. {limits}Points: participants; diamonds: geometric mean with 95 % interval. {slopes}{describe_scene(scene)}"
    )
    header = (
        "Dose",
        scene.protocol.study.cohort_word,
        "n of doses given",
        f"Geometric mean Cmax, {summary.unit} (95 % interval)",
        "Variation (geometric CV), %",
        "tmax, days: median (range)",
    )
    return Words(
        caption,
        f"Cmax of {count_words(summary.participants, 'participant')}",
        tuple(f"{count_words(n, 'dose')}: {reason}" for reason, n in summary.left_out.items()),
        LEFT_OUT,
        header if summary.table else (),
        summary.table,
    )


def summarise_response_panel(scene: Scene, subject: str = "") -> ResponseSummary:
    """Cmax of each dose against the highest fold that followed it, of one count."""
    assay, analyte = find_assay(scene), response_analyte(scene)
    pairs = select_assay(table_exposure_response(scene), assay.key)
    pairs = pairs[pairs["analyte"] == analyte]
    both = pairs[pairs["peak_fold"] > 0]
    doses = tuple(sorted({int(dose) for dose in both["dose_number"]})[:MAX_DOSES])
    shown = both[both["dose_number"].isin(doses)]
    table = select_assay(table_exposure_response_summary(scene), assay.key)
    words = {int(row["dose_number"]): row for row in table[table["analyte"] == analyte].to_dict("records")}
    return ResponseSummary(
        assay=assay.name,
        unit=assay.unit,
        analyte=scene.protocol.analyte(analyte).short,
        doses=doses,
        cohorts=tuple(tuple(_pairs(scene, key, shown[shown["dose_number"] == dose]) for key in _cohorts(scene)) for dose in doses),
        correlations=tuple(f"dose {dose}: {_correlation(words[dose])}" for dose in doses),
        table=tuple(_correlation_row(scene, row) for row in table.to_dict("records") if row["dose_number"] in doses),
        participants=int(shown["participant"].nunique()),
        left_out=_unpaired(pairs, shown, analyte, scene),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _pairs(scene: Scene, key: str, rows: pd.DataFrame) -> CohortPairs:
    own = rows[rows["cohort"] == key]
    return CohortPairs(
        cohort=scene.protocol.cohort_keys.index(key),
        label=scene.protocol.cohort(key).label,
        participants=tuple(own["participant"]),
        rows=scene.participant_rows(own["participant"]),
        cmax=own["cmax"].to_numpy(dtype=np.float64),
        fold=own["peak_fold"].to_numpy(dtype=np.float64),
    )


def _unpaired(pairs: pd.DataFrame, shown: pd.DataFrame, analyte: str, scene: Scene) -> dict[str, int]:
    """Doses with a Cmax that have no point, by reason."""
    short = scene.protocol.analyte(analyte).short
    without, zero = int(pairs["peak_fold"].isna().sum()), int((pairs["peak_fold"] <= 0).sum())
    reasons = {
        f"no {short} after it before the next dose, or no baseline above 0": without,
        f"highest {short} is 0, which a log axis cannot show": zero,
        "beyond the doses that fit side by side, which the files have": len(pairs) - without - zero - len(shown),
    }
    return {reason: n for reason, n in reasons.items() if n}


def _correlation(row: Mapping[Hashable, Any]) -> str:
    if not np.isfinite(row["rho"]):
        return f"not estimable, n = {row['n']}"
    interval = f" ({row['lower']:.2f} to {row['upper']:.2f})" if np.isfinite(row["lower"]) else ""
    return f"{row['rho']:.2f}{interval}, n = {row['n']}".replace("-", "−")


def _correlation_row(scene: Scene, row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    estimate = _correlation(row).rpartition(", n = ")
    of = encode_cell("response", *_assay(row), row["dose_number"], row["analyte"])
    cells = (link_cell(text, of) for text in (estimate[2], estimate[0]))
    return f"Dose {row['dose_number']}", scene.protocol.analyte(row["analyte"]).short, *cells


def describe_response(summary: ResponseSummary, scene: Scene) -> Words:
    """That it is exploratory and cannot separate exposure from cohort; the correlations and what the axes are."""
    found = f"Spearman rank correlation (95 % interval) of {join_words(list(summary.correlations))}. " if summary.correlations else ""
    caption = (
        "Exploratory: higher cohorts have both the higher exposure and the higher dose, so this cannot tell the effect of exposure from "
        f"that of the cohort, and it is no test. {found}Fold: highest {summary.analyte} from the day after the dose to the day of the "
        f"next, against baseline ({BASE_WORDS[scene.view.base]}). One count chosen among the filters is the one drawn. "
        f"{describe_scene(scene)}"
    )
    return Words(
        caption,
        f"{count_words(summary.participants, 'participant')} with Cmax and {summary.analyte} fold",
        tuple(f"{count_words(n, 'dose')}: {reason}" for reason, n in summary.left_out.items()),
        LEFT_OUT,
        ("Dose", "Count", "n", "Rank correlation (95 % interval)") if summary.table else (),
        summary.table,
    )
