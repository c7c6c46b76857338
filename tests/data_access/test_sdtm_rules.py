"""What the import does with each kind of SDTM row. The study is NCT05600920; the first dose of P1 is 2024-03-04 09:00."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.errors import DeliveryRefusedError
from data_access.delivery import Delivery
from tests.data_access.deliveries import ALWAYS_NOTED, DM, DS, EX, LB, read, write_csv, write_sdtm


def _count(folder: Path, **changes: str) -> pd.Series:
    """The one count stored from LB with `changes`."""
    counts = read(write_sdtm(folder, lb=[{**LB, **changes}])).counts
    assert len(counts) == 1
    return counts.iloc[0]


def _refusals(folder: Path, **domains: object) -> str:
    with pytest.raises(DeliveryRefusedError) as refused:
        read(write_sdtm(folder, **domains))  # type: ignore[arg-type]
    return str(refused.value)


def _notes(delivery: Delivery) -> dict[str, int]:
    return {note.code: note.rows for note in delivery.report.notes if note.code not in ALWAYS_NOTED}


def test_a_row_becomes_a_count_in_cells_per_microlitre(tmp_path: Path) -> None:
    count = _count(tmp_path, LBORRES="0.41", LBORRESU="10^9/L")
    assert count.to_dict() == {
        "participant": "P1",
        "analyte": "cd4",
        "day": -3,
        "value": 410.0,
        "below_loq": False,
        "after_dose": False,
        "marked_unscheduled": False,
        "visit_label": "PRE-DOSE 1",
        "value_text": "0.41",
        "unit_text": "10^9/L",
        "source_file": "lb",
        "source_row": 1,
    }


@pytest.mark.parametrize(("participant", "age"), [("0012", "41"), ("NA", "41"), ("1e5", "41")])
def test_ids_that_look_like_numbers_or_missing_values_survive(tmp_path: Path, participant: str, age: str) -> None:
    rows = [{**row, "USUBJID": participant} for row in ({**DM, "AGE": age}, EX, LB)]
    delivery = read(write_sdtm(tmp_path, [rows[0]], [rows[1]], [rows[2]]))
    assert delivery.participants["participant"].tolist() == [participant]
    assert delivery.counts["participant"].tolist() == [participant]


@pytest.mark.parametrize(("age", "stored"), [("18", 18), ("89", 89), ("90", 90), ("103", 90), ("63.0", 63)])
def test_ages_above_89_become_90(tmp_path: Path, age: str, stored: int) -> None:
    assert read(write_sdtm(tmp_path, [{**DM, "AGE": age}])).participants["age"].tolist() == [stored]


@pytest.mark.parametrize(("sex", "stored"), [("F", "F"), ("m", "M"), ("U", "U"), ("", "U"), ("UNDIFFERENTIATED", "U")])
def test_sex_is_female_male_or_unknown(tmp_path: Path, sex: str, stored: str) -> None:
    assert read(write_sdtm(tmp_path, [{**DM, "SEX": sex}])).participants["sex"].tolist() == [stored]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"LBORRES": "1,5"}, "lb.csv, row 1, column LBORRES: must be written with a decimal point and no comma (value '1,5')"),
        ({"LBORRES": "-3"}, "column LBORRES: must not be negative (value '-3')"),
        ({"LBORRES": "1e400"}, "column LBORRES: is no finite number (value '1e400')"),
        ({"LBORRES": "abc"}, "column LBORRES: is no number (value 'abc')"),
        ({"LBORRES": ">900"}, "column LBORRES: is above the limit of quantification"),
        ({"LBORRESU": "%"}, "column LBORRESU: is no unit of this study"),
        ({"LBORRESU": ""}, "column LBORRESU: is no unit of this study"),
        ({"LBDTC": "2024-03", "LBDY": ""}, "column LBDTC: needs a full date (YYYY-MM-DD) or a study day"),
        ({"LBDTC": ""}, "column LBDTC: needs a full date"),
        ({"LBDTC": "03/04/2024"}, "column LBDTC: is no ISO 8601 date"),
        ({"LBDTC": "2024-02-30"}, "column LBDTC: is no ISO 8601 date"),
        ({"LBDY": "0"}, "column LBDY: is no study day: a whole number other than 0 (value '0')"),
        ({"LBDY": "1.5"}, "column LBDY: is no study day"),
        ({"USUBJID": "P9"}, "column USUBJID: the participant is not in DM (value 'P9')"),
        ({"LBLOINC": "14135-8"}, "column LBLOINC: the LOINC code means another analyte than the test code"),
        ({"STUDYID": "OTHER"}, "column STUDYID: belongs to another study"),
    ],
)
def test_a_count_that_cannot_be_right_is_refused_by_row(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    assert words in _refusals(tmp_path, lb=[{**LB, **changes}])


def test_every_reason_is_listed_up_to_200_and_the_rest_counted(tmp_path: Path) -> None:
    message = _refusals(tmp_path, lb=[{**LB, "LBORRES": "x"}] * 205)
    assert message.count("is no number") == 200
    assert message.endswith("delivery: and 5 more reasons that are not listed")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"STUDYID": "OTHER"}, "belongs to another study; this study is NCT05600920, SYNTHETIC-NCT05600920"),
        ({"ARMCD": "X"}, "dm.csv, row 1, column ARMCD: is no cohort of this study; the codes are NTI7-240"),
        ({"ARMCD": ""}, "column ARMCD: is no cohort of this study"),
        ({"USUBJID": ""}, "the participant has no id"),
        ({"AGE": "old"}, "column AGE: the age is no whole number"),
        ({"AGE": "-4"}, "column AGE: the age is no whole number"),
        ({"AGE": "1e400"}, "column AGE: the age is no whole number"),
        ({"AGE": "41,5"}, "column AGE: the age is no whole number"),
        ({"AGE": "121"}, "column AGE: the age is above 120 years (value '121')"),
        ({"RFSTDTC": "soon"}, "column RFSTDTC: is no ISO 8601 date"),
    ],
)
def test_a_participant_who_cannot_be_placed_is_refused_by_row(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    assert words in _refusals(tmp_path, dm=[{**DM, **changes}])


def test_a_participant_listed_twice_is_refused(tmp_path: Path) -> None:
    assert _refusals(tmp_path, dm=[DM, DM]).count("the participant appears twice") == 2


def test_synthetic_rows_make_a_synthetic_delivery_and_never_mix_with_real_ones(tmp_path: Path) -> None:
    synthetic = {"STUDYID": "SYNTHETIC-NCT05600920"}
    rows = [{**DM, **synthetic}], [{**EX, **synthetic}], [{**LB, **synthetic}]
    assert read(write_sdtm(tmp_path / "synthetic", *rows)).synthetic
    assert not read(write_sdtm(tmp_path / "real")).synthetic
    assert "mixes synthetic and real participants" in _refusals(tmp_path / "dm", dm=[DM, {**DM, **synthetic, "USUBJID": "P2"}])
    assert "mixes synthetic and real data" in _refusals(tmp_path / "lb", lb=rows[2])


def test_people_never_enrolled_are_left_out_with_their_rows(tmp_path: Path) -> None:
    people = [DM, {**DM, "USUBJID": "P2", "ARMCD": "SCRNFAIL"}, {**DM, "USUBJID": "P3", "ARMCD": "", "ARMNRS": "NOT ASSIGNED"}]
    people = [{"ARMNRS": "", **person} for person in people]
    delivery = read(write_sdtm(tmp_path, people, lb=[LB, {**LB, "USUBJID": "P2", "LBORRES": "x"}, {**LB, "USUBJID": "P3"}]))
    tallies = delivery.report.tallies
    assert delivery.participants["participant"].tolist() == ["P1"]
    assert tallies["participants"].left_out == {"not enrolled: screen failure": 1, "not enrolled: not assigned": 1}
    assert tallies["counts"].left_out == {"participant not enrolled: screen failure": 1, "participant not enrolled: not assigned": 1}


def test_a_cohort_without_participants_is_no_error_and_one_without_doses_is_not_dosed(tmp_path: Path) -> None:
    delivery = read(write_sdtm(tmp_path, [DM, {**DM, "USUBJID": "P2"}], lb=[LB, {**LB, "USUBJID": "P2"}]))
    second = delivery.participants.iloc[1]
    assert (second["dosed"], second["status"], second["cut_day"] is pd.NA, second["last_day"] is pd.NA) == (False, "not dosed", True, True)
    assert delivery.counts["day"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("dates", "day"),
    [
        ({"LBDTC": "2024-03-04"}, 0),
        ({"LBDTC": "2024-03-03"}, -1),
        ({"LBDTC": "2024-04-03T23:59"}, 30),
        ({"LBDTC": "", "LBDY": "1"}, 0),
        ({"LBDTC": "", "LBDY": "-1"}, -1),
        ({"LBDTC": "2024-04", "LBDY": "31"}, 30),
    ],
)
def test_the_day_counts_from_the_first_dose_and_the_study_day_knows_no_zero(tmp_path: Path, dates: dict[str, str], day: int) -> None:
    assert _count(tmp_path, **dates)["day"] == day


def test_the_study_day_counts_from_the_reference_start_even_when_the_first_dose_is_later(tmp_path: Path) -> None:
    dm = {**DM, "RFSTDTC": "2024-03-01"}
    delivery = read(write_sdtm(tmp_path, [dm], lb=[{**LB, "LBDTC": "", "LBDY": "4"}]))
    # Study day 4 from 1 March is 4 March, the day of the first dose.
    assert delivery.counts["day"].tolist() == [0]
    assert _notes(delivery) == {"first-dose-differs": 1, "day-instead-of-date": 1}


def test_the_date_wins_over_a_study_day_that_disagrees(tmp_path: Path) -> None:
    delivery = read(write_sdtm(tmp_path, lb=[{**LB, "LBDTC": "2024-03-18", "LBDY": "20"}]))
    assert delivery.counts["day"].tolist() == [14]
    assert _notes(delivery) == {"day-and-date-differ": 1}


def test_a_value_below_the_limit_is_half_of_it_and_keeps_its_text(tmp_path: Path) -> None:
    count = _count(tmp_path, LBORRES="<0.02", LBORRESU="10^9/L")
    assert (count["value"], count["below_loq"], count["value_text"]) == (10.0, True, "<0.02")


@pytest.mark.parametrize(
    ("changes", "value", "text", "unit"),
    [
        ({"LBSTRESC": "0.4", "LBSTRESU": "10^9/L", "LBORRES": "412"}, 412.0, "412", "/uL"),
        ({"LBSTRESC": "0.412", "LBSTRESU": "10^9/L", "LBORRES": "412", "LBORRESU": "per HPF"}, 412.0, "0.412", "10^9/L"),
        ({"LBSTRESC": "0.412", "LBSTRESU": "10^9/L", "LBORRES": "", "LBORRESU": ""}, 412.0, "0.412", "10^9/L"),
    ],
)
def test_the_original_result_is_used_where_its_unit_is_known(
    tmp_path: Path, changes: dict[str, str], value: float, text: str, unit: str
) -> None:
    count = _count(tmp_path, **changes)
    assert (count["value"], count["value_text"], count["unit_text"]) == (value, text, unit)


def test_results_that_differ_by_more_than_one_percent_are_noted(tmp_path: Path) -> None:
    near, far = {"LBSTRESC": "0.121", "LBSTRESU": "10^9/L"}, {"LBSTRESC": "0.122", "LBSTRESU": "10^9/L", "LBDTC": "2024-03-02"}
    assert _notes(read(write_sdtm(tmp_path, lb=[{**LB, **near}, {**LB, **far}]))) == {"results-differ": 1}


def test_rows_without_result_and_other_tests_are_counted_and_not_stored(tmp_path: Path) -> None:
    rows = [LB, {**LB, "LBORRES": ""}, {**LB, "LBSTAT": "NOT DONE", "LBORRES": ""}, {**LB, "LBTESTCD": "HGB", "LBORRES": "NEGATIVE"}]
    tally = read(write_sdtm(tmp_path, lb=rows)).report.tallies["counts"]
    assert (tally.read, tally.stored) == (4, 1)
    assert tally.left_out == {"not an analyte of this study": 1, "not done, or without a result": 2}


def test_an_analyte_is_found_by_its_loinc_code(tmp_path: Path) -> None:
    assert _count(tmp_path, LBTESTCD="FLOW17", LBLOINC="24467-3")["analyte"] == "cd4"


def test_equal_rows_count_once_and_different_values_at_one_time_are_both_kept(tmp_path: Path) -> None:
    delivery = read(write_sdtm(tmp_path, lb=[LB, LB, {**LB, "LBORRES": "130"}]))
    assert delivery.counts["value"].tolist() == [120.0, 130.0]
    assert delivery.report.tallies["counts"].left_out == {"the same count delivered twice": 1}
    assert _notes(delivery) == {"different-values": 2}


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ({"LBDTC": "2024-03-04T08:59"}, False),
        ({"LBDTC": "2024-03-04T09:00"}, False),
        ({"LBDTC": "2024-03-04T09:01"}, True),
        ({"LBDTC": "2024-03-04"}, False),
        ({"LBDTC": "2024-03-04", "LBTPT": "2 h post-dose"}, True),
        ({"LBDTC": "2024-03-05T10:00"}, False),
    ],
)
def test_a_sample_is_after_the_dose_when_its_label_or_its_time_says_so(tmp_path: Path, changes: dict[str, str], after: bool) -> None:
    assert _count(tmp_path, **changes)["after_dose"] == after


def test_a_visit_called_unscheduled_is_marked(tmp_path: Path) -> None:
    assert _count(tmp_path, VISIT="Unscheduled 3.1")["marked_unscheduled"]


def test_doses_are_numbered_by_day_and_parts_of_one_day_add_up(tmp_path: Path) -> None:
    given_ = [{**EX, "EXSTDTC": "2024-05-27"}, EX, {**EX, "EXDOSE": "100", "EXSTDTC": "2024-03-04T09:05"}, EX]
    delivery = read(write_sdtm(tmp_path, ex=given_))
    assert delivery.doses[["dose_number", "day", "amount", "amount_unit"]].to_numpy().tolist() == [
        [1, 0, 340.0, "ug/kg"],
        [2, 84, 240.0, "ug/kg"],
    ]
    tally = delivery.report.tallies["doses"]
    assert (tally.read, tally.stored, sum(tally.left_out.values())) == (4, 2, 2)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"EXDOSE": "0"}, "amount of zero: nothing was given"),
        ({"EXOCCUR": "N"}, "did not occur"),
        ({"EXTRT": "SALINE"}, "not a treatment of this study"),
        ({"EXTRT": "NT-I70"}, "not a treatment of this study"),
    ],
)
def test_records_that_are_no_doses_are_counted(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    delivery = read(write_sdtm(tmp_path, ex=[{**EX, "EXOCCUR": "", **changes}]))
    assert delivery.report.tallies["doses"].left_out == {reason: 1}
    assert delivery.participants["dosed"].tolist() == [False]


@pytest.mark.parametrize("name", ["nt-i7", "NT-I7 (efineptakin alfa)", "Efineptakin (NT-I7)"])
def test_a_treatment_is_found_as_a_word_of_its_name(tmp_path: Path, name: str) -> None:
    assert len(read(write_sdtm(tmp_path, ex=[{**EX, "EXTRT": name}])).doses) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"EXSTDTC": "2024-03"}, "ex.csv, row 1, column EXSTDTC: a dose needs a full date (YYYY-MM-DD) (value '2024-03')"),
        ({"EXSTDTC": ""}, "a dose needs a full date"),
        ({"EXDOSE": ""}, "column EXDOSE: the amount of a dose must be a number"),
        ({"EXDOSE": "-1"}, "the amount of a dose must be a number that is not negative"),
        ({"EXDOSE": "1,5"}, "the amount of a dose must be a number that is not negative"),
        ({"EXDOSE": "1e400"}, "the amount of a dose must be a number that is not negative"),
        ({"EXSTDY": "0"}, "column EXSTDY: is no study day: a whole number other than 0 (value '0')"),
        ({"VISITDY": "0"}, "column VISITDY: is no study day: there is no day 0"),
        ({"USUBJID": "P9"}, "ex.csv, row 1, column USUBJID: the participant is not in DM"),
    ],
)
def test_a_dose_that_cannot_be_placed_is_refused_by_row(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    assert words in _refusals(tmp_path, ex=[{**EX, "EXSTDY": "", "VISITDY": "", **changes}])


def test_a_data_set_without_rows_is_read_as_empty(tmp_path: Path) -> None:
    folder = write_sdtm(tmp_path)
    for name, row in (("ex", EX), ("lb", LB)):
        (folder / f"{name}.csv").write_text(",".join(row) + "\n")
    delivery = read(folder, date(2024, 4, 1))
    assert (len(delivery.participants), len(delivery.counts), len(delivery.doses)) == (1, 0, 0)


def test_two_units_for_the_doses_of_one_day_are_refused(tmp_path: Path) -> None:
    assert "two doses on one day have different units" in _refusals(tmp_path, ex=[EX, {**EX, "EXDOSU": "mg"}])


@pytest.mark.parametrize(
    ("changes", "status", "last_day"),
    [
        ({}, "completed", 58),  # 4 March to 1 May: 27 + 30 + 1
        ({"DSDECOD": "WITHDRAWAL BY SUBJECT"}, "withdrawn", 58),
        ({"DSDECOD": "ADVERSE EVENT"}, "withdrawn", 58),
        ({"DSDECOD": "LOST TO FOLLOW-UP"}, "lost to follow-up", 58),
        ({"DSDECOD": "DEATH"}, "died", 58),
        ({"DSDECOD": "SCREEN FAILURE"}, "ongoing", 14),
        ({"DSCAT": "PROTOCOL MILESTONE"}, "ongoing", 14),
        ({"DSSCAT": "STUDY TREATMENT"}, "ongoing", 14),
        ({"DSSTDTC": "2024"}, "ongoing", 14),
    ],
)
def test_the_disposition_gives_status_and_last_day(tmp_path: Path, changes: dict[str, str], status: str, last_day: int) -> None:
    folder = write_sdtm(tmp_path, lb=[LB, {**LB, "LBDTC": "2024-03-18"}], ds=[{**DS, **changes}])
    person = read(folder).participants.iloc[0]
    assert (person["status"], person["last_day"]) == (status, last_day)


def test_death_outweighs_a_later_disposition(tmp_path: Path) -> None:
    dm = {**DM, "DTHDTC": "2024-04-03", "DTHFL": "Y"}
    person = read(write_sdtm(tmp_path, [dm], ds=[DS])).participants.iloc[0]
    assert (person["status"], person["last_day"]) == ("died", 30)


def test_without_disposition_the_end_of_participation_is_the_last_day(tmp_path: Path) -> None:
    person = read(write_sdtm(tmp_path, [{**DM, "RFPENDTC": "2024-03-24T10:00"}])).participants.iloc[0]
    assert (person["status"], person["last_day"]) == ("ongoing", 20)


def test_the_latest_date_is_the_data_cut_unless_one_is_given(tmp_path: Path) -> None:
    folder = write_sdtm(tmp_path, lb=[LB, {**LB, "LBDTC": "2024-05-06"}])
    assert read(folder).cut_date == date(2024, 5, 6)
    assert read(folder).participants["cut_day"].tolist() == [63]
    assert read(folder, date(2024, 6, 1)).cut_date == date(2024, 6, 1)


def test_nothing_after_the_data_cut_exists(tmp_path: Path) -> None:
    people = [{**DM, "DTHDTC": "2024-06-01", "DTHFL": "Y", "RFPENDTC": "2024-06-01"}, {**DM, "USUBJID": "P2", "DMDTC": "2024-04-20"}]
    people = [{"DTHDTC": "", "DTHFL": "", "RFPENDTC": "", "DMDTC": "", **person} for person in people]
    doses = [EX, {**EX, "EXSTDTC": "2024-05-27"}]
    delivery = read(write_sdtm(tmp_path, people, doses, [LB, {**LB, "LBDTC": "2024-05-06"}], ds=[DS]), date(2024, 4, 3))
    assert delivery.participants[["participant", "cut_day", "last_day", "status"]].to_numpy().tolist() == [["P1", 30, 0, "ongoing"]]
    assert (delivery.counts["day"].tolist(), delivery.doses["day"].tolist()) == ([-3], [0])
    left_out = {kind: tally.left_out for kind, tally in delivery.report.tallies.items()}
    assert left_out == {
        "participants": {"enrolled after the data cut": 1},
        "counts": {"dated after the data cut": 1},
        "doses": {"dated after the data cut": 1},
        "milestones": {"dated after the data cut": 1},
    }


def test_a_cut_before_the_first_participant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeliveryRefusedError, match="no participant enrolled on or before the data cut 2020-01-01"):
        read(write_sdtm(tmp_path), date(2020, 1, 1))


def test_counts_may_come_in_several_files_and_domains(tmp_path: Path) -> None:
    flow = {key.replace("LB", "CP", 1) if key.startswith("LB") else key: value for key, value in LB.items()}
    folder = write_sdtm(tmp_path, lbhe=[{**LB, "LBTESTCD": "LYM"}], CP=[{**flow, "DOMAIN": "CP", "CPTESTCD": "TLYH", "CPORRES": "115"}])
    counts = read(folder).counts
    assert counts[["analyte", "value", "source_file"]].to_numpy().tolist() == [
        ["alc", 120.0, "lbhe"],
        ["cd4", 115.0, "cp"],
        ["cd4", 120.0, "lb"],
    ]


def test_a_qualifier_in_a_supplement_is_used(tmp_path: Path) -> None:
    lb = {key: value for key, value in LB.items() if key != "LBTPT"} | {"LBSEQ": "7", "LBDTC": "2024-03-04"}
    supplement = {
        "STUDYID": "NCT05600920",
        "RDOMAIN": "LB",
        "USUBJID": "P1",
        "IDVAR": "LBSEQ",
        "IDVARVAL": "7",
        "QNAM": "LBTPT",
        "QVAL": "POST-DOSE",
    }
    counts = read(write_sdtm(tmp_path, lb=[lb, {**lb, "LBSEQ": "8", "LBORRES": "99"}], supplb=[supplement])).counts
    assert counts[["value", "after_dose"]].to_numpy().tolist() == [[120.0, True], [99.0, False]]


def test_the_report_names_every_file_and_what_was_done_with_it(tmp_path: Path) -> None:
    folder = write_sdtm(tmp_path, mh=[{"DOMAIN": "MH", "USUBJID": "P1"}] * 3)
    write_csv(folder / "contacts.csv", [{"site": "x"}])
    (folder / "define.xml").write_text("<x/>")
    told = read(folder).report.describe()
    assert "mh.csv: MH: held in the delivery, not stored by this version (3 rows)" in told
    assert "contacts.csv: ignored: no data set this version knows (1 row)" in told
    assert "define.xml: ignored: no data set this version knows" in told


def test_one_data_set_in_two_formats_is_refused(tmp_path: Path) -> None:
    folder = write_sdtm(tmp_path)
    (folder / "LB.CSV").write_bytes((folder / "lb.csv").read_bytes())
    with pytest.raises(DeliveryRefusedError, match="the data set “lb” is delivered more than once"):
        read(folder)


def test_a_folder_without_data_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeliveryRefusedError, match="holds no file that can be read"):
        read(tmp_path)


def test_a_delivery_without_doses_file_is_refused_and_what_else_is_wrong_is_told_too(tmp_path: Path) -> None:
    folder = write_sdtm(tmp_path, lb=[{**LB, "LBORRES": "x"}])
    (folder / "ex.csv").unlink()
    with pytest.raises(DeliveryRefusedError) as refused:
        read(folder)
    words = str(refused.value)
    assert "needs exactly one data set EX (found none); a data set is EX when its column DOMAIN says so" in words
    assert "lb.csv, row 1, column LBORRES: is no number" in words


def test_the_faults_of_all_data_sets_are_listed_at_once(tmp_path: Path) -> None:
    ae = {"STUDYID": "NCT05600920", "DOMAIN": "AE", "USUBJID": "P1", "AETERM": "RASH", "AESTDTC": "2024-03-08", "AETOXGR": "9"}
    supplement = {"STUDYID": "NCT05600920", "RDOMAIN": "LB", "USUBJID": "P1", "IDVAR": "LBSEQ", "QNAM": "LBLOINC", "QVAL": "24467-3"}
    with pytest.raises(DeliveryRefusedError) as refused:
        read(
            write_sdtm(
                tmp_path,
                dm=[DM, {**DM, "USUBJID": "P2", "ARMCD": "NTI7-250", "RFSTDTC": "04.03.2024"}],
                ex=[{**EX, "EXDOSE": "much", "EXSTDTC": "2024-03"}],
                lb=[{**LB, "LBORRES": "1,5", "LBDTC": "1 March 2024"}],
                ae=[ae],
                cm=[{"STUDYID": "NCT05600920", "DOMAIN": "CM", "USUBJID": "P1"}],
                supplb=[supplement],
            )
        )
    found = {(reason.file, reason.row, reason.column) for reason in refused.value.refusals}
    assert found == {
        ("dm.csv", 2, "ARMCD"), ("dm.csv", 2, "RFSTDTC"), ("ex.csv", 1, "EXDOSE"), ("ex.csv", 1, "EXSTDTC"), ("lb.csv", 1, "LBORRES"),
        ("lb.csv", 1, "LBDTC"), ("ae.csv", 1, "AETOXGR"), ("cm.csv", None, "CMTRT"), ("supplb.csv", None, "IDVARVAL"),
    }  # fmt: skip


def test_a_data_set_without_study_id_lacks_one_column_and_is_not_refused_row_by_row(tmp_path: Path) -> None:
    row = {name: text for name, text in LB.items() if name != "STUDYID"}
    assert _refusals(tmp_path, lb=[row, row]) == "lb.csv, column STUDYID: the column is missing"


def test_another_study_beside_synthetic_people_mixes_nothing_with_real_ones(tmp_path: Path) -> None:
    synthetic = {**DM, "STUDYID": "SYNTHETIC-NCT05600920"}
    other = {**DM, "STUDYID": "NCT00000001", "USUBJID": "P2"}
    words = _refusals(tmp_path / "dm", dm=[synthetic, other])
    assert "dm.csv, row 2, column STUDYID: belongs to another study" in words
    assert "mixes" not in words
    words = _refusals(tmp_path / "lb", dm=[synthetic], ex=[{**EX, "STUDYID": synthetic["STUDYID"]}], lb=[{**LB, "STUDYID": "NCT00000001"}])
    assert "lb.csv, row 1, column STUDYID: belongs to another study" in words
    assert "mixes" not in words


def test_the_order_of_rows_in_a_file_does_not_matter_where_time_decides(tmp_path: Path) -> None:
    rows = [LB, {**LB, "LBDTC": "2024-03-18", "LBORRES": "230"}]
    first, second = read(write_sdtm(tmp_path / "a", lb=rows)), read(write_sdtm(tmp_path / "b", lb=rows[::-1]))
    assert first.counts[["day", "value"]].equals(second.counts[["day", "value"]])


RESULTS = st.fixed_dictionaries(
    {
        "USUBJID": st.sampled_from(["P1", "P2"]),
        "LBTESTCD": st.sampled_from(["CD4", "CD8", "HGB"]),
        "LBORRES": st.sampled_from(["", "0", "120", "<5", "0.5"]),
        "LBORRESU": st.sampled_from(["/uL", "10^9/L"]),
        "LBDTC": st.sampled_from(["2024-03-01", "2024-03-04T10:00", "2024-05-01"]),
    }
)


@given(rows=st.lists(RESULTS, min_size=1, max_size=12), cut=st.sampled_from([None, date(2024, 3, 10)]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_stored_and_left_out_rows_add_up_to_the_rows_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]], cut: date | None
) -> None:
    people = [DM, {**DM, "USUBJID": "P2", "ARMCD": "SCRNFAIL"}]
    delivery = read(write_sdtm(tmp_path_factory.mktemp("any"), people, lb=[{**LB, **row} for row in rows]), cut)
    tally = delivery.report.tallies["counts"]
    assert tally.read == len(rows)
    assert tally.stored == len(delivery.counts)
    assert tally.stored + sum(tally.left_out.values()) == tally.read


def _places(delivery: Delivery) -> dict[str, tuple[str, ...]]:
    return {note.code: note.places for note in delivery.report.notes if note.code not in ALWAYS_NOTED}


def test_a_dose_in_another_unit_or_off_the_plan_is_kept_and_noted_by_row(tmp_path: Path) -> None:
    given_ = [EX, {**EX, "EXDOSU": "mg", "EXDOSE": "17", "EXSTDTC": "2024-05-27"}, {**EX, "EXDOSE": "480", "EXSTDTC": "2024-08-19"}]
    delivery = read(write_sdtm(tmp_path, ex=given_))
    assert delivery.doses["amount"].tolist() == [240.0, 17.0, 480.0]
    assert _places(delivery) == {"dose-unit": ("ex.csv row 2",), "dose-unplanned": ("ex.csv row 3",)}


@pytest.mark.parametrize("unit", ["µg/kg", "\N{GREEK SMALL LETTER MU}g/kg", "ug/kg", "UG/KG", "mcg/kg"])
def test_the_unit_of_a_dose_has_several_spellings(tmp_path: Path, unit: str) -> None:
    assert _places(read(write_sdtm(tmp_path, ex=[{**EX, "EXDOSU": unit}]))) == {}


def test_a_missing_age_is_noted_by_row(tmp_path: Path) -> None:
    assert _places(read(write_sdtm(tmp_path, [DM, {**DM, "USUBJID": "P2", "AGE": ""}]))) == {"age-missing": ("dm.csv row 2",)}


def test_a_delivery_without_any_count_says_so(tmp_path: Path) -> None:
    folder = write_sdtm(tmp_path, lb=[{**LB, "LBTESTCD": "HGB"}])
    assert _places(read(folder)) == {"no-counts": ("delivery",)}
    (folder / "lb.csv").write_text(",".join(LB) + "\n")
    assert _places(read(folder)) == {"no-rows": ("lb.csv",), "no-counts": ("delivery",)}


def test_a_loinc_code_that_the_definition_does_not_know_is_noted_by_row(tmp_path: Path) -> None:
    delivery = read(write_sdtm(tmp_path, lb=[LB, {**LB, "LBDTC": "2024-03-02", "LBLOINC": "8123-2"}]))
    assert delivery.counts["analyte"].tolist() == ["cd4", "cd4"]
    assert _places(delivery) == {"loinc-unknown": ("lb.csv row 2",)}


def test_a_note_names_the_first_rows_and_counts_all(tmp_path: Path) -> None:
    rows = [{**LB, "LBDTC": "", "LBDY": str(day)} for day in range(2, 27)]
    report = read(write_sdtm(tmp_path, lb=rows)).report
    note = next(note for note in report.notes if note.code == "day-instead-of-date")
    assert (note.rows, note.places) == (25, tuple(f"lb.csv row {row}" for row in range(1, 21)))
    line = "note day-instead-of-date: LBDTC is no full date; LBDY was used (25 rows: lb.csv row 1, lb.csv row 2, lb.csv row 3, …)"
    assert line in report.describe().splitlines()


def test_every_study_id_of_disposition_is_checked(tmp_path: Path) -> None:
    assert "ds.csv, row 1, column STUDYID: belongs to another study" in _refusals(tmp_path, ds=[{**DS, "STUDYID": "OTHER"}])
