"""Rules of reading ADaM data sets, one claim per test, on deliveries of a few rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dashboard.errors import DeliveryRefusedError
from data_access.adam.dates import describe_date
from data_access.delivery import Delivery
from tests.data_access.deliveries import DS, EX, LB, Rows, read, write_csv, write_sdtm

# 2024-03-04 is 23,439 days after 1960-01-01: 64 years with 16 leap days (1960 … 2020) are 23,376, January and February 2024 have 60, and 3.
FIRST = "23439"
ADSL = {
    "STUDYID": "NCT05600920", "USUBJID": "P1", "TRT01P": "240 ug/kg", "TRT01A": "240 ug/kg", "SEX": "F", "AGE": "93", "AGEU": "YEARS",
    "TRTSDT": FIRST, "SAFFL": "Y", "EOSSTT": "ONGOING", "DCSREAS": "", "EOSDT": "", "DTHFL": "", "DTHDT": "",
}  # fmt: skip
ADLB = {
    "STUDYID": "NCT05600920", "USUBJID": "P1", "PARAMCD": "CD4", "PARAM": "CD4 cells (10^6/L)", "AVAL": "120", "AVALC": "", "AVALU": "",
    "DTYPE": "", "ADT": FIRST, "ADY": "1", "VISIT": "DOSE 1", "AVISIT": "Baseline", "BASE": "120", "CHG": "0", "PCHG": "0", "ABLFL": "Y",
}  # fmt: skip
ADAE = {
    "STUDYID": "NCT05600920", "USUBJID": "P1", "AETERM": "RASH", "AEDECOD": "Rash", "ASTDT": "23449", "ASTDTF": "", "ASTDY": "11",
    "AENDT": "", "AENDY": "", "AESER": "N", "AETOXGR": "1", "ATOXGR": "2", "AEREL": "POSSIBLE", "AEOUT": "RECOVERED/RESOLVED",
}  # fmt: skip
ADTTE = {
    "STUDYID": "NCT05600920", "USUBJID": "P1", "PARAMCD": "OS", "PARAM": "Overall survival", "AVAL": "12", "AVALU": "DAYS", "CNSR": "1",
    "STARTDT": FIRST, "ADT": "23450", "EVNTDESC": "ALIVE",
}  # fmt: skip


def write_adam(folder: Path, adsl: Rows = (ADSL,), adlb: Rows = (ADLB,), **others: Rows) -> Path:
    """Write a delivery of analysis data sets as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {"adsl": adsl, "adlb": adlb, **others}.items():
        write_csv(folder / f"{name}.csv", rows)
    return folder


def _refusals(folder: Path) -> str:
    with pytest.raises(DeliveryRefusedError) as caught:
        read(folder)
    return str(caught.value)


def _notes(delivery: Delivery) -> dict[str, int]:
    return {note.code: note.rows for note in delivery.report.notes}


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("23439", "2024-03-04"),
        ("23439.0", "2024-03-04"),
        # 23,439 days of 86,400 seconds and half a day.
        ("2025172800", "2024-03-04T12:00"),
        ("2025129600", "2024-03-04"),
        ("04MAR2024", "2024-03-04"),
        ("04mar2024:09:30", "2024-03-04T09:30"),
        ("2024-03-04 00:00:00", "2024-03-04"),
        ("2024-03-04 09:30:00", "2024-03-04T09:30"),
        ("2024-03-04", "2024-03-04"),
        # A year, or 1965-07-07: it cannot be told, so it stays what it is and is refused as a date.
        ("2014", "2014"),
        ("99MAR2024", "2024-03-99"),
    ],
)
def test_dates_are_read_as_sas_iso_and_date9_write_them(text: str, iso: str) -> None:
    assert describe_date(text) == iso


def test_a_cohort_is_found_by_a_code_of_the_definition_in_trt01p(tmp_path: Path) -> None:
    assert read(write_adam(tmp_path)).participants[["cohort", "age"]].to_numpy().tolist() == [["240", 90]]


def test_the_label_of_a_cohort_is_one_of_its_names(tmp_path: Path) -> None:
    assert read(write_adam(tmp_path, adsl=[{**ADSL, "TRT01P": "480 µg/kg"}])).participants["cohort"].tolist() == ["480"]


def test_an_unknown_planned_treatment_is_refused_though_the_actual_one_is_known(tmp_path: Path) -> None:
    assert "column TRT01P: is no cohort of this study (value 'x')" in _refusals(write_adam(tmp_path, adsl=[{**ADSL, "TRT01P": "x"}]))


def test_without_any_planned_treatment_the_actual_one_is_read_and_the_report_says_so(tmp_path: Path) -> None:
    delivery = read(write_adam(tmp_path, adsl=[{name: text for name, text in ADSL.items() if name != "TRT01P"}]))
    assert delivery.participants["cohort"].tolist() == ["240"]
    assert _notes(delivery)["cohort-column"] == 1


def test_screen_failures_are_left_out_with_their_records(tmp_path: Path) -> None:
    adsl = [ADSL, {**ADSL, "USUBJID": "P2", "TRT01P": "Screen Failure", "TRTSDT": ""}]
    delivery = read(write_adam(tmp_path, adsl=adsl, adlb=[ADLB, {**ADLB, "USUBJID": "P2"}]))
    assert delivery.report.tallies["participants"].left_out == {"not enrolled: screen failure": 1}
    assert delivery.report.tallies["counts"].left_out == {"participant not enrolled: screen failure": 1}


@pytest.mark.parametrize(("ady", "day"), [("1", 0), ("-1", -1), ("15", 14)])
def test_a_study_day_without_date_counts_from_the_first_dose_without_a_day_0(tmp_path: Path, ady: str, day: int) -> None:
    assert read(write_adam(tmp_path, adlb=[{**ADLB, "ADT": "", "ADY": ady}])).counts["day"].tolist() == [day]


def test_a_study_day_of_0_is_refused_by_row(tmp_path: Path) -> None:
    folder = write_adam(tmp_path, adlb=[ADLB, {**ADLB, "ADY": "0"}])
    assert "adlb.csv, row 2, column ADY: is no study day: a whole number other than 0 (value '0')" in _refusals(folder)


def test_a_delivery_with_days_only_has_the_first_dose_of_the_treated_on_day_0(tmp_path: Path) -> None:
    folder = write_adam(tmp_path, adsl=[{**ADSL, "TRTSDT": ""}], adlb=[{**ADLB, "ADT": "", "ADY": "15"}])
    with pytest.raises(DeliveryRefusedError, match="--cut-date"):
        read(folder)
    delivery = read(folder, date(2024, 6, 1))
    assert delivery.counts["day"].tolist() == [14]
    assert delivery.doses["day"].tolist() == [0]


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ({"PARAM": "CD4 cells (10^6/L)"}, 120.0),
        ({"PARAM": "CD4 cells (10^9/L)"}, 120_000.0),
        ({"PARAM": "CD4 cells (10^9/L)", "AVALU": "/uL"}, 120.0),
        ({"PARAM": "CD4 (helper)", "LBSTRESU": "10^9/L"}, 120_000.0),
        ({"PARAM": "CD4", "LBORRES": "0.12", "LBORRESU": "10^9/L"}, 120.0),
        ({"AVALC": "<10", "AVAL": "5"}, 5.0),
    ],
)
def test_the_unit_is_that_of_avalu_param_or_the_collected_result(tmp_path: Path, cells: dict[str, str], value: float) -> None:
    assert read(write_adam(tmp_path, adlb=[{**ADLB, **cells}])).counts["value"].tolist() == [pytest.approx(value)]


def test_an_unknown_unit_is_refused_where_it_stands(tmp_path: Path) -> None:
    told = _refusals(write_adam(tmp_path, adlb=[{**ADLB, "PARAM": "CD4 cells (%)"}]))
    assert "adlb.csv, row 1, column PARAM: is no unit of this study" in told
    assert "(value '%')" in told


def test_a_value_below_the_limit_keeps_its_text(tmp_path: Path) -> None:
    counts = read(write_adam(tmp_path, adlb=[{**ADLB, "AVALC": "<10", "AVAL": "5"}])).counts
    assert counts[["value", "below_loq", "value_text"]].to_numpy().tolist() == [[5.0, True, "<10"]]


def test_derived_records_are_left_out_and_counted_with_their_kind(tmp_path: Path) -> None:
    rows = [ADLB, {**ADLB, "DTYPE": "AVERAGE"}, {**ADLB, "DTYPE": "LOCF"}, {**ADLB, "DTYPE": "LOCF"}]
    delivery = read(write_adam(tmp_path, adlb=rows))
    assert len(delivery.counts) == 1
    assert delivery.report.tallies["counts"].left_out == {
        "derived by the delivery, not measured: AVERAGE": 1,
        "derived by the delivery, not measured: LOCF": 2,
    }
    assert set(delivery.records["claim"]["source_row"]) == {1}


def test_stated_derived_values_become_claims_in_cells_per_microlitre(tmp_path: Path) -> None:
    row = {**ADLB, "PARAM": "CD4 cells (10^9/L)", "AVAL": "0.2", "ADT": "23453", "ADY": "15", "AVISIT": "Week 2"}
    row |= {"BASE": "0.12", "CHG": "0.08", "PCHG": "66.7", "ABLFL": ""}
    claims = read(write_adam(tmp_path, adlb=[row])).records["claim"]
    # 0.12 × 10^9/L is 120 cells/µL, the change of 0.08 × 10^9/L is 80; a percent change has no unit.
    assert claims[["quantity", "day", "value_text"]].to_numpy().tolist() == [
        ["baseline", 14, "0.12"], ["change", 14, "0.08"], ["percent_change", 14, "66.7"], ["visit", 14, "Week 2"],
    ]  # fmt: skip
    assert claims["value"].tolist()[:3] == pytest.approx([120.0, 80.0, 66.7])
    assert claims["value"].isna().tolist() == [False, False, False, True]


def test_a_negative_change_is_a_claim(tmp_path: Path) -> None:
    claims = read(write_adam(tmp_path, adlb=[{**ADLB, "CHG": "-20.5"}])).records["claim"]
    assert claims.loc[claims["quantity"] == "change", "value"].tolist() == [-20.5]


def test_of_several_types_of_baseline_the_last_one_is_compared(tmp_path: Path) -> None:
    rows = [{**ADLB, "BASETYPE": "LAST"}, {**ADLB, "BASETYPE": "MEAN", "BASE": "130"}]
    delivery = read(write_adam(tmp_path, adlb=rows))
    claims = delivery.records["claim"]
    assert claims.loc[claims["quantity"] == "baseline", "value"].tolist() == [120.0]
    assert _notes(delivery)["other-baseline-type"] == 1
    assert len(delivery.counts) == 1


@pytest.mark.parametrize(
    ("cells", "status", "last_day"),
    [
        ({"EOSSTT": "COMPLETED", "EOSDT": "23469"}, "completed", 30),
        ({"EOSSTT": "DISCONTINUED", "DCSREAS": "Lost to Follow-up", "EOSDT": "23459"}, "lost to follow-up", 20),
        ({"EOSSTT": "DISCONTINUED", "DCSREAS": "Adverse Event", "EOSDT": "23459"}, "withdrawn", 20),
        ({"EOSSTT": "DISCONTINUED", "DCSREAS": "Death"}, "died", 0),
        ({"DTHFL": "Y", "DTHDT": "23449"}, "died", 10),
        ({"EOSSTT": "ONGOING"}, "ongoing", 0),
    ],
)
def test_the_end_of_a_participation_is_read_from_adsl(tmp_path: Path, cells: dict[str, str], status: str, last_day: int) -> None:
    people = read(write_adam(tmp_path, adsl=[{**ADSL, **cells}]), date(2024, 6, 1)).participants
    assert people[["status", "last_day"]].to_numpy().tolist() == [[status, last_day]]


def test_without_exposure_data_only_the_first_dose_is_known(tmp_path: Path) -> None:
    delivery = read(write_adam(tmp_path))
    assert delivery.doses[["day", "amount_unit", "source_file"]].to_numpy().tolist() == [[0, "", "adsl"]]
    assert delivery.doses["amount"].isna().all()
    assert _notes(delivery)["only-first-dose"] == 1


def test_doses_come_from_ex_where_it_is_delivered(tmp_path: Path) -> None:
    delivery = read(write_adam(tmp_path, ex=[EX, {**EX, "EXSTDTC": "2024-05-27"}], adex=[{"USUBJID": "P1", "PARAMCD": "DOSE"}]))
    assert delivery.doses[["day", "amount", "source_file"]].to_numpy().tolist() == [[0, 240.0, "ex"], [84, 240.0, "ex"]]


def test_a_first_dose_that_differs_and_doses_that_are_not_known_are_noted_with_their_places(tmp_path: Path) -> None:
    with_ex = read(write_adam(tmp_path / "ex", ex=[{**EX, "EXSTDTC": "2024-03-05"}])).report.notes
    assert [note.places for note in with_ex if note.code == "first-dose-differs"] == [("participant P1",)]
    without = read(write_adam(tmp_path / "none")).report
    assert "(1 row: adsl.csv row 1)" in next(line for line in without.describe().splitlines() if line.startswith("note only-first-dose"))


def test_other_sdtm_data_sets_beside_adsl_are_named_and_not_read(tmp_path: Path) -> None:
    delivery = read(write_adam(tmp_path, ex=[EX], ds=[DS]))
    told = {file.file: file.content for file in delivery.report.files}
    assert told["ds.csv"] == "not read: of SDTM data sets beside ADSL only EX is read, unless DM is delivered too"
    assert (told["ex.csv"], told["adsl.csv"], told["adlb.csv"]) == ("doses", "participants", "counts and derived values")


def test_a_count_later_on_the_day_than_the_first_dose_is_known_to_be_after_it(tmp_path: Path) -> None:
    # 23,439 days of 86,400 s and 9 h are 2,025,162,000 s; the count is drawn at 12:00.
    adlb = [{**ADLB, "ADTM": "2025172800"}, {**ADLB, "ADTM": "2025158400", "AVAL": "110"}]
    counts = read(write_adam(tmp_path, adsl=[{**ADSL, "TRTSDTM": "2025162000"}], adlb=adlb)).counts
    assert counts.set_index("value")["after_dose"].to_dict() == {120.0: True, 110.0: False}


def test_doses_come_from_adex_by_its_parameter(tmp_path: Path) -> None:
    row = {
        "STUDYID": "NCT05600920",
        "USUBJID": "P1",
        "PARAMCD": "DOSE",
        "PARAM": "Dose administered (ug/kg)",
        "AVAL": "240",
        "ASTDT": FIRST,
    }
    adex = [row, {**row, "ASTDT": "23523"}, {**row, "PARAMCD": "TDOSE", "AVAL": "480"}]
    delivery = read(write_adam(tmp_path, adex=adex))
    assert delivery.doses[["day", "amount", "amount_unit"]].to_numpy().tolist() == [[0, 240.0, "ug/kg"], [84, 240.0, "ug/kg"]]
    assert delivery.report.tallies["doses"].left_out == {"another parameter of exposure than the amount of one dose": 1}


def test_a_faulty_dose_of_adex_is_named_by_its_own_column(tmp_path: Path) -> None:
    row = {"STUDYID": "NCT05600920", "USUBJID": "P1", "PARAMCD": "DOSE", "PARAM": "Dose (ug/kg)", "AVAL": "240", "ASTDT": ""}
    assert "adex.csv, row 1, column ASTDT: a dose needs a full date" in _refusals(write_adam(tmp_path, adex=[row]))


def test_an_adverse_event_has_its_analysis_grade_and_days(tmp_path: Path) -> None:
    events = read(write_adam(tmp_path, adae=[ADAE])).records["adverse_event"]
    columns = ["term", "reported_term", "start_day", "start_precision", "grade", "serious", "relation", "ongoing"]
    assert events[columns].to_numpy().tolist() == [["Rash", "RASH", 10, "day", "2", "N", "POSSIBLE", False]]


@pytest.mark.parametrize(("flag", "precision", "day"), [("D", "month", -3), ("M", "year", -63)])
def test_an_imputed_date_counts_as_the_first_day_it_may_have_been(tmp_path: Path, flag: str, precision: str, day: int) -> None:
    # 23,449 is 2024-03-14. 2024-03-01 lies 3 days before the first dose, 2024-01-01 31 + 29 + 3 = 63 days before it.
    events = read(write_adam(tmp_path, adae=[{**ADAE, "ASTDTF": flag}])).records["adverse_event"]
    assert events[["start_precision", "start_day"]].to_numpy().tolist() == [[precision, day]]


def test_a_faulty_date_of_adae_is_named_by_its_own_column(tmp_path: Path) -> None:
    assert "adae.csv, row 1, column ASTDT: is no ISO 8601 date (value 'soon')" in _refusals(
        write_adam(tmp_path, adae=[{**ADAE, "ASTDT": "soon"}])
    )


@pytest.mark.parametrize(
    ("cells", "days", "event"),
    [
        ({}, 12.0, False),
        ({"CNSR": "0"}, 12.0, True),
        ({"AVALU": "WEEKS", "AVAL": "1.5"}, 10.5, False),
        ({"AVALU": "", "PARAM": "Overall survival (days)"}, 12.0, False),
        # 23,450 − 23,439 = 11 days; AVAL counts the first day too.
        ({"AVALU": ""}, 12.0, False),
        ({"AVALU": "", "AVAL": "11"}, 11.0, False),
        ({"AVALU": "MONTHS", "AVAL": "0.36"}, 11.0, False),
    ],
)
def test_a_time_to_event_is_in_days(tmp_path: Path, cells: dict[str, str], days: float, event: bool) -> None:
    times = read(write_adam(tmp_path, adtte=[{**ADTTE, **cells}])).records["time_to_event"]
    assert times[["parameter", "days", "event", "description"]].to_numpy().tolist() == [["OS", days, event, "ALIVE"]]


def test_a_time_in_months_without_dates_is_left_out_and_counted(tmp_path: Path) -> None:
    delivery = read(write_adam(tmp_path, adtte=[{**ADTTE, "AVALU": "MONTHS", "STARTDT": ""}]))
    assert "time_to_event" not in delivery.records
    tally = delivery.report.tallies["times to event"]
    assert tally.left_out == {"a time in a unit that is no fixed number of days, and no dates to count them": 1}


def test_responses_of_adrs_are_findings(tmp_path: Path) -> None:
    row = {"STUDYID": "NCT05600920", "USUBJID": "P1", "PARAMCD": "OVRLRESP", "PARAM": "Overall response", "AVALC": "CR", "AVAL": "1"}
    rows = [{**row, "ADT": "23467", "AVISIT": "Day 28", "PARCAT1": "ELN 2022"}]
    found = read(write_adam(tmp_path, adrs=[{**rows[0], "AVAL": ""}])).records["finding"]
    columns = ["domain", "test", "label", "category", "day", "visit_label", "value_text"]
    assert found[columns].to_numpy().tolist() == [["RS", "OVRLRESP", "Overall response", "ELN 2022", 28, "Day 28", "CR"]]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"adsl": [ADSL, ADSL]}, "adsl.csv, row 2, column USUBJID: the participant appears twice"),
        ({"adsl": [{**ADSL, "TRT01P": "x", "TRT01A": "x"}]}, "adsl.csv, row 1, column TRT01P: is no cohort of this study"),
        ({"adsl": [{**ADSL, "TRTSDT": "2024"}]}, "adsl.csv, row 1, column TRTSDT: is no full date"),
        ({"adsl": [{**ADSL, "EOSSTT": "GONE"}]}, "column EOSSTT: must be COMPLETED, DISCONTINUED or ONGOING"),
        ({"adsl": [{**ADSL, "STUDYID": "OTHER"}]}, "belongs to another study"),
        (
            {"adsl": [{**ADSL, "STUDYID": "SYNTHETIC-NCT05600920"}]},
            "mixes synthetic and real data: STUDYID is of another kind than in ADSL",
        ),
        ({"adlb": [{**ADLB, "USUBJID": "P9"}]}, "adlb.csv, row 1, column USUBJID: the participant is not in ADSL"),
        ({"adlb": [{**ADLB, "AVAL": "1,5"}]}, "adlb.csv, row 1, column AVAL: must be written with a decimal point"),
        ({"adlb": [{**ADLB, "ADT": "", "ADY": ""}]}, "needs a date (ADT) or a study day (ADY)"),
        ({"adlb": [{**ADLB, "BASE": "high"}]}, "adlb.csv, row 1, column BASE: is no number"),
        ({"adtte": [{**ADTTE, "CNSR": ""}]}, "adtte.csv, row 1, column CNSR: must be 0"),
    ],
)
def test_what_cannot_be_right_is_refused_by_row(tmp_path: Path, files: dict[str, Rows], words: str) -> None:
    assert words in _refusals(write_adam(tmp_path, **files))


def test_the_faults_of_all_data_sets_are_listed_at_once(tmp_path: Path) -> None:
    times = {name: text for name, text in ADTTE.items() if name != "CNSR"}
    with pytest.raises(DeliveryRefusedError) as refused:
        read(
            write_adam(
                tmp_path,
                adsl=[{**ADSL, "TRT01P": "x", "TRT01A": "x"}],
                adlb=[{**ADLB, "AVAL": "1,5"}],
                adae=[{**ADAE, "AESER": "maybe"}],
                adtte=[times],
            )
        )
    found = {(reason.file, reason.row, reason.column) for reason in refused.value.refusals}
    assert found == {("adsl.csv", 1, "TRT01P"), ("adlb.csv", 1, "AVAL"), ("adae.csv", 1, "AESER"), ("adtte.csv", None, "CNSR")}


def test_adlb_beside_sdtm_without_its_columns_is_refused_with_the_faults_of_sdtm(tmp_path: Path) -> None:
    write_sdtm(tmp_path, lb=[{**LB, "LBORRES": "x"}])
    write_csv(tmp_path / "adlb.csv", [{name: text for name, text in ADLB.items() if name != "STUDYID"}])
    words = _refusals(tmp_path)
    assert "lb.csv, row 1, column LBORRES: is no number" in words
    assert "adlb.csv, column STUDYID: the column is missing" in words


def test_analysis_data_without_adsl_and_dm_say_what_is_missing(tmp_path: Path) -> None:
    folder = write_adam(tmp_path)
    (folder / "adsl.csv").unlink()
    assert (
        "needs exactly one data set ADSL (found none); a data set is ADSL when the name of its file or sheet begins with adsl"
        in _refusals(folder)
    )


def test_analysis_data_beside_the_simple_format_are_refused(tmp_path: Path) -> None:
    folder = write_adam(tmp_path)
    write_csv(folder / "participants.csv", [{"participant": "P1", "cohort": "240", "sex": "F", "age": "41", "first_dose_date": ""}])
    assert "found both formats" in _refusals(folder)
