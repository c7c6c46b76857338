"""Figures of a source beside the product's own, on a handful of participants whose counts can be seen."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from dashboard.endpoints.pooled.measures import Count, Evidence, MeasureError, Spread, compute_measure
from dashboard.panels.reported import describe_reported, table_reported
from dashboard.scene import Scene
from layouts.overview import draw_overview
from tests.panels.pooled import Person, open_pooled
from tests.panels.scenes import odd_data, open_scene

# Six participants: four infused with T-ALL, one infused with AML, one never infused.
PEOPLE = [
    Person("P1", best="CR", traits={"transplant": "none", "involvement": "marrow", "blasts": 12.0},
           milestones=[("STEM CELL TRANSPLANT", 50), ("LAST CONTACT", 300)]),
    Person("P2", best="CRi", traits={"transplant": "after-first", "relapse-after-transplant": 90.0, "involvement": "both", "blasts": 20.0},
           milestones=[("STEM CELL TRANSPLANT", 61), ("RELAPSE", 100), ("DEATH", 140)], status="died", last_day=140),
    Person("P3", best="PR", traits={"transplant": "after-second", "relapse-after-transplant": 200.0, "involvement": "extramedullary"},
           milestones=[("LAST CONTACT", 80)]),
    Person("P4", best="NE", traits={"transplant": "none"}, milestones=[("LAST CONTACT", 45)]),
    Person("P5", disease="aml", best="SD", traits={"transplant": "none", "involvement": "marrow", "blasts": 60.0},
           milestones=[("PROGRESSION", 30), ("LAST CONTACT", 200)]),
    Person("P6", best="CR", traits={"transplant": "none", "involvement": "marrow", "blasts": 90.0}, infused=False),
]  # fmt: skip


def measure(name: str, scene: Scene | None = None) -> Count | Spread:
    shown = scene or open_pooled(PEOPLE)
    return compute_measure(Evidence(shown.analysis, shown.traits, shown.records), name)


@pytest.mark.parametrize(
    ("name", "n", "of"),
    [
        ("participants", 5, 5),
        ("cohort.t-all", 4, 5),
        ("sex.F", 5, 5),
        ("grouping.transplant.none", 3, 5),
        ("grouping.transplant.after-first+after-second", 2, 5),
        ("share.transplant.after-second.after-first+after-second", 1, 2),
        # Blasts are asked for where the marrow is involved: P1, P2 and P5; 20 % itself counts.
        ("grouping.blasts.ge20", 2, 3),
        ("response.evaluable", 4, 5),
        ("response.orr", 3, 4),
        ("response.cr-cri", 2, 4),
        ("milestone.transplant", 2, 5),
    ],
)
def test_a_count_is_of_those_infused_whom_it_is_asked_of(name: str, n: int, of: int) -> None:
    assert measure(name) == Count(n, of)


def test_medians_have_their_range_and_number() -> None:
    # 50 and 61; 90 and 200; five of 30 years; five doses of 1.
    expected = {
        "milestone.transplant": (55.5, 50, 61, 2),
        "trait.relapse-after-transplant": (145, 90, 200, 2),
        "age": (30, 30, 30, 5),
        "dose": (1, 1, 1, 5),
    }
    for name, numbers in expected.items():
        found = measure(f"{name}.median")
        assert isinstance(found, Spread)
        assert (found.value, found.low, found.high, found.n) == numbers


def test_times_observed_end_with_the_event_or_the_last_contact_and_not_with_a_transplant() -> None:
    # OS: 300, 140 (death), 80, 45, 200; in order 45, 80, 140, 200, 300.
    survival = measure("observed.os.median")
    assert isinstance(survival, Spread)
    assert (survival.value, survival.low, survival.high, survival.n) == (140, 45, 300, 5)
    # One death among three at risk at day 140: the curve stays at 2/3 and never reaches one half.
    assert pd.isna(survival.km_median)
    # PFS: 300, 100 (relapse), 80, 45, 30 (progression); the fall at day 30 is to 4/5, at day 100 by half of it, to 2/5.
    progression_free = measure("observed.pfs.median")
    assert isinstance(progression_free, Spread)
    assert (progression_free.value, progression_free.low, progression_free.high) == (80, 30, 300)
    assert progression_free.km_median == 100


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing.at.all", "no measure is called “nothing.at.all”"),
        ("grouping.site.one", "there is no grouping “site”"),
        ("grouping.dose.low", "there is no category “low” of “dose”"),
        ("cohort.cml", "there is no category “cml” of “disease”"),
        ("response.mrd", "the study defines no response rate “mrd”"),
        ("milestone.birth", "the study defines no milestone “birth”"),
        ("observed.efs.median", "the study defines no time to an event “efs”"),
        ("syndrome.hlh.any", "the study defines no syndrome “hlh”"),
        ("syndrome.crs.any", "the data cut holds no adverse event records"),
        ("trait.trial.median", "the values of the grouping “trial” are no numbers"),
        ("grouping.dose", "the measure needs 2 names after its kind (found 1)"),
    ],
)
def test_a_measure_that_cannot_be_computed_says_why(name: str, words: str) -> None:
    with pytest.raises(MeasureError) as caught:
        measure(name)
    assert str(caught.value) == words


def test_a_figure_is_the_same_whatever_the_address_selects_and_however_it_splits() -> None:
    whole = table_reported(open_pooled(PEOPLE))
    for scene in (open_pooled(PEOPLE, "involvement"), open_pooled(PEOPLE, cohort=("aml",))):
        pd.testing.assert_frame_equal(table_reported(scene), whole)


def test_what_differs_from_the_source_and_what_is_missing_say_so_in_words() -> None:
    words = describe_reported(open_pooled(PEOPLE))
    assert words is not None
    rows = {row[0]: [cell.replace("\u00a0", " ") for cell in row[1:]] for row in words.rows}
    assert rows["T-ALL"] == ["159/334 (47.6 %)", "4/5 (80.0 %; 28.4 to 99.5)", "differs", ""]
    assert rows["Cytokine release syndrome, any grade"][1:3] == ["not computed: the data cut holds no adverse event records", ""]
    assert rows["Overall survival, median"][:2] == [
        "567.5 (45 to 1,694) days",
        "140 (45 to 300) days, n = 5; Kaplan–Meier not reached (140 to not reached)",
    ]
    assert "SYNTHETIC data. The synthetic participants are made to give the counts of the source" in words.caption
    # Five of the six were infused.
    assert "who were dosed, whatever filters the address names: 5." in words.caption


def test_figures_with_the_same_words_stand_together() -> None:
    words = describe_reported(open_pooled(PEOPLE))
    assert words is not None
    together = [figures for doubt, figures, note in words.doubts if "128 + 56 + 137" in note]
    assert together == ["Bone marrow only; Extramedullary only"]


def test_marks_are_explained_only_where_there_are_any() -> None:
    scene = open_pooled(PEOPLE)
    words = describe_reported(scene)
    assert words is not None
    said, unmarked = (str(draw_overview(scene, [scene.snapshot], [], each)) for each in (words, replace(words, doubts=())))
    assert "What the marks mean" in said
    assert "What the marks mean" not in unmarked


def test_a_study_that_reports_nothing_has_no_such_words() -> None:
    assert describe_reported(open_scene(odd_data())) is None
