"""Behind the n/N of responders: who reached the threshold, out of whom, and the counts that say so."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.behind.parts import Behind, check_cohort, find_row, is_in_cohort, name_cohort, shape_rows
from dashboard.endpoints.responders import derive_responses
from dashboard.panels.thresholds import table_responders
from dashboard.scene import Scene
from dashboard.study.choices import Who
from dashboard.study.references import Reference, encode_reference
from dashboard.view.words import describe_rule, describe_who


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
    counts = scene.analysis.counts
    counts = counts[(counts["analyte"] == analyte) & counts["participant_index"].isin(counted) & (counts["day"] > 0).fillna(False)]
    if view.respond == "at-visit":
        counts = counts[counts["analysed"] & (counts["visit"] == view.visit)]
    short = protocol.analyte(analyte).short
    reached = np.where(counts["value"] >= level, "at or above the threshold", "below the threshold")

    def read() -> list[pd.DataFrame]:
        return [shape_rows(counts, role=reached, what=short, unit=counts["unit_text"])]

    title = f"{short} ≥ {threshold} {describe_rule(view, protocol)}, {name_cohort(scene, cohort)}"
    of = encode_reference(Reference("responders", cohort=cohort, threshold=level)) if chosen == view.who else ""
    return Behind(title, "thresholds", counted, group, f"participants in N, among {describe_who(chosen)}", read, of=of)
