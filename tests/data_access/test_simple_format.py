"""The simple delivery format: participants.csv, counts.csv long or wide, doses.csv."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from dashboard.errors import DeliveryRefusedError
from tests.data_access.deliveries import Rows, read, write_csv

PERSON = {"participant": "0012", "cohort": "240", "sex": "F", "age": "41", "first_dose_date": "2024-03-04"}
COUNT = {"participant": "0012", "analyte": "cd4", "date": "2024-03-18", "value": "230", "unit": "/uL"}
DOSE = {"participant": "0012", "date": "2024-03-04", "dose": "240", "unit": "ug/kg"}


def _write(folder: Path, people: Rows = (PERSON,), counts: Rows = (COUNT,), doses: Rows = (DOSE,)) -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in (("participants", people), ("counts", counts), ("doses", doses)):
        write_csv(folder / f"{name}.csv", rows)
    return folder


def _refusals(folder: Path, **rows: Rows) -> str:
    with pytest.raises(DeliveryRefusedError) as refused:
        read(_write(folder, **rows))
    return str(refused.value)


def test_dates_become_days_since_the_first_dose(tmp_path: Path) -> None:
    delivery = read(_write(tmp_path))
    assert delivery.cut_date == date(2024, 3, 18)
    assert delivery.participants.iloc[0].to_dict() == {
        "participant": "0012", "cohort": "240", "sex": "F", "age": 41, "dosed": True, "cut_day": 14, "last_day": 14, "status": "ongoing",
    }  # fmt: skip
    assert delivery.counts[["analyte", "day", "value"]].to_numpy().tolist() == [["cd4", 14, 230.0]]
    assert delivery.doses[["dose_number", "day", "amount"]].to_numpy().tolist() == [[1, 0, 240.0]]
    assert not delivery.synthetic


def test_days_are_taken_as_days_since_the_first_dose(tmp_path: Path) -> None:
    count = {
        "participant": "0012",
        "analyte": "CD4",
        "day": "-5",
        "value": "0.12",
        "unit": "10^9/L",
        "visit": "UNSCHEDULED",
        "unscheduled": "",
    }
    dose = {"participant": "0012", "day": "0", "dose": "240", "unit": "ug/kg"}
    delivery = read(
        _write(tmp_path, counts=[count, {**count, "day": "0", "visit": "x", "unscheduled": "yes"}], doses=[dose]), date(2024, 5, 1)
    )
    assert delivery.counts[["day", "value", "marked_unscheduled"]].to_numpy().tolist() == [[-5, 120.0, True], [0, 120.0, True]]
    assert delivery.participants["cut_day"].tolist() == [58]  # 4 March to 1 May: 27 + 30 + 1


def test_a_delivery_without_any_date_needs_the_date_of_the_cut(tmp_path: Path) -> None:
    person = {**PERSON, "first_dose_date": ""}
    dose = {"participant": "0012", "day": "0", "dose": "240", "unit": "ug/kg"}
    count = {**COUNT, "date": "", "day": "14"}
    folder = _write(tmp_path, [person], [count], [dose])
    with pytest.raises(DeliveryRefusedError, match="--cut-date"):
        read(folder)
    delivery = read(folder, date(2024, 6, 1))
    assert delivery.counts["day"].tolist() == [14]
    assert delivery.participants[["dosed", "last_day"]].to_numpy().tolist() == [[True, 14]]
    assert delivery.participants["cut_day"].isna().all()


def test_wide_and_long_counts_give_the_same_counts(tmp_path: Path) -> None:
    long = [{**COUNT, "analyte": "alc", "value": "0.9", "unit": "10^9/L"}, {**COUNT, "value": "230", "unit": "cells/µL"}]
    wide = [
        {"participant": "0012", "date": "2024-03-18", "ALC [10^9/L]": "0.9", "CD4 [cells/µL]": "230", "CD8 [/uL]": "", "HGB [g/L]": "140"}
    ]
    first, second = read(_write(tmp_path / "long", counts=long)), read(_write(tmp_path / "wide", counts=wide))
    columns = ["participant", "analyte", "day", "value", "value_text", "unit_text"]
    pd.testing.assert_frame_equal(first.counts[columns], second.counts[columns])
    tally = second.report.tallies["counts"]
    assert (tally.read, tally.stored) == (4, 2)
    assert tally.left_out == {"not an analyte of this study": 1, "not done, or without a result": 1}


def test_someone_without_a_first_dose_is_not_dosed(tmp_path: Path) -> None:
    people = [PERSON, {**PERSON, "participant": "P2", "first_dose_date": "", "age": ""}]
    delivery = read(_write(tmp_path, people, [COUNT, {**COUNT, "participant": "P2"}]))
    assert delivery.participants["status"].tolist() == ["ongoing", "not dosed"]
    assert delivery.counts["day"].isna().tolist() == [False, True]


def test_status_and_last_day_are_used_until_the_cut(tmp_path: Path) -> None:
    folder = _write(tmp_path, [{**PERSON, "status": "Withdrawn", "last_day": "20"}])
    assert read(folder).participants[["status", "last_day"]].to_numpy().tolist() == [["withdrawn", 20]]
    assert read(folder, date(2024, 3, 20)).participants[["status", "last_day"]].to_numpy().tolist() == [["ongoing", 14]]


def test_a_delivery_is_synthetic_when_every_participant_says_so(tmp_path: Path) -> None:
    yes = {**PERSON, "synthetic": "yes"}
    assert read(_write(tmp_path / "a", [yes])).synthetic
    assert "mixes synthetic and real participants" in _refusals(
        tmp_path / "b", people=[yes, {**yes, "participant": "P2", "synthetic": "no"}]
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"counts": [{**COUNT, "value": "1,5"}]}, "counts.csv, row 1, column value: must be written with a decimal point"),
        ({"counts": [{**COUNT, "unit": "%"}]}, "is no unit of this study"),
        ({"counts": [{**COUNT, "participant": "12"}]}, "counts.csv, row 1, column participant: the participant is not in participants.csv"),
        ({"counts": [{**COUNT, "date": "2024-03"}]}, "counts.csv, row 1, column date: is no full date"),
        ({"counts": [{**COUNT, "date": ""}]}, "needs a day or a date"),
        ({"counts": [{"participant": "0012", "date": "2024-03-18", "x": "1"}]}, "has neither a column analyte nor a column such as"),
        ({"doses": [{**DOSE, "dose": "much"}]}, "doses.csv, row 1, column dose: must be a number"),
        (
            {"doses": [{"participant": "0012", "day": "3", "dose": "1", "unit": "mg"}], "people": [{**PERSON, "first_dose_date": ""}]},
            "must be day 0",
        ),
        (
            {"people": [{**PERSON, "cohort": "9"}]},
            "participants.csv, row 1, column cohort: is no cohort of this study; the cohorts are 240, 480, 720",
        ),
        ({"people": [{**PERSON, "status": "gone"}]}, "is no status"),
        ({"people": [PERSON, {**PERSON, "participant": "P2"}]}, "row 2, column first_dose_date: has a first dose that is not in doses.csv"),
        ({"people": [{"participant": "0012", "cohort": "240"}]}, "participants.csv, column sex: the column is missing"),
    ],
)
def test_what_cannot_be_right_is_refused_by_row(tmp_path: Path, rows: dict[str, Rows], words: str) -> None:
    assert words in _refusals(tmp_path, **rows)


def test_the_faults_of_all_files_are_listed_at_once_and_none_follows_from_another(tmp_path: Path) -> None:
    # P2 has no readable first dose and P3 no readable dose: that their counts cannot be placed is no fault of the counts.
    people = [
        {**PERSON, "cohort": "9"},
        {**PERSON, "participant": "P2", "first_dose_date": "4 March"},
        {**PERSON, "participant": "P3", "first_dose_date": ""},
    ]
    doses = [
        {**DOSE, "day": "", "dose": "much"},
        {**DOSE, "participant": "P2", "date": "", "day": "0"},
        {**DOSE, "participant": "P3", "date": "2024", "day": ""},
    ]
    counts = [{**COUNT, "value": "1,5"}, {**COUNT, "participant": "P2", "unit": "%"}, {**COUNT, "participant": "P3"}]
    folder = _write(tmp_path, people, counts, doses)
    write_csv(folder / "adverse_events.csv", [{"participant": "0012", "term": "RASH", "start_date": "2024-03-08", "grade": "9"}])
    with pytest.raises(DeliveryRefusedError) as refused:
        read(folder)
    assert {(reason.file, reason.row, reason.column) for reason in refused.value.refusals} == {
        ("participants.csv", 1, "cohort"), ("participants.csv", 2, "first_dose_date"), ("doses.csv", 1, "dose"), ("doses.csv", 3, "date"),
        ("counts.csv", 1, "value"), ("counts.csv", 2, "unit"), ("adverse_events.csv", 1, "grade"),
    }  # fmt: skip


def test_a_data_cut_that_cannot_be_right_hides_no_other_fault(tmp_path: Path) -> None:
    people = [{**PERSON, "cut_date": "2024-03-20", "cut_day": "1"}]
    words = _refusals(tmp_path, people=people, counts=[{**COUNT, "value": "x"}])
    assert "participants.csv, row 1, column cut_day: does not fit" in words
    assert "counts.csv, row 1, column value: is no number" in words
    assert "lies after the data cut" not in words


def test_a_first_dose_that_differs_is_noted_with_its_row(tmp_path: Path) -> None:
    notes = read(_write(tmp_path, people=[{**PERSON, "first_dose_date": "2024-03-05"}])).report.notes
    assert [note.places for note in notes if note.code == "first-dose-differs"] == [("participants.csv row 1",)]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = _write(tmp_path)
    (folder / "doses.csv").unlink()
    with pytest.raises(DeliveryRefusedError, match=r"doses\.csv: the file is missing"):
        read(folder)
