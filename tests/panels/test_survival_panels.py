"""The survival page: curves, tables and tests by group, who is in no curve, and what is behind each number."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from dashboard.behind import find_behind, table_behind
from dashboard.errors import NotFoundError
from dashboard.figures.survival_curves import MONTH
from dashboard.panels import NO_SUBJECT, PANELS, page_panels
from dashboard.panels.cells import LinkedText
from dashboard.panels.survival_curves import (
    list_grid,
    summarise_survival_panel,
    table_survival_curve,
    table_survival_summary,
    table_survival_tests,
)
from dashboard.panels.survival_follow_up import table_follow_up
from dashboard.panels.survival_incidence import table_cumulative_incidence
from dashboard.panels.survival_landmark import describe_landmark, summarise_landmark_panel
from dashboard.panels.survival_times import table_survival
from dashboard.printing.pages import WIDTH, choose_height
from dashboard.printing.svg import draw_svg
from dashboard.scene import Scene
from tests.endpoints.test_survival import CURVES, MEDIANS, ORACLES, times_of
from tests.figures.drawings import numbers
from tests.panels.surviving import Person, aml_people, open_survival, study
from tests.printing.documents import read_texts

PAGE = page_panels("survival", study())
PEOPLE = {
    "a": Person([("transplant", 60), ("relapse", 200), ("death", 320)], responded=28),
    "b": Person([("relapse", 45), ("death", 100)], responded=30),
    "c": Person([("transplant", 80), ("contact", 500)], responded=28),
    "d": Person([("death", 20)]),
    "e": Person([("contact", 300)], "lymphoma", "T-2", responded=27),
    "f": Person([("transplant", 70), ("death", 90)], "lymphoma", "T-2", responded=29),
    "g": Person([("relapse", 150), ("contact", 240)], "lymphoma", ""),
    "h": Person([("death", 50), ("contact", 80)], "lymphoma", "T-2"),
    "i": Person([], "lymphoma", "T-2", given={"dosed": False, "cut_day": None, "last_day": None}),
}


def rows_of(table: pd.DataFrame, **where: object) -> pd.DataFrame:
    for name, value in where.items():
        table = table[table[name] == value]
    return table


def test_the_page_shows_each_endpoint_then_the_landmarks_follow_up_and_first_events() -> None:
    assert [(panel.key, subject) for panel, subject in PAGE] == [
        ("survival", "pfs"), ("survival", "os"), ("survival", "response-duration"), ("survival-landmark", "pfs"),
        ("survival-landmark", "os"), ("survival-follow-up", NO_SUBJECT), ("incidence", NO_SUBJECT), ("incidence-relapse", NO_SUBJECT),
    ]  # fmt: skip


def test_medians_curves_and_tests_of_aml_are_those_of_r() -> None:
    scene = open_survival(aml_people())
    rows = rows_of(table_survival_summary(scene), endpoint="os").drop_duplicates("cohort").set_index("cohort")
    for cohort, case in (("leukaemia", "aml-maintained"), ("lymphoma", "aml-nonmaintained")):
        np.testing.assert_array_equal(rows.loc[cohort, ["median", "median_lower", "median_upper"]], MEDIANS.loc[case])
        curve = rows_of(table_survival_curve(scene), endpoint="os", cohort=cohort)
        expected = rows_of(CURVES, case=case)
        np.testing.assert_allclose(curve["survival"][1:], expected["survival"])
        np.testing.assert_array_equal(curve["at_risk"][1:], expected["at_risk"])
    assert rows.loc["all", ["n", "events"]].tolist() == [23, 18]
    tests = rows_of(table_survival_tests(scene), endpoint="os").set_index("stratified_by")
    assert tests.loc["", "statistic"] == pytest.approx(pd.read_csv(ORACLES / "log_rank.csv").set_index("test").loc["aml", "statistic"])
    assert np.isfinite(tests.loc["trial", "p_value"])


def test_each_participant_of_the_selection_has_a_row_per_endpoint_with_a_time_or_a_reason() -> None:
    table = table_survival(open_survival(PEOPLE))
    assert table.groupby("endpoint").size().to_dict() == {"pfs": 9, "os": 9, "response-duration": 5}
    assert rows_of(table, endpoint="pfs")["time"].tolist()[:7] == [200, 45, 500, 20, 300, 90, 150]
    assert rows_of(table, endpoint="pfs").set_index("participant")["reason"].to_dict() == {
        **dict.fromkeys("abcdefg", ""), "h": "Last contact after the death", "i": "no infusion",
    }  # fmt: skip
    assert rows_of(table, endpoint="response-duration")["time"].tolist() == [172, 15, 472, 273, 61]
    assert table.set_index("participant")["trial"].to_dict()["g"] == ""
    chosen = table_survival(open_survival(PEOPLE, cohort=("lymphoma",), censor="both"))
    assert set(chosen["participant"]) == set("efghi")
    assert rows_of(chosen, endpoint="pfs", censor="yes", participant="f")[["time", "ended_by"]].to_numpy().tolist() == [[70, "transplant"]]


def test_who_is_in_no_curve_is_counted_under_its_reason() -> None:
    scene = open_survival(PEOPLE)
    summary = summarise_survival_panel(scene, "pfs")
    assert summary.left_out == {"Last contact after the death": 1, "no infusion": 1}
    assert summary.n + sum(summary.left_out.values()) == scene.n
    assert summarise_survival_panel(scene, "response-duration").left_out == {"no response": 4}


def test_with_both_censorings_the_second_curve_is_thin_and_stands_under_the_first() -> None:
    summary = summarise_survival_panel(open_survival(PEOPLE, censor="both"), "os")
    assert [(curve.label, curve.overlay) for curve in summary.figure.curves] == [
        ("Leukaemia", False), ("Leukaemia, to transplant", True), ("Lymphoma", False), ("Lymphoma, to transplant", True),
    ]  # fmt: skip
    assert [row.events for row in summary.rows] == [3, 2, 1, 0, 4, 2]
    assert {test.censor for test in summary.tests} == {"no", "yes"}


def test_from_a_landmark_on_only_the_event_free_count_from_that_day() -> None:
    # PFS times 200, 45, 500, 20 (leukaemia), 300, 90, 150 (lymphoma): after day 90 remain a, c, e and g.
    summary = summarise_survival_panel(open_survival(PEOPLE, landmark="90", curves="all"), "pfs")
    (row,) = summary.rows
    assert (row.n, row.events, row.curve.time.tolist()) == (4, 2, [0, 60, 110, 210, 410])
    assert summary.left_out["event, or last contact, by day 90"] == 3
    # 4 at risk, one event at 60 (g): 3/4; one of 3 at 110 (a): 3/4 × 2/3 = 1/2; then two are censored.
    np.testing.assert_allclose(row.curve.survival, [1, 0.75, 0.5, 0.5, 0.5])


def test_the_landmark_analysis_parts_by_a_transplant_up_to_the_landmark() -> None:
    summary = summarise_landmark_panel(open_survival(PEOPLE, landmark="28"), "os")
    found = {(row.landmark, row.group): (row.n, row.events) for row in summary.rows}
    # After day 28: a, b, c, e, f, g. Nobody had a transplant by then; by day 90 a, c had (f died on it), b, e and g had not.
    assert found == {(28, "before"): (0, 0), (28, "later"): (6, 3), (90, "before"): (2, 1), (90, "later"): (3, 1)}
    assert np.isnan(summary.test.p_value)
    assert summarise_landmark_panel(open_survival(PEOPLE), "os").landmark == 90


def test_a_landmark_table_shows_a_dash_where_its_curve_says_nothing() -> None:
    scene = open_survival(PEOPLE)
    words = describe_landmark(summarise_landmark_panel(scene, "os"), scene)
    shares = {row[0]: row[-1] for row in words.rows}
    # Nobody had a transplant by day 28; the curves from day 90 on begin on it.
    assert [shares[name] for name in ("Transplant by day 28", "Transplant by day 90", "None by day 90")] == ["–", "–", "–"]
    # Six at risk after day 28, of whom f died on day 90: 5/6.
    assert shares["None by day 28"].startswith("83\u00a0%")
    assert "“–”: the curve begins on that day or later, or nobody was observed so long." in words.caption


def test_follow_up_is_given_for_each_trial_with_participants_and_for_all() -> None:
    table = table_follow_up(open_survival(PEOPLE)).set_index("trial")
    assert table["n"].to_dict() == {"t-1": 4, "t-2": 2, "not-reported": 1, "all": 7}
    assert table["events"].to_dict() == {"t-1": 3, "t-2": 1, "not-reported": 0, "all": 4}
    # Trial 1: deaths at 320, 100 and 20 censor; the only end of follow-up is on day 500.
    assert table.loc["t-1", ["median", "shortest", "longest"]].tolist() == [500, 20, 500]
    reverse = open_survival(aml_people())
    all_shown = table_follow_up(reverse).set_index("trial").loc["all"]
    time, event = (np.concatenate(part) for part in zip(times_of("aml-maintained"), times_of("aml-nonmaintained"), strict=True))
    assert (all_shown["n"], all_shown["events"]) == (len(time), event.sum())


def test_incidence_counts_the_first_of_relapse_death_and_transplant() -> None:
    # First events by day: d death 20, b relapse 45, a transplant 60, f transplant 70, c transplant 80, g relapse 150; e none.
    table = rows_of(table_cumulative_incidence(open_survival(PEOPLE)), cohort="all")
    last = table.drop_duplicates("cause", keep="last").set_index("cause")["incidence"]
    # 7 at risk; the sixth event (relapse) at 150 with 2 at risk: 1/7 + 2/7 × 1/2 = 2/7.
    assert last.to_dict() == pytest.approx({"relapse": 2 / 7, "death": 1 / 7, "transplant": 3 / 7})
    assert table.groupby("cause")["events"].sum().to_dict() == {"relapse": 2, "death": 1, "transplant": 3}


def test_without_milestones_the_times_are_those_delivered() -> None:
    people = {"a": Person([]), "b": Person([]), "c": Person([], "lymphoma")}
    delivered = [("a", "PFS", 45.0, True), ("b", "PFS", 547.5, False), ("a", "OS", 90.0, False)]
    scene = open_survival(people, delivered, censor="both")
    assert rows_of(table_survival(scene), endpoint="pfs")["time"].tolist()[:2] == [45, 547.5]
    panel = PANELS["survival"]
    words = panel.describe(panel.summarise(scene, "pfs"), scene)
    assert "those that the delivery states" in words.caption
    assert words.not_shown == ("1 participant: no time delivered",)
    assert "has no milestones" in PANELS["incidence"].describe(PANELS["incidence"].summarise(scene, "-"), scene).caption


VIEWS = [{"censor": "both"}, {"censor": "yes", "landmark": "28"}, {"curves": "all", "unit": "month"}, {"by": "trial", "sex": ("F",)}]


@pytest.mark.parametrize("choices", [*VIEWS, {"sex": ("M",)}], ids=str)
def test_every_panel_is_drawn_and_printed_and_each_number_leads_to_as_many(choices: dict[str, object]) -> None:
    scene = open_survival(PEOPLE, **choices)
    for panel, subject in PAGE:
        summary = panel.summarise(scene, subject)
        figure, words = panel.draw(summary), panel.describe(summary, scene)
        assert len(figure["data"]) <= 40
        svg = draw_svg(figure, WIDTH, choose_height(figure), name="f1")
        assert read_texts(svg).count("SYNTHETIC") == 1
        assert not re.search(r'[ ",](nan|inf|None)\b', re.sub(r">[^<]*<", "><", svg))
        assert "SYNTHETIC" in words.caption
        assert all(len(row) == len(words.header) for row in words.rows)
        assert_cells(scene, [cell for row in words.rows for cell in row if isinstance(cell, LinkedText)])


def assert_cells(scene: Scene, cells: list[LinkedText]) -> None:
    for part in (part for cell in cells for part in cell.parts if part.of):
        stated = int(re.match(r"\d+", part.text)[0])  # type: ignore[index]
        found = find_behind(scene, part.of)
        assert len(found.counted) == stated, part
        assert set(found.counted) <= set(found.group)
        assert set(found.rows["participant_index"]) <= set(found.counted)


@pytest.mark.parametrize(
    "cell",
    ["survival:cure:no:n::all", "survival:os:yes:n::all", "survival:os:no:at-risk:29:all", "survival:os:no:n:28:all", "survival:os:no:n::x",
     "landmark:os:n:29:before", "landmark:os:n:28:ever", "follow-up:n:t-9", "incidence:by-day:29:relapse:all", "incidence:n::cure:all"],
)  # fmt: skip
def test_a_cell_that_the_view_does_not_have_is_not_found(cell: str) -> None:
    with pytest.raises(NotFoundError):
        find_behind(open_survival(PEOPLE), cell)


def test_behind_an_event_stands_the_milestone_that_is_it() -> None:
    rows = table_behind(open_survival(PEOPLE), "survival:pfs:no:events::leukaemia")
    assert rows[["participant", "role", "what", "day"]].to_numpy().tolist() == [
        ["a", "event", "relapse", 200], ["b", "event", "relapse", 45], ["d", "event", "death", 20],
    ]  # fmt: skip


def test_marks_are_one_per_participant_and_open_the_participant() -> None:
    scene = open_survival(PEOPLE)
    figure = PANELS["survival"].draw(PANELS["survival"].summarise(scene, "pfs"))
    marks = [trace for trace in figure["data"] if trace.get("meta") == "participants"]
    rows = np.concatenate([numbers(trace["customdata"]) for trace in marks])
    assert sorted(rows.tolist()) == [0, 1, 2, 3, 4, 5, 6]
    words = [text for trace in marks for text in trace["hovertext"]]
    assert "a: relapse on day 200" in words
    assert "c: censored (last contact) on day 500" in words


def test_numbers_at_risk_stand_under_their_days() -> None:
    figure = PANELS["survival"].draw(PANELS["survival"].summarise(open_survival(PEOPLE, curves="all"), "pfs"))
    notes = [note for note in figure["layout"]["annotations"] if note.get("xref") == "x"]
    # Times 20, 45, 90, 150, 200, 300, 500: at risk on days 0, 90, 180, … are those with a time on or after the day.
    assert [(note["x"], note["text"]) for note in notes] == [(0, "7"), (90, "5"), (180, "3"), (270, "2"), (360, "1"), (450, "1")]
    assert figure["layout"]["xaxis"]["tickvals"] == [note["x"] for note in notes]


def test_an_axis_in_months_divides_days_by_the_mean_length_of_a_month() -> None:
    # 365.2425 days of the mean Gregorian year in 12 months.
    assert pytest.approx(365.2425 / 12) == MONTH
    np.testing.assert_allclose(list_grid(500, "month") / MONTH, [0, 3, 6, 9, 12, 15])
    assert list_grid(1694, "day").tolist() == [0, 365, 730, 1095, 1460]
    assert all(len(list_grid(horizon, unit)) <= 7 for horizon in (1, 30, 99, 420, 1694, 5000) for unit in ("day", "month"))


def test_no_band_is_drawn_below_five_participants() -> None:
    figure = PANELS["survival"].draw(PANELS["survival"].summarise(open_survival(PEOPLE), "pfs"))
    assert not [trace for trace in figure["data"] if "fill" in trace]
    aml = PANELS["survival"].draw(PANELS["survival"].summarise(open_survival(aml_people()), "os"))
    assert len([trace for trace in aml["data"] if "fill" in trace]) == 2
