"""The thresholds page against numbers computed by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from dashboard.exports import write_csv
from dashboard.panels import PANELS
from dashboard.panels.describe import Words
from dashboard.panels.reached import summarise_reached_panel
from dashboard.panels.ribbon import summarise_ribbon_panel
from dashboard.panels.thresholds import summarise_responder_panel, summarise_sweep_panel, summarise_time_above_panel, table_responders
from dashboard.scene import Scene
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import build_data, course, protocol
from tests.panels.pooled import Person, open_pooled
from tests.panels.scenes import drawn_trial, odd_data, open_scene

ONE_LEVEL = {"threshold": (200.0,)}


def four() -> StudyData:
    """Cohort 240: a and b reach 200 at week 60, c does not, d has no week-60 value, f starts above; 480: e, no baseline."""
    values = [
        *course("a", {0: 100.0, 84: 300.0, 168: 300.0, 252: 100.0, 336: 100.0, 420: 200.0}),
        *course("b", {0: 150.0, 420: 260.0}),
        *course("c", {0: 50.0, 420: 120.0}),
        *course("d", {0: 60.0, 14: 70.0}),
        *course("f", {0: 210.0, 420: 250.0}),
        *course("e", {420: 300.0}),
    ]
    return build_data(values, people={"e": {"cohort": "480"}})


def words(key: str, scene: Scene) -> Words:
    panel = PANELS[key]
    return panel.describe(panel.summarise(scene, "-"), scene)


def test_responders_are_counted_among_those_below_the_threshold_with_a_value() -> None:
    summary = summarise_responder_panel(open_scene(four(), **ONE_LEVEL))
    rows = {row.label: (row.responders, row.denominator) for row in summary.rows[0]}
    # Below 200 at baseline with a week-60 value: a, b, c; f started above, d has no value, e no baseline.
    assert rows == {"240 µg/kg": (2, 3), "480 µg/kg": (0, 0), "720 µg/kg": (0, 0), "All shown": (2, 3)}
    others = {row.label: (row.responders, row.denominator) for row in summary.others[0]}
    assert others == {"240 µg/kg": (3, 4), "480 µg/kg": (1, 1), "720 µg/kg": (0, 0), "All shown": (4, 5)}
    assert list(summary.left_out.values()) == [1, 1, 1]
    assert next(iter(summary.left_out)) == "no baseline"
    # e, f, d and the three counted make the six.
    assert sum(summary.left_out.values()) + rows["All shown"][1] == 6


def test_the_responder_words_carry_n_of_n_and_an_interval_from_five_on() -> None:
    described = words("responders", open_scene(four(), **ONE_LEVEL))
    assert [name.split(", ")[0] for name in described.header] == ["Threshold", "Dose cohort", "n/N", "n/N"]
    assert "below the threshold" in described.header[2]
    assert "everyone" in described.header[3]
    # 4 of 5: Clopper–Pearson 28.36 to 99.49 % (R: binom.test(4, 5)); 2 of 3 is below N = 5 and stands alone.
    assert [tuple(cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row) for row in described.rows] == [
        ("≥ 200", "240 µg/kg", "2/3", "3/4"),
        ("≥ 200", "480 µg/kg", "0/0", "1/1"),
        ("≥ 200", "720 µg/kg", "0/0", "0/0"),
        ("≥ 200", "All shown", "2/3", "4/5 (80 %; 28 to 99 %)"),
    ]
    assert described.not_shown[0] == "1 participant: no baseline"
    assert "N = participants with a value at the visit" in described.caption


def test_responders_of_all_shown_are_the_sum_of_the_cohorts_shown() -> None:
    table = table_responders(open_scene(odd_data(), cohort=("240", "480"), who="everyone", n="enrolled", respond="ever"))
    for _, rows in table.groupby("threshold"):
        every = rows[rows["cohort"] == "all"].iloc[0]
        parts = rows[rows["cohort"] != "all"]
        assert set(parts["cohort"]) == {"240", "480"}
        assert (parts["responders"].sum(), parts["denominator"].sum()) == (every["responders"], every["denominator"])
        assert every["denominator"] == 8


def test_the_sweep_is_of_everyone_and_never_rises() -> None:
    summary = summarise_sweep_panel(open_scene(four(), **ONE_LEVEL))
    assert {line.label: line.denominator for line in summary.lines} == {"240 µg/kg": 4, "480 µg/kg": 1, "720 µg/kg": 0, "All shown": 5}
    line = summary.lines[0]
    assert (np.diff(line.proportion) <= 0).all()
    # Week-60 values 200, 260, 120, 250: all four reach 120, three reach 200, none 261. The grid goes to 600 in steps of 6.
    levels = {level: line.proportion[np.flatnonzero(summary.grid == level)[0]] for level in (120.0, 198.0, 204.0, 264.0)}
    assert levels == {120.0: 1.0, 198.0: 0.75, 204.0: 0.5, 264.0: 0.0}


def test_days_above_follow_the_straight_line_between_values() -> None:
    # a: 100 → 300 over 84 days crosses 200 at day 42; 300 until day 168; 300 → 100 over 84 days crosses at day 210;
    #    100 at 252 and 336; 100 → 200 reaches 200 at day 420 only. 210 − 42 = 168 days.
    # b, c: two values 420 days apart, a gap beyond the cap: nothing covered, so unknown. d: 14 days covered, none above.
    (cohorts,) = summarise_time_above_panel(open_scene(four(), **ONE_LEVEL)).cohorts
    first = cohorts[0]
    assert dict(zip(first.participant, first.days, strict=True)) == pytest.approx({"a": 168.0, "d": 0.0})
    assert dict(zip(first.participant, first.covered, strict=True)) == {"a": 420.0, "d": 14.0}
    assert (first.summary.n, first.summary.n_any, first.summary.mean, first.summary.median) == (2, 1, 84.0, 84.0)
    assert [(cohort.summary.n, cohort.summary.n_any) for cohort in cohorts[1:]] == [(0, 0), (0, 0)]


def test_the_time_above_words_carry_n_and_how_many_have_any_day() -> None:
    described = words("time-above", open_scene(four(), **ONE_LEVEL))
    assert [row[:4] for row in described.rows] == [
        ("≥ 200", "240 µg/kg", "2", "1/2"),
        ("≥ 200", "480 µg/kg", "0", "0/0"),
        ("≥ 200", "720 µg/kg", "0", "0/0"),
    ]
    assert described.rows[0][4].startswith("84.0")
    # Two participants: a median alone, for quartiles need five.
    assert described.rows[0][5] == "84.0"
    assert [row[4:] for row in described.rows[1:]] == [("–", "–", "–"), ("–", "–", "–")]


def test_each_participant_without_days_above_is_counted_under_one_reason() -> None:
    # e has no baseline, b and c nothing covered, f a baseline of 210; a and d are shown: six in all.
    summary = summarise_time_above_panel(open_scene(four(), **ONE_LEVEL))
    assert list(summary.left_out.values()) == [1, 2, 1]
    assert sum(summary.left_out.values()) + sum(cohort.summary.n for cohort in summary.cohorts[0]) == 6


def test_bounds_enclose_the_days_above_for_every_participant() -> None:
    summary = summarise_time_above_panel(open_scene(odd_data(), who="everyone", gap=None, threshold=(100.0, 250.0)))
    for cohort in (cohort for cohorts in summary.cohorts for cohort in cohorts):
        assert (cohort.lower <= cohort.days).all()
        assert (cohort.days <= cohort.upper).all()
        assert (cohort.upper <= cohort.covered).all()


def test_everyone_leaves_out_only_those_without_baseline() -> None:
    summary = summarise_time_above_panel(open_scene(four(), who="everyone", gap=None, **ONE_LEVEL))
    assert [cohort.summary.n for cohort in summary.cohorts[0]] == [5, 0, 0]
    assert summary.left_out == {"no baseline": 1}


def test_time_to_the_threshold_steps_up_where_a_value_reaches_it() -> None:
    # Events: a at day 84, b at day 420. c censored at day 420, d at day 14. 4 at risk at 0; 3 at day 84: 1 − 2/3 = 33 %;
    # 2 at day 420, one event: 1 − 2/3 × 1/2 = 67 %. Half is first passed at day 420.
    (curves,) = summarise_reached_panel(open_scene(four(), **ONE_LEVEL)).curves
    curve = curves[0]
    assert (curve.n, curve.events, curve.median) == (4, 2, 420.0)
    reached = {day: curve.reached[np.flatnonzero(curve.time == day)[0]] for day in (0.0, 84.0, 420.0)}
    assert reached == pytest.approx({0.0: 0.0, 84.0: 1 / 3, 420.0: 2 / 3})
    # Numbers at risk just before days 0, 84, 168, 252, 336, 420.
    assert curve.at_risk.tolist() == [4, 3, 2, 2, 2, 2]
    assert sorted(curve.censored_time) == [14, 420]


def test_the_time_to_the_threshold_leaves_out_who_has_no_baseline_or_starts_above() -> None:
    # b and c have two values 420 days apart: a gap for the time above, but not for the first value at or above.
    summary = summarise_reached_panel(open_scene(four(), **ONE_LEVEL))
    assert summary.left_out == {"no baseline": 1, "baseline already at or above 200/µL": 1}


def test_the_words_of_the_time_to_the_threshold_carry_n_of_n() -> None:
    first, *others = words("reached", open_scene(four(), **ONE_LEVEL)).rows
    assert first[:3] == ("≥ 200", "240 µg/kg", "2/4")
    assert first[3].startswith("420")
    # Cohort 480 is e alone, who has no baseline; nobody is in 720. Both stay, with nobody at risk and no median.
    assert others == [("≥ 200", "480 µg/kg", "0/0", "–"), ("≥ 200", "720 µg/kg", "0/0", "–")]


def test_a_threshold_nobody_reaches_has_no_median() -> None:
    described = words("reached", open_scene(four(), threshold=(5_000.0,), who="everyone"))
    assert described.rows[0][2:] == ("0/5", "not reached by half")


def test_the_ribbon_orders_rows_by_cohort_and_days_above_and_leaves_out_those_without_baseline() -> None:
    summary = summarise_ribbon_panel(open_scene(four(), gap=None, **ONE_LEVEL))
    # Days ≥ 200 without a cap: f 420 (210 → 250), b 150 → 260 crosses at 420 × 50/110 = 190.9, so 229.1; a 168; c and d 0.
    assert summary.participants == ("f", "b", "a", "c", "d")
    assert summary.left_out == {"no baseline": 1}
    (above,) = summary.above
    spans = {
        summary.participants[row]: (start, end) for row, start, end in zip(above.row, above.start, above.end, strict=True) if end > start
    }
    assert spans["f"] == (0, 420)
    assert spans["b"] == pytest.approx((420 * 50 / 110, 420))
    assert spans["a"] == pytest.approx((42, 210))
    assert set(spans) == {"f", "b", "a"}


def test_a_gap_beyond_the_cap_is_a_span_of_its_own() -> None:
    # 100 → 250 over 14 days crosses 200 at 14 × 100/150 = 9.33; days 14 to 200 are a gap of 186 days; 150 → 100 stays below.
    summary = summarise_ribbon_panel(open_scene(build_data(course("g", {0: 100.0, 14: 250.0, 200: 150.0, 210: 100.0})), **ONE_LEVEL))
    (above,) = summary.above
    assert [float(above.start[0]), float(above.end[0])] == pytest.approx([28 / 3, 14])
    assert [(row, start, end) for row, start, end in zip(summary.gaps.row, summary.gaps.start, summary.gaps.end, strict=True)] == [
        (0, 14, 200)
    ]
    assert (len(above.row), summary.observed.start.tolist(), summary.observed.end.tolist()) == (1, [0], [210])


def test_the_ribbon_calls_only_those_without_a_baseline_so() -> None:
    # With the cap of 91 days nothing is covered for b, c and f, who have a baseline; e has none.
    summary = summarise_ribbon_panel(open_scene(four(), **ONE_LEVEL))
    assert summary.left_out["no baseline"] == 1
    assert len(summary.participants) + sum(summary.left_out.values()) == 6


@pytest.mark.parametrize("key", ["responders", "sweep", "time-above", "reached", "ribbon"])
def test_a_selection_of_nobody_is_shown_as_n_of_0(key: str) -> None:
    described = words(key, open_scene(odd_data(), cohort=("720",)))
    assert "720 µg/kg; n = 0 of 8." in described.caption
    assert described.shown.startswith("0 participants")


def test_an_interval_needs_five_in_the_denominator() -> None:
    rows = summarise_responder_panel(open_scene(four(), who="everyone", **ONE_LEVEL)).rows[0]
    assert {row.denominator: math.isfinite(row.lower) for row in rows if row.denominator} == {4: False, 1: False, 5: True}


@pytest.mark.parametrize("n", ["observed", "reached", "dosed", "enrolled"])
@pytest.mark.parametrize("respond", ["at-visit", "ever", "sustained"])
@pytest.mark.parametrize("who", ["eligible", "everyone"])
def test_everyone_in_the_selection_is_in_the_denominator_or_left_out_for_one_reason(n: str, respond: str, who: str) -> None:
    scene = open_scene(odd_data(), n=n, respond=respond, who=who, visit="week-36", threshold=(200.0,))
    responders, sweep = summarise_responder_panel(scene), summarise_sweep_panel(scene)
    assert responders.rows[0][-1].denominator + sum(responders.left_out.values()) == scene.n
    assert sweep.lines[-1].denominator + sum(sweep.left_out.values()) == scene.n


def test_a_visit_that_is_not_due_at_the_data_cut_is_named_as_such() -> None:
    scene = open_scene(drawn_trial(), n="enrolled", who="everyone", threshold=(200.0,))
    early = scene.analysis.participants.assign(cut_day=100)
    cut = replace(
        scene, analysis=replace(scene.analysis, participants=early, daily=scene.analysis.daily[scene.analysis.daily["day"] <= 100])
    )
    summary = summarise_responder_panel(cut)
    assert summary.pending == int(early["dosed"].sum())
    assert "had no visit due at the data cut" in PANELS["responders"].describe(summary, cut).caption
    observed = replace(cut, view=replace(cut.view, n="observed"))
    assert summarise_responder_panel(observed).left_out["not yet due at the data cut"] == int(early["dosed"].sum())


LATE = {"period": "week-36-to-60"}
PERIOD_WORDS = [
    # `ever` reads every value after day 0 up to the horizon (endpoints, section 5); neighbouring visits are those of the period.
    ("responders", {"respond": "ever", **LATE}, "threshold at any visit after day 0, up to week 60, participants"),
    ("sweep", {"respond": "ever", **LATE}, "each level at any visit after day 0, up to week 60; N ="),
    ("sweep", {"respond": "sustained", **LATE}, "each level at two scheduled visits in a row, week 36 to week 60; N ="),
    # Days are cut at the planned days of the first and the last visit: weeks 36 and 60 are days 252 and 420.
    ("time-above", LATE, "threshold from week 36 up to week 60 (day 252 to day 420); between"),
    ("time-above", {"period": "to-week-36"}, "threshold from the first dose up to week 36 (day 0 to day 252); between"),
    # The first value is looked for from the baseline on (section 7).
    ("reached", LATE, "at least once from the first dose up to week 60, whatever start the period has (one minus"),
    ("reached", {"period": "to-week-36"}, "at least once from the first dose up to week 36 (one minus"),
]


@pytest.mark.parametrize(("key", "choices", "said"), PERIOD_WORDS, ids=[f"{key} {choices}" for key, choices, _ in PERIOD_WORDS])
def test_a_caption_names_the_days_that_are_counted(key: str, choices: dict[str, str], said: str) -> None:
    assert said in words(key, open_scene(four(), **ONE_LEVEL, **choices)).caption


def test_a_value_before_the_start_of_the_period_counts_for_ever_and_for_the_first_time_but_not_for_the_days() -> None:
    # a is at 300 from day 84 to day 168 and has 200 at day 420; between days 252 and 420 its line (100, 100, 200) ends at 200.
    scene = open_scene(four(), respond="ever", who="everyone", threshold=(300.0,), **LATE)
    # Of those with a value after day 0 (all six), a reached 300 on day 84 and e on day 420.
    assert [(row.responders, row.denominator) for row in summarise_responder_panel(scene).rows[0]] == [(1, 5), (1, 1), (0, 0), (2, 6)]
    reached = summarise_reached_panel(scene).curves[0][0]
    assert (reached.events, reached.time[reached.reached > 0].min()) == (1, 84)
    days = summarise_time_above_panel(scene).cohorts[0][0]
    assert dict(zip(days.participant, days.days, strict=True)) == {"a": 0}


@pytest.mark.parametrize(("respond", "visit"), [("at-visit", "week-60"), ("ever", ""), ("sustained", "")])
def test_the_rows_of_responders_name_a_visit_only_where_the_rule_reads_one(respond: str, visit: str) -> None:
    header, *rows = write_csv(table_responders(open_scene(four(), respond=respond, **ONE_LEVEL))).splitlines()
    assert {row.split(",")[header.split(",").index("visit")] for row in rows} == {visit}


@pytest.mark.parametrize("key", ["responders", "sweep", "time-above", "reached"])
def test_a_cohort_without_participants_stays_in_every_table(key: str) -> None:
    # Of the baseline stratum “300 or more” (g in 240, h in 480) nobody is below 200, and nobody is in 720.
    values = [*course("g", {0: 310.0, 84: 320.0, 420: 330.0}), *course("h", {0: 320.0, 84: 330.0, 420: 150.0})]
    scene = open_scene(build_data(values, people={"h": {"cohort": "480"}}), stratum=("ge300",), threshold=(200.0, 900.0))
    labels = [cohort.label for cohort in protocol().cohorts]
    column = 0 if key == "sweep" else 1
    shown = [row[column] for row in words(key, scene).rows if row[column] != "All shown"]
    assert shown == (labels if key == "sweep" else labels * 2)
    if key == "reached":
        # Both are below 900 and never reach it; under 200 nobody is at risk.
        assert [row[2:] for row in words(key, scene).rows] == [
            ("0/0", "–"), ("0/0", "–"), ("0/0", "–"),
            ("0/1", "not reached by half"), ("0/1", "not reached by half"), ("0/0", "–"),
        ]  # fmt: skip


def test_quartiles_of_the_days_above_stand_from_five_participants_on() -> None:
    # Each is at 300 until day n × 10 and has no later value: days above 10, 20, 30, 40 and 50; quartiles 20 and 40, median 30.
    def held(n: int) -> str:
        values = [value for place in range(1, n + 1) for value in course(f"p{place}", {0: 300.0, 10 * place: 300.0})]
        return words("time-above", open_scene(build_data(values), who="everyone", **ONE_LEVEL)).rows[0][5]

    assert [held(n) for n in (3, 4, 5)] == ["20.0", "25.0", "30.0 (20 to 40)"]


@pytest.mark.parametrize(("by", "head", "groups"), [("disease", "Disease", "disease"), ("trial", "Trial", "trial")])
def test_a_pooled_study_is_described_in_its_own_words(by: str, head: str, groups: str) -> None:
    scene = open_pooled([Person("a"), Person("b", trial=1)], by=by)
    for key in ("responders", "sweep", "time-above", "reached"):
        assert words(key, scene).header[0 if key == "sweep" else 1] == head
    assert f"grouped by {groups}, longest" in words("ribbon", scene).caption
    assert f"Thick: median by {groups}" in PANELS["trajectory"].describe(PANELS["trajectory"].summarise(scene, "cd3"), scene).caption
    assert PANELS["responders"].title(scene.protocol, "-", "week").endswith(f" responders by {groups}")
    assert "at least once from the infusion up to " in words("reached", scene).caption
