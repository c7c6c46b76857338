"""The panels of the exploratory page against a trial counted by hand, and against the tables."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.panels import PANELS
from dashboard.panels.describe import Words
from dashboard.scene import Scene
from dashboard.tables import TABLES
from tests.endpoints.exploratory.findings import build_findings, drug, finding
from tests.panels.explored import explore, explore_many, explored_findings
from tests.panels.scenes import odd_data, open_scene

PAGE = [key for key, panel in PANELS.items() if panel.page == "exploratory"]


def summarise(key: str, scene: Scene) -> Any:
    return PANELS[key].summarise(scene, "-")


def words(key: str, scene: Scene) -> Words:
    return PANELS[key].describe(summarise(key, scene), scene)


def plain(row: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row)


def test_induced_and_boosted_antibodies_are_counted_among_those_who_could_have_them() -> None:
    # Of a, b and c (with a sample after the dose) a was negative before and is positive after: 1 of a and c; b rose fourfold: 1 of b.
    summary = summarise("ada", explore())
    assert (summary.kinds[0], summary.measures) == ("Binding antibodies", ("Induced", "Boosted"))
    induced, boosted = ({row.label: (row.responders, row.denominator) for row in rows} for rows in summary.rows[0])
    assert induced == {"240 µg/kg": (1, 2), "480 µg/kg": (0, 0), "720 µg/kg": (0, 0), "All shown": (1, 2)}
    assert boosted == {"240 µg/kg": (1, 1), "480 µg/kg": (0, 0), "720 µg/kg": (0, 0), "All shown": (1, 1)}


def test_each_participant_without_a_judgement_on_antibodies_is_named_with_the_reason() -> None:
    # e was not dosed; d has no sample after the dose; of neutralising antibodies also a and b cannot be judged (tested for binding only,
    # and positive).
    described = words("ada", explore())
    assert described.not_shown == (
        "1 participant: not dosed",
        "1 participant: no sample after the first dose tested for antibodies",
        "2 participants: no sample after the first dose tested for neutralising antibodies",
    )


def test_positive_antibodies_are_listed_by_visit_as_n_of_those_with_a_result() -> None:
    rows = {plain(row)[:2]: plain(row)[2:] for row in words("ada", explore()).rows}
    # Day 84 is dose 2: a and b positive, c negative. Day 252 is week 36: a alone.
    assert rows["Binding", "Positive, dose 2 (week 12)"] == ("2/3", "0/0", "0/0", "2/3")
    assert rows["Binding", "Positive, week 36 (interim)"] == ("1/1", "0/0", "0/0", "1/1")


def test_a_measure_that_nobody_can_have_is_not_drawn_and_the_caption_says_so() -> None:
    scene = explore(explored_findings().query("participant != 'b'"))
    assert summarise("ada", scene).measures == ("Induced",)
    assert "positive at baseline. Nobody was, so none is drawn." in words("ada", scene).caption


def test_concentrations_of_a_cohort_are_lines_by_participant_and_dose() -> None:
    first, second = summarise("pk", explore()).cohorts
    assert (first.label, first.days.tolist(), first.height.tolist()) == ("240 µg/kg", [0, 14, 0, 14, 14], [4, 1, 9, 4, 2])
    assert np.diff(first.line).astype(bool).tolist() == [False, True, False, True]
    # The lane of what is below the limit is at half of the smallest value that can be placed, 0.1 before the dose.
    assert (second.height.tolist(), second.in_lane.tolist()) == ([16, 0.05], [False, True])
    assert first.words.tolist()[:2] == ["a, on the day of dose 1: 4 ng/mL", "a, 14 days after dose 1: 1 ng/mL"]


def test_geometric_means_are_by_cohort_dose_and_visit() -> None:
    # √(4 · 9) = 6; ∛(1 · 4 · 2) = 2; below the limit of 0.03 counts as 0.015.
    first, second = summarise("pk", explore()).means
    assert (first.days.tolist(), first.gmean.tolist(), first.n.tolist()) == ([0, 14], pytest.approx([6, 2]), [2, 3])
    assert second.gmean.tolist() == pytest.approx([16, 0.015])
    assert [row[:2] for row in words("pk", explore()).rows] == [("Dose 1", "Dose 1 (week 0), after it"), ("Dose 1", "14 days after dose 1")]


def test_the_caption_of_concentrations_names_sampling_limits_and_what_is_below() -> None:
    described = words("pk", explore())
    assert "Sampled on days 0 to 14 after dose 1; nothing is known outside these days." in described.caption
    assert "Below the limit of quantification: 1 of 7 samples" in described.caption
    assert described.not_shown == ("1 sample: before the first dose",)


def test_two_assays_are_never_drawn_together() -> None:
    both = pd.concat([explored_findings(), build_findings([drug("a", 14, 900.0, unit_text="pg/mL", after_dose=True)])], ignore_index=True)
    summary = summarise("pk", explore(both))
    assert (summary.unit, summary.samples) == ("ng/mL", 7)
    assert summary.not_shown == {"another assay, which is never drawn together with this one": 1, "before the first dose": 1}
    assert summarise("cmax", explore(both)).cohorts[0][0].cmax.tolist() == [4, 9]
    assert set(TABLES["pk"].make(explore(both))["unit"]) == {"ng/mL", "pg/mL"}


def test_cmax_needs_a_sample_within_two_days() -> None:
    # c was first sampled on day 14. gmean of 240: √(4 · 9) = 6; of all: ∛(4 · 9 · 16) = 8.32.
    summary = summarise("cmax", explore())
    (cohorts,) = summary.cohorts
    assert [(cohort.label, cohort.cmax.tolist()) for cohort in cohorts] == [("240 µg/kg", [4, 9]), ("480 µg/kg", [16]), ("720 µg/kg", [])]
    assert cohorts[0].gmean == pytest.approx(6)
    described = words("cmax", explore())
    assert described.not_shown == ("1 dose: first sample later than 2 days, so the peak was missed",)
    assert described.rows[3][:4] == ("Dose 1", "All shown", "3 of 4", "8.32")
    assert "dose 1: not estimable (n = 3, 1 amount given)" in described.caption


# 1, 2, 4, 8, 16: geometric mean 4; SD of the logarithms ln 2 · √2.5 = 1.09596, t(0.975, 4) = 2.77645, so the interval is
# 4 ×/÷ exp(2.77645 · 1.09596 / √5) = 4 ×/÷ 3.8995: 1.026 to 15.60. Of the first four the mean is 2.83, and there is no interval.
FIVE = (1.0, 2.0, 4.0, 8.0, 16.0)


@pytest.mark.parametrize(("values", "told"), [(FIVE, "4 (1.03 to 15.6)"), (FIVE[:4], "2.83")])
def test_a_geometric_mean_has_an_interval_from_five_values_on(values: tuple[float, ...], told: str) -> None:
    scene, n = explore_many(values), len(values)
    assert plain(words("pk", scene).rows[0])[2] == f"{told}, n = {n}"
    assert words("cmax", scene).rows[0][3] == told
    for table in ("pk-summary", "cmax-summary"):
        limits = TABLES[table].make(scene)[["gmean_lower", "gmean_upper"]].iloc[0]
        assert limits.tolist() == (pytest.approx([1.0258, 15.598], rel=1e-4) if n == 5 else pytest.approx([np.nan] * 2, nan_ok=True))
    for key in ("pk", "cmax"):
        assert "95 % interval, none where n < 5" in words(key, scene).caption


def test_the_geometric_cv_is_that_of_the_logarithms() -> None:
    # ln 4 and ln 9: s² = (ln 9 − ln 4)² / 2 = 0.328805; 100 √(exp(s²) − 1) = 62.4.
    assert 100 * math.sqrt(math.expm1(math.log(9 / 4) ** 2 / 2)) == pytest.approx(62.4, abs=0.05)
    assert words("cmax", explore()).rows[0][4] == "62"


def test_exposure_and_response_are_paired_by_dose() -> None:
    # Highest CD4 over baseline 100: a 200, b 400, d 300. Ranks of Cmax 1, 2, 3 against 1, 3, 2: rho = 1 − 6 · 2 / (3 · 8) = 0.5.
    summary = summarise("exposure-response", explore())
    (cohorts,) = summary.cohorts
    assert [(cohort.cmax.tolist(), cohort.fold.tolist()) for cohort in cohorts[:2]] == [([4, 9], [2, 4]), ([16], [3])]
    assert summary.correlations == ("dose 1: 0.50, n = 3",)
    caption = words("exposure-response", explore()).caption
    assert caption.startswith("Exploratory: ")
    assert "cannot tell the effect of exposure from that of the cohort" in caption


def test_one_chosen_count_is_the_one_set_against_cmax() -> None:
    assert summarise("exposure-response", explore(analyte=("nk",))).analyte == "NK"
    assert summarise("exposure-response", explore(analyte=("nk", "b"))).analyte == "CD4"
    described = words("exposure-response", explore(analyte=("nk",)))
    assert described.not_shown == ("3 doses: no NK after it before the next dose, or no baseline above 0",)


def test_findings_lie_above_below_or_at_baseline() -> None:
    # Lesions at week 36: a 4 → 2, b 3 → 3, c 1 → 5; d has no baseline.
    (series,) = summarise("findings", explore()).series
    first, second, third = series.cohorts
    assert series.name == "Lesions (HPV lesion)"
    assert [part.tolist() for part in (first.lower, first.equal, first.higher, first.unknown)] == [[1], [1], [1], [0]]
    assert (second.unknown.tolist(), second.n.tolist(), third.n.tolist()) == ([1], [1], [0])


def test_findings_in_words_are_told_from_what_to_what() -> None:
    rows = {row[:2]: row[2:] for row in words("findings", explore()).rows}
    assert rows["Lesions (HPV lesion)", "Week 36 (interim)"] == (
        "1 ↓ 1 = 1 ↑; n = 3",
        "1 without baseline",
        "–",
        "1 ↓ 1 = 1 ↑, 1 without baseline; n = 4",
    )
    assert rows["Response", "Week 36 (interim)"] == ("1 Active → Cleared; n = 1", "–", "–", "1 Active → Cleared; n = 1")


@pytest.mark.parametrize("choices", [{}, {"cohort": ("240",)}, {"cohort": ("480", "720")}, {"cohort": ("720",)}])
def test_findings_shown_and_not_shown_are_all_findings_of_the_selection(choices: dict[str, tuple[str, ...]]) -> None:
    scene = explore(**choices)
    summary = summarise("findings", scene)
    assert summary.records + sum(summary.not_shown.values()) == len(TABLES["findings"].make(scene))
    samples = summarise("pk", scene)
    assert samples.samples + sum(samples.not_shown.values()) == len(TABLES["pk"].make(scene))


def test_a_finding_without_a_day_is_counted() -> None:
    more = pd.concat([explored_findings(), build_findings([finding("e", None, 3.0, label="Lesions", object="HPV LESION")])])
    assert "1 result: no first dose, so no day" in words("findings", explore(more.reset_index(drop=True))).not_shown


@pytest.mark.parametrize("key", PAGE)
def test_a_panel_without_findings_says_so_in_place_of_a_figure(key: str) -> None:
    scene = open_scene(odd_data())
    figure = PANELS[key].draw(summarise(key, scene))
    (sentence,) = [note["text"] for note in figure["layout"]["annotations"] if note["text"] != "SYNTHETIC"]
    assert figure["data"] == []
    assert sentence.startswith(("No ", "Nobody "))


@pytest.mark.parametrize("key", PAGE)
def test_a_panel_without_participants_has_no_numbers(key: str) -> None:
    scene = explore(cohort=("720",))
    assert PANELS[key].draw(summarise(key, scene))["data"] == []
    assert "n = 0 of 5" in words(key, scene).caption


def test_the_interval_is_the_one_chosen() -> None:
    tables = {ci: TABLES["ada-summary"].make(explore(ci=ci)) for ci in ("exact", "wilson")}
    assert set(tables["wilson"]["ci"]) == {"wilson"}
    assert "95 % Wilson interval" in words("ada", explore(ci="wilson")).caption


def test_what_is_derived_does_not_change_with_the_selection() -> None:
    scene = explore()
    few = replace(scene, view=replace(scene.view, cohort=("240",)))
    whole, part = (TABLES["cmax"].make(one) for one in (scene, few))
    pd.testing.assert_frame_equal(whole[whole["cohort"] == "240"].reset_index(drop=True), part)
