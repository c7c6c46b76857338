"""Two data cuts compared from headline results down to records, and the text that says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from dashboard.endpoints.changes.explanation import Explanation, explain_results
from dashboard.endpoints.changes.headlines import Choices, default_choices
from dashboard.endpoints.changes.reasons import ADDED, AFTER_CUT, CORRECTED, FOLLOWED, GONE, REMOVED, SHIFTED, VERBS
from dashboard.endpoints.changes.records import NO_RECORDS, RecordChanges, compare_records
from dashboard.endpoints.changes.results import compare_results
from dashboard.endpoints.changes.rules import name_table
from dashboard.endpoints.changes.telling import list_people, write_count
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.study.columns import PARTICIPANT
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot

PEOPLE_SHOWN, CHANGES_SHOWN = 5, 60
MOVED_COHORT = "counted in another cohort"
# The tallies by table say these.
SELF_EVIDENT = ("counts", "doses")
WHO_WORDS = {"eligible": "participants with a baseline below the threshold", "everyone": "everyone"}


@dataclass(frozen=True)
class CutChanges:
    """What changed between two data cuts: records, headline results, and why the results changed."""

    protocol: StudyProtocol
    choices: Choices
    records: RecordChanges
    results: pd.DataFrame = field(repr=False)
    explanation: Explanation = field(repr=False)


def compare_cuts(
    before: Analysis,
    after: Analysis,
    records_before: Mapping[str, pd.DataFrame] = NO_RECORDS,
    records_after: Mapping[str, pd.DataFrame] = NO_RECORDS,
    choices: Choices | None = None,
) -> CutChanges:
    """`compare_records`, `compare_results` and `explain_results` of two analyses under one definition and one baseline rule."""
    chosen = choices or default_choices(before.protocol)
    results = compare_results(before, after, chosen)
    records = compare_records(before.data, after.data, records_before, records_after)
    return CutChanges(before.protocol, chosen, records, results, explain_results(before, after, records, chosen))


def describe_changes(changes: CutChanges, limit: int | None = CHANGES_SHOWN) -> str:
    """What changed, for a terminal: headline results, why they changed, tallies by table, and record changes by participant.

    At most `limit` record changes are listed (None: all), corrections, removals and late entries before what was recorded after
    the earlier cut; the rest is counted.
    """
    parts = [_describe_cuts(changes), _describe_headlines(changes), _describe_causes(changes), _describe_tallies(changes)]
    return "\n\n".join("\n".join(part) for part in [*parts, _describe_records(changes, limit)]) + "\n"


def _describe_cuts(changes: CutChanges) -> list[str]:
    before, after = changes.records.before, changes.records.after
    lines = [f"{changes.protocol.study.short_title}: what changed", f"  from {_name(before)}", f"  to   {_name(after)}"]
    if before.synthetic or after.synthetic:
        lines.append("  SYNTHETIC data")
    if after.cut_date < before.cut_date:
        lines.append("  The second data cut is earlier than the first: what was added since appears as removed.")
    return lines


def _name(snapshot: Snapshot) -> str:
    label = f", {snapshot.label}" if snapshot.label else ""
    return f"{snapshot.cut}, data cut {snapshot.cut_date.isoformat()}{label}"


def _describe_headlines(changes: CutChanges) -> list[str]:
    who = WHO_WORDS[changes.choices.who]
    lines = [f"Headline results (responders and time above: {who}; responders out of those {changes.choices.denominator})"]
    for cohort in (ALL_COHORTS, *changes.protocol.cohort_keys):
        rows = changes.results[changes.results["cohort"] == cohort]
        moved = rows[rows["changed"]].drop_duplicates("result")
        same = rows["result"].nunique() - len(moved)
        lines.append(f"  {_name_cohort(changes, cohort)}")
        lines += [f"    {words}" for words in moved["words"]]
        lines.append(f"    {'unchanged: ' if len(moved) else 'all unchanged: '}{write_count(same, 'result')}")
    return lines


def _name_cohort(changes: CutChanges, cohort: str) -> str:
    return "All participants" if cohort == ALL_COHORTS else changes.protocol.cohort(cohort).label


def _describe_causes(changes: CutChanges) -> list[str]:
    """Per changed headline the participants behind it, each with the record changes it depends on."""
    contributions, causes = changes.explanation.contributions, changes.explanation.causes
    labels = changes.results.drop_duplicates("result").set_index("result")["label"]
    lines = ["Why"]
    for result in labels.index.difference(pd.Index(SELF_EVIDENT), sort=False):
        people = _select_people(contributions[contributions["result"] == result])
        if len(people):
            lines.append(f"  {labels[result]}: {write_count(len(people), 'participant')}")
            listed = list_people(people, causes[causes["result"] == result], changes.records.changes, PEOPLE_SHOWN)
            lines += [f"    {line}" for line in listed]
    return lines if len(lines) > 1 else ["Why", "  no participant's part of a headline result changed"]


def _select_people(contributions: pd.DataFrame) -> pd.DataFrame:
    """One row per participant: of all cohorts together, or else that the part is counted in another cohort now."""
    of_all = contributions["cohort"] == ALL_COHORTS
    moved = contributions[~of_all].assign(words=MOVED_COHORT)
    return pd.concat([contributions[of_all], moved]).drop_duplicates(PARTICIPANT)


def _describe_tallies(changes: CutChanges) -> list[str]:
    tallies = changes.records.tallies
    shown = tallies[(tallies["before"] > 0) | (tallies["after"] > 0)]
    lines = ["Records"]
    for row in shown.to_dict("records"):
        words = [f"{row['unchanged']:,} unchanged" + (f" ({row['moved']:,} in another file or row)" if row["moved"] else "")]
        words.append(f"{row[CORRECTED]:,} {VERBS[CORRECTED]}")
        words += [f"{row[kind]:,} {VERBS[kind]}" for kind in (SHIFTED, FOLLOWED) if row[kind]]
        since = f" ({row['added_after_cut']:,} after the earlier cut)" if row["added_after_cut"] else ""
        words += [f"{row[ADDED]:,} {VERBS[ADDED]}{since}", f"{row[REMOVED]:,} {VERBS[REMOVED]}"]
        lines.append(f"  {name_table(row['table'])}: {row['before']:,} → {row['after']:,}; {', '.join(words)}")
    return lines


def _describe_records(changes: CutChanges, limit: int | None) -> list[str]:
    rows = changes.records.changes
    if rows.empty:
        return ["Record changes by participant", "  none"]
    # A stable sort keeps the order by participant within either half.
    told = rows.assign(new=rows["reason"] == AFTER_CUT).sort_values("new", kind="stable").head(len(rows) if limit is None else limit)
    lines = ["Record changes by participant"]
    for participant, mine in told.sort_index().groupby(PARTICIPANT, sort=False):
        lines.append(f"  {participant}")
        lines += [f"    {line}" for line in _list_records(mine)]
    rest = rows.drop(told.index)
    if len(rest):
        people = write_count(rest[PARTICIPANT].nunique(), "participant")
        lines.append(f"  and {write_count(len(rest), 'more change')} of {people}; --all lists every change")
    return lines


def _list_records(rows: pd.DataFrame) -> Iterator[str]:
    for row in rows.to_dict("records"):
        places = [_place(row, side) for side in ("before", "after")]
        where = " → ".join(dict.fromkeys(place for place in places if place))
        # The sentence names the change itself.
        why = row["reason"] if row["change"] == ADDED or row["reason"] == GONE else ""
        said = "; ".join(part for part in (str(why), where) if part)
        yield f"{row['sentence']}{f' ({said})' if said else ''}"


def _place(row: Mapping[object, object], side: str) -> str:
    return f"{row[f'source_file_{side}']} row {row[f'source_row_{side}']}" if row[f"source_file_{side}"] else ""
