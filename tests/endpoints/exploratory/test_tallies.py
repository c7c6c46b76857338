"""Counting in cells, and the few statistics of a view, on numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.endpoints.exploratory.concentrations import derive_concentrations
from dashboard.endpoints.exploratory.samples import NO_ASSAY, find_second_samples, group_samples, read_samples
from dashboard.endpoints.exploratory.tallies import count_cells, derive_tally
from dashboard.endpoints.summaries import compute_geometric_means, compute_quartiles
from tests.endpoints.exploratory.findings import drug, enrol, place

POST = {"timepoint": "POST-DOSE", "after_dose": True}
# a and b are of cohort 240, c of 480.
PEOPLE = {"a": {"cohort": "240"}, "b": {"cohort": "240"}, "c": {"cohort": "480"}}


def test_rows_are_counted_by_place_and_cohort_with_all_cohorts_together_last() -> None:
    analysis = enrol(PEOPLE)
    # Rows of a at 0 and 1, of b at 1 (twice, the second does not count) and of c at 1.
    person, at = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 1])
    tally = derive_tally(analysis, person, [at], [2], np.array([True, True, True, False, True]))
    everyone = np.ones(3, dtype=bool)
    assert count_cells(tally, everyone).tolist() == [[1, 0, 0, 1], [2, 1, 0, 3]]
    assert count_cells(tally, np.array([False, True, True])).tolist() == [[0, 0, 0, 0], [1, 1, 0, 2]]


def test_no_rows_are_counted_as_nothing_in_every_cell() -> None:
    tally = derive_tally(enrol(PEOPLE), np.zeros(0, dtype=np.int64), [np.zeros(0, dtype=np.int64)], [2])
    assert count_cells(tally, np.ones(3, dtype=bool)).tolist() == [[0] * 4] * 2


def test_quartiles_of_groups_interpolate_and_an_empty_group_has_none() -> None:
    # 1, 2, 3, 4: quartiles at places 0.75, 1.5 and 2.25 between the values: 1.75, 2.5, 3.25. A single 7 is all of its own.
    found = compute_quartiles(np.array([4.0, 7.0, 1.0, 3.0, 2.0]), np.array([0, 2, 0, 0, 0]), 3)
    assert found["n"].tolist() == [4, 0, 1]
    assert [found[name][0] for name in ("min", "q1", "median", "q3", "max")] == [1.0, 1.75, 2.5, 3.25, 4.0]
    assert [found[name][2] for name in ("min", "q1", "median", "q3", "max")] == [7.0] * 5
    assert np.isnan(found["median"][1])


def test_geometric_means_are_missing_where_a_value_is_zero_or_nobody_is() -> None:
    # √(4 · 9) = 6; the SD of ln 4 and ln 9 is ln(9/4)/√2, their interval 6 ×/÷ exp(t(0.975, 1) · SD/√2), t = 12.7062.
    found = compute_geometric_means(np.array([4.0, 9.0, 0.0, 5.0]), np.array([0, 0, 1, 1]), 3)
    assert found["n"].tolist() == [2, 2, 0]
    assert found["gmean"][0] == pytest.approx(6)
    assert found["log_sd"][0] == pytest.approx(np.log(9 / 4) / np.sqrt(2))
    assert found["gmean_upper"][0] == pytest.approx(6 * np.exp(12.7062047 * np.log(9 / 4) / 2))
    assert np.isnan(found["gmean"][1:]).all()


def test_the_second_sample_after_a_dose_is_that_of_the_same_dose_and_assay() -> None:
    # a: days 0, 14 and 30; b: day 14 only; c: ng/mL on day 0, and pg/mL on days 0 and 7.
    analysis = enrol(PEOPLE)
    rows = [drug("a", -1, 0.1), drug("a", 0, 4.0, **POST), drug("a", 14, 1.0), drug("a", 30, 0.5), drug("b", 14, 2.0)]
    rows += [drug("c", 0, 3.0, **POST), *(drug("c", day, 9.0, unit_text="pg/mL", after_dose=day == 0) for day in (0, 7))]
    samples = read_samples(derive_concentrations(place(rows, analysis), analysis), analysis)
    second = find_second_samples(samples)
    found = zip(samples.person[second].tolist(), samples.assay[second].tolist(), samples.elapsed[second].tolist(), strict=True)
    assert sorted(found) == [(0, 0, 14.0), (2, 1, 7.0)]


def test_the_assay_with_the_most_samples_is_chosen_and_the_first_of_equals() -> None:
    analysis = enrol(PEOPLE)
    rows = [drug("a", 14, 1.0), drug("b", 14, 900.0, unit_text="pg/mL"), drug("c", 14, 800.0, unit_text="pg/mL")]
    samples = read_samples(derive_concentrations(place(rows, analysis), analysis), analysis)
    every = np.arange(3)
    assert samples.assays == (("NTI7", "SERUM", "ng/mL"), ("NTI7", "SERUM", "pg/mL"))
    assert samples.choose_assay(every) == 1
    assert samples.choose_assay(np.flatnonzero(samples.person < 2)) == 0
    assert samples.choose_assay(every[:0]) == NO_ASSAY


def test_samples_are_grouped_by_cohort_side_of_the_dose_and_visit() -> None:
    # On the day of dose 1: a 4 and b 9, together 6; c alone. A sample before the dose, and one in no visit (day 500), are in no group.
    analysis = enrol(PEOPLE)
    rows = [drug("a", -1, 0.1), *(drug(who, 0, value, **POST) for who, value in (("a", 4.0), ("b", 9.0), ("c", 2.0))), drug("a", 500, 1.0)]
    samples = read_samples(derive_concentrations(place(rows, analysis), analysis), analysis)
    groups = group_samples(samples, np.arange(len(samples.person)))
    assert (samples.cohort[groups.first].tolist(), groups.means["n"].tolist()) == ([0, 1], [2, 1])
    assert groups.means["gmean"] == pytest.approx([6, 2])
    assert groups.elapsed.tolist() == [0, 0]
