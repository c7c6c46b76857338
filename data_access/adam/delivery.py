"""One ADaM delivery: its data sets by kind, read in the order in which they need each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.adam.columns import check_analysis_columns
from data_access.adam.exposure import read_analysis_exposure
from data_access.adam.records import FINDING_DOMAINS, read_adverse_events, read_findings, read_times_to_event
from data_access.adam.refusals import name_delivered_columns
from data_access.adam.results import read_claims, read_results
from data_access.adam.subjects import read_endings, read_first_doses, read_subjects
from data_access.assembly import derive_after_dose
from data_access.measuring import select_once
from data_access.reading import ENDING_COLUMNS, GIVEN_COLUMNS, MEASURED_COLUMNS, READ_COLUMNS, Reading, stack
from data_access.report import HELD, FileRows, Findings
from data_access.sdtm.columns import check_domain_columns
from data_access.sdtm.demographics import Demographics, join_demographics
from data_access.sdtm.exposure import ADJUSTMENTS, read_adjustments, read_exposure
from data_access.sdtm.several_files import select_once_over_files
from data_access.text_tables import TextTable
from data_access.traits import read_traits, trait_columns

CONTENT = {
    "adsl": "participants", "adlb": "counts and derived values", "adae": "adverse events", "adtte": "times to event",
    "adrs": "findings", "adpc": "findings", "adex": "doses",
}  # fmt: skip
COMPARED = "derived values, to be compared with ours"
BESIDE_SDTM = "not read: the same data stand in the SDTM data sets of this delivery"
BESIDE_ADSL = "not read: of SDTM data sets beside ADSL only EX is read, unless DM is delivered too"
ANALYSIS_COLUMNS = ("PARAMCD", "AVAL", "TRT01A", "TRT01P", "TRTA", "TRTP", "TRTSDT", "ASTDT", "TRTEMFL", "ADY")


def is_adam(table: TextTable) -> bool:
    """Whether a table is an analysis data set: its name begins with “ad” and it has columns that only such data sets have."""
    return re.match(r"ad[a-z]", table.name) is not None and table.has("USUBJID") and any(table.has(name) for name in ANALYSIS_COLUMNS)


def needs_adam(tables: Sequence[TextTable]) -> bool:
    """Whether the participants of a delivery stand in ADSL alone: SDTM, where its DM is delivered, comes first."""
    return any(find_kind(table) == "adsl" for table in tables if is_adam(table)) and not any(_is_dm(table) for table in tables)


def select_exposure(domains: Sequence[TextTable]) -> list[TextTable]:
    """The data sets EX among SDTM data sets: the one domain that is read beside ADSL."""
    return [table for table in domains if table.has("EXTRT")]


def find_kind(table: TextTable) -> str:
    """The kind of an analysis data set, one of CONTENT, by the beginning of its name (ADLBH is an ADLB); the empty text for others."""
    return next((kind for kind in CONTENT if table.name.startswith(kind)), "")


def read_adam(tables: Sequence[TextTable], protocol: StudyProtocol, findings: Findings) -> Reading:
    """Read the analysis data sets (and EX, where one is delivered beside them); every reason to refuse is collected in `findings`."""
    for table in tables:
        content = CONTENT.get(find_kind(table), f"{table.name.upper()}: {HELD}") if is_adam(table) else "doses"
        findings.files.append(FileRows(table.file, content, len(table.frame)))
    subjects = _of_kind(tables, "adsl")
    if len(subjects) != 1 and not (subjects and protocol.members):
        found = f"found: {', '.join(table.file for table in subjects)}" if subjects else "found none"
        rule = f"needs exactly one data set ADSL ({found}); a data set is ADSL when the name of its file or sheet begins with adsl"
        findings.refuse("delivery", f"{rule} and it has columns of analysis data, such as USUBJID and TRT01P")
        findings.raise_refusals()
    for table in tables:
        if is_adam(table) and find_kind(table):
            check_analysis_columns(table, find_kind(table), findings, trait_columns(protocol) if find_kind(table) == "adsl" else ())
        elif not is_adam(table):
            check_domain_columns(table, "EX", findings)
    with name_delivered_columns(findings, {}):
        return _read(tables, subjects, protocol, findings)


def _read(tables: Sequence[TextTable], subjects: Sequence[TextTable], protocol: StudyProtocol, findings: Findings) -> Reading:
    who = join_demographics([read_subjects(adsl, protocol, findings) for adsl in subjects], findings)
    doses = _read_doses(tables, subjects, protocol, who, findings)
    both = [read_results(table, protocol, who, findings) for table in _of_kind(tables, "adlb")]
    measured = derive_after_dose(stack([counts for counts, _ in both], MEASURED_COLUMNS), doses)
    records = {"claim": stack([claims for _, claims in both], READ_COLUMNS["claim"]), **_read_records(tables, protocol, who, findings)}
    records["finding"] = derive_after_dose(records["finding"], doses)
    enrolled = [adsl.only(adsl.text("USUBJID").isin(set(who.people["participant"]))) for adsl in subjects]
    traits = [read_traits(adsl, adsl.text("USUBJID"), protocol, findings) for adsl in enrolled]
    records["trait"] = stack(traits, READ_COLUMNS["trait"])
    records[ADJUSTMENTS] = read_adjustments(doses, findings)
    held = {table: rows for table, rows in records.items() if len(rows)}
    endings = stack([read_endings(adsl, who, findings) for adsl in subjects], ENDING_COLUMNS).drop_duplicates(ignore_index=True)
    return Reading(who.synthetic, who.people, endings, doses, select_once(measured, findings), held)


def add_claims(reading: Reading, tables: Sequence[TextTable], protocol: StudyProtocol, findings: Findings) -> Reading:
    """`reading` of SDTM data sets with the derived values (BASE, CHG, AVISIT, …) that ADLB states for the same participants.

    Every other analysis data set of the delivery is named in the report and not read: its content stands in SDTM. A study day without a
    date counts from the first dose.
    """
    starts = reading.doses.groupby("participant")["on"].min()
    who = Demographics(reading.synthetic, reading.people, stack([], ENDING_COLUMNS), starts, starts, {})
    parts = [reading.records["claim"]] if "claim" in reading.records else []
    for table in tables:
        compared = find_kind(table) == "adlb"
        findings.files.append(FileRows(table.file, COMPARED if compared else BESIDE_SDTM, len(table.frame)))
        if compared:
            check_analysis_columns(table, "adlb", findings)
        parts += [read_claims(table, protocol, who, findings)] if compared else []
    claims = stack(parts, READ_COLUMNS["claim"])
    return replace(reading, records={**reading.records, "claim": claims}) if len(claims) else reading


def _is_dm(table: TextTable) -> bool:
    return table.has("DOMAIN") and not is_adam(table) and (table.name == "dm" or bool((table.text("DOMAIN").str.upper() == "DM").any()))


def _of_kind(tables: Sequence[TextTable], kind: str) -> list[TextTable]:
    return [table for table in tables if is_adam(table) and find_kind(table) == kind]


def _read_doses(
    tables: Sequence[TextTable], subjects: Sequence[TextTable], protocol: StudyProtocol, who: Demographics, findings: Findings
) -> pd.DataFrame:
    """From EX before ADEX before ADSL: what is nearest to the collected data."""
    exposure, analysis = [table for table in tables if not is_adam(table)], _of_kind(tables, "adex")
    if exposure:
        exposure = select_once_over_files(exposure, "EXSEQ", "doses", "the same dose delivered twice", findings)
        doses = stack([read_exposure(table, protocol, who, findings) for table in exposure], GIVEN_COLUMNS)
    elif analysis:
        doses = stack([read_analysis_exposure(table, protocol, who, findings) for table in analysis], GIVEN_COLUMNS)
    else:
        return stack([read_first_doses(adsl, who, findings) for adsl in subjects], GIVEN_COLUMNS)
    first = doses.groupby("participant")["on"].min()
    apart = (who.exposed_on.reindex(first.index) != first).fillna(False)
    text = "the first dose of the exposure data and TRTSDT of ADSL lie on different days; the exposure data were used"
    findings.note("first-dose-differs", text, [f"participant {name}" for name in first.index[apart.to_numpy(bool)]])
    return doses


def _read_records(tables: Sequence[TextTable], protocol: StudyProtocol, who: Demographics, findings: Findings) -> dict[str, pd.DataFrame]:
    events = [read_adverse_events(table, protocol, who, findings) for table in _of_kind(tables, "adae")]
    times = [read_times_to_event(table, protocol, who, findings) for table in _of_kind(tables, "adtte")]
    found = [
        read_findings(table, domain, protocol, who, findings)
        for kind, domain in FINDING_DOMAINS.items()
        for table in _of_kind(tables, kind)
    ]
    return {
        "adverse_event": stack(events, READ_COLUMNS["adverse_event"]),
        "time_to_event": stack(times, READ_COLUMNS["time_to_event"]),
        "finding": stack(found, READ_COLUMNS["finding"]),
    }
