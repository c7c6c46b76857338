from __future__ import annotations

import pandas as pd

from dashboard.endpoints.safety.events import select_events
from dashboard.endpoints.safety.terms import select_behind, summarise_terms, summarise_worst_grades
from tests.endpoints.safety.trial import analyse, derived, event, everyone_at_risk, of_row, people

SKIN, NERVES = "Skin and subcutaneous tissue disorders", "Nervous system disorders"
ANALYSIS = analyse(people(a="240", b="240", c="480", d="720"))
AT_RISK = everyone_at_risk(ANALYSIS)
EVENTS = derived(
    ANALYSIS,
    event("a", 1, grade="1"),
    event("a", 8, grade="3"),
    event("a", 9, grade="2", term="Dizziness"),
    event("c", 1, grade="2", body_system=SKIN, term="Rash"),
    event("b", 1, grade="", body_system=SKIN, term="Rash"),
    event("a", 1, grade="4", body_system=SKIN, term="Pruritus", grading_scale="DAIDS 2.1"),
    event("d", 1, grade="1", body_system="", term="feeling odd"),
    event("d", -1, grade="4", body_system=SKIN, term="Rash"),
)
EMERGENT = select_events(EVENTS)


def test_rows_are_sorted_by_participants_then_name_below_their_system() -> None:
    table = summarise_terms(EMERGENT, AT_RISK)
    rows = table.drop_duplicates("position")
    assert rows[["kind", "body_system", "term"]].to_numpy().tolist() == [
        ["any", "", ""],
        ["system", SKIN, ""], ["term", SKIN, "Rash"], ["term", SKIN, "Pruritus"],
        ["system", NERVES, ""], ["term", NERVES, "Dizziness"], ["term", NERVES, "Headache"],
        ["system", "No coding available", ""], ["term", "No coding available", "feeling odd"],
    ]  # fmt: skip
    assert table["position"].tolist() == sorted(table["position"])


def test_a_participant_counts_once_in_a_row_and_events_count_all() -> None:
    table = summarise_terms(EMERGENT, AT_RISK)
    headache = of_row(table, term="Headache", cohort="240")
    assert (headache["n"], headache["of"], headache["percent"], headache["events"]) == (1, 2, 50.0, 2)
    skin = of_row(table, kind="system", body_system=SKIN, cohort="total")
    assert (skin["n"], skin["of"], skin["events"]) == (3, 4, 3)
    assert (of_row(table, kind="any", cohort="total")["n"], of_row(table, kind="any", cohort="total")["events"]) == (4, 7)
    assert of_row(table, term="Rash", cohort="720")["n"] == 0


def test_the_worst_grade_of_a_participant_counts_on_each_scale_apart() -> None:
    table = summarise_worst_grades(EMERGENT, AT_RISK)
    total = table[(table["cohort"] == "total") & (table["kind"] == "system") & (table["body_system"] == SKIN)]
    assert total[["scale", "grade", "n"]].to_numpy().tolist() == [["CTCAE v5.0", 2, 1], ["CTCAE v5.0", pd.NA, 1], ["DAIDS 2.1", 4, 1]]
    headache = table[(table["term"] == "Headache") & (table["cohort"] == "240")]
    assert headache[["grade", "n"]].to_numpy().tolist() == [[3, 1]]


def test_worst_grades_add_up_to_the_participants_of_the_row() -> None:
    one_scale = EMERGENT[EMERGENT["scale"] == "CTCAE v5.0"]
    grades = summarise_worst_grades(one_scale, AT_RISK).groupby(["position", "cohort"])["n"].sum()
    terms = summarise_terms(one_scale, AT_RISK).set_index(["position", "cohort"])["n"]
    assert grades.to_dict() == terms[terms > 0].to_dict()


def test_the_rows_behind_a_cell_are_those_it_counts() -> None:
    for row in summarise_terms(EMERGENT, AT_RISK).itertuples():
        behind = select_behind(EMERGENT, AT_RISK, body_system=row.body_system, term=row.term, cohort=row.cohort)
        assert (behind["participant"].nunique(), len(behind)) == (row.n, row.events)
    for row in summarise_worst_grades(EMERGENT, AT_RISK).itertuples():
        grade = None if pd.isna(row.grade) else int(row.grade)
        place = {"body_system": row.body_system, "term": row.term, "cohort": row.cohort, "scale": row.scale, "grade": grade}
        assert select_behind(EMERGENT, AT_RISK, **place)["participant"].nunique() == row.n


def test_no_events_leave_the_row_of_all_events() -> None:
    table = summarise_terms(EMERGENT.iloc[:0], AT_RISK, "exact")
    assert table[["kind", "cohort", "n", "of"]].to_numpy().tolist() == [
        ["any", "240", 0, 2], ["any", "480", 0, 1], ["any", "720", 0, 1], ["any", "total", 0, 4],
    ]  # fmt: skip
    assert summarise_worst_grades(EMERGENT.iloc[:0], AT_RISK).empty
