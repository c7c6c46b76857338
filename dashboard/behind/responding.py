"""Behind the n/N of responders and the N of the sweep: who reached the threshold, out of whom, and the counts that say so."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.behind.parts import Behind, check_cohort, find_row, is_in_cohort, name_cohort, shape_rows
from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.periods import compute_last_accepted_day
from dashboard.endpoints.responders import derive_responses
from dashboard.panels.thresholds import table_responders
from dashboard.panels.visit_words import describe_response
from dashboard.scene import Scene
from dashboard.study.choices import Who
from dashboard.study.references import Reference, encode_reference
from dashboard.view.words import describe_who


def find_responders(scene: Scene, who: str, threshold: str, cohort: str) -> Behind:
    """Behind n/N of the responders among `who` (eligible or everyone), under the view's rule and denominator."""
    check_cohort(scene, cohort)
    chosen: Who = "eligible" if who == "eligible" else "everyone"
    cell = find_row(table_responders(scene, chosen), who=who, threshold=threshold, cohort=cohort)
    view, protocol, level = scene.view, scene.protocol, float(cell["threshold"])
    analyte = protocol.endpoint.analyte
    people = derive_responses(scene.analysis, scene.selection.mask, analyte, level, view.respond, view.visit, view.period)
    people = people[people[view.n] & (people["eligible"] | (chosen == "everyone"))]
    people = people[is_in_cohort(scene, people["participant_index"].to_numpy(), cohort)]
    group, counted = (rows["participant_index"].to_numpy(dtype=np.int64) for rows in (people, people[people["responds"]]))
    short = protocol.analyte(analyte).short

    def read() -> list[pd.DataFrame]:
        counts = _select_counts(scene, counted)
        reached = np.where(counts["value"] >= level, "at or above the threshold", "below the threshold")
        return [shape_rows(counts, role=reached, what=short, unit=counts["unit_text"])]

    title = f"{short} ≥ {threshold} {describe_response(view, protocol)}, {name_cohort(scene, cohort)}"
    of = encode_reference(Reference("responders", cohort=cohort, threshold=level)) if chosen == view.who else ""
    return Behind(title, "thresholds", counted, group, f"participants in N, among {describe_who(chosen)}", read, of=of)


def find_sweep(scene: Scene, cohort: str) -> Behind:
    """Behind the N of a line of the sweep: everyone in the denominator, whatever the threshold, with the counts that the rule reads."""
    check_cohort(scene, cohort)
    view, protocol = scene.view, scene.protocol
    analyte, level = protocol.endpoint.analyte, protocol.endpoint.thresholds[0]
    people = derive_responses(scene.analysis, scene.selection.mask, analyte, level, view.respond, view.visit, view.period)
    people = people[is_in_cohort(scene, people["participant_index"].to_numpy(), cohort)]
    group, counted = (rows["participant_index"].to_numpy(dtype=np.int64) for rows in (people, people[people[view.n]]))
    short = protocol.analyte(analyte).short

    def read() -> list[pd.DataFrame]:
        counts = _select_counts(scene, counted)
        return [shape_rows(counts, role="read by the rule", what=short, unit=counts["unit_text"])]

    title = f"N of the {short} responders {describe_response(view, protocol)}, {name_cohort(scene, cohort)}"
    return Behind(title, "thresholds", counted, group, "participants of the selection", read)


def _select_counts(scene: Scene, people: Ints) -> pd.DataFrame:
    """The delivered counts after day 0 of `people` that the view's rule reads."""
    view, counts = scene.view, scene.analysis.counts
    after = (counts["day"] > 0).fillna(False)
    counts = counts[(counts["analyte"] == scene.protocol.endpoint.analyte) & counts["participant_index"].isin(people) & after]
    if view.respond == "at-visit":
        return counts[counts["analysed"] & (counts["visit"] == view.visit)]
    last = compute_last_accepted_day(scene.analysis, view.period)[counts["participant_index"].to_numpy(dtype=np.int64)]
    return counts[(counts["day"] <= last).to_numpy(dtype=bool)]
