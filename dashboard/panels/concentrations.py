"""The panel of drug concentrations after each dose."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.exploratory.concentrations import HOURS_SOURCES
from dashboard.exploratory import ASSAY_COLUMNS, select_concentrations, table_pk_summary
from dashboard.figures.concentrations import CohortSamples, ConcentrationSummary, DoseMeans
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import Words, describe_scene
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words, join_words


@dataclass(frozen=True)
class Assay:
    """What was measured: its key in the tables, and its name and specimen in words."""

    key: tuple[str, ...]
    name: str

    @property
    def unit(self) -> str:
        """The unit of its concentrations."""
        return self.key[2]


def choose_assay(rows: pd.DataFrame) -> Assay:
    """The assay with the most samples of `rows` (of `select_concentrations`), the first of equals; assays are never pooled."""
    if not len(rows):
        return Assay(("", "", ""), "")
    sizes = rows.groupby(ASSAY_COLUMNS, sort=True, observed=True).size()
    key = tuple(str(part) for part in sizes.index[int(sizes.to_numpy().argmax())])
    label = str(select_assay(rows, key)["label"].iloc[0])
    return Assay(key, f"{label or key[0]}{f' in {key[1].lower()}' if key[1] else ''}")


def find_assay(scene: Scene) -> Assay:
    """`choose_assay` of the samples of the selection."""
    return scene.keep("assay", lambda: choose_assay(select_concentrations(scene)))


def select_assay(rows: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """The rows of one assay."""
    return rows[_is_assay(rows, key)]


def _is_assay(rows: pd.DataFrame, key: tuple[str, ...]) -> pd.Series:
    test, specimen, unit = key
    return (rows["test"] == test) & (rows["specimen"] == specimen) & (rows["unit"] == unit)


def summarise_pk_panel(scene: Scene, subject: str = "") -> ConcentrationSummary:
    """Every sample after a dose of the assay with the most samples, and its geometric means by cohort, dose and planned visit."""
    assay = find_assay(scene)
    rows, not_shown = _refuse(select_concentrations(scene), assay)
    means = select_assay(table_pk_summary(scene), assay.key)
    return ConcentrationSummary(
        assay=assay.name,
        unit=assay.unit,
        cohorts=tuple(_samples(scene, place, rows) for place in _places(scene) if (rows["cohort"] == _key(scene, place)).any()),
        means=tuple(_means(scene, group) for group in _group(means)),
        lane=float(rows["lane_value"].max()) if rows["in_lane"].any() else None,
        limits=_limits(rows),
        below=int(rows["in_lane"].sum()),
        samples=len(rows),
        participants=int(rows["participant"].nunique()),
        not_shown=not_shown,
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _group(means: pd.DataFrame) -> Iterable[list[Mapping[Hashable, Any]]]:
    """The rows of each cohort and dose, in their order."""
    groups: dict[tuple[str, int], list[Mapping[Hashable, Any]]] = {}
    for row in means.to_dict("records"):
        groups.setdefault((row["cohort"], row["dose_number"]), []).append(row)
    return groups.values()


def _refuse(rows: pd.DataFrame, assay: Assay) -> tuple[pd.DataFrame, dict[str, int]]:
    """The samples that are drawn, and the others by the first reason that applies."""
    kept, not_shown = np.ones(len(rows), dtype=bool), {}
    reasons = {
        "another assay, which is never drawn together with this one": ~_is_assay(rows, assay.key).to_numpy(),
        "before the first dose": rows["dose_number"].isna().to_numpy(),
        "above the range of the assay, so without a value": rows["above_limit"].to_numpy(),
        "without a value": (rows["value"].isna() & ~rows["in_lane"]).to_numpy(),
    }
    for reason, refused in reasons.items():
        if n := int((kept & refused).sum()):
            not_shown[reason] = n
        kept &= ~refused
    return rows[kept], not_shown


def _places(scene: Scene) -> range:
    return range(len(scene.protocol.cohorts))


def _key(scene: Scene, place: int) -> str:
    return scene.protocol.cohort_keys[place]


def _samples(scene: Scene, place: int, rows: pd.DataFrame) -> CohortSamples:
    own = rows[rows["cohort"] == _key(scene, place)].sort_values(["participant_index", "dose_row", "elapsed_days"], kind="stable")
    columns = (own[name].tolist() for name in ("participant", "dose_number", "elapsed_days", "value_text", "unit", "hours_source"))
    return CohortSamples(
        cohort=place,
        label=scene.protocol.cohorts[place].label,
        days=own["elapsed_days"].to_numpy(dtype=np.float64),
        height=np.where(own["in_lane"], own["lane_value"], own["value"]).astype(np.float64),
        in_lane=own["in_lane"].to_numpy(dtype=bool),
        line=own["dose_row"].to_numpy(dtype=np.int64),
        words=np.array([_words(*sample) for sample in zip(*columns, strict=True)], dtype=object),
        participant=own["participant_index"].to_numpy(dtype=np.int64),
    )


def _words(participant: str, dose: int, elapsed: float, text: str, unit: str, source: str) -> str:
    exact = source in HOURS_SOURCES
    after = (
        f"{24 * elapsed:.3g} hours after" if exact and elapsed < 1 else ("on the day of" if elapsed == 0 else f"{elapsed:.3g} days after")
    )
    return f"{participant}, {after} dose {dose}: {text} {unit}"


def _means(scene: Scene, group: list[Mapping[Hashable, Any]]) -> DoseMeans:
    rows = sorted(group, key=lambda row: float(row["elapsed_days"]))
    cohort = scene.protocol.cohort(rows[0]["cohort"])
    numbers = {
        name: np.array([row[name] for row in rows], dtype=np.float64)
        for name in ("elapsed_days", "gmean", "gmean_lower", "gmean_upper", "n")
    }
    return DoseMeans(
        cohort=scene.protocol.cohort_keys.index(cohort.key),
        label=cohort.label,
        dose=int(rows[0]["dose_number"]),
        days=numbers["elapsed_days"],
        gmean=numbers["gmean"],
        lower=numbers["gmean_lower"],
        upper=numbers["gmean_upper"],
        n=numbers["n"],
        visits=tuple(scene.protocol.visit(row["visit"]).label for row in rows),
        cells=tuple(map(_address, rows)),
    )


def _address(row: Mapping[Hashable, Any]) -> str:
    when = "later" if row["elapsed_days"] >= 1 else "on the day"
    return encode_cell("concentrations", *(row[name] for name in ASSAY_COLUMNS), row["dose_number"], row["visit"], when, row["cohort"])


def _limits(rows: pd.DataFrame) -> tuple[tuple[int, float, float], ...]:
    spans = rows.groupby("dose_number")["elapsed_days"].agg(["min", "max"])
    return tuple((int(dose), float(low), float(high)) for dose, low, high in zip(spans.index, spans["min"], spans["max"], strict=True))


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
        f"interval). {limits}A sample drawn before a dose on its day belongs to the dose before. Below the limit of quantification: "
        f"{summary.below:,} of {count_words(summary.samples, 'sample')}, in the lane; they enter the means with half of the limit. "
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
