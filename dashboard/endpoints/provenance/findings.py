"""A finding as change from baseline: the result of a visit, the result before treatment, and the comparison; and how a cohort's add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.exploratory.finding_changes import DIRECTIONS
from dashboard.endpoints.exploratory.finding_summaries import STATES, classify_changes
from dashboard.endpoints.participant_words import each_row
from dashboard.endpoints.provenance.cohorts import select_members
from dashboard.endpoints.provenance.own_rows import find_participant, read_day, read_number, validate_key
from dashboard.endpoints.provenance.steps import SourceRow, Step, Table
from dashboard.endpoints.provenance.wording import NONE, write_count, write_number, write_place
from dashboard.endpoints.records import Analysis
from dashboard.errors import NotFoundError
from dashboard.study.columns import DAY, PARTICIPANT
from dashboard.study.references import Reference, encode_reference

STATE_WORDS = {
    "lower": "below baseline",
    "equal": "same as baseline",
    "higher": "above baseline",
    "no_baseline": "without baseline",
    "not_comparable": "not comparable with baseline",
}
RULE_VISIT = "result of a visit: the one closest to the target day; at equal distance the later day, then the later time and row"
RULE_BASELINE = "baseline of a finding: the last result before treatment (day ≤ 0, not known to be after the dose)"
RULE_CHANGE = "change of a finding: only results in the same unit, or two titres, are compared; nothing is carried forward"


def trace_finding(analysis: Analysis, changes: pd.DataFrame, of: Reference) -> tuple[Step, ...]:
    """From the results of a visit and those before treatment to the change of one participant's finding.

    `changes` are of `derive_finding_changes`, of everyone; the last step's result is the change, None where it has none. NotFoundError for
    a participant or visit that does not exist, or a series without a result of this participant at the visit.
    """
    own, visit = find_participant(analysis, of.participant), validate_key(analysis.protocol, "visit", of.visit)
    series = select_series(changes, of)
    mine = series[series["participant_index"].to_numpy() == own.index].sort_values(DAY, kind="stable")
    there = mine[(mine["visit"] == visit).to_numpy(dtype=bool)]
    if not there["analysed"].any():
        raise NotFoundError("result of this finding", f"{of.participant}, {of.visit}")
    result = there[there["analysed"].to_numpy(dtype=bool)].iloc[0]
    uses = np.where(there["analysed"], "counts", "another result of the visit counts").tolist()
    label = analysis.protocol.visit(visit).label
    told = f"{write_count(len(there), 'result')} of {own.name} at {label[:1].lower()}{label[1:]}; {_quote(result)} counts."
    at_visit = Step("Result at the visit", told, RULE_VISIT, _read_rows(there), read_number(result["level"]), _list_results(there, uses))
    return at_visit, _trace_before(own.name, mine), _trace_change(result, mine)


def select_series(changes: pd.DataFrame, of: Reference) -> pd.DataFrame:
    """The rows of the series that `of` names; NotFoundError when this cut has none."""
    parts = {"domain": of.domain, "test": of.test, "category": of.category, "object": of.about}
    same: Flags = np.logical_and.reduce([(changes[name] == part).to_numpy(dtype=bool) for name, part in parts.items()])
    if not same.any():
        raise NotFoundError("finding in this data cut", ", ".join(part for part in parts.values() if part))
    return changes[same]


def _trace_before(name: str, mine: pd.DataFrame) -> Step:
    """The results before treatment, and which of them is the baseline."""
    before = mine[mine["before_treatment"].to_numpy(dtype=bool)]
    if before.empty:
        return Step("Baseline", f"{name} has no result before treatment, so no baseline.", RULE_BASELINE)
    uses = np.where(before["is_baseline"], "baseline", "an earlier result").tolist()
    base = before[before["is_baseline"].to_numpy(dtype=bool)].iloc[0]
    sentence = f"{write_count(len(before), 'result')} before treatment; the last is the baseline: {_quote(base)}."
    return Step("Baseline", sentence, RULE_BASELINE, _read_rows(before), read_number(base["level"]), _list_results(before, uses))


def _trace_change(result: pd.Series, mine: pd.DataFrame) -> Step:
    state = str(classify_changes(pd.DataFrame([result]))[0])
    base = mine[mine["is_baseline"].to_numpy(dtype=bool)]
    rows = _read_rows(pd.concat([base, mine.loc[[result.name]]]))
    change, fold = read_number(result["change"]), read_number(result["fold"])
    if state not in DIRECTIONS:
        why = "there is no baseline" if state == "no_baseline" else "words, other units and other scales are not compared"
        return Step("Against baseline", f"It is {STATE_WORDS[state]}: {why}.", RULE_CHANGE, rows)
    level, start = write_number(result["level"]), write_number(result["baseline_level"])
    told = f"{level} against {start}: {STATE_WORDS[state]}"
    told += f"; change {level} − {start} = {write_number(change)}" if change is not None else ""
    told += f"; fold {level} / {start} = {write_number(fold)}" if fold is not None else ""
    return Step("Against baseline", f"{told}.", RULE_CHANGE, rows, change)


def trace_findings(analysis: Analysis, selected: Flags, changes: pd.DataFrame, of: Reference) -> tuple[Step, ...]:
    """The participants behind what became of a finding at a visit, of a cohort or of `all`; the last step's result is n.

    `changes` are of `derive_finding_changes`, of everyone. NotFoundError for a cohort or visit that the study does not declare, or a series
    without a row in this cut.
    """
    visit = validate_key(analysis.protocol, "visit", of.visit)
    members, series = select_members(analysis, selected, of.cohort), select_series(changes, of)
    there = (series["visit"] == visit).to_numpy(dtype=bool) & series["analysed"].to_numpy(dtype=bool)
    rows = series[there & members[series["participant_index"].to_numpy()]].sort_values("participant_index", kind="stable")
    names, states = analysis.participants[PARTICIPANT].to_numpy()[rows["participant_index"].to_numpy()], classify_changes(rows)
    lines = tuple(
        (str(name), _quote(row), str(row.baseline_wording) if row.has_baseline else NONE, STATE_WORDS[str(state)])
        for name, row, state in zip(names, each_row(rows), states, strict=True)
    )
    links = tuple(encode_reference(_of_one(of, line[0])) for line in lines)
    table = Table(("Participant", "Result", "Baseline", "Against baseline"), lines, links) if lines else None
    n, out = len(lines), int(members.sum()) - len(lines)
    listed = f"{write_count(n, 'participant')} with a result at the visit; {write_count(out, 'participant')} of the selection without one."
    counted = [f"{int((states == state).sum())} {STATE_WORDS[state]}" for state in STATES]
    return (
        Step("Participants", listed, RULE_VISIT, _read_rows(rows), float(n), table),
        Step("Counts", f"{', '.join(counted)}: together {n}.", RULE_CHANGE, (), float(n)),
    )


def _of_one(of: Reference, participant: str) -> Reference:
    return Reference("finding", participant, visit=of.visit, domain=of.domain, test=of.test, category=of.category, about=of.about)


def _quote(row: Any) -> str:
    return f"“{row.value_text}{f' {row.unit_text}' if row.unit_text else ''}”"


def _read_rows(rows: pd.DataFrame) -> tuple[SourceRow, ...]:
    return tuple(
        SourceRow(
            str(row.source_file), int(row.source_row), str(row.value_text), str(row.unit_text), read_number(row.level), read_day(row.day)
        )
        for row in each_row(rows)
    )


def _list_results(rows: pd.DataFrame, uses: list[str]) -> Table:
    lines = tuple(
        (write_number(source.day), f"{source.text} {source.unit}".strip(), write_number(source.value), write_place(source), use)
        for source, use in zip(_read_rows(rows), uses, strict=True)
    )
    return Table(("Day", "As delivered", "Reads as", "File and row", "Use"), lines)
