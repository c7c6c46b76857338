"""What the import does with AE, CM, SV, DS and findings. The study is NCT05600920; the first dose of P1 is 2024-03-04 09:00."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.errors import DeliveryRefusedError
from data_access.delivery import Delivery
from tests.data_access.deliveries import ALWAYS_NOTED, DM, EX, LB, Rows, read, write_sdtm

STUDY = {"STUDYID": "NCT05600920", "USUBJID": "P1"}
AE = STUDY | {
    "DOMAIN": "AE", "AESEQ": "1", "AETERM": "FEVER", "AEDECOD": "Pyrexia", "AEBODSYS": "General disorders", "AESER": "N",
    "AEREL": "POSSIBLE", "AEACN": "DOSE NOT CHANGED", "AEOUT": "RECOVERED/RESOLVED", "AETOXGR": "2", "AESTDTC": "2024-03-06",
    "AEENDTC": "2024-03-08", "AESTDY": "", "AEENDY": "",
}  # fmt: skip
CM = STUDY | {
    "DOMAIN": "CM", "CMTRT": "Prednisone", "CMDOSE": "20", "CMDOSU": "mg", "CMDOSFRQ": "QD", "CMSTDTC": "2024-02", "CMENDTC": "2024",
}  # fmt: skip
SV = STUDY | {"DOMAIN": "SV", "VISITNUM": "1", "VISIT": "DOSE 1", "VISITDY": "1", "SVSTDTC": "2024-03-04", "SVENDTC": "2024-03-05"}
DS = STUDY | {"DOMAIN": "DS", "DSCAT": "PROTOCOL MILESTONE", "DSTERM": "CONSENT", "DSDECOD": "INFORMED CONSENT OBTAINED",
              "DSSTDTC": "2024-02-01"}  # fmt: skip
PC = STUDY | {
    "DOMAIN": "PC", "PCTESTCD": "NTI7", "PCTEST": "NT-I7", "PCSPEC": "SERUM", "PCORRES": "1.5", "PCORRESU": "ng/mL", "PCSTRESC": "1.5",
    "PCSTRESN": "1.5", "PCSTRESU": "ng/mL", "PCLLOQ": "0.031", "PCSTAT": "", "PCDTC": "2024-03-04T13:00", "PCDY": "", "PCTPT": "",
    "VISIT": "DOSE 1",
}  # fmt: skip
FA = STUDY | {"DOMAIN": "FA", "FATESTCD": "LESCNT", "FATEST": "Lesion Count", "FAOBJ": "HPV LESION", "FAORRES": "4",
              "FADTC": "2024-03-18", "VISIT": "DOSE 1 DAY 14"}  # fmt: skip


def _record(folder: Path, table: str, row: dict[str, str], **changes: str) -> dict[str, Any]:
    """The one record stored from `row` with `changes`."""
    domain = row["DOMAIN"].lower()
    rows = read(write_sdtm(folder, **{domain: [{**row, **changes}]}), date(2024, 6, 1)).records[table]
    assert len(rows) == 1
    return {str(name): value for name, value in rows.iloc[0].to_dict().items()}


def _refusals(folder: Path, **domains: Rows) -> str:
    with pytest.raises(DeliveryRefusedError) as refused:
        read(write_sdtm(folder, **domains))
    return str(refused.value)


def _notes(delivery: Delivery) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {note.code: (note.rows, note.places) for note in delivery.report.notes if note.code not in ALWAYS_NOTED}


def test_an_event_is_stored_with_days_grade_and_the_words_of_the_delivery(tmp_path: Path) -> None:
    assert _record(tmp_path, "adverse_event", AE) == {
        "participant": "P1", "term": "Pyrexia", "reported_term": "FEVER", "body_system": "General disorders", "category": "",
        "start_day": 2, "start_precision": "day", "end_day": 4, "end_precision": "day", "ongoing": False, "grade": "2", "severity": "",
        "grading_scale": "", "serious": "N", "relation": "POSSIBLE", "action": "DOSE NOT CHANGED", "outcome": "RECOVERED/RESOLVED",
        "source_file": "ae", "source_row": 1,
    }  # fmt: skip


def test_the_grading_scale_comes_from_the_supplement_and_a_lost_qualifier_is_noted(tmp_path: Path) -> None:
    scale = STUDY | {"RDOMAIN": "AE", "IDVAR": "AESEQ", "IDVARVAL": "1", "QNAM": "AETOXSCL", "QVAL": "CTCAE v5.0"}
    delivery = read(write_sdtm(tmp_path, ae=[AE, {**AE, "AESEQ": "2"}], suppae=[scale, {**scale, "IDVARVAL": "9"}]))
    assert delivery.records["adverse_event"]["grading_scale"].tolist() == ["CTCAE v5.0", ""]
    assert _notes(delivery)["qualifier-without-record"] == (1, ("suppae.csv row 2",))


def test_a_supplement_of_another_study_is_refused(tmp_path: Path) -> None:
    scale = STUDY | {"RDOMAIN": "AE", "IDVAR": "AESEQ", "IDVARVAL": "1", "QNAM": "AETOXSCL", "QVAL": "CTCAE v5.0", "STUDYID": "OTHER"}
    assert "suppae.csv, row 1, column STUDYID: belongs to another study" in _refusals(tmp_path, ae=[AE], suppae=[scale])


def test_two_values_of_one_qualifier_are_refused(tmp_path: Path) -> None:
    scale = STUDY | {"RDOMAIN": "AE", "IDVAR": "AESEQ", "IDVARVAL": "1", "QNAM": "AETOXSCL", "QVAL": "CTCAE v5.0"}
    told = _refusals(tmp_path, ae=[AE], suppae=[scale, {**scale, "QVAL": "DAIDS v2.1"}])
    assert "suppae.csv, row 2, column QVAL: the qualifier has two different values for one record (value 'DAIDS v2.1')" in told


# The first dose is on 4 March 2024. 1 March is day −3, 31 March day 27, 1 January day −63, 31 December day 302.
@pytest.mark.parametrize(
    ("changes", "start", "precision", "end", "end_precision", "ongoing"),
    [
        ({"AESTDTC": "2024-03-04T10:00"}, 0, "day", 4, "day", False),
        ({"AESTDTC": "2024-03", "AEENDTC": "2024-03"}, -3, "month", 27, "month", False),
        ({"AESTDTC": "2024", "AEENDTC": ""}, -63, "year", None, "", False),
        ({"AESTDTC": "2024---07"}, -63, "year", 4, "day", False),
        ({"AESTDTC": "", "AESTDY": "-1"}, -1, "day", 4, "day", False),
        ({"AESTDTC": "2024-03", "AESTDY": "3"}, 2, "day", 4, "day", False),
        ({"AESTDTC": ""}, None, "", 4, "day", False),
        ({"AEENDTC": "", "AEOUT": "NOT RECOVERED/NOT RESOLVED"}, 2, "day", None, "", True),
        ({"AEENDTC": "", "AEOUT": ""}, 2, "day", None, "", True),
        ({"AEENDTC": "", "AEOUT": "FATAL"}, 2, "day", None, "", False),
        ({"AEENDTC": "", "AEENDY": "5", "AEOUT": ""}, 2, "day", 4, "day", False),
        # After the cut of 1 June 2024 the event is ongoing, and how it ended was not known.
        ({"AEENDTC": "2024-06-02"}, 2, "day", None, "", True),
        ({"AEENDTC": "2024-06-01"}, 2, "day", 89, "day", False),
        ({"AEENDTC": "2024-06"}, 2, "day", 89, "month", False),
        ({"AEENDTC": "2024-07"}, 2, "day", None, "", True),
        ({"AEENDTC": "2025"}, 2, "day", None, "", True),
    ],
)
def test_starts_and_ends_are_days_with_the_precision_of_the_date(
    tmp_path: Path, changes: dict[str, str], start: int | None, precision: str, end: int | None, end_precision: str, ongoing: bool
) -> None:
    event = _record(tmp_path, "adverse_event", AE, **changes)
    days = [None if pd.isna(event[name]) else event[name] for name in ("start_day", "end_day")]
    assert (*days, event["start_precision"], event["end_precision"], event["ongoing"]) == (start, end, precision, end_precision, ongoing)


def test_the_outcome_of_an_event_that_ends_after_the_cut_is_not_known(tmp_path: Path) -> None:
    assert _record(tmp_path, "adverse_event", AE, AEENDTC="2024-06-02")["outcome"] == ""
    assert _record(tmp_path, "adverse_event", AE, AEENDTC="2024-05-02")["outcome"] == "RECOVERED/RESOLVED"


def test_records_that_start_after_the_cut_or_belong_to_people_enrolled_later_do_not_exist(tmp_path: Path) -> None:
    people = [DM | {"DMDTC": ""}, {**DM, "USUBJID": "P2", "DMDTC": "2024-05-01"}]
    events = [AE, {**AE, "AESEQ": "2", "AESTDTC": "2024-04-04"}, {**AE, "USUBJID": "P2", "AESTDTC": "2024-02-01"}]
    delivery = read(write_sdtm(tmp_path, people, ae=events, fa=[FA]), date(2024, 4, 1))
    tally = delivery.report.tallies["adverse events"]
    assert delivery.records["adverse_event"]["source_row"].tolist() == [1]
    assert tally.left_out == {"dated after the data cut": 1, "participant enrolled after the data cut": 1}
    assert (tally.read, tally.stored) == (3, 1)
    assert delivery.records["finding"]["day"].tolist() == [14]


def test_someone_never_dosed_has_records_without_days(tmp_path: Path) -> None:
    folder = write_sdtm(tmp_path, [DM, {**DM, "USUBJID": "P2"}], ae=[{**AE, "USUBJID": "P2"}], sv=[{**SV, "USUBJID": "P2"}])
    records = read(folder).records
    assert records["adverse_event"][["start_day", "end_day"]].isna().to_numpy().all()
    assert records["attendance"]["start_day"].isna().all()


def test_the_latest_full_date_of_any_record_is_the_cut_and_a_partial_one_is_not(tmp_path: Path) -> None:
    assert read(write_sdtm(tmp_path / "a", ae=[{**AE, "AEENDTC": "2024-07-08"}])).cut_date == date(2024, 7, 8)
    assert read(write_sdtm(tmp_path / "b", ae=[{**AE, "AEENDTC": "2024"}])).cut_date == date(2024, 3, 6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"AESTDTC": "03/06/2024"}, "ae.csv, row 1, column AESTDTC: is no ISO 8601 date (value '03/06/2024')"),
        ({"AESTDTC": "2024-13"}, "column AESTDTC: is no ISO 8601 date"),
        ({"AESTDTC": "2024-03-06T25:10"}, "column AESTDTC: is no ISO 8601 date"),
        ({"AEENDTC": "2024-02-30"}, "column AEENDTC: is no ISO 8601 date"),
        ({"AESTDY": "0"}, "column AESTDY: is no study day: a whole number other than 0 (value '0')"),
        ({"AEENDY": "0"}, "column AEENDY: is no study day"),
        ({"AESTDY": "1.5"}, "column AESTDY: is no study day"),
        ({"AETOXGR": "6"}, "column AETOXGR: the grade must be 1, 2, 3, 4 or 5 (value '6')"),
        ({"AETOXGR": "1,5"}, "column AETOXGR: the grade must be"),
        ({"AESER": "yes"}, "column AESER: must be Y or N"),
        ({"AETERM": "", "AEDECOD": ""}, "column AETERM: the event has no term"),
        ({"USUBJID": "P9"}, "column USUBJID: the participant is not in DM (value 'P9')"),
        ({"STUDYID": "OTHER"}, "column STUDYID: belongs to another study"),
        ({"STUDYID": "SYNTHETIC-NCT05600920"}, "ae.csv, column STUDYID: mixes synthetic and real data"),
    ],
)
def test_an_event_that_cannot_be_right_is_refused_by_row(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    assert words in _refusals(tmp_path, ae=[{**AE, **changes}])


@pytest.mark.parametrize(
    ("domain", "row", "column"),
    [("ae", AE, "AETERM"), ("cm", CM, "CMTRT"), ("sv", SV, "VISIT"), ("ds", DS, "DSDECOD"), ("pc", PC, "PCTESTCD")],
)
def test_every_domain_needs_its_columns_and_is_checked_for_study_and_orphans(
    tmp_path: Path, domain: str, row: dict[str, str], column: str
) -> None:
    lacking = [{name: value for name, value in row.items() if name != column}]
    assert f"{domain}.csv, column {column}: the column is missing" in _refusals(tmp_path / "a", **{domain: lacking})
    assert "belongs to another study" in _refusals(tmp_path / "b", **{domain: [{**row, "STUDYID": "X"}]})
    assert "the participant is not in DM" in _refusals(tmp_path / "c", **{domain: [{**row, "USUBJID": "P9"}]})


@pytest.mark.parametrize(("domain", "row"), [("ae", AE), ("cm", CM), ("sv", SV), ("ds", DS), ("pc", PC), ("lb", LB), ("ex", EX)])
def test_one_number_for_two_different_records_is_refused_and_a_repeated_record_counted(
    tmp_path: Path, domain: str, row: dict[str, str]
) -> None:
    key, changed = f"{domain.upper()}SEQ", {"VISIT": "OTHER"} if "VISIT" in row else {"EPOCH": "OTHER"}
    first = {**row, "EPOCH": "", key: "7"}
    rule = f"{domain}.csv, row 2, column {key}: the number names two different records of this participant (value '7')"
    assert rule in _refusals(tmp_path / "a", **{domain: [first, {**first, **changed}]})
    tallies = read(write_sdtm(tmp_path / "b", **{domain: [first, first]})).report.tallies
    assert sum(sum(tally.left_out.values()) for tally in tallies.values()) == 1


def test_a_planned_study_day_of_zero_is_refused(tmp_path: Path) -> None:
    assert "sv.csv, row 1, column VISITDY: is no study day: there is no day 0" in _refusals(tmp_path, sv=[{**SV, "VISITDY": "0"}])


def test_events_that_did_not_occur_and_people_never_enrolled_are_left_out(tmp_path: Path) -> None:
    people = [DM, {**DM, "USUBJID": "P2", "ARMCD": "SCRNFAIL"}]
    events = [{**AE, "AEOCCUR": ""}, {**AE, "AESEQ": "2", "AEOCCUR": "N"}, {**AE, "USUBJID": "P2", "AEOCCUR": "", "AETOXGR": "x"}]
    tally = read(write_sdtm(tmp_path, people, ae=events)).report.tallies["adverse events"]
    assert tally.left_out == {"participant not enrolled: screen failure": 1, "did not occur": 1}


def test_an_end_before_its_start_and_a_missing_start_are_noted(tmp_path: Path) -> None:
    delivery = read(write_sdtm(tmp_path, ae=[{**AE, "AEENDTC": "2024-03-05"}, {**AE, "AESEQ": "2", "AESTDTC": ""}]))
    assert _notes(delivery) == {"end-before-start": (1, ("ae.csv row 1",)), "no-start-date": (1, ("ae.csv row 2",))}


def test_a_medication_keeps_its_dose_in_words(tmp_path: Path) -> None:
    taken = _record(tmp_path, "medication", CM)
    # February 2024 starts 32 days before 4 March (29 − 1 + 4); the end, somewhere in 2024, lay at most at the cut, day 89.
    assert (taken["name"], taken["dose_text"], taken["start_day"], taken["start_precision"]) == ("Prednisone", "20 mg QD", -32, "month")
    assert (taken["end_day"], taken["end_precision"], taken["ongoing"]) == (89, "year", False)


def test_a_visit_is_stored_with_both_days_and_one_that_did_not_happen_with_its_reason(tmp_path: Path) -> None:
    happened = {**SV, "SVOCCUR": "", "SVREASOC": "", "SVUPDES": ""}
    missed = {**happened, "VISIT": "WEEK 36", "SVSTDTC": "", "SVENDTC": "", "SVOCCUR": "N", "SVREASOC": "travel"}
    unplanned = {**happened, "VISIT": "EXTRA", "SVUPDES": "rash"}
    delivery = read(write_sdtm(tmp_path, sv=[happened, missed, unplanned, {**happened, "VISIT": "UNSCHEDULED 3.1"}]))
    visits = delivery.records["attendance"]
    assert visits["occurred"].tolist() == ["Y", "N", "Y", "Y"]
    assert visits["marked_unscheduled"].tolist() == [False, False, True, True]
    assert visits.iloc[0][["start_day", "end_day"]].tolist() == [0, 1]
    assert (pd.isna(visits.iloc[1]["start_day"]), visits.iloc[1]["reason"]) == (True, "travel")
    assert _notes(delivery) == {}


def test_every_record_of_disposition_is_a_milestone_and_only_an_event_ends_the_observation(tmp_path: Path) -> None:
    left = {**DS, "DSCAT": "DISPOSITION EVENT", "DSTERM": "moved away", "DSDECOD": "WITHDRAWAL BY SUBJECT", "DSSTDTC": "2024-05-01"}
    delivery = read(write_sdtm(tmp_path, ds=[DS, left]))
    milestones = delivery.records["milestone"]
    # 1 February to 4 March 2024 are 32 days; 4 March to 1 May are 58.
    assert milestones[["term", "reported_term", "day"]].to_numpy().tolist() == [
        ["INFORMED CONSENT OBTAINED", "CONSENT", -32],
        ["WITHDRAWAL BY SUBJECT", "moved away", 58],
    ]
    assert delivery.participants[["status", "last_day"]].to_numpy().tolist() == [["withdrawn", 58]]


@pytest.mark.parametrize(
    ("changes", "value", "below", "limit", "text"),
    [
        ({}, 1.5, False, 0.031, "1.5"),
        ({"PCLLOQ": ""}, 1.5, False, None, "1.5"),
        ({"PCSTRESC": "<0.031", "PCSTRESN": ""}, 0.0155, True, 0.031, "<0.031"),
        ({"PCSTRESC": "< 0.05", "PCSTRESN": "", "PCLLOQ": ""}, 0.025, True, 0.05, "< 0.05"),
        ({"PCSTRESC": "BLQ", "PCSTRESN": ""}, 0.0155, True, 0.031, "BLQ"),
        ({"PCSTRESC": "BLQ", "PCSTRESN": "", "PCLLOQ": ""}, None, False, None, "BLQ"),
        ({"PCSTRESC": "", "PCSTRESN": "", "PCORRES": "1500"}, 1500.0, False, 0.031, "1500"),
        ({"PCSTRESC": "0", "PCSTRESN": "0"}, 0.0, False, 0.031, "0"),
        ({"PCSTRESC": "HEMOLYSED", "PCSTRESN": ""}, None, False, 0.031, "HEMOLYSED"),
        ({"PCSTRESC": ">9", "PCSTRESN": ""}, None, False, 0.031, ">9"),
    ],
)
def test_a_result_is_a_number_with_its_limit_or_words(
    tmp_path: Path, changes: dict[str, str], value: float | None, below: bool, limit: float | None, text: str
) -> None:
    found = _record(tmp_path, "finding", PC, **changes)
    numbers = [None if np.isnan(found[name]) else found[name] for name in ("value", "limit")]
    assert (*numbers, found["below_loq"], found["value_text"]) == (value, limit, below, text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"PCSTRESC": "1e400", "PCSTRESN": ""}, "pc.csv, row 1, column PCSTRESC: is no finite number (value '1e400')"),
        ({"PCSTRESC": "1,5", "PCSTRESN": ""}, "column PCSTRESC: must be written with a decimal point and no comma"),
        ({"PCSTRESC": "-3", "PCSTRESN": "-3"}, "column PCSTRESC: must not be negative"),
        ({"PCSTRESC": "", "PCSTRESN": "high"}, "column PCSTRESN: is no number (value 'high')"),
        ({"PCSTRESC": "", "PCSTRESN": "", "PCORRES": "<1,5"}, "column PCORRES: must be written with a decimal point"),
        ({"PCLLOQ": "-1"}, "column PCLLOQ: the limit must be a number that is not negative (value '-1')"),
        ({"PCDTC": "4.3.2024"}, "column PCDTC: is no ISO 8601 date"),
        ({"PCDY": "0"}, "column PCDY: is no study day"),
    ],
)
def test_an_impossible_result_is_refused_by_row(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    assert words in _refusals(tmp_path, pc=[{**PC, **changes}])


def test_a_result_is_after_the_dose_by_its_label_or_its_time(tmp_path: Path) -> None:
    rows = [PC, {**PC, "PCDTC": "2024-03-04T08:00"}, {**PC, "PCDTC": "2024-03-04", "PCTPT": "4H POST-DOSE"}, {**PC, "PCDTC": "2024-03-18"}]
    found = read(write_sdtm(tmp_path, pc=rows)).records["finding"]
    assert found["after_dose"].tolist() == [True, False, True, False]
    assert found[["day", "time"]].to_numpy().tolist() == [[0, "13:00"], [0, "08:00"], [0, ""], [14, ""]]


def test_what_was_tested_is_the_object_of_a_finding_about_and_the_binding_agent_of_an_antibody(tmp_path: Path) -> None:
    antibody = STUDY | {"DOMAIN": "IS", "ISTESTCD": "ADA_BAB", "ISBDAGT": "NT-I7", "ISORRES": "POSITIVE", "ISDTC": "2024-03-18"}
    found = read(write_sdtm(tmp_path, fa=[FA], **{"is": [antibody]}, pc=[PC])).records["finding"]
    assert found[["domain", "test", "object", "value_text"]].to_numpy().tolist() == [
        ["FA", "LESCNT", "HPV LESION", "4"],
        ["IS", "ADA_BAB", "NT-I7", "POSITIVE"],
        ["PC", "NTI7", "SERUM", "1.5"],
    ]


def test_a_response_in_words_and_a_parameter_of_a_profile_are_findings(tmp_path: Path) -> None:
    response = STUDY | {"DOMAIN": "RS", "RSTESTCD": "OVRLRESP", "RSTEST": "Overall Response", "RSCAT": "LUGANO", "RSORRES": "Complete",
                        "RSSTRESC": "CR", "RSDTC": "2024-04-03"}  # fmt: skip
    parameter = STUDY | {"DOMAIN": "PP", "PPTESTCD": "CMAX", "PPORRES": "9.2", "PPORRESU": "ng/mL", "PPRFTDTC": "2024-03-04T09:00"}
    found = read(write_sdtm(tmp_path, rs=[response], pp=[parameter])).records["finding"]
    assert found[["domain", "test", "category", "value_text", "unit_text", "day"]].to_numpy().tolist() == [
        ["PP", "CMAX", "", "9.2", "ng/mL", 0],
        ["RS", "OVRLRESP", "LUGANO", "CR", "", 30],
    ]
    assert found["value"].isna().tolist() == [False, True]


def test_a_domain_or_test_that_the_definition_does_not_map_is_named_and_not_stored(tmp_path: Path) -> None:
    trace = STUDY | {"DOMAIN": "EG", "EGTESTCD": "QTCF", "EGORRES": "410", "EGDTC": "2024-03-18"}
    delivery = read(write_sdtm(tmp_path, fa=[FA, {**FA, "FATESTCD": "SIZE"}], eg=[trace]))
    assert delivery.records["finding"]["test"].tolist() == ["LESCNT"]
    assert delivery.report.tallies["findings"].left_out == {"not a test that the study definition names": 1}
    assert "eg.csv: EG: held in the delivery, not stored by this version (1 row)" in delivery.report.describe()


def test_a_partial_date_gives_a_finding_no_day(tmp_path: Path) -> None:
    delivery = read(write_sdtm(tmp_path, pc=[{**PC, "PCDTC": "2024-03"}, {**PC, "PCDTC": ""}]))
    assert delivery.records["finding"]["day"].isna().all()
    assert _notes(delivery) == {"partial-date": (1, ("pc.csv row 1",)), "no-date": (1, ("pc.csv row 2",))}


EVENTS = st.fixed_dictionaries(
    {
        "USUBJID": st.sampled_from(["P1", "P2"]),
        "AETERM": st.sampled_from(["FEVER", "RASH"]),
        "AESTDTC": st.sampled_from(["", "2024", "2024-03", "2024-03-06", "2024-05-06T10:00"]),
        "AEENDTC": st.sampled_from(["", "2024-03", "2024-03-08", "2024-06-01"]),
        "AEOCCUR": st.sampled_from(["", "N"]),
    }
)


@pytest.mark.slow
@given(rows=st.lists(EVENTS, min_size=1, max_size=8), cut=st.sampled_from([None, date(2024, 3, 10)]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_stored_and_left_out_events_add_up_to_the_events_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]], cut: date | None
) -> None:
    people = [DM, {**DM, "USUBJID": "P2", "ARMCD": "SCRNFAIL"}]
    events = [{**AE, "AEOCCUR": "", **row, "AESEQ": str(number)} for number, row in enumerate(rows)]
    delivery = read(write_sdtm(tmp_path_factory.mktemp("any"), people, ae=events), cut)
    tally, stored = delivery.report.tallies["adverse events"], delivery.records.get("adverse_event", pd.DataFrame())
    assert tally.read == len(rows)
    assert tally.stored == len(stored)
    assert tally.stored + sum(tally.left_out.values()) == tally.read
