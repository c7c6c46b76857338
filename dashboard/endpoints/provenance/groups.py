"""Where a participant's cohort and groups come from: the definition's codes, and the delivered values of the groupings."""

from __future__ import annotations

import pandas as pd

from dashboard.endpoints.provenance.own_rows import OwnRows
from dashboard.endpoints.provenance.steps import SourceRow, Step
from dashboard.endpoints.provenance.wording import write_list
from dashboard.study.columns import COHORT, PARTICIPANT
from dashboard.study.groupings import Grouping


def trace_cohort(own: OwnRows) -> Step:
    """The participant's cohort, or category where the participants are split by a grouping, and the rule that gives it."""
    protocol, cohort = own.protocol, own.protocol.cohort(str(own.person[COHORT]))
    if protocol.by == protocol.study.cohort_key:
        sentence = f"{own.name} is in {cohort.label}, which the definition gives to the delivered codes {write_list(cohort.codes)}."
        return Step("Cohort", sentence, "cohort: the definition's code in the cohort column")
    grouping = protocol.grouping(protocol.by)
    source = "from the events of the data" if grouping.derived else f"by the column {grouping.column} of the delivery"
    sentence = f"{own.name} is in “{cohort.label}” of {grouping.label}, {source}."
    return Step(grouping.label, sentence, _rule(grouping))


def trace_groups(own: OwnRows, traits: pd.DataFrame | None) -> tuple[Step, ...]:
    """The delivered values of the groupings with the rows that hold them; no step in a study without groupings.

    `traits` are the snapshot's records of that name, None when it has none.
    """
    if traits is None or not own.protocol.groupings:
        return ()
    mine = {row["trait"]: row for row in traits[traits[PARTICIPANT] == own.name].to_dict("records")}
    labels = {grouping.key: grouping.label for grouping in own.protocol.delivered_groupings if grouping.key in mine}
    delivered = [mine[key] for key in labels]
    rows = tuple(SourceRow(str(row["source_file"]), int(row["source_row"]), str(row["value_text"]), "", None, None) for row in delivered)
    told = "; ".join(f"{label}: “{row.text}”" for label, row in zip(labels.values(), rows, strict=True))
    absent = [grouping.label for grouping in own.protocol.delivered_groupings if grouping.key not in labels]
    missing = f" Not delivered: {', '.join(absent)}." if absent else ""
    return (Step("Groups", f"Delivered: {told or 'nothing'}.{missing}", "group: the category of the delivered value", rows),)


def _rule(grouping: Grouping) -> str:
    asked = " where the definition asks for the value" if grouping.within else ""
    return f"group: the category of the delivered value{asked}; without one “{grouping.absent_label}”"
