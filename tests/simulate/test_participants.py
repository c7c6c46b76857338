"""Persons, their counts before treatment and what the laboratory makes of them, against the domain notes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.errors import DefinitionError
from dashboard.simulate.laboratory import measure_counts
from dashboard.simulate.participants import adjusted_weight, draw_amplitudes, draw_baselines, draw_bodies, draw_people, sum_lymphocytes
from dashboard.simulate.pkpd import STEPS_PER_DAY, compute_alc_fold, compute_drug_course, typical_kinetics
from dashboard.study.definitions import BUILT_IN, read_definition

LARGE = 40_000


@pytest.fixture(scope="module")
def baselines() -> pd.DataFrame:
    return draw_baselines(LARGE, np.random.default_rng(7))


def test_baseline_cd4_has_the_distribution_of_the_domain_notes(baselines: pd.DataFrame) -> None:
    # C4: LN(ln 95, 0.85) truncated to [4, 300): median 87, mean 104, 57 % below 100, 89 % below 200. These are rounded to
    # a whole unit (± 0.5). Four standard errors at n = 40,000: proportion 4·sqrt(0.57·0.43/n) = 1.0 %, mean 4·70/200 = 1.4,
    # median about 1.25 times that of the mean = 1.8.
    cd4 = baselines["cd4"]
    assert cd4.between(4, 300, inclusive="left").all()
    assert cd4.median() == pytest.approx(87, abs=0.5 + 1.8)
    assert cd4.mean() == pytest.approx(104, abs=0.5 + 1.4)
    assert 100 * (cd4 < 100).mean() == pytest.approx(57, abs=0.5 + 1.0)
    assert 100 * (cd4 < 200).mean() == pytest.approx(89, abs=0.5 + 1.0)


@pytest.mark.parametrize(("subset", "median", "sd"), [("cd8", 216, 0.79), ("b", 80, 0.8), ("nk", 95, 0.75)])
def test_the_other_subsets_are_log_normal_as_stated(baselines: pd.DataFrame, subset: str, median: float, sd: float) -> None:
    # Four standard errors of mean and SD of the logarithm: 4·0.8/200 = 0.016 and 4·0.8/sqrt(2·40000) = 0.011.
    log = np.log(baselines[subset])
    assert log.mean() == pytest.approx(np.log(median), abs=0.016)
    assert log.std() == pytest.approx(sd, abs=0.012)


def test_cd4_and_cd8_are_correlated_and_the_others_are_not(baselines: pd.DataFrame) -> None:
    # Spearman's correlation of a Gaussian copula with 0.5 is 6/π·asin(0.25) = 0.4826; four standard errors 4/200 = 0.02.
    ranks = baselines.rank().corr()
    assert ranks.loc["cd4", "cd8"] == pytest.approx(0.4826, abs=0.02)
    assert ranks.loc["cd4", "nk"] == pytest.approx(0, abs=0.02)


def test_alc_is_the_sum_of_its_parts_with_five_percent_of_other_t_cells() -> None:
    # 1.05 × (100 + 200) + 80 + 90 = 485
    counts = [np.array([value]) for value in (100.0, 200.0, 80.0, 90.0)]
    assert sum_lymphocytes(*counts) == pytest.approx([485.0])


def test_alc_of_most_lies_between_350_and_900(baselines: pd.DataFrame) -> None:
    # C4: "ALC typically 350–900": more than half, and the median inside.
    alc = sum_lymphocytes(*(baselines[name].to_numpy() for name in ("cd4", "cd8", "b", "nk")))
    assert 350 < np.median(alc) < 900
    assert ((alc > 350) & (alc < 900)).mean() > 0.5


def test_amplitudes_spread_the_fold_at_week_four_as_the_domain_notes_say() -> None:
    # C2: 5th to 95th percentile about ×1.8 to ×4.7 at 720 µg/kg. The typical fold at day 28 is 2.69 (C1).
    folds = 2.69 ** draw_amplitudes(LARGE, np.random.default_rng(3))
    assert np.percentile(folds, [5, 95]) == pytest.approx([1.8, 4.7], abs=0.06)


def test_bodies_keep_to_the_eligible_ages_and_carry_a_dosing_weight() -> None:
    bodies = draw_bodies(5000, np.random.default_rng(5))
    assert bodies["age"].between(18, 75).all()
    lean = bodies["weight"] / (bodies["height"] / 100) ** 2 < 30
    assert (bodies.loc[lean, "dosing_weight"] == bodies.loc[lean, "weight"]).all()
    assert (bodies.loc[~lean, "dosing_weight"] < bodies.loc[~lean, "weight"]).all()


def test_participants_told_to_be_above_the_bound_start_at_300_or_more() -> None:
    protocol = read_definition(BUILT_IN / "nct05600920.toml")
    people = draw_people(protocol, 10, np.random.default_rng(1))
    told = people["story"] == "above-bound"
    assert told.sum() == 3
    assert (people.loc[told, "cd4"] >= 300).all()
    assert (people.loc[~told, "cd4"] < 300).all()


def test_a_cohort_without_a_dose_cannot_be_simulated() -> None:
    protocol = read_definition(BUILT_IN / "cdiscpilot01.toml")
    with pytest.raises(DefinitionError, match=r"cohorts\.placebo\.dose"):
        draw_people(protocol, 2, np.random.default_rng(1))


def test_adjusted_weight_is_ideal_weight_plus_forty_percent_of_the_excess() -> None:
    # Man of 177.8 cm (70 inches): ideal 50 + 2.3 × 10 = 73; 73 + 0.4 × (113 − 73) = 89. Woman of 165.1 cm (65 inches):
    # 45.5 + 2.3 × 5 = 57; 57 + 0.4 × (97 − 57) = 73.
    found = adjusted_weight(np.array(["M", "F"]), np.array([177.8, 165.1]), np.array([113.0, 97.0]))
    assert found == pytest.approx([89.0, 73.0])


def measure_many(cd4: float, day: int = -5) -> pd.DataFrame:
    """Twenty thousand persons with the same CD4, one untreated sample each."""
    size = 20_000
    people = pd.DataFrame({"cd4": cd4, "cd8": 200.0, "b": 80.0, "nk": 90.0, "amplitude": 1.0, "nk_response": 0.1}, index=range(size))
    samples = pd.DataFrame({"person": range(size), "day": day, "timepoint": ""})
    return measure_counts(people, samples, np.ones((1, size)), np.random.default_rng(11))


def test_noise_has_the_stated_size_and_grows_at_low_counts() -> None:
    # C5: sqrt(16² + 5²) = 16.8 % plus counting 0.5 × sqrt(count): at 400 cells 2.5 % (total 17.0 %), at 16 cells 12.5 %
    # (total 20.9 %). Four standard errors of an SD: 4 × 0.2 / sqrt(2 × 20000) = 0.4 percentage points; log-normal adds 0.2.
    assert measure_many(400)["cd4"].std() / 400 == pytest.approx(0.170, abs=0.006)
    assert measure_many(16)["cd4"].std() / 16 == pytest.approx(0.209, abs=0.006)


def test_noise_leaves_the_parts_consistent_with_the_total() -> None:
    # endpoints 9 flags parts above the total by more than 20 %: noise alone must not raise that flag.
    counts = measure_many(100)
    parts = counts[["cd4", "cd8", "b", "nk"]].sum(axis=1)
    assert (parts > 1.2 * counts["alc"]).mean() < 0.001


@pytest.mark.parametrize(("dose", "days"), [(240, 60), (480, 87), (720, 103)])
def test_true_days_above_200_agree_with_an_earlier_simulation(dose: int, days: int) -> None:
    # A3: an earlier simulation of 6,000 per dose found a mean of 60, 87, 103 days with CD4 ≥ 200 in 420 among those with a
    # baseline below 200, and none in 55–60 % of them. SD about 110 days, 5,300 persons each: SE of the difference 2.1; three
    # of these, and rounding.
    kinetics = typical_kinetics(np.array(["M"]))
    hours, milligrams = np.array([[0.0, 2016.0, 4032.0]]), np.full((1, 3), dose * 70 / 1000)
    fold = compute_alc_fold(kinetics, compute_drug_course(kinetics, hours, milligrams, 24 * 421.0))[
        : 420 * STEPS_PER_DAY : STEPS_PER_DAY, 0
    ]
    stream = np.random.default_rng(13)
    baseline = draw_baselines(6000, stream)["cd4"].to_numpy()
    amplitude = draw_amplitudes(6000, stream)
    low = baseline < 200
    cd4 = baseline[low, None] * np.exp(0.87 * amplitude[low, None] * np.log(fold))
    above = (cd4 >= 200).sum(axis=1)
    assert above.mean() == pytest.approx(days, abs=7)
    assert 0.5 < (above == 0).mean() < 0.63
