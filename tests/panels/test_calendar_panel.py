"""The calendar panel: figure, words and table say the same, and add up to everyone and every visit."""

from __future__ import annotations

import pytest

from dashboard.endpoints.quality.calendar import STATES
from dashboard.panels import PANELS
from dashboard.panels.calendar import MAX_ROWS, STATE_LABELS
from dashboard.tables import TABLES
from tests.endpoints.builders import build_trial, protocol
from tests.panels.flagged import odd_visits
from tests.panels.scenes import odd_data, open_scene

PANEL = PANELS["calendar"]


@pytest.mark.parametrize("choices", [{}, {"cohort": ("480",)}, {"sex": ("F",), "analyte": ("nk",)}, {"cohort": ("720",)}])
def test_each_row_of_the_table_adds_up_to_the_selection(choices: dict[str, tuple[str, ...]]) -> None:
    scene = open_scene(odd_data(), **choices)
    words = PANEL.describe(PANEL.summarise(scene, "-"), scene)
    assert [row[0] for row in words.rows] == [visit.label for visit in protocol().visits]
    for row in words.rows:
        assert sum(int(number) for number in row[1:-1]) == int(row[-1]) == scene.n


def test_the_caption_counts_every_state_and_every_record() -> None:
    scene = open_scene(odd_visits())
    caption = PANEL.describe(PANEL.summarise(scene, "-"), scene).caption
    # 3 + 1 + 12 + 16 = 32 = 2 participants × 16 visits; 5 + 1 + 1 = 7 records.
    assert caption.startswith(
        "CD4: 2 participants × 16 planned visits = 32: 3 observed (•), 1 below the limit (<), 12 missed (×) and 16 not dosed (–). "
        "Of 7 CD4 records, 5 belong to these visits, 1 to none (◆ between the visits) and 1 to none and without a day."
    )


def test_the_columns_of_the_table_are_the_states_that_somebody_is_in() -> None:
    scene = open_scene(odd_visits())
    words = PANEL.describe(PANEL.summarise(scene, "-"), scene)
    assert words.header == ("Visit", "• observed", "< below the limit", "× missed", "– not dosed", "n")
    assert words.rows[3] == ("14 days after dose 1", "0", "1", "0", "1", "2")


def test_rows_are_grouped_by_cohort_under_a_heading() -> None:
    rows = PANEL.summarise(open_scene(odd_visits()), "-").rows
    assert [(row.label, len(row.cells)) for row in rows] == [("240 µg/kg", 0), ("a", 16), ("480 µg/kg", 0), ("b", 16)]


def test_a_cell_says_in_words_what_was_due_and_what_was_found() -> None:
    cells = PANEL.summarise(open_scene(odd_visits()), "-").rows[1].cells
    assert cells[4].lines == (
        "a, 30 days after dose 1",
        "observed: has an analysed value",
        "due on day 30, window day 22 to 54",
        "drawn on day 30 (on the planned day): 260 cells/µL",
        "1 alternative record in the window",
    )
    assert cells[0].lines[2] == "due on day −28, window up to day −10"
    assert cells[-1].lines[1] == "missed: due at the data cut, under observation, no record"


def test_every_state_has_a_label() -> None:
    assert set(STATE_LABELS) == set(STATES)


def test_beyond_ninety_participants_the_rest_is_counted_in_the_table() -> None:
    scene = open_scene(build_trial(100))
    summary = PANEL.summarise(scene, "-")
    words = PANEL.describe(summary, scene)
    assert (PANEL.rows(summary), sum(bool(row.cells) for row in summary.rows)) == (MAX_ROWS, MAX_ROWS)
    assert words.not_shown == ("10 participants: beyond the first 90 rows; the table counts them",)
    assert {row[-1] for row in words.rows} == {"100"}
    assert len(TABLES["visit-calendar"].make(scene)) == 100 * 16
