"""The pooled figures: numbers by hand, nothing of a cohort, nothing small."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.closed.review import Review, compose_review
from dashboard.closed.stripping import ALL, ALL_LABEL, strip_protocol, strip_rows
from dashboard.closed.words import list_telling_words, split_words
from dashboard.study.columns import ADVERSE_EVENT_COLUMNS
from dashboard.study.snapshot import StudyData
from tests.closed.veils import COHORTS, TELLING, Deal, disguise_protocol, no_records
from tests.endpoints.builders import build_data, build_trial, course, protocol

PROTOCOL = disguise_protocol(protocol())
BARE, WORDS = strip_protocol(PROTOCOL), list_telling_words(PROTOCOL)
ENOUGH = re.compile(r"(\d+) of (\d+) ")


def events(*rows: dict[str, Any]) -> pd.DataFrame:
    """Adverse events of grade 1 on day 3, with what each row says differently."""
    usual = {
        "term": "Headache", "start_day": 3, "start_precision": "day", "end_day": 5, "end_precision": "day", "ongoing": False, "grade": "1",
        "grading_scale": "CTCAE v5.0", "serious": "N", "relation": "POSSIBLY RELATED", "source_file": "ae.csv",
    }  # fmt: skip
    told = [dict.fromkeys(ADVERSE_EVENT_COLUMNS, "") | usual | {"source_row": place} | row for place, row in enumerate(rows, start=1)]
    frame = pd.DataFrame(told, columns=list(ADVERSE_EVENT_COLUMNS)) if told else no_records("adverse_event")
    return frame.astype(ADVERSE_EVENT_COLUMNS)


def review(data: StudyData, adverse: pd.DataFrame | None = None) -> Review:
    return compose_review(strip_rows(data, events() if adverse is None else adverse), BARE, WORDS)


def rows_of(found: Review, key: str) -> list[tuple[str, ...]]:
    return [row for table in found.tables if table.key == key for row in table.rows]


def twelve(**people: Any) -> StudyData:
    """Six women and six men of 50 years; CD4 100 … 210 before the first dose, 205 … 425 in steps of 20 at week 36."""
    values = [row for place in range(12) for row in course(f"p{place:02d}", {0: 100.0 + 10 * place, 252: 205.0 + 20 * place})]
    told = {f"p{place:02d}": {"sex": "F" if place < 6 else "M", "cohort": "240", **people} for place in range(12)}
    return build_data(values, people=told)


def test_numbers_by_hand() -> None:
    found = review(twelve())
    assert found.participants == 12
    # Six and six; nobody without a sex, who would be joined with the men.
    assert ("Sex", "female", "6 of 12 (50 %)") in rows_of(found, "participants")
    assert ("Sex", "male, or not recorded", "6 of 12 (50 %)") in rows_of(found, "participants")
    # Everybody is 50: one group alone says nothing.
    assert ("Age, years", "not shown", "") in rows_of(found, "participants")
    # At week 36: 205, 225, 245, 265, 285 below 300; 305 and the six above. Nobody below 200 and nobody without a value: joined.
    assert ("Week 36 (interim)", "no value at the visit, or below 200, or 200 to below 300", "5 of 12 (42 %)") in rows_of(
        found, "thresholds"
    )
    assert ("Week 36 (interim)", "300 or more", "7 of 12 (58 %)") in rows_of(found, "thresholds")
    (cd4,) = [one for one in found.courses if one.analyte == "CD4 T cells"]
    # 205 … 425: median 315 → 320 (halves up); quartiles at places 2.75 and 8.25: 260 and 370.
    point = cd4.points[-1]
    assert (point.visit, point.n, point.q1, point.median, point.q3) == ("Week 36 (interim)", "at least 8", 260, 320, 370)


def test_a_visit_is_shown_when_it_was_due_for_everybody() -> None:
    data = twelve()
    late = data.participants.assign(cut_day=[500] * 11 + [292]).astype({"cut_day": "Int64"})
    held_back = review(StudyData(data.snapshot, late, data.counts, data.doses))
    # The window of week 36 ends on day 293.
    assert "Week 36 (interim)" in held_back.waiting
    assert not [point for one in held_back.courses for point in one.points if point.visit == "Week 36 (interim)"]
    assert "Week 36 (interim)" not in review(data).waiting


def test_a_summary_of_four_participants_is_not_shown() -> None:
    data = twelve()
    few = data.counts[~((data.counts["day"] == 252) & (data.counts["participant"] > "p03"))]
    found = review(StudyData(data.snapshot, data.participants, few, data.doses))
    assert not [point for one in found.courses for point in one.points if point.visit == "Week 36 (interim)"]


def test_events_are_told_of_five_and_more_with_and_without() -> None:
    names = [f"p{place:02d}" for place in range(12)]
    adverse = events(
        *({"participant": name, "term": "Headache"} for name in names[:5]),
        *({"participant": name, "term": "headache"} for name in names[:2]),
        *({"participant": name, "term": "Nausea", "relation": "NOT RELATED", "serious": "Y"} for name in names[8:]),
        *({"participant": name, "term": "Rash", "relation": "NOT RELATED", "grade": "3"} for name in names[:8]),
        *({"participant": name, "term": "Zqalpha reaction", "relation": "NOT RELATED"} for name in names[:6]),
        *({"participant": name, "term": "Overdose of 91828", "relation": "NOT RELATED"} for name in names[:6]),
    )
    found = review(twelve(), adverse)
    # Nausea in four, rash in eight and not in four; two terms tell a cohort.
    assert rows_of(found, "adverse-event-terms") == [("Headache", "5 of 12 (42 %)")]
    assert rows_of(found, "adverse-events") == [
        ("Worst grade", "not shown", ""),
        ("Related to treatment", "a related event", "5 of 12 (42 %)"),
        ("Related to treatment", "none", "7 of 12 (58 %)"),
        ("Serious", "not shown", ""),
    ]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_who_is_in_which_cohort_changes_nothing(first: int, second: int) -> None:
    data = build_trial(30)
    rng = np.random.default_rng(7)
    adverse = events(
        *({"participant": f"p{place:05d}", "term": term} for place in range(30) for term in ("Rash", "Cough") if rng.random() < 0.5)
    )
    dealt = [Deal(first), Deal(second)]
    stripped = [strip_rows(deal.disguise(data), deal.rename(adverse, data.participants)) for deal in dealt]
    one, other = stripped
    for name in ("participants", "counts", "doses"):
        pd.testing.assert_frame_equal(getattr(one.data, name), getattr(other.data, name))
    pd.testing.assert_frame_equal(one.events, other.events)
    assert repr(compose_review(one, BARE, WORDS)) == repr(compose_review(other, BARE, WORDS))


def test_nothing_that_tells_a_cohort_is_left_in_the_rows_or_the_definition() -> None:
    deal, data = Deal(1), build_trial(30)
    stripped = strip_rows(deal.disguise(data), deal.rename(events({"participant": "p00001"}), data.participants))
    for frame in (stripped.data.participants, stripped.data.counts, stripped.data.doses, stripped.events):
        text = frame.to_csv().casefold()
        # The dictionary's own term stays in the rows; a telling one is left out where terms are listed.
        assert not [word for word in TELLING if word in text.replace("zqalpha stufe 91827", "")]
    assert stripped.data.doses["amount"].isna().all()
    assert not [word for word in TELLING if word in BARE.model_dump_json().casefold()]
    assert [(cohort.key, cohort.label) for cohort in BARE.cohorts] == [(ALL, ALL_LABEL)]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1_000), st.integers(10, 40))
def test_whatever_the_data_every_number_is_of_five_and_leaves_five(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    data = build_trial(people, seed)
    states = rng.choice(["ongoing", "completed", "withdrawn", "died"], people)
    drawn = data.participants.assign(sex=rng.choice(["F", "M", ""], people), age=rng.integers(18, 80, people), status=states)
    data = StudyData(data.snapshot, drawn.astype(data.participants.dtypes), data.counts[rng.random(len(data.counts)) < 0.6], data.doses)
    terms = ("Rash", "Cough", "Fever")
    adverse = events(
        *({"participant": f"p{place:05d}", "term": terms[rng.integers(3)], "grade": str(rng.integers(1, 5))} for place in range(people))
    )
    found = review(data, adverse)
    told = [(int(n), int(of)) for table in found.tables for row in table.rows for cell in row for n, of in ENOUGH.findall(cell)]
    assert told or people < 30
    assert all(n >= 5 and of - n >= 5 for n, of in told)
    for one in found.courses:
        assert all(int(point.n.removeprefix("at least ")) >= 5 for point in one.points)
        assert all(value % 10 == 0 for point in one.points for value in (point.q1, point.median, point.q3))


@pytest.mark.parametrize(
    ("text", "words"), [("NT-I7 240 ug/kg", ["nt", "i", "7", "240", "ug", "kg"]), ("Überdosis 240µg", ["überdosis", "240", "µg"])]
)
def test_words_are_runs_of_letters_or_digits(text: str, words: list[str]) -> None:
    # µ is a letter; casefold writes the micro sign as the Greek letter.
    assert split_words(text) == [word.casefold() for word in words]


def test_telling_words_are_those_of_keys_labels_codes_and_amounts() -> None:
    assert {*COHORTS, "stufe", "code", "91827", "91828", "91829"} == WORDS
