"""The safety panels: figure, words and tables say the same numbers, which are counted by hand here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.figures.adverse_events import GRADE_COLOURS
from dashboard.figures.style import PAPER, unpack
from dashboard.panels import PANELS
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot, StudyData
from dashboard.tables import TABLES
from tests.endpoints.builders import Value, build_data
from tests.endpoints.safety.trial import build_events, event
from tests.panels.scenes import OneCut, odd_data, open_scene

# Three dosed in 240, two in 480, one never dosed.
PEOPLE = {
    "a": {"cohort": "240"},
    "b": {"cohort": "240"},
    "c": {"cohort": "240"},
    "d": {"cohort": "480"},
    "e": {"cohort": "480"},
    "never": {"cohort": "480", "status": "not dosed"},
}
VALUES: list[Value] = [
    ("a", "alc", 0, 900.0),
    ("a", "alc", 14, 650.0),
    ("a", "alc", 84, 5000.0),
    ("b", "alc", 0, 640.0),
    ("b", "alc", 14, 600.0),
]
EVENTS = (
    event("a", 3, grade="2", relation="RELATED", term="Injection site reaction", body_system="General disorders"),
    event("a", 90, grade="1", term="Injection site reaction", body_system="General disorders"),
    event("b", 5, grade="3", serious="Y"),
    event("b", -9, grade="1"),
    event("d", 30, grade="1", start_precision="month"),
)
NB = "\u00a0"


@dataclass(frozen=True)
class CutWithEvents(OneCut):
    """The archive of one data cut with adverse events."""

    events: pd.DataFrame

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        return self.events if table == "adverse_event" else super().records(snapshot, table)


def open_safety(rows: tuple[Mapping[str, Any], ...] = EVENTS, **choices: Any) -> Scene:
    doses = {"a": (0, 84, 170), "b": (0, 105), "d": (0,), "e": (0, 84, 168), "never": ()}
    data: StudyData = build_data(VALUES, people=PEOPLE, doses=doses)
    return replace(open_scene(data, **choices), archive=CutWithEvents(data, build_events(rows)))


def show(key: str, scene: Scene) -> tuple[Any, Any, Any]:
    summary = PANELS[key].summarise(scene, "-")
    return summary, PANELS[key].draw(summary), PANELS[key].describe(summary, scene)


def test_the_overview_counts_participants_events_and_the_dosed() -> None:
    _, _, words = show("events-overview", open_safety())
    cells = {row[0]: [cell.replace(NB, " ").rsplit(" · ", 1)[0] for cell in row[1:]] for row in words.rows}
    # Emergent: a has 2, b has 1 (day −9 is before), d has 1 (the month may reach past day 0); 3 + 2 are dosed, nobody in 720.
    assert words.header == ("Event", "240 µg/kg", "480 µg/kg", "720 µg/kg", "All shown")
    assert cells["Any event"] == ["2/3 (67 %) · 3", "1/2 (50 %) · 1", "0/0 · 0", "3/5 (60 %) · 4"]
    assert cells["Related event"] == ["1/3 (33 %) · 1", "0/2 (0 %) · 0", "0/0 · 0", "1/5 (20 %) · 1"]
    assert cells["Event of grade 3 or higher (CTCAE v5.0)"][3] == cells["Serious event"][3] == "1/5 (20 %) · 1"
    assert cells["Of special interest: Injection site reaction"][0] == "1/3 (33 %) · 2"
    assert words.shown == "4 events under treatment"
    assert words.not_shown[:2] == ("1 participant: not dosed, so not at risk", "1 event: not under treatment")
    assert "1 event with a partial start date counted" in words.caption


@pytest.mark.parametrize("choices", [{}, {"cohort": ("240",)}, {"ci": "wilson"}])
def test_the_dots_and_limits_are_those_of_the_table(choices: dict[str, Any]) -> None:
    scene = open_safety(**choices)
    _, figure, _ = show("events-overview", scene)
    table = TABLES["adverse-event-summary"].make(scene)
    table = table[~table["row"].str.startswith("special-interest:")]
    for trace, (_, own) in zip(figure["data"], table.groupby("cohort", sort=False), strict=True):
        assert unpack(trace["x"]) == pytest.approx(own["percent"].to_numpy(), abs=1e-4, nan_ok=True)
        upper = unpack(trace["x"]) + unpack(trace["error_x"]["array"])
        assert upper == pytest.approx(own["upper"].to_numpy(), abs=1e-4, nan_ok=True)


def test_a_data_cut_without_adverse_events_shows_none_and_not_zero() -> None:
    for key in ("events-overview", "events-terms"):
        _, figure, words = show(key, open_scene(odd_data()))
        assert figure["data"] == []
        assert words.rows == ()
        assert "No adverse event in this data cut" in [note["text"] for note in figure["layout"]["annotations"]]


def test_a_participant_stands_in_the_bar_of_the_worst_grade_only() -> None:
    summary, figure, words = show("events-terms", open_safety())
    rows = {row.label: row.counts for row in summary.rows}
    # a: grades 2 and 1 of one term count once, at 2.
    assert rows["Injection site reaction"] == ({2: 1}, {}, {})
    assert rows["Any event"] == ({2: 1, 3: 1}, {1: 1}, {})
    drawn = sum(unpack(trace["x"]) for trace in figure["data"] if trace["type"] == "bar" and trace["xaxis"] == "x")
    assert drawn[0] == pytest.approx(200 / 3)
    assert [row[0].strip(NB) for row in words.rows] == [row.label for row in summary.rows]
    assert [row.label for row in summary.rows if not row.is_term] == ["Any event", "Nervous system disorders", "General disorders"]


def test_two_scales_are_never_stacked_in_one_bar() -> None:
    rows = (event("a", 3, grade="1"), event("b", 3, grade="2"), event("a", 4, grade="4", grading_scale="DAIDS 2.1"))
    summary, _, words = show("events-terms", open_safety(rows))
    assert summary.scale == "CTCAE v5.0"
    assert summary.rows[0].counts[0] == {1: 1, 2: 1}
    assert "Events on DAIDS 2.1 are in the table, not in the figure." in words.caption


def test_a_count_on_a_limit_has_the_milder_grade_and_the_expected_rise_is_no_fault() -> None:
    summary, _, words = show("lab-shift", open_safety())
    low = next(grid for grid in summary.grids if grid.title == "Absolute lymphocyte count, low (DAIDS 2.1): ALC")
    expected = np.zeros((6, 6), dtype=int)
    # a: 900 → worst 650, which is on the limit of grade 1, so 0 → 0; b: 640 (1) → 600 (1, on the limit of 2); three without values.
    expected[0, 0], expected[1, 1], expected[5, 5] = 1, 1, 3
    assert (low.counts["worst"] == expected).all()
    assert "an expected effect" not in words.caption
    assert "“Lymphocyte count increased”: 1 participant on 1 day." in words.caption
    assert ("ALC low, DAIDS 2.1: 1 → 1", f"1{NB}·{NB}1{NB}of{NB}2") in [(row[0], row[1]) for row in words.rows]


def test_the_numbers_in_the_grid_are_those_of_the_table_and_add_up_to_the_dosed() -> None:
    scene = open_safety()
    summary, figure, _ = show("lab-shift", scene)
    table = TABLES["lab-shift"].make(scene)
    whole = table[table["cohort"] == "all"]
    drawn = [int(unpack(trace["z"]).sum()) for trace in figure["data"]]
    assert drawn == whole.groupby(["rule", "against"], sort=False)["n"].sum().tolist() == [5] * len(summary.grids) * 2


def test_doses_are_drawn_at_their_day_and_missed_ones_at_the_planned_day() -> None:
    summary, figure, words = show("exposure", open_safety())
    given = [(summary.swimmers[mark.row].name, mark.day) for mark in summary.marks if mark.kind == "given"]
    missed = [(summary.swimmers[mark.row].name, mark.day) for mark in summary.marks if mark.kind == "missed"]
    assert sorted(given) == [
        ("a", 0.0), ("a", 84.0), ("a", 170.0), ("b", 0.0), ("b", 105.0), ("c", 0.0),
        ("d", 0.0), ("e", 0.0), ("e", 84.0), ("e", 168.0),
    ]  # fmt: skip
    assert ("b", 168.0) in missed
    assert [(summary.swimmers[row].name, planned, actual) for row, planned, actual in summary.delays] == [
        ("a", 168.0, 170.0), ("b", 84.0, 105.0)
    ]  # fmt: skip
    assert {row[0]: row[1] for row in words.rows}["All shown, dose 2"] == "3/5"
    names = [trace["name"] for trace in figure["data"]]
    assert "event, grade 3" in names


def test_an_event_with_a_partial_start_is_drawn_open() -> None:
    summary, figure, _ = show("exposure", open_safety())
    mild = next(trace for trace in figure["data"] if trace["name"] == "event, grade 1")
    # a on day 90, then d, whose triangle is white.
    assert mild["marker"]["color"] == [GRADE_COLOURS[1], PAPER]
    assert [event.words for event in summary.events if event.partial] == [
        "d: Headache, grade 1 (CTCAE v5.0), not related, start known to the month only, day 30 to 42"
    ]


def test_the_board_says_what_the_definition_does_not_give() -> None:
    summary, figure, words = show("escalation", open_safety())
    assert [row[1:6] for row in words.rows] == [("10", "3", "3", "2", "1"), ("10", "3", "2", "1", "1"), ("10", "0", "0", "0", "0")]
    assert [row[6:] for row in words.rows] == [("–",) * 5] * 3
    assert words.caption.startswith("The study definition gives no rule for a dose-limiting event, so none is counted.")
    assert [trace["text"] for trace in figure["data"]] == [[f"{n:.0f}" for n in counts] for _, _, counts in summary.cohorts]


def test_the_table_of_events_holds_every_event_of_the_selection() -> None:
    table = TABLES["adverse-events"].make(open_safety(cohort=("240",)))
    assert table["participant"].tolist() == ["a", "a", "b", "b"]
    assert table["emergent"].tolist() == [True, True, True, False]
    assert table["grade"].tolist() == [2, 1, 3, 1]
    assert table["days_since_dose"].tolist()[:3] == [3, 6, 5]
