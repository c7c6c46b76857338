"""The response page against numbers counted by hand, and the warnings where pooling misleads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.figures.style import unpack
from dashboard.panels import PANELS
from dashboard.panels.describe import Words
from dashboard.panels.response import summarise_best_panel, summarise_rate_panel
from dashboard.panels.response_courses import summarise_course_panel
from dashboard.panels.response_forest import summarise_comparison_panel, summarise_forest_panel
from dashboard.panels.response_sizes import summarise_size_panel
from dashboard.response import table_response, table_response_comparison, table_response_pooled, table_response_summary
from dashboard.scene import Scene
from tests.endpoints.builders import build_data, course
from tests.panels.pooled import Person, build_simpson, open_pooled, pooled_protocol
from tests.panels.scenes import open_scene

KEYS = [key for key, panel in PANELS.items() if panel.page == "response"]

# T-ALL: 6 infused, one not evaluable; 3 CR or CRi and 1 PR of 5. T-LBL: 2 infused, CR and one without a response. One never infused.
PEOPLE = (
    Person("a1", 0, best="CR", traits={"dose": "5e5"}, last_day=400, milestones=(("STEM CELL TRANSPLANT", 57), ("LAST CONTACT", 300))),
    Person("a2", 0, best="CRi", traits={"dose": "1e6"}, sizes=((28, -60.0), (56, -100.0)), milestones=(("RELAPSE", 90), ("DEATH", 150))),
    Person("a3", 0, best="PR", traits={"dose": "1e6"}, sizes=((28, -52.0),), last_day=120, status="withdrawn"),
    Person("a4", 1, best="SD", traits={"dose": "1e6"}, sizes=((28, 5.0),)),
    Person("a5", 1, best="NE", traits={"dose": "1e6"}),
    Person("a6", 1, best="CR"),
    Person("b1", 1, "t-lbl", best="CR", traits={"dose": "1.5-2e6"}),
    Person("b2", 1, "t-lbl", best="", traits={"dose": "5e5"}),
    Person("c1", 2, "aml", best="CR", infused=False),
)


def words(key: str, scene: Scene) -> Words:
    return PANELS[key].describe(PANELS[key].summarise(scene, "-"), scene)


def plain(cells: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cell.replace("\N{NO-BREAK SPACE}", " ") for cell in cells)


def test_rates_stand_among_the_evaluable_and_among_the_infused() -> None:
    rows = {row[0]: plain(row[1:]) for row in words("response-rates", open_pooled(PEOPLE)).rows}
    # Evaluable: a1 to a4, a6, b1, 6, of whom 5 respond and 4 completely; infused: 8. R: binom.test(5, 6)$conf.int 0.3588 to 0.9958.
    assert rows["All shown"][:2] == ("5/6 (83.3 %; 35.9 to 99.6)", "5/8 (62.5 %; 24.5 to 91.5)")
    assert rows["T-ALL"][0].startswith("4/5 (80.0 %")
    assert rows["T-ALL"][2].startswith("3/5 (60.0 %")
    # Below N = 5 no interval; nobody has no percent.
    assert rows["T-LBL"] == ("1/1 (100.0 %)", "1/2 (50.0 %)", "1/1 (100.0 %)", "1/2 (50.0 %)")
    assert rows["PTCL"] == ("0/0",) * 4
    assert rows["0.5 × 10⁶ cells/kg"][:2] == ("1/1 (100.0 %)", "1/2 (50.0 %)")
    # a6 has no dose level on record; c1 neither, but was not infused.
    assert rows["not reported"][:2] == ("1/1 (100.0 %)", "1/1 (100.0 %)")
    assert rows["NCT04572308"][0] == "3/3 (100.0 %)"


def test_a_grouping_of_which_nothing_was_delivered_has_no_rows() -> None:
    labels = [row.label for row in summarise_rate_panel(open_pooled(PEOPLE)).rows if row.is_heading]
    assert labels == ["Disease", "Trial", "Dose level"]


@pytest.mark.parametrize("among", ["evaluable", "infused"])
def test_everybody_is_in_the_denominator_or_left_out_for_one_reason(among: str) -> None:
    scene = open_pooled(PEOPLE, among=among)
    summary = summarise_rate_panel(scene)
    assert summary.rows[0].of + sum(summary.left_out.values()) == scene.n == 9
    expected = {"evaluable": {"not infused": 1, "response not evaluable": 1, "no response recorded": 1}, "infused": {"not infused": 1}}
    assert summary.left_out == expected[among]


def test_best_responses_of_a_group_add_up_to_its_infused() -> None:
    summary = summarise_best_panel(open_pooled(PEOPLE))
    rows = {row.label: dict(zip((best.label for best in summary.best), row.n, strict=True)) for row in summary.rows if row.n}
    assert rows["All shown"] == {"CR": 3, "CRi": 1, "PR": 1, "SD": 1, "PD": 0, "Not evaluable": 1, "Not recorded": 1}
    assert sum(rows["T-ALL"].values()) == 6
    assert [row[1] for row in summary.cells if row[0] in ("T-ALL", "T-LBL", "AML")] == ["6", "2", "0"]


def test_the_categories_of_another_split_have_the_colours_of_cohorts() -> None:
    rows = summarise_rate_panel(open_pooled(PEOPLE, by="dose")).rows
    assert {row.label: row.cohort for row in rows if row.cohort is not None} == {
        "0.5 × 10⁶ cells/kg": 0,
        "1 × 10⁶ cells/kg": 1,
        "1.5–2 × 10⁶ cells/kg": 2,
        "not reported": 3,
    }
    # The diseases stay, by their own names.
    assert "T-ALL" in {row.label for row in rows}


def test_the_forest_has_each_trial_both_pools_and_all_but_each_trial() -> None:
    table = table_response_pooled(open_pooled(PEOPLE)).query("rate == 'orr'")
    assert table[["kind", "trial", "n", "of"]].to_numpy().tolist() == [
        ["trial", "nct04572308", 3, 3],
        ["trial", "nct05626400", 2, 3],
        ["naive", "", 5, 6],
        ["stratified", "", 5, 6],
        ["without", "nct04572308", 2, 3],
        ["without", "nct05626400", 3, 3],
    ]
    assert table["weight"].tolist()[:2] == [0.5, 0.5]
    # Pearson's chi-squared of (3, 0), (2, 1): 6 × (3 × 1 − 0 × 2)² / (5 × 1 × 3 × 3) = 1.2.
    assert table["q"].iloc[3] == pytest.approx(1.2)
    assert table["i_squared"].iloc[3] == pytest.approx(100 * 0.2 / 1.2)


def test_simpsons_paradox_stands_in_the_words_of_the_panel_and_in_its_figure() -> None:
    # Low dose: 9/10 and 40/80; high dose: 68/80 and 4/10. Each trial favours the low dose (90 > 85 %, 50 > 40 %), the pool the high one:
    # 49/90 = 54 % against 72/90 = 80 %.
    scene = open_pooled(build_simpson(), compare="dose.5e5")
    described = words("response-comparison", scene)
    assert described.caption.startswith(
        "Warning, Overall response (CR, CRi or PR) (Simpson's paradox): every trial in which they differ favours "
    )
    assert "Dose level: 0.5 × 10⁶ cells/kg, but all trials pooled naively favour the others." in described.caption
    assert "−25.6 points" in described.caption
    row = next(row for row in described.rows if row[0] == "Dose level: 0.5 × 10⁶ cells/kg")
    assert row[2:4] == ("49/90", "72/90")
    assert row[-1] == "direction reverses (Simpson), naive outside"
    figure = PANELS["response-comparison"].draw(summarise_comparison_panel(scene))
    assert sum("naive and stratified disagree" in note["text"] for note in figure["layout"]["annotations"]) == 2


def test_a_reader_of_another_comparison_hears_of_the_paradox_too() -> None:
    scene = open_pooled(build_simpson(), compare="disease.t-all")
    caption = words("response-comparison", scene).caption
    low, high = "Dose level: 0.5 × 10⁶ cells/kg", "Dose level: 1 × 10⁶ cells/kg"
    assert "no two groups to compare" in caption
    both = [*build_simpson(), Person("x1", 0, "aml", best="SD"), Person("x2", 1, "aml", best="CR")]
    caption = words("response-comparison", open_pooled(both, compare="disease.t-all")).caption
    assert f"pooling turns the direction round for {low} and {high}" in caption


def test_trials_that_agree_bring_no_warning() -> None:
    people = [
        Person(f"{dose}-{trial}-{number}", trial, best="CR" if number < 6 else "SD", traits={"dose": dose})
        for trial in (0, 1)
        for dose in ("5e5", "1e6")
        for number in range(8)
    ]
    scene = open_pooled(people, compare="dose.5e5")
    assert summarise_comparison_panel(scene).warnings == ()
    assert summarise_forest_panel(scene).warnings == ()


def test_trials_that_differ_are_said_to_differ() -> None:
    # 9 of 10 against 1 of 10: chi-squared 12.8, p < 0.001.
    people = [Person(f"{trial}-{number}", trial, best="CR" if number < (9, 1)[trial] else "SD") for trial in (0, 1) for number in range(10)]
    described = words("response-forest", open_pooled(people))
    assert described.caption.startswith("Overall response (CR, CRi or PR): the trials differ more than chance would make them")
    assert "Q = 12.8 on 1 degree of freedom (p < 0.001), I² = 92 %" in described.caption


def test_the_other_side_of_a_comparison_leaves_out_who_has_no_value() -> None:
    scene = open_pooled(PEOPLE, compare="dose.1e6", among="infused")
    row = table_response_comparison(scene).query("rate == 'orr' and category == '1e6' and kind == 'naive'").iloc[0]
    # 1e6: a2, a3, a4, a5; others: a1, b1, b2; a6 has no dose level on record.
    assert row[["n", "of", "other_n", "other_of"]].tolist() == [2, 4, 2, 3]
    assert summarise_comparison_panel(scene).left_out == {"not infused": 1, "without a value of the grouping": 1}


def test_the_waterfall_falls_and_has_the_lowest_size_of_each_participant() -> None:
    summary = summarise_size_panel(open_pooled(PEOPLE))
    assert summary.change.tolist() == [5.0, -52.0, -100.0]
    assert [summary.best[place].label for place in summary.response] == ["SD", "PR", "CRi"]
    assert summary.hover[2] == "a2: −100 % on day 56 (lowest of 2); best response CRi"
    assert summary.left_out == {"no change of tumour size recorded": 5}
    assert summary.cells[0] == ("T-ALL", "3", "2", "1", "−52", "−100 to 5")


def test_a_course_ends_where_it_was_last_seen_and_has_its_events() -> None:
    summary = summarise_course_panel(open_pooled(PEOPLE))
    until = {row.label: row.until for row in summary.rows if not row.is_heading}
    # a1: last contact on day 300; a2: death on day 150; a3 withdrew on day 120; the others are seen until the cut, day 500.
    assert until == {"a4": 500, "a5": 500, "a6": 500, "a1": 300, "a2": 150, "a3": 120, "b1": 500, "b2": 500}
    marks = {mark.label: [(summary.rows[row].label, day) for row, day in zip(mark.row, mark.day, strict=True)] for mark in summary.marks}
    assert marks["Transplant"] == [("a1", 57)]
    assert marks["Relapse"] == [("a2", 90)]
    assert marks["Death"] == [("a2", 150)]
    assert marks["First response"] == [("a6", 28), ("a1", 28), ("a2", 28), ("a3", 28), ("b1", 28)]
    assert [name for name, _ in marks["Ongoing"]] == ["a6", "a4", "a5", "a1", "b1", "b2"]
    assert [row.label for row in summary.rows if row.is_heading] == ["T-ALL, n = 6", "T-LBL, n = 2"]
    assert summary.cells[-1] == ("All shown", "8", "5", "1", "1", "0", "1", "6")
    assert summary.left_out == {"not infused": 1}


def test_courses_can_stand_best_response_first() -> None:
    summary = summarise_course_panel(open_pooled(PEOPLE, order="response"))
    assert [row.label for row in summary.rows if not row.is_heading] == ["a6", "a1", "a2", "a3", "a4", "a5", "b1", "b2"]


def test_parts_of_the_courses_hold_everybody_once() -> None:
    people = [Person(f"p{number:03d}", number % 2, best="CR", last_day=500 - number) for number in range(130)]
    parts = [summarise_course_panel(open_pooled(people, part=part)) for part in ("1", "2", "3")]
    names = [[row.label for row in part.rows if not row.is_heading] for part in parts]
    assert [len(part) for part in names] == [60, 60, 10]
    assert sorted(name for part in names for name in part) == [person.name for person in people]
    assert parts[0].left_out == {"not among rows 1 to 60": 70}
    assert parts[1].rows[0].label == "T-ALL, n = 130"
    beyond = summarise_course_panel(open_pooled(people, part="4"))
    assert beyond.nothing == "No participant in rows 181 to 240: there are 130."


def test_334_courses_take_few_traces_and_few_labels_of_the_axis() -> None:
    # What a browser needs most time for are labels of an axis: the names of participants are words of one trace instead.
    people = [Person(f"p{number:03d}", number % 5, ("t-all", "t-lbl")[number % 2], best="CR") for number in range(334)]
    figure = PANELS["response-courses"].draw(summarise_course_panel(open_pooled(people)))
    assert len(figure["data"]) <= 12
    assert not any(figure["layout"]["yaxis"]["ticktext"])
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["SYNTHETIC", "<b>T-ALL, n = 167</b>", "<b>T-LBL, n = 167</b>"]
    names = next(trace for trace in figure["data"] if trace["mode" if "mode" in trace else "type"] == "text")
    assert len(names["text"]) == 334
    low, high = figure["layout"]["xaxis"]["range"]
    assert ((unpack(names["x"]) > low) & (unpack(names["x"]) < high)).all()


def test_a_click_on_a_bar_or_sign_opens_its_participant() -> None:
    scene = open_pooled(PEOPLE)
    people = scene.analysis.participants["participant"].tolist()
    for key in ("response-courses", "response-sizes"):
        for trace in PANELS[key].draw(PANELS[key].summarise(scene, "-"))["data"]:
            if trace.get("mode") == "text":
                continue
            assert trace["meta"] == "participants"
            rows = unpack(trace["customdata"]).astype(int)
            named = [people[row] for row in rows]
            assert [text.split(":")[0] for text in trace["hovertext"]] == named


def test_the_table_of_responses_has_a_row_for_everyone_selected() -> None:
    table = table_response(open_pooled(PEOPLE)).set_index("participant")
    assert table.index.tolist() == ["a1", "a2", "a3", "a4", "a5", "a6", "b1", "b2", "c1"]
    row = table.loc["a2"]
    assert (row["best"], row["label"], row["in_orr"], row["in_cr_cri"], row["dose"], row["disease"]) == (
        "cri",
        "CRi",
        True,
        True,
        "1e6",
        "t-all",
    )
    assert (row["relapse_day"], row["death_day"], row["last_day"], row["size_change"]) == (90, 150, 150, -100)
    assert table.loc["a6", "dose"] == "not-reported"
    assert table["evaluable"].sum() == 6


def test_the_summary_has_the_numbers_of_the_figure() -> None:
    scene = open_pooled(PEOPLE)
    table = table_response_summary(scene)
    shown = {(row.label, row.n[0], row.of) for row in summarise_rate_panel(scene).rows if not row.is_heading}
    told = table[(table["kind"] == "rate") & (table["measure"] == "orr") & (table["among"] == "evaluable")]
    assert shown == {tuple(row) for row in told[["label", "n", "of"]].to_numpy().tolist()}


@pytest.mark.parametrize("key", KEYS)
def test_a_study_without_a_response_says_so(key: str) -> None:
    described = words(key, open_scene(build_data(course("a", {0: 100.0}))))
    assert described.caption.startswith("The study definition names no response.")
    assert described.rows == ()


@pytest.mark.parametrize("key", KEYS)
def test_a_data_cut_without_a_response_says_so(key: str) -> None:
    scene = open_pooled([replace(person, best="") for person in PEOPLE])
    assert words(key, scene).caption.startswith("No response is recorded in this data cut.")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("by", ["disease", "dose", "trial"])
def test_a_selection_of_nobody_is_no_error(key: str, by: str) -> None:
    scene = open_pooled(PEOPLE, by=by, age=(90, None))
    assert scene.n == 0
    described = words(key, scene)
    assert "n = 0 of 9" in described.caption


def test_one_trial_is_not_pooled_with_itself() -> None:
    scene = open_pooled([replace(person, trial=0) for person in PEOPLE])
    summary = summarise_forest_panel(scene)
    assert "One trial: nothing is pooled." in PANELS["response-forest"].describe(summary, scene).caption
    assert [row.label for row in summary.facets[0].rows if row.kind == "left out"] == []
    assert np.isnan(table_response_pooled(scene)["q"]).all()


def test_every_category_but_those_of_trials_can_be_compared() -> None:
    from dashboard.view.keys import KEY_BY_NAME

    offered = [choice.value for choice in KEY_BY_NAME["compare"].choices(pooled_protocol())]
    assert {"disease.t-all", "dose.5e5", "transplant.none", "involvement.both", "blasts.ge20"} <= set(offered)
    assert not any(value.startswith("trial.") for value in offered)
