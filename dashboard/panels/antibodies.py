"""The panel of antibodies to the drug: incidence by cohort with intervals, and n/N by visit in its table."""

from __future__ import annotations

from collections.abc import Iterator
from math import nan

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.exploratory.ada_incidence import ADA_MEASURES, AdaCounts
from dashboard.endpoints.exploratory.immunogenicity import BOOST_FOLD, BOOSTED, INDUCED, KINDS, NOT_EVALUABLE, select_ada_status
from dashboard.endpoints.proportions import compute_limits
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.exploratory import count_antibodies, derive_exploratory
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
    (whole, at_visits), results = count_antibodies(scene), derive_exploratory(scene).ada_results
    judged = {name: whole.denominator[:, whole.measures.index(name), 0] for name in MEASURE_LABELS}
    drawn = [name for name in MEASURE_LABELS if judged[name].any()]
    own = scene.selection.mask[results["participant_index"].to_numpy()]
    return AdaSummary(
        kinds=tuple(KIND_LABELS[kind] for kind in KINDS),
        measures=tuple(MEASURE_LABELS[name] for name in drawn),
        rows=tuple(tuple(_rows(scene, whole, kind, name) for name in drawn) for kind in range(len(KINDS))),
        undrawn=tuple(name for name in MEASURE_LABELS if name not in drawn),
        table=tuple(_table(scene, whole, at_visits)) if own.any() else (),
        samples=int((own & ~results["inferred"].to_numpy()).sum()),
        participants=len(np.unique(results["participant_index"].to_numpy()[own])),
        left_out=_not_evaluable(scene),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _places(scene: Scene) -> list[int]:
    """Where the cohorts shown stand among those of the definition, then all of them, last."""
    keys = scene.protocol.cohort_keys
    return [*(keys.index(key) for key in scene.view.cohorts(scene.protocol)), len(keys)]


def _rows(scene: Scene, whole: AdaCounts, kind: int, measure: str) -> tuple[ResponderRow, ...]:
    cell = (kind, whole.measures.index(measure), 0)
    n, denominator = whole.n[cell], whole.denominator[cell]
    lower, upper = compute_limits(n, denominator, scene.view.ci)
    return tuple(
        ResponderRow(
            cohort=None if place == len(scene.protocol.cohorts) else place,
            label=ALL_LABEL if place == len(scene.protocol.cohorts) else scene.protocol.cohorts[place].label,
            responders=int(n[place]),
            denominator=int(denominator[place]),
            proportion=float(n[place] / denominator[place]) if denominator[place] else nan,
            lower=float(lower[place]),
            upper=float(upper[place]),
        )
        for place in _places(scene)
    )


def _not_evaluable(scene: Scene) -> dict[str, int]:
    """Participants of the selection that cannot be judged, each under one reason: of binding antibodies, then of neutralising ones."""
    derived, mask = derive_exploratory(scene), scene.selection.mask
    dosed = scene.analysis.participants["dosed"].to_numpy()
    without = derived.keep(("not evaluable",), lambda: _flag_unjudged(derived.ada_status))
    binding, neutralising = (without[kind] & dosed & mask for kind in KINDS)
    reasons = {
        "not dosed": mask & ~dosed,
        "no sample after the first dose tested for antibodies": binding & neutralising,
        "no sample after the first dose tested for binding antibodies": binding & ~neutralising,
        "no sample after the first dose tested for neutralising antibodies": neutralising & ~binding,
    }
    return {reason: int(applies.sum()) for reason, applies in reasons.items() if applies.any()}


def _flag_unjudged(status: pd.DataFrame) -> dict[str, Flags]:
    """Of each kind the participants that cannot be judged, whoever is selected."""
    return {kind: (select_ada_status(status, kind) == NOT_EVALUABLE).to_numpy(dtype=bool) for kind in KINDS}


def _table(scene: Scene, whole: AdaCounts, at_visits: AdaCounts) -> list[tuple[str, ...]]:
    """What is counted by cohort: over the whole course with interval, then the positive ones of each visit."""
    counted = [(whole, name, "", f"Treatment-{label.lower()}") for name, label in MEASURE_LABELS.items()]
    labels = [(key, lower_first(scene.protocol.visit(key).label)) for key in at_visits.visits]
    counted += [(at_visits, "positive", key, f"Positive, {label}") for key, label in labels]
    rows = []
    for place, kind in enumerate(KINDS):
        for counts, measure, visit, words in counted:
            cell = (place, counts.measures.index(measure), counts.visits.index(visit))
            if counts.denominator[cell].any() or not visit:
                shares = _shares(scene, counts.n[cell], counts.denominator[cell], (kind, measure, visit))
                rows.append((kind.capitalize(), words, *shares))
    return rows


def _shares(scene: Scene, n: Ints, denominator: Ints, of: tuple[str, str, str]) -> Iterator[str]:
    """n/N with percent and interval of each cohort shown; n/N alone where there is no interval."""
    lower, upper = compute_limits(n, denominator, scene.view.ci)
    names = (*scene.protocol.cohort_keys, ALL_COHORTS)
    for place in _places(scene):
        text, address = f"{n[place]}/{denominator[place]}", encode_cell("antibodies", *of, names[place])
        if np.isfinite(lower[place]):
            interval = f"{100 * lower[place]:.0f} to {100 * upper[place]:.0f} %"
            text = f"{text} ({100 * n[place] / denominator[place]:.0f} %; {interval})".replace(" ", NO_BREAK)
        yield link_cell(text, address)


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
