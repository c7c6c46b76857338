"""The filter of relation and grade, onset after the latest dose, and weekly grades; every number is counted by hand here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.endpoints.safety.filtering import EventFilter
from dashboard.figures.adverse_events import TermRow, measure_terms
from dashboard.figures.style import unpack
from dashboard.panels import PANELS
from dashboard.safety import find_filter, find_scale
from dashboard.tables import TABLES
from tests.endpoints.builders import build_data
from tests.endpoints.safety.trial import build_events, event
from tests.panels.scenes import open_scene
from tests.panels.test_safety_panels import EVENTS, NB, CutWithEvents, open_safety, show

# Doses: a on days 0, 84 and 170; b on 0 and 105; c and d on 0; e on 0, 84 and 168. All under observation to day 500.
EVENT_PANELS = ("events-overview", "events-terms", "events-onset", "events-weeks", "exposure")
TWO_SCALES = (
    event("a", 3, grade="1"),
    event("b", 3, grade="2"),
    event("a", 4, grade="4", grading_scale="DAIDS 2.1", end_day=4),
)
SPANS = (
    event("a", 3, grade="2", end_day=15),
    event("a", 8, grade="3", end_day=9),
    event("b", 100, grade="1", ongoing=True),
    event("d", 30, grade="1", start_precision="month", end_day=40),
)


@pytest.mark.parametrize("key", EVENT_PANELS)
def test_every_panel_of_adverse_events_says_the_filter_and_what_it_leaves_out(key: str) -> None:
    _, _, plain = show(key, open_safety())
    assert "Events of any relation to treatment and any grade." in plain.caption
    # Under treatment are a (days 3 and 90), b (day 5) and d (day 30); only a's first is called related.
    _, _, words = show(key, open_safety(related="yes"))
    assert "Filter: only events related to treatment, of any grade." in words.caption
    assert "3 events: not related" in words.not_shown
    _, _, words = show(key, open_safety(grade="2"))
    assert "Filter: only events of grade 2 or higher on CTCAE v5.0, of any relation to treatment." in words.caption
    assert "2 events: below grade 2" in words.not_shown


def test_tables_follow_the_filter_and_say_so() -> None:
    scene = open_safety(related="yes", grade="2")
    assert TABLES["adverse-events"].make(scene)[["participant", "start_day"]].to_numpy().tolist() == [["a", 3]]
    summary = TABLES["adverse-event-summary"].make(scene)
    assert summary[(summary["row"] == "any") & (summary["cohort"] == "all")][["n", "of", "events"]].to_numpy().tolist() == [[1, 5, 1]]
    terms = TABLES["adverse-event-terms"].make(scene)
    assert set(terms["term"]) == {"", "Injection site reaction"}
    assert TABLES["adverse-event-onset-list"].make(scene)["participant"].tolist() == ["a"]
    said = "adverse events (only events related to treatment, of grade 2 or higher on CTCAE v5.0)"
    assert TABLES["adverse-events"].describe(scene) == said
    assert TABLES["adverse-events"].describe(open_safety()) == "adverse events"
    assert TABLES["exposure"].describe(scene) == TABLES["exposure"].title


def test_the_filter_touches_neither_deaths_nor_the_escalation_board() -> None:
    rows = (*EVENTS, event("e", 40, grade="5", outcome="FATAL"))
    plain, filtered = (open_safety(rows, **choices) for choices in ({}, {"related": "yes"}))
    assert show("escalation", plain)[2].rows == show("escalation", filtered)[2].rows
    assert "Deaths from any cause are counted whatever the filter." in show("events-overview", filtered)[2].caption
    assert "whatever the filter" not in show("events-overview", plain)[2].caption


def test_a_filter_that_no_event_passes_says_so_and_not_that_there_are_none() -> None:
    for key in ("events-terms", "events-onset"):
        _, figure, words = show(key, open_safety(grade="5"))
        assert "No adverse event passes the filter" in [note["text"] for note in figure["layout"]["annotations"]]
        assert words.rows == ()


def test_a_lowest_grade_is_one_of_the_chosen_scale_and_no_other() -> None:
    assert find_filter(open_safety(TWO_SCALES, grade="2")) == EventFilter(min_grade=2, scale="CTCAE v5.0")
    _, _, words = show("events-terms", open_safety(TWO_SCALES, grade="2"))
    assert words.not_shown[1:] == ("1 event: below grade 2", "1 event: graded on another scale, DAIDS 2.1")
    chosen = open_safety(TWO_SCALES, grade="2", grading="daids-2-1")
    assert TABLES["adverse-events"].make(chosen)["scale"].tolist() == ["DAIDS 2.1"]


def test_the_figures_are_about_the_chosen_scale_which_the_selection_does_not_change() -> None:
    assert find_scale(open_safety(TWO_SCALES)) == find_scale(open_safety(TWO_SCALES, cohort=("480",))) == "CTCAE v5.0"
    scene = open_safety(TWO_SCALES, grading="daids-2-1")
    terms, _, words = show("events-terms", scene)
    assert (terms.scale, terms.rows[0].counts[0]) == ("DAIDS 2.1", {4: 1})
    assert "Events on CTCAE v5.0 are in the table, not in the figure." in words.caption
    weeks, _, words = show("events-weeks", scene)
    assert (np.nanmax(weeks.levels), int((weeks.levels > 0).sum())) == (4, 1)
    assert "2 events: graded on CTCAE v5.0, which is not pooled with DAIDS 2.1" in words.not_shown


def test_the_swimmer_gives_no_grade_to_an_event_on_another_scale() -> None:
    _, figure, words = show("exposure", open_safety(TWO_SCALES))
    drawn = {trace["name"]: len(unpack(trace["x"])) for trace in figure["data"] if "event" in trace["name"] or "scale" in trace["name"]}
    assert drawn == {"event, grade 1": 1, "event, grade 2": 1, "another scale": 1}
    assert "pentagons: graded on another scale" in words.caption


def test_terms_fold_under_their_body_systems() -> None:
    _, _, words = show("events-terms", open_safety())
    assert [(row[0].strip(NB), depth) for row, depth in zip(words.rows, words.depths, strict=True)] == [
        ("Any event", 0), ("Nervous system disorders", 0), ("Headache", 1), ("General disorders", 0), ("Injection site reaction", 1),
    ]  # fmt: skip


def test_onsets_are_counted_by_dose_week_and_cohort() -> None:
    # After dose 1: a on day 3, b on day 5, both in week 0. After a's dose 2 (day 84): day 90, week 0. d's month is in no bar.
    summary, figure, words = show("events-onset", open_safety())
    assert [(dose.title, dose.events.tolist()) for dose in summary.doses] == [
        ("Dose 1: 2 events, 5 participants dosed", [[2], [0], [0]]),
        ("Dose 2: 1 event, 3 participants dosed", [[1], [0], [0]]),
    ]
    assert sum(float(unpack(trace["y"]).sum()) for trace in figure["data"]) == 3
    assert "1 event: start known to the month or year; in the list, in no bar" in words.not_shown


def test_the_list_of_onsets_holds_every_event_under_treatment_and_partial_dates_last() -> None:
    _, _, words = show("events-onset", open_safety())
    assert [(row[0], row[1], row[4], row[5], depth) for row, depth in zip(words.rows, words.depths, strict=True)] == [
        ("After dose 1", "2 events", "", "", 0),
        ("a", "240 µg/kg", "3", "day 3", 1),
        ("b", "240 µg/kg", "5", "day 5", 1),
        ("After dose 2", "1 event", "", "", 0),
        ("a", "240 µg/kg", "6", "day 90", 1),
        ("Start known to the month or year", "1 event", "", "", 0),
        ("d", "480 µg/kg", "–", "month known, day 30 to 42", 1),
    ]


def test_the_bars_are_the_rows_of_the_table_and_the_doses_add_up_to_all() -> None:
    table = TABLES["adverse-event-onset"].make(open_safety())
    whole = table[table["cohort"] == "all"].set_index("dose")
    assert whole[["low", "high", "n", "of", "events"]].to_numpy().tolist() == [[0, 6, 2, 5, 3], [0, 6, 2, 5, 2], [0, 6, 1, 3, 1]]
    assert whole.index.tolist() == ["all", "1", "2"]


def test_with_more_than_four_doses_the_later_ones_share_a_row() -> None:
    data = build_data([], people={"a": {"cohort": "240"}}, doses={"a": (0, 10, 20, 30, 40)})
    events = build_events([event("a", day) for day in (1, 11, 21, 31, 32, 41)])
    summary, _, _ = show("events-onset", replace(open_scene(data), archive=CutWithEvents(data, events)))
    assert [(dose.title, int(dose.events.sum())) for dose in summary.doses] == [
        ("Dose 1: 1 event, 1 participant dosed", 1),
        ("Dose 2: 1 event, 1 participant dosed", 1),
        ("Dose 3: 1 event, 1 participant dosed", 1),
        ("Dose 4 and later: 3 events, 1 participant dosed", 3),
    ]


def test_a_long_list_ends_after_a_hundred_events_of_a_dose_and_says_how_many_more_there_are() -> None:
    rows = (*(event("a", 1) for _ in range(103)), event("a", 85), event("d", 30, start_precision="month"))
    summary, _, words = show("events-onset", open_safety(rows))
    assert (summary.events, len(words.rows)) == (105, 3 + 100 + 1 + 1)
    assert words.rows[0][1] == "103 events"
    assert "3 events: beyond the first 100 after a dose; in the table to save, not in the list" in words.not_shown
    assert not [reason for reason in show("events-onset", open_safety())[2].not_shown if "beyond" in reason]


def test_a_cell_is_the_worst_grade_of_the_week_and_blank_is_not_observed() -> None:
    summary, figure, words = show("events-weeks", open_safety(SPANS))
    assert [(row.label, row.is_heading) for row in summary.rows] == [
        ("240 µg/kg", True), ("a", False), ("b", False), ("c", False), ("480 µg/kg", True), ("d", False), ("e", False),
    ]  # fmt: skip
    # Days 0 to 500 are weeks 0 to 71. a: grade 2 to day 15, grade 3 on days 8 and 9; b: from day 100 on; d: from day 30 to day 40.
    a, b, d = (summary.levels[place].tolist() for place in (1, 2, 5))
    assert a == [2, 3, 2, *[0] * 69]
    assert b == [*[0] * 14, *[1] * 58]
    assert d == [0, 0, 0, 0, 1, 1, *[0] * 66]
    assert np.isnan(summary.levels[0]).all()
    assert summary.partial == ((5, 4, 2),)
    drawn = unpack(figure["data"][0]["z"])
    assert np.array_equal(drawn, summary.levels, equal_nan=True)
    whole = {name: cell.replace(NB, " ") for name, cell in zip(words.header, words.rows[-1], strict=True)}
    # 5 participants with 72 weeks each; 58 + 2 weeks of grade 1, 2 of grade 2, 1 of grade 3.
    assert whole == {
        "Cohort": "All shown", "Participants": "5", "Weeks observed": "360", "No event": "297 (82 %)", "Grade 1": "60 (17 %)",
        "Grade 2": "2 (1 %)", "Grade 3": "1 (0 %)",
    }  # fmt: skip


def test_doses_are_marked_at_the_week_they_were_given() -> None:
    summary, figure, _ = show("events-weeks", open_safety(SPANS))
    assert [mark.place for mark in summary.doses if summary.rows[mark.row].label == "a"] == [0, 12, 170 / 7]
    assert sum(len(trace["x"]) > 1 for trace in figure["data"] if trace["name"] == "dose") == 2
    assert show("events-weeks", open_safety(SPANS, align="each"))[0].doses == ()


def test_aligned_to_each_dose_the_weeks_of_a_dose_stand_together() -> None:
    summary, _, words = show("events-weeks", open_safety(SPANS, align="each"))
    # Longest after dose 1: c and d, day 0 to 500; dose 2: b, day 105 to 500; dose 3: e, day 168 to 500 (and a from day 170).
    assert [(block.title, block.weeks) for block in summary.blocks] == [("Dose 1", 72), ("Dose 2", 57), ("Dose 3", 48)]
    a = summary.levels[1]
    assert a[:13].tolist()[:3] == [2, 3, 2]
    # a's dose 1 counts to day 83, twelve weeks; what follows is blank until dose 2.
    assert np.isnan(a[12 : summary.blocks[1].first]).all()
    assert "or after the next dose" in words.caption


def test_the_weeks_of_the_figure_are_those_of_the_table() -> None:
    scene = open_safety(SPANS)
    summary = PANELS["events-weeks"].summarise(scene, "-")
    table = TABLES["adverse-event-weeks"].make(scene)
    assert (table["scale"] == summary.scale).all()
    assert len(table) == int((~np.isnan(summary.levels)).sum()) == 360
    assert table["grade"].sum() == np.nansum(summary.levels)


def test_a_partial_start_is_hatched_from_its_first_to_its_last_possible_day() -> None:
    _, figure, words = show("exposure", open_safety())
    hatched = next(trace for trace in figure["data"] if trace["name"] == "partial start")
    # Participant d: the month holds days 30 to 42, thirteen days.
    assert (unpack(hatched["base"]).tolist(), unpack(hatched["x"]).tolist()) == ([30], [13])
    assert hatched["marker"]["pattern"]["shape"] == "/"
    assert "1 event with a start known to the month or year only" in words.caption
    exact = show("exposure", open_safety(EVENTS[:4]))
    assert "partial start" not in [trace["name"] for trace in exact[1]["data"]]
    assert "month or year" not in exact[2].caption


def test_rows_of_terms_are_higher_where_two_labels_of_two_lines_would_touch() -> None:
    short, long = (TermRow(label, True, ()) for label in ("Nausea", "Alanine aminotransferase increased"))
    summary = replace(PANELS["events-terms"].summarise(open_safety(), "-"), rows=(short, long, short, long, short))
    assert measure_terms(summary) == 5
    # 1.4 times 5 rows.
    assert measure_terms(replace(summary, rows=(short, long, long, short, short))) == 7
