"""The panel of antibodies to the drug: incidence by cohort with intervals, and n/N by visit in its table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.exploratory.ada_incidence import ADA_MEASURES
from dashboard.endpoints.exploratory.immunogenicity import BOOST_FOLD, BOOSTED, INDUCED, KINDS, NOT_EVALUABLE
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.exploratory import derive_exploratory, table_ada, table_ada_summary
from dashboard.figures.antibodies import AdaSummary
from dashboard.figures.responders import ResponderRow
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_people, describe_scene
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words, describe_interval, lower_first

KIND_LABELS = {"binding": "Binding antibodies", "neutralising": "Neutralising antibodies"}
MEASURE_LABELS = {"treatment-induced": "Induced", "treatment-boosted": "Boosted"}
ALL_LABEL = "All shown"


def summarise_ada_panel(scene: Scene, subject: str = "") -> AdaSummary:
    """Participants with induced and with boosted antibodies by kind and cohort; measures without anybody to judge are not drawn."""
    summary, samples = table_ada_summary(scene), table_ada(scene)
    whole = summary[summary["visit"] == ""]
    drawn = [name for name in MEASURE_LABELS if whole.loc[whole["measure"] == name, "denominator"].any()]
    return AdaSummary(
        kinds=tuple(KIND_LABELS[kind] for kind in KINDS),
        measures=tuple(MEASURE_LABELS[name] for name in drawn),
        rows=tuple(tuple(_rows(scene, whole, kind, name) for name in drawn) for kind in KINDS),
        undrawn=tuple(name for name in MEASURE_LABELS if name not in drawn),
        table=tuple(_table(scene, summary)),
        samples=int((~samples["inferred"]).sum()),
        participants=int(samples["participant"].nunique()),
        left_out=_not_evaluable(scene),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _rows(scene: Scene, whole: pd.DataFrame, kind: str, measure: str) -> tuple[ResponderRow, ...]:
    rows = whole[(whole["kind"] == kind) & (whole["measure"] == measure)]
    return tuple(_row(scene, row) for row in rows.to_dict("records"))


def _row(scene: Scene, row: Mapping[Hashable, Any]) -> ResponderRow:
    everyone = row["cohort"] == ALL_COHORTS
    return ResponderRow(
        cohort=None if everyone else scene.protocol.cohort_keys.index(row["cohort"]),
        label=ALL_LABEL if everyone else scene.protocol.cohort(row["cohort"]).label,
        responders=int(row["n"]),
        denominator=int(row["denominator"]),
        proportion=float(row["proportion"]),
        lower=float(row["lower"]),
        upper=float(row["upper"]),
    )


def _not_evaluable(scene: Scene) -> dict[str, int]:
    """Participants of the selection that cannot be judged, each under one reason: of binding antibodies, then of neutralising ones."""
    status, mask = derive_exploratory(scene).ada_status, scene.selection.mask
    dosed = scene.analysis.participants["dosed"].to_numpy()
    without = {kind: (status.loc[status["kind"] == kind, "status"] == NOT_EVALUABLE).to_numpy() for kind in KINDS}
    binding, neutralising = (without[kind] & dosed & mask for kind in KINDS)
    reasons = {
        "not dosed": mask & ~dosed,
        "no sample after the first dose tested for antibodies": binding & neutralising,
        "no sample after the first dose tested for binding antibodies": binding & ~neutralising,
        "no sample after the first dose tested for neutralising antibodies": neutralising & ~binding,
    }
    return {reason: int(applies.sum()) for reason, applies in reasons.items() if applies.any()}


def _table(scene: Scene, summary: pd.DataFrame) -> list[tuple[str, ...]]:
    """What is counted by cohort: over the whole course with interval, then the positive ones of each visit."""
    found: dict[tuple[str, str, str], list[Mapping[Hashable, Any]]] = {}
    for row in summary.to_dict("records"):
        found.setdefault((row["kind"], row["measure"], row["visit"]), []).append(row)
    counted = [(name, "", f"Treatment-{label.lower()}") for name, label in MEASURE_LABELS.items()]
    counted += [("positive", visit.key, f"Positive, {lower_first(visit.label)}") for visit in scene.protocol.visits]
    rows = []
    for kind in KINDS:
        for measure, visit, words in counted:
            cells = found.get((kind, measure, visit), [])
            if any(cell["denominator"] for cell in cells) or not visit:
                rows.append((kind.capitalize(), words, *(_share(cell) for cell in cells)))
    return rows


def _share(row: Mapping[Hashable, Any]) -> str:
    """n/N with percent and interval; n/N alone where there is no interval."""
    alone, of = f"{row['n']}/{row['denominator']}", encode_cell("antibodies", row["kind"], row["measure"], row["visit"], row["cohort"])
    if not np.isfinite(row["lower"]):
        return link_cell(alone, of)
    interval = f"; {100 * row['lower']:.0f} to {100 * row['upper']:.0f} %"
    return link_cell(f"{alone} ({100 * row['proportion']:.0f} %{interval})".replace(" ", NO_BREAK), of)


def describe_ada(summary: AdaSummary, scene: Scene) -> Words:
    """What induced and boosted mean, out of whom, and the interval."""
    induced = f"Induced: positive after the first dose, of {ADA_MEASURES[INDUCED]}."
    boosted = f"Boosted: a titre at least {BOOST_FOLD:g} times that of baseline, of {ADA_MEASURES[BOOSTED]}."
    nobody = {"treatment-boosted": " Nobody was, so none is drawn.", "treatment-induced": " There is nobody, so none is drawn."}
    parts = [
        f"{text}{nobody[name] if name in summary.undrawn and summary.measures else ''}"
        for name, text in (("treatment-induced", induced), ("treatment-boosted", boosted))
    ]
    caption = (
        f"{' '.join(parts)} Evaluable: at least one sample after the first dose. A sample negative for binding antibodies counts as "
        f"negative for neutralising ones. {describe_interval(scene.view, scene.protocol)}, none where N < 5. "
        f"{describe_scene(scene)}"
    )
    cohorts = [scene.protocol.cohort(key).label for key in scene.view.cohorts(scene.protocol)]
    return Words(
        caption,
        f"{count_words(summary.samples, 'result')} of {count_words(summary.participants, 'participant')}",
        describe_people(summary.left_out),
        LEFT_OUT,
        ("Antibodies", "Counted, n/N", *cohorts, ALL_LABEL) if summary.samples else (),
        summary.table if summary.samples else (),
    )
