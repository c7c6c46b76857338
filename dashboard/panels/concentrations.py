"""The panel of drug concentrations after each dose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.exploratory.concentrations import HOURS_SOURCES
from dashboard.endpoints.exploratory.derived import Derived
from dashboard.endpoints.exploratory.samples import NO_ASSAY, SampleArrays, group_samples
from dashboard.endpoints.proportions import SMALLEST_TOTAL
from dashboard.exploratory import derive_exploratory
from dashboard.figures.concentrations import CohortSamples, ConcentrationSummary, DoseMeans
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import Words, describe_scene
from dashboard.panels.refusals import FirstReasons, find_first
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words, join_words

OTHER_ASSAY = "another assay, which is never drawn together with this one"


@dataclass(frozen=True)
class Assay:
    """What was measured: its number and its key in the tables, and its name and specimen in words."""

    number: int
    key: tuple[str, ...]
    name: str

    @property
    def unit(self) -> str:
        """The unit of its concentrations."""
        return self.key[2]


def find_assay(scene: Scene) -> Assay:
    """The assay with the most samples in the selection, the first of equals; assays are never pooled."""
    return scene.keep("assay", lambda: _choose_assay(scene))


def _choose_assay(scene: Scene) -> Assay:
    samples, own = derive_exploratory(scene).samples, select_samples(scene)
    number = samples.choose_assay(own)
    if number == NO_ASSAY:
        return Assay(number, ("", "", ""), "")
    key = samples.assays[number]
    label = samples.labels[own[(samples.assay[own] == number).argmax()]]
    return Assay(number, key, f"{label or key[0]}{f' in {key[1].lower()}' if key[1] else ''}")


def select_samples(scene: Scene) -> Ints:
    """The rows of the selection among the samples of `derive_exploratory`."""
    return scene.keep("drug samples", lambda: np.flatnonzero(scene.selection.mask[derive_exploratory(scene).samples.person]))


@dataclass(frozen=True)
class _Drawing:
    """Of all samples of a data cut why some are not in the figure, the order of those in lines, and each in words ("" before a dose)."""

    refused: FirstReasons
    order: Ints
    words: np.ndarray


def summarise_pk_panel(scene: Scene, subject: str = "") -> ConcentrationSummary:
    """Every sample after a dose of the assay with the most samples, and its geometric means by cohort, dose and planned visit."""
    derived, assay, own = derive_exploratory(scene), find_assay(scene), select_samples(scene)
    samples, drawing = derived.samples, derived.keep(("drawing of samples",), lambda: _prepare(derived))
    alike = own[samples.assay[own] == assay.number]
    rows = alike[drawing.refused.place[alike] == len(drawing.refused.reasons)]
    in_lane = rows[samples.in_lane[rows]]
    return ConcentrationSummary(
        assay=assay.name,
        unit=assay.unit,
        cohorts=tuple(_draw_cohorts(scene, drawing, rows)),
        means=tuple(_summarise_means(scene, assay, alike)),
        lane=float(samples.lane_value[in_lane].max()) if len(in_lane) else None,
        limits=tuple(_limits(samples, rows)),
        below=len(in_lane),
        samples=len(rows),
        participants=len(np.unique(samples.person[rows])),
        not_shown=({OTHER_ASSAY: len(own) - len(alike)} if len(alike) < len(own) else {}) | drawing.refused.count(alike),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _prepare(derived: Derived) -> _Drawing:
    samples, rows = derived.samples, derived.concentrations
    refused = find_first(
        {
            "before the first dose": samples.dose_row < 0,
            "above the range of the assay, so without a value": samples.above,
            "without a value": np.isnan(samples.value) & ~samples.in_lane,
        }
    )
    order = np.lexsort((samples.elapsed, samples.dose_row, samples.person, samples.cohort))
    texts = (rows[name].tolist() for name in ("value_text", "unit", "hours_source"))
    found = zip(samples.person.tolist(), samples.dose.tolist(), samples.elapsed.tolist(), *texts, strict=True)
    words = [_words(derived.names[who], dose, *rest) if dose else "" for who, dose, *rest in found]
    return _Drawing(refused, order, np.array(words, dtype=object))


def _draw_cohorts(scene: Scene, drawing: _Drawing, rows: Ints) -> Iterator[CohortSamples]:
    """The samples of each cohort that has some of `rows`."""
    samples = derive_exploratory(scene).samples
    drawn = np.zeros(len(samples.person), dtype=bool)
    drawn[rows] = True
    ordered = drawing.order[drawn[drawing.order]]
    for place in np.unique(samples.cohort[rows]).tolist():
        own = ordered[samples.cohort[ordered] == place]
        yield CohortSamples(
            cohort=place,
            label=scene.protocol.cohorts[place].label,
            days=samples.elapsed[own],
            height=np.where(samples.in_lane[own], samples.lane_value[own], samples.value[own]),
            in_lane=samples.in_lane[own],
            line=samples.dose_row[own],
            words=drawing.words[own],
            participant=samples.person[own],
        )


def _words(participant: str, dose: int, elapsed: float, text: str, unit: str, source: str) -> str:
    exact = source in HOURS_SOURCES
    after = (
        f"{24 * elapsed:.3g} hours after" if exact and elapsed < 1 else ("on the day of" if elapsed == 0 else f"{elapsed:.3g} days after")
    )
    return f"{participant}, {after} dose {dose}: {text} {unit}"


def _summarise_means(scene: Scene, assay: Assay, rows: Ints) -> Iterator[DoseMeans]:
    """The geometric means of each cohort and dose among the rows, in the order of time."""
    samples = derive_exploratory(scene).samples
    groups = group_samples(samples, rows)
    cohort, dose, visit = (codes[groups.first] for codes in (samples.cohort, samples.dose, samples.visit))
    order = np.lexsort((groups.elapsed, dose, cohort))
    starts = np.flatnonzero(np.r_[True, (np.diff(cohort[order]) != 0) | (np.diff(dose[order]) != 0)][: len(order)])
    for own in np.split(order, starts[1:]) if len(order) else ():
        place, number = int(cohort[own[0]]), int(dose[own[0]])
        visits = [scene.protocol.visits[at] for at in visit[own].tolist()]
        where = zip(visits, groups.elapsed[own].tolist(), strict=True)
        yield DoseMeans(
            cohort=place,
            label=scene.protocol.cohorts[place].label,
            dose=number,
            days=groups.elapsed[own],
            gmean=groups.means["gmean"][own],
            lower=groups.means["gmean_lower"][own],
            upper=groups.means["gmean_upper"][own],
            n=groups.means["n"][own].astype(np.float64),
            visits=tuple(at.label for at in visits),
            cells=tuple(_address(assay.key, number, at.key, days >= 1, scene.protocol.cohort_keys[place]) for at, days in where),
        )


def _address(assay: tuple[str, ...], dose: int, visit: str, later: bool, cohort: str) -> str:
    return encode_cell("concentrations", *assay, dose, visit, "later" if later else "on the day", cohort)


def _limits(samples: SampleArrays, rows: Ints) -> Iterator[tuple[int, float, float]]:
    """Each dose, and the days from it of the first and the last of the rows after it."""
    for dose in np.unique(samples.dose[rows]).tolist():
        days = samples.elapsed[rows[samples.dose[rows] == dose]]
        yield dose, float(days.min()), float(days.max())


def describe_amount(number: float) -> str:
    """A number with three significant digits, never as a power of ten below a million."""
    return f"{float(f'{number:.3g}'):,g}".replace("-", "−")


def describe_limits(limits: tuple[tuple[int, float, float], ...]) -> str:
    """From which to which day samples were drawn after each dose."""
    return join_words([f"days {low:.3g} to {high:.3g} after dose {dose}" for dose, low, high in limits])


def describe_pk(summary: ConcentrationSummary, scene: Scene) -> Words:
    """What the lines are, when samples were drawn, and how many are below the limit; geometric means by cohort, dose and visit."""
    unknown = f"No concentration after a dose. {describe_scene(scene)}"
    limits = f"Sampled on {describe_limits(summary.limits)}; nothing is known outside these days. " if summary.limits else ""
    drawn = (
        f"{summary.assay}, {summary.unit}. Thin: participants; thick: geometric mean by planned visit, dashed by dose (table: with 95 % "
        f"interval, none where n < {SMALLEST_TOTAL}). {limits}A sample drawn before a dose on its day belongs to the dose before. "
        f"Below the limit of quantification: {summary.below:,} of {count_words(summary.samples, 'sample')}, in the lane; they enter the "
        "means with half of the limit. "
        f"{describe_scene(scene)}"
    )
    labels = list(dict.fromkeys(means.label for means in summary.means))
    header = ("Dose", "Visit", *(f"{label}, {summary.unit}" for label in labels))
    return Words(
        drawn if summary.samples else unknown,
        f"{count_words(summary.samples, 'sample')} of {count_words(summary.participants, 'participant')}",
        tuple(f"{count_words(n, 'sample')}: {reason}" for reason, n in summary.not_shown.items()),
        f"{sum(summary.not_shown.values()):,} not shown",
        header if labels else (),
        tuple(_mean_rows(summary, labels)),
    )


def _mean_rows(summary: ConcentrationSummary, labels: list[str]) -> list[tuple[str, ...]]:
    """Geometric means by dose and visit, in the order of time, a column per cohort."""
    cells: dict[tuple[int, bool, str], dict[str, str]] = {}
    for means in summary.means:
        for place, (day, visit) in enumerate(zip(means.days, means.visits, strict=True)):
            cells.setdefault((means.dose, day >= 1, visit), {})[means.label] = _mean(means, place)
    order = sorted(cells, key=lambda key: key[:2])
    return [
        (f"Dose {key[0]}", key[2] if key[1] else f"{key[2]}, after it", *(cells[key].get(label, "–") for label in labels)) for key in order
    ]


def _mean(means: DoseMeans, place: int) -> str:
    gmean, lower, upper, n = (float(numbers[place]) for numbers in (means.gmean, means.lower, means.upper, means.n))
    interval = f" ({describe_amount(lower)} to {describe_amount(upper)})" if np.isfinite(lower) else ""
    text = f"{describe_amount(gmean)}{interval}, n = {n:.0f}" if np.isfinite(gmean) else f"–, n = {n:.0f}"
    return link_cell(text, means.cells[place])
