"""The simple format beyond its three files: adverse events, unknown columns, and days and dates that do not fit together."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dashboard.errors import DeliveryRefusedError
from data_access.delivery import Delivery
from tests.data_access.deliveries import Rows, read, write_csv

PERSON = {"participant": "0012", "cohort": "240", "sex": "F", "age": "41", "first_dose_date": "2024-03-04"}
COUNT = {"participant": "0012", "analyte": "cd4", "date": "2024-03-18", "value": "230", "unit": "/uL"}
DOSE = {"participant": "0012", "date": "2024-03-04", "dose": "240", "unit": "ug/kg"}
EVENT = {
    "participant": "0012",
    "term": "Rash",
    "start_date": "2024-03-14",
    "end_date": "2024-03-20",
    "grade": "2",
    "serious": "no",
    "related": "possible",
}
NO_DATE = {**PERSON, "first_dose_date": ""}
BY_DAY = {"participant": "0012", "day": "0", "date": "", "dose": "240", "unit": "ug/kg"}


def _write(folder: Path, people: Rows = (PERSON,), counts: Rows = (COUNT,), doses: Rows = (DOSE,), events: Rows = ()) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {"participants": people, "counts": counts, "doses": doses, "adverse_events": events}.items():
        if rows:
            write_csv(folder / f"{name}.csv", rows)
    return folder


def _refusals(folder: Path, cut: date | None = None) -> str:
    with pytest.raises(DeliveryRefusedError) as caught:
        read(folder, cut)
    return str(caught.value)


def _notes(delivery: Delivery) -> list[tuple[str, int]]:
    return [(note.text, note.rows) for note in delivery.report.notes if note.code == "unknown-column"]


def test_an_adverse_event_has_days_grade_and_the_words_of_the_delivery(tmp_path: Path) -> None:
    delivery = read(_write(tmp_path, events=[EVENT]))
    events = delivery.records["adverse_event"]
    columns = ["term", "start_day", "start_precision", "end_day", "grade", "serious", "relation", "ongoing", "source_file", "source_row"]
    assert events[columns].to_numpy().tolist() == [["Rash", 10, "day", 16, "2", "N", "possible", False, "adverse_events", 1]]
    assert (delivery.report.tallies["adverse events"].read, delivery.report.tallies["adverse events"].stored) == (1, 1)


def test_a_delivery_without_adverse_events_has_none(tmp_path: Path) -> None:
    delivery = read(_write(tmp_path))
    assert "adverse_event" not in delivery.records
    assert "adverse events" not in delivery.report.tallies


@pytest.mark.parametrize(
    ("cells", "start", "precision"),
    [
        # 2024-03-01 lies 3 days before the first dose; of 2024 the first possible day lies 63 days before it.
        ({"start_date": "2024-03"}, -3, "month"),
        ({"start_date": "2024"}, -63, "year"),
        ({"start_date": "", "start_day": "-5"}, -5, "day"),
    ],
)
def test_a_start_may_be_partial_or_a_day(tmp_path: Path, cells: dict[str, str], start: int, precision: str) -> None:
    events = read(_write(tmp_path, events=[{**EVENT, **cells}])).records["adverse_event"]
    assert events[["start_day", "start_precision"]].to_numpy().tolist() == [[start, precision]]


def test_a_partial_end_is_the_last_day_it_may_have_been(tmp_path: Path) -> None:
    # 2024-03-31 is day 27.
    events = read(_write(tmp_path, events=[{**EVENT, "end_date": "2024-03"}]), date(2024, 6, 1)).records["adverse_event"]
    assert events[["end_day", "end_precision"]].to_numpy().tolist() == [[27, "month"]]


@pytest.mark.parametrize(
    ("cells", "ongoing"),
    [
        ({"end_date": "", "outcome": "NOT RECOVERED/NOT RESOLVED"}, True),
        ({"end_date": "", "outcome": "RECOVERED/RESOLVED"}, False),
        ({"outcome": "NOT RECOVERED/NOT RESOLVED"}, False),
        ({"end_date": "", "outcome": "RECOVERED/RESOLVED", "ongoing": "yes"}, True),
        ({"end_date": "", "outcome": "", "ongoing": "no"}, False),
    ],
)
def test_an_event_is_ongoing_when_it_says_so_or_has_no_end_and_no_recovery(tmp_path: Path, cells: dict[str, str], ongoing: bool) -> None:
    assert read(_write(tmp_path, events=[{**EVENT, **cells}])).records["adverse_event"]["ongoing"].tolist() == [ongoing]


def test_an_event_after_the_cut_does_not_exist_and_one_that_ends_later_is_ongoing(tmp_path: Path) -> None:
    folder = _write(tmp_path, events=[EVENT, {**EVENT, "start_date": "2024-03-19"}])
    events = read(folder, date(2024, 3, 18)).records["adverse_event"]
    assert events[["start_day", "ongoing"]].to_numpy().tolist() == [[10, True]]
    assert events["end_day"].isna().tolist() == [True]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"participant": "9"}, "adverse_events.csv, row 1, column participant: the participant is not in participants.csv"),
        ({"term": ""}, "column term: the event has no term"),
        ({"grade": "6"}, "adverse_events.csv, row 1, column grade: is no grade from 1 to 5 (value '6')"),
        ({"serious": "maybe"}, "column serious: must be yes or no"),
        ({"start_date": "last week"}, "adverse_events.csv, row 1, column start_date: is no date"),
        ({"end_date": "", "end_day": "2.5"}, "adverse_events.csv, row 1, column end_day: is no whole number of days"),
        ({"start_precision": "hour"}, "column start_precision: must be day, month, year or empty"),
    ],
)
def test_what_cannot_be_right_in_an_event_is_refused_by_row(tmp_path: Path, cells: dict[str, str], words: str) -> None:
    assert words in _refusals(_write(tmp_path, events=[{**EVENT, **cells}]))


def test_a_column_this_format_does_not_know_is_named_in_the_report(tmp_path: Path) -> None:
    delivery = read(_write(tmp_path, people=[{**PERSON, "site": "1"}], counts=[{**COUNT, "Vist": "x", "ALC [10^9/L]": "1"}]))
    assert _notes(delivery) == [
        ("participants.csv: the column “site” is not known to this format and was not read", 1),
        ("counts.csv: the column “Vist” is not known to this format and was not read", 1),
        ("counts.csv: the column “ALC [10^9/L]” is not known to this format and was not read", 1),
    ]


def test_a_wide_column_of_another_analyte_is_counted_and_a_bare_one_is_named(tmp_path: Path) -> None:
    row = {"participant": "0012", "date": "2024-03-18", "CD4 [/uL]": "230", "HGB [g/L]": "140", "WBC": "300"}
    delivery = read(_write(tmp_path, counts=[row]))
    assert _notes(delivery) == [("counts.csv: the column “WBC” is not known to this format and was not read", 1)]
    assert delivery.report.tallies["counts"].left_out == {"not an analyte of this study": 1}


def test_two_wide_columns_of_one_analyte_are_refused(tmp_path: Path) -> None:
    row = {"participant": "0012", "date": "2024-03-18", "CD4 [/uL]": "230", "cd4 [10^9/L]": "0.23"}
    told = _refusals(_write(tmp_path, counts=[row]))
    assert "the analyte has more than one column" in told


def test_a_dated_count_of_someone_whose_doses_have_days_only_is_refused_with_the_next_step(tmp_path: Path) -> None:
    told = _refusals(_write(tmp_path, people=[NO_DATE], doses=[BY_DAY]))
    assert "counts.csv, row 1, column date: has a date, but the participant's first dose is only known as a day" in told
    assert "give first_dose_date in participants.csv, or the day here" in told


def test_with_the_date_of_the_first_dose_days_and_dates_may_be_mixed(tmp_path: Path) -> None:
    counts = [COUNT, {**COUNT, "date": "", "day": "30"}]
    delivery = read(
        _write(tmp_path, counts=[{"day": "", **row} for row in counts], doses=[BY_DAY, {**BY_DAY, "day": "", "date": "2024-05-27"}])
    )
    assert delivery.counts["day"].tolist() == [14, 30]
    assert delivery.doses["day"].tolist() == [0, 84]


def test_a_dose_with_day_and_date_anchors_the_others(tmp_path: Path) -> None:
    doses = [{**BY_DAY, "date": "2024-03-04"}, {**BY_DAY, "day": "84"}]
    delivery = read(_write(tmp_path, people=[NO_DATE], doses=doses))
    assert (delivery.counts["day"].tolist(), delivery.doses["day"].tolist()) == ([14], [0, 84])


def test_a_dated_dose_beside_doses_with_days_only_is_refused_when_nothing_links_them(tmp_path: Path) -> None:
    counts = [{**COUNT, "date": "", "day": "14"}]
    told = _refusals(_write(tmp_path, people=[NO_DATE], counts=counts, doses=[BY_DAY, {**BY_DAY, "day": "", "date": "2024-05-27"}]))
    assert "doses.csv, row 2, column date: has a date while other doses of the participant have days only" in told


def test_the_first_dose_is_day_0_also_when_its_date_is_known(tmp_path: Path) -> None:
    assert "doses.csv, row 1, column day: the first dose of a participant must be day 0 (value '3')" in _refusals(
        _write(tmp_path, doses=[{**BY_DAY, "day": "3"}])
    )


def test_a_dose_of_unknown_amount_says_so(tmp_path: Path) -> None:
    assert read(_write(tmp_path, doses=[{**DOSE, "dose": "unknown"}])).doses["amount"].isna().tolist() == [True]
    assert "or “unknown”" in _refusals(_write(tmp_path / "empty", doses=[{**DOSE, "dose": ""}]))


def test_equal_counts_of_two_samples_are_two_counts(tmp_path: Path) -> None:
    rows = [{**COUNT, "sample": "1"}, {**COUNT, "sample": "2"}, {**COUNT, "sample": "2"}]
    delivery = read(_write(tmp_path, counts=rows))
    assert len(delivery.counts) == 2
    assert delivery.report.tallies["counts"].left_out == {"the same count delivered twice": 1}


CUT = {"cut_date": "2024-06-01", "cut_day": "89"}  # 2024-03-04 and 89 days are 2024-06-01: 27 + 30 + 31 days to May 31, and one.


def test_the_day_of_the_cut_dates_the_first_dose(tmp_path: Path) -> None:
    counts = [{"participant": "0012", "analyte": "cd4", "day": day, "value": "230", "unit": "/uL"} for day in ("14", "60")]
    folder = _write(tmp_path, people=[{**NO_DATE, **CUT}], counts=counts, doses=[BY_DAY])
    delivery = read(folder)
    assert delivery.cut_date == date(2024, 6, 1)
    assert delivery.participants["cut_day"].tolist() == [89]
    earlier = read(folder, date(2024, 4, 1))
    assert (earlier.counts["day"].tolist(), earlier.participants["cut_day"].tolist()) == ([14], [28])


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([{**PERSON, **CUT, "cut_day": "88"}], "column cut_day: does not fit: cut_date − cut_day and first_dose_date are different dates"),
        ([{**NO_DATE, "cut_day": "89"}], "column cut_day: needs the date of the data cut (cut_date) beside it"),
        ([{**PERSON, **CUT}, {**PERSON, "participant": "P2", "cut_date": "2024-06-02", "cut_day": ""}], "have the same data cut"),
        ([{**NO_DATE, **CUT, "cut_day": "13"}], "counts.csv, row 1, column day: lies after the data cut of its participant (cut_day)"),
    ],
)
def test_a_cut_that_does_not_fit_is_refused(tmp_path: Path, people: Rows, words: str) -> None:
    counts = [{**COUNT, "date": "", "day": "14"}]
    assert words in _refusals(_write(tmp_path, people=people, counts=counts, doses=[BY_DAY]))
