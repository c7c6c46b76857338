from __future__ import annotations

import numpy as np
import pytest

from dashboard.endpoints.safety.overview import LABELS, select_is_in_row, summarise_overview, summarise_special_interest
from dashboard.endpoints.safety.rates import derive_at_risk, select_at_risk
from tests.endpoints.safety.trial import analyse, derived, event, everyone_at_risk, of_row, people

# Under observation: a to day 13 (14 days = 2 weeks), b to day 34 (35 days = 5 weeks), c to the cut on day 500 (501 days), d not dosed.
PERSONS = {
    "a": {"cohort": "240", "status": "died", "last_day": 13},
    "b": {"cohort": "240", "status": "withdrawn", "last_day": 34},
    "c": {"cohort": "480"},
    "d": {"cohort": "480"},
}
DOSES = {"d": ()}
EVENTS = (
    event("a", 1, relation="POSSIBLE", grade="3", serious="Y", action="DRUG WITHDRAWN"),
    event("a", 1, relation="PROBABLE", grade="1"),
    event("a", 9, grade="5", outcome="FATAL", serious="Y", end_day=13),
    event("b", 0, relation="", serious="", action="", term="Injection site pain"),
    event("b", -3, grade="4", relation="DEFINITE"),
    event("c", 20, grade="3", grading_scale="DAIDS 2.1", action="DRUG INTERRUPTED"),
    event("d", None, grade="4", relation="DEFINITE"),
)


def test_time_at_risk_runs_from_the_first_dose_to_the_end_of_observation_both_days_counted() -> None:
    at_risk = everyone_at_risk(analyse(PERSONS, doses=DOSES))
    assert at_risk.frame["participant"].tolist() == ["a", "b", "c"]
    assert at_risk.frame["weeks"].tolist() == [2, 5, 501 / 7]
    assert at_risk.groups == ("240", "480", "720", "total")
    assert at_risk.sizes.tolist() == [2, 1, 0, 3]
    assert at_risk.weeks.tolist() == [7, 501 / 7, 0, 7 + 501 / 7]


def test_the_overview_counts_participants_events_and_events_per_100_weeks() -> None:
    analysis = analyse(PERSONS, doses=DOSES)
    table = summarise_overview(derived(analysis, *EVENTS), everyone_at_risk(analysis), analysis, "exact")
    found = {
        (row.row, row.scale, row.cohort): (row.n, row.of, row.events, row.unknown) for row in table.itertuples() if row.cohort != "720"
    }
    assert found == {
        ("any", "", "240"): (2, 2, 4, 0), ("any", "", "480"): (1, 1, 1, 0), ("any", "", "total"): (3, 3, 5, 0),
        ("related", "", "240"): (1, 2, 2, 1), ("related", "", "480"): (0, 1, 0, 0), ("related", "", "total"): (1, 3, 2, 1),
        ("grade-3", "CTCAE v5.0", "240"): (1, 2, 2, 0), ("grade-3", "CTCAE v5.0", "480"): (0, 1, 0, 0),
        ("grade-3", "CTCAE v5.0", "total"): (1, 3, 2, 0), ("grade-3", "DAIDS 2.1", "240"): (0, 2, 0, 0),
        ("grade-3", "DAIDS 2.1", "480"): (1, 1, 1, 0), ("grade-3", "DAIDS 2.1", "total"): (1, 3, 1, 0),
        ("serious", "", "240"): (1, 2, 2, 1), ("serious", "", "480"): (0, 1, 0, 0), ("serious", "", "total"): (1, 3, 2, 1),
        ("discontinued", "", "240"): (1, 2, 1, 1), ("discontinued", "", "480"): (0, 1, 0, 0), ("discontinued", "", "total"): (1, 3, 1, 1),
        ("delayed", "", "240"): (0, 2, 0, 1), ("delayed", "", "480"): (1, 1, 1, 0), ("delayed", "", "total"): (1, 3, 1, 1),
        ("special-interest", "", "240"): (1, 2, 1, 0), ("special-interest", "", "480"): (0, 1, 0, 0),
        ("special-interest", "", "total"): (1, 3, 1, 0),
        ("fatal", "", "240"): (1, 2, 1, 3), ("fatal", "", "480"): (0, 1, 0, 1), ("fatal", "", "total"): (1, 3, 1, 4),
        ("deaths", "", "240"): (1, 2, 1, 0), ("deaths", "", "480"): (0, 1, 0, 0), ("deaths", "", "total"): (1, 3, 1, 0),
    }  # fmt: skip
    # 4 events in 7 weeks; nobody dosed in cohort 720, so neither percent nor rate exist.
    assert of_row(table, row="any", cohort="240")["rate"] == pytest.approx(400 / 7)
    nobody = of_row(table, row="any", cohort="720")
    assert (nobody["n"], nobody["of"]) == (0, 0)
    assert np.isnan([nobody["percent"], nobody["rate"], nobody["lower"]]).all()


def test_rows_come_in_the_order_of_their_labels_with_every_group() -> None:
    analysis = analyse(PERSONS, doses=DOSES)
    table = summarise_overview(derived(analysis), everyone_at_risk(analysis), analysis)
    assert table["row"].drop_duplicates().tolist() == list(LABELS)
    assert table["cohort"].tolist() == ["240", "480", "720", "total"] * len(LABELS)
    assert table["n"].sum() == 2
    assert of_row(table, row="deaths", cohort="total")["n"] == 1


def test_the_interval_is_the_exact_one_in_percent_and_comes_on_demand() -> None:
    names = {f"p{number}": "240" for number in range(10)}
    analysis = analyse(people(**names))
    events = derived(analysis, *(event(f"p{number}") for number in range(3)))
    at_risk = everyone_at_risk(analysis)
    # Clopper–Pearson for 3 of 10: 0.0667 to 0.6525 (domain notes, A6; R's binom.test).
    row = of_row(summarise_overview(events, at_risk, analysis, "exact"), row="any", cohort="240")
    assert (row["percent"], round(row["lower"], 2), round(row["upper"], 2)) == (30.0, 6.67, 65.25)
    assert np.isnan(of_row(summarise_overview(events, at_risk, analysis), row="any", cohort="240")["lower"])


def test_severe_stands_for_grade_three_where_severity_is_in_words() -> None:
    analysis = analyse(people(a="240"))
    events = derived(analysis, event("a", grade="", grading_scale="", severity="SEVERE"), event("a", grade="", grading_scale=""))
    row = of_row(summarise_overview(events, everyone_at_risk(analysis), analysis), row="grade-3", cohort="240")
    assert (row["label"], row["n"], row["events"], row["unknown"]) == ("Severe event", 1, 1, 1)


def test_a_selection_leaves_the_others_out_of_numerator_and_denominator() -> None:
    analysis = analyse(PERSONS, doses=DOSES)
    at_risk = derive_at_risk(analysis, np.array([True, False, False, True]))
    row = of_row(summarise_overview(derived(analysis, *EVENTS), at_risk, analysis), row="any", cohort="total")
    assert (row["n"], row["of"], row["events"], row["weeks"]) == (1, 1, 3, 2)


def test_the_events_behind_a_cell_are_those_it_counts() -> None:
    analysis = analyse(PERSONS, doses=DOSES)
    events, at_risk = derived(analysis, *EVENTS), everyone_at_risk(analysis)
    for row in summarise_overview(events, at_risk, analysis).itertuples():
        behind = select_at_risk(events[select_is_in_row(events, row.row, row.scale)], at_risk, row.cohort)
        assert (behind["participant"].nunique(), len(behind)) == (row.n, row.events)


def test_an_event_counts_in_every_group_of_special_interest_it_belongs_to() -> None:
    analysis = analyse(PERSONS, doses=DOSES)
    events = derived(analysis, event("a", term="Autoimmune hepatitis"), event("b", -1, term="Autoimmune hepatitis"))
    table = summarise_special_interest(events, everyone_at_risk(analysis), analysis)
    counts = table[table["cohort"] == "total"].set_index("key")["n"].to_dict()
    assert counts == {"injection-site": 0, "hypersensitivity": 0, "autoimmunity": 1, "iris": 0, "hepatic": 1, "crs": 0}
