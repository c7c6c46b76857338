"""The panels of Cmax: by dose and cohort, and against the highest fold of a count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dashboard.endpoints.arrays import Floats, Ints
from dashboard.endpoints.exploratory.associations import Correlation, compute_correlations, compute_proportionality
from dashboard.endpoints.exploratory.peaks import PEAK_WITHIN_DAYS, PeakArrays, PeakGroups, group_peaks
from dashboard.endpoints.proportions import SMALLEST_TOTAL
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.exploratory import derive_exploratory, response_analyte
from dashboard.figures.peaks import CohortPairs, CohortPeaks, PeakSummary, ResponseSummary
from dashboard.panels.cells import link_cell
from dashboard.panels.concentrations import Assay, describe_amount, describe_limits, find_assay
from dashboard.panels.describe import LEFT_OUT, Words, describe_scene
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import BASE_WORDS, count_words, join_words

# More facets than this do not fit side by side.
MAX_DOSES = 4
WITHIN = f"{PEAK_WITHIN_DAYS:g} days"


def summarise_cmax_panel(scene: Scene, subject: str = "") -> PeakSummary:
    """Cmax of the assay with the most samples by dose and cohort."""
    assay, peaks = find_assay(scene), derive_exploratory(scene).peak_arrays
    rows = _select(scene, peaks.person, peaks.assay, assay)
    doses = tuple(np.unique(peaks.dose[rows[peaks.samples[rows] > 0]]).tolist()[:MAX_DOSES])
    groups = group_peaks(peaks, rows, len(scene.protocol.cohorts))
    seen = rows[peaks.seen[rows] & np.isin(peaks.dose[rows], doses)]
    placed = [(dose, int(np.searchsorted(groups.dose, dose))) for dose in doses]
    return PeakSummary(
        assay=assay.name,
        unit=assay.unit,
        doses=doses,
        cohorts=tuple(tuple(_cohorts(scene, seen[peaks.dose[seen] == dose], groups, at)) for dose, at in placed),
        table=tuple(row for dose, at in placed for row in _table_rows(scene, assay, dose, groups, at)),
        slopes=_slopes(peaks, rows, doses),
        limits=_limits(groups, placed),
        unseen=_unseen(scene, assay, doses),
        participants=len(np.unique(peaks.person[seen])),
        left_out=_without_cmax(peaks, rows, doses),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _select(scene: Scene, person: Ints, assays: Ints, assay: Assay) -> Ints:
    """The rows of the selection that are of an assay."""
    return np.flatnonzero(scene.selection.mask[person] & (assays == assay.number))


def _places(scene: Scene) -> list[int]:
    """Where the cohorts shown stand in the definition."""
    return [scene.protocol.cohort_keys.index(key) for key in scene.view.cohorts(scene.protocol)]


def _cohorts(scene: Scene, rows: Ints, groups: PeakGroups, at: int) -> Iterator[CohortPeaks]:
    """The points of each cohort shown, with the geometric mean of the group."""
    derived = derive_exploratory(scene)
    peaks = derived.peak_arrays
    gmean, lower, upper = (groups.statistics[name][at] for name in ("gmean", "gmean_lower", "gmean_upper"))
    for place in _places(scene):
        own = rows[peaks.cohort[rows] == place]
        person = peaks.person[own]
        yield CohortPeaks(
            cohort=place,
            label=scene.protocol.cohorts[place].label,
            participants=tuple(derived.names[each] for each in person.tolist()),
            rows=person,
            cmax=peaks.cmax[own],
            gmean=float(gmean[place]),
            lower=float(lower[place]),
            upper=float(upper[place]),
        )


def _table_rows(scene: Scene, assay: Assay, dose: int, groups: PeakGroups, at: int) -> Iterator[tuple[str, ...]]:
    """The rows of a dose, at its place among the groups: the cohorts shown, then all of them."""
    keys, cohorts = scene.protocol.cohort_keys, scene.protocol.cohorts
    for place in (*_places(scene), len(keys)):
        row = {name: numbers[at, place] for name, numbers in groups.statistics.items()}
        label, key = (cohorts[place].label, keys[place]) if place < len(keys) else ("All shown", ALL_COHORTS)
        of = encode_cell("cmax", *assay.key, dose, key)
        yield f"Dose {dose}", label, *(link_cell(text, of) for text in _describe_row(row))


def _describe_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    interval = (
        f" ({describe_amount(row['gmean_lower'])} to {describe_amount(row['gmean_upper'])})" if np.isfinite(row["gmean_lower"]) else ""
    )
    mean = f"{describe_amount(row['gmean'])}{interval}" if np.isfinite(row["gmean"]) else "–"
    span = f"{row['tmax_median']:.3g} ({row['tmax_min']:.3g} to {row['tmax_max']:.3g})" if row["n"] else "–"
    spread = f"{row['gcv']:.0f}" if np.isfinite(row["gcv"]) else "–"
    return f"{row['n']} of {row['doses']}", mean, spread, span


def _slopes(peaks: PeakArrays, rows: Ints, doses: tuple[int, ...]) -> tuple[str, ...]:
    """The slope of each dose in words."""
    found = []
    for row in compute_proportionality(peaks, rows[np.isin(peaks.dose[rows], doses)]):
        number, n = f"dose {row.dose}", f"n = {row.n}"
        estimate = f"{row.slope:.2f} ({row.lower:.2f} to {row.upper:.2f}; {n})".replace("-", "−")
        slope = estimate if np.isfinite(row.slope) else f"not estimable ({n}, {count_words(row.levels, 'amount')} given)"
        found.append(f"{number}: {slope}")
    return tuple(found)


def _limits(groups: PeakGroups, placed: list[tuple[int, int]]) -> str:
    first, last = (groups.statistics[name][:, -1] for name in ("first_sample", "last_sample"))
    limits = tuple((dose, float(first[at]), float(last[at])) for dose, at in placed if not np.isnan(first[at]))
    return describe_limits(limits) if limits else ""


def _unseen(scene: Scene, assay: Assay, doses: tuple[int, ...]) -> str:
    """When the second sample after a dose was drawn: a peak between the first and it is not seen."""
    derived = derive_exploratory(scene)
    samples, rows = derived.samples, derived.second_samples
    rows = rows[scene.selection.mask[samples.person[rows]] & (samples.assay[rows] == assay.number)]
    second = samples.elapsed[rows[np.isin(samples.dose[rows], doses)]]
    if not len(second):
        return "Each dose was followed by one sample at most, so tmax is its time. "
    low, high = (f"{end:.3g}" for end in (second.min(), second.max()))
    when = f"day {low}" if low == high else f"days {low} to {high}"
    return f"The second sample after a dose was drawn on {when}; a peak between two samples is not seen, and tmax is a sampling time. "


def _without_cmax(peaks: PeakArrays, rows: Ints, doses: tuple[int, ...]) -> dict[str, int]:
    """Doses given to the selection that have no point in the figure, by the first reason that applies."""
    none, late = peaks.samples[rows] == 0, peaks.late[rows]
    beyond = ~np.isin(peaks.dose[rows], doses) & ~none
    lost = np.isnan(peaks.cmax[rows]) & ~late & ~none
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
        f"when it was drawn. {limits}Points: participants; diamonds: geometric mean with 95 % interval, none "
        f"where n < {SMALLEST_TOTAL}. {slopes}{describe_scene(scene)}"
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
    assay, analyte, pairs = find_assay(scene), response_analyte(scene), derive_exploratory(scene).pair_arrays
    rows = _select(scene, pairs.person, pairs.assay, assay)
    shown = scene.view.analytes(scene.protocol)
    own = rows[pairs.is_of(rows, (analyte,) if analyte in shown else ())]
    both = own[pairs.fold[own] > 0]
    doses = tuple(np.unique(pairs.dose[both]).tolist()[:MAX_DOSES])
    drawn = both[np.isin(pairs.dose[both], doses)]
    found = compute_correlations(pairs, rows[np.isin(pairs.dose[rows], doses) & pairs.is_of(rows, shown)])
    words = {row.dose: _correlation(row) for row in found if pairs.analytes[row.analyte] == analyte}
    return ResponseSummary(
        assay=assay.name,
        unit=assay.unit,
        analyte=scene.protocol.analyte(analyte).short,
        doses=doses,
        cohorts=tuple(tuple(_pairs(scene, drawn[pairs.dose[drawn] == dose])) for dose in doses),
        correlations=tuple(f"dose {dose}: {words[dose]}" for dose in doses),
        table=tuple(_correlation_row(scene, assay, pairs.analytes[row.analyte], row) for row in found),
        participants=len(np.unique(pairs.person[drawn])),
        left_out=_unpaired(pairs.fold[own], len(drawn), scene.protocol.analyte(analyte).short),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _pairs(scene: Scene, rows: Ints) -> Iterator[CohortPairs]:
    """The points of each cohort shown."""
    derived = derive_exploratory(scene)
    pairs = derived.pair_arrays
    for place in _places(scene):
        own = rows[scene.cohort_positions[pairs.person[rows]] == place]
        person = pairs.person[own]
        yield CohortPairs(
            cohort=place,
            label=scene.protocol.cohorts[place].label,
            participants=tuple(derived.names[each] for each in person.tolist()),
            rows=person,
            cmax=pairs.cmax[own],
            fold=pairs.fold[own],
        )


def _unpaired(fold: Floats, shown: int, short: str) -> dict[str, int]:
    """Doses with a Cmax that have no point, by reason."""
    without, zero = int(np.isnan(fold).sum()), int((fold <= 0).sum())
    reasons = {
        f"no {short} after it before the next dose, or no baseline above 0": without,
        f"highest {short} is 0, which a log axis cannot show": zero,
        "beyond the doses that fit side by side, which the files have": len(fold) - without - zero - shown,
    }
    return {reason: n for reason, n in reasons.items() if n}


def _correlation(row: Correlation) -> str:
    if not np.isfinite(row.rho):
        return f"not estimable, n = {row.n}"
    interval = f" ({row.lower:.2f} to {row.upper:.2f})" if np.isfinite(row.lower) else ""
    return f"{row.rho:.2f}{interval}, n = {row.n}".replace("-", "−")


def _correlation_row(scene: Scene, assay: Assay, analyte: str, row: Correlation) -> tuple[str, ...]:
    estimate = _correlation(row).rpartition(", n = ")
    of = encode_cell("response", *assay.key, row.dose, analyte)
    cells = (link_cell(text, of) for text in (estimate[2], estimate[0]))
    return f"Dose {row.dose}", scene.protocol.analyte(analyte).short, *cells


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
