from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.exploratory.associations import (
    compute_power_slope,
    compute_rank_correlation,
    derive_exposure_response,
    summarise_exposure_response,
    summarise_proportionality,
)
from dashboard.endpoints.exploratory.concentrations import derive_concentrations
from dashboard.endpoints.exploratory.peaks import derive_peaks, summarise_peaks
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.summaries import compute_geometric_means
from tests.endpoints.builders import course, everyone
from tests.endpoints.exploratory.findings import drug, enrol, place

ORACLES = Path(__file__).parents[2] / "oracles"
POST = {"timepoint": "POST-DOSE", "after_dose": True, "time": "16:00"}
PRE = {"timepoint": "PRE-DOSE", "time": "09:00"}
LIMITS = ["gmean_lower", "gmean_upper"]


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(ORACLES / f"exploratory_{name}.csv")


def concentrations(rows: list[dict[str, object]], analysis: Analysis) -> pd.DataFrame:
    return derive_concentrations(place(rows, analysis), analysis)


# Three profiles by hand. Two doses (days 0 and 84) each.
# early      0.05 before; after dose 1: 3 (day 0), 0.8 (day 14), 0.1 (day 30), trough 0.06 on day 84 before dose 2; dose 2: 2.5, 2.5.
#            Cmax 3 on day 0; dose 2: 2.5 at its first sample, day 0, not at the equal one on day 14 after it.
# late-peak  after dose 1: 1 (day 0), 4 (day 14), <0.031 (day 30). Cmax 4 on day 14. Dose 2 has no sample.
# below      after dose 1: <0.031 twice: no Cmax. After dose 2 only day 98: 0.4, fourteen days after it, too late for the peak.
PROFILES = [
    drug("early", 0, 0.05, **PRE), drug("early", 0, 3, **POST), drug("early", 14, 0.8), drug("early", 30, 0.1),
    drug("early", 84, 0.06, **PRE), drug("early", 84, 2.5, **POST), drug("early", 98, 2.5),
    drug("late-peak", 0, 1, **POST), drug("late-peak", 14, 4),
    drug("late-peak", 30, 0.0155, below_loq=True, limit=0.031, value_text="<0.031"),
    drug("below", 0, 0.0155, below_loq=True, limit=0.031, value_text="<0.031", **POST),
    drug("below", 14, 0.0155, below_loq=True, limit=0.031, value_text="<0.031"), drug("below", 98, 0.4),
]  # fmt: skip
DOSES = dict.fromkeys(("below", "early", "late-peak"), (0, 84))


def test_cmax_and_tmax_of_three_profiles_by_hand() -> None:
    analysis = enrol(list(DOSES), doses=DOSES)
    found = derive_peaks(concentrations(PROFILES, analysis), analysis)
    assert found["participant_index"].tolist() == [0, 0, 1, 1, 2, 2]
    assert found["dose_number"].tolist() == [1, 2] * 3
    np.testing.assert_array_equal(found["cmax"], [np.nan, 0.4, 3, 2.5, 4, np.nan])
    np.testing.assert_array_equal(found["tmax_days"], [np.nan, 14, 0, 0, 14, np.nan])
    assert found["samples"].tolist() == [2, 1, 4, 2, 3, 0]
    np.testing.assert_array_equal(found["first_sample"], [0, 14, 0, 0, 0, np.nan])
    np.testing.assert_array_equal(found["last_sample"], [14, 14, 84, 14, 30, np.nan])
    assert found["below_limit"].tolist() == [2, 0, 0, 0, 1, 0]
    assert found["peak_sampled"].tolist() == [True, False, True, True, True, False]


def test_a_sample_before_the_dose_of_its_day_is_the_trough_of_the_dose_before() -> None:
    analysis = enrol(["early"], doses={"early": (0, 84)})
    found = concentrations([row for row in PROFILES if row["participant"] == "early"], analysis)
    assert found["dose_number"].tolist() == [pd.NA, 1, 1, 1, 1, 2, 2]
    assert found["days_since_dose"].tolist() == [pd.NA, 0, 14, 30, 84, 0, 14]


def test_the_cohort_summary_leaves_out_profiles_that_began_too_late_and_counts_them() -> None:
    analysis = enrol(list(DOSES), doses=DOSES)
    table = summarise_peaks(derive_peaks(concentrations(PROFILES, analysis), analysis), analysis, everyone(analysis))
    assert table["cohort"].tolist() == ["240", "480", "720", "all"] * 2
    first, second = table[table["cohort"] == "240"].to_dict("records")
    # Dose 1: Cmax 3 and 4, geometric mean √12; SD of the logarithms ln(4/3)/√2, so CV 100 √(exp(ln(4/3)²/2) − 1).
    assert (first["doses"], first["sampled"], first["n"], first["all_below"], first["late"]) == (3, 3, 2, 1, 0)
    assert first["gmean"] == pytest.approx(12**0.5)
    assert first["gcv"] == pytest.approx(100 * (np.exp(np.log(4 / 3) ** 2 / 2) - 1) ** 0.5)
    assert (first["tmax_min"], first["tmax_median"], first["tmax_max"]) == (0, 7, 14)
    assert (second["doses"], second["sampled"], second["n"], second["all_below"], second["late"]) == (3, 2, 1, 0, 1)
    assert second["gmean"] == pytest.approx(2.5)
    assert np.isnan(second["gcv"])


def test_geometric_mean_and_cv_of_cmax_equal_those_of_r() -> None:
    data, answers = read("slope_data"), read("cmax").set_index("group")
    for name, group in data.groupby("group"):
        people = [f"p{place:02d}" for place in range(len(group))]
        analysis = enrol(people)
        rows = [drug(person, 0, value, **POST) for person, value in zip(people, group["y"], strict=True)]
        table = summarise_peaks(derive_peaks(concentrations(rows, analysis), analysis), analysis, everyone(analysis))
        found = table.loc[table["cohort"] == "all", list(answers.columns)].iloc[0]
        expected = answers.loc[name].astype(float)
        # R gives an interval of three values too: the rule of fewer than five is ours. Without the rule it is that of R.
        if len(group) < 5:
            pure = compute_geometric_means(group["y"].to_numpy(), np.zeros(len(group), dtype=np.int64), 1)
            assert [pure[limit][0] for limit in LIMITS] == pytest.approx(expected[LIMITS].tolist(), rel=1e-9)
            expected[LIMITS] = np.nan
        np.testing.assert_allclose(found.to_numpy(dtype=float), expected.to_numpy(dtype=float), rtol=1e-9)


def test_below_the_limit_lies_in_a_lane_of_its_own_and_keeps_its_text() -> None:
    analysis = enrol(list(DOSES), doses=DOSES)
    found = concentrations([*PROFILES, drug("early", 112, 0.0)], analysis)
    lane = found[found["in_lane"]]
    assert set(lane["value_text"]) == {"<0.031", "0"}
    # The smallest concentration with a place on a log axis is 0.05.
    assert set(lane["lane_value"]) == {0.025}
    assert found.loc[~found["in_lane"], "lane_value"].isna().all()


def test_two_units_are_two_assays() -> None:
    analysis = enrol(["p"])
    found = derive_peaks(concentrations([drug("p", 0, 3, **POST), drug("p", 0, 3000, unit_text="pg/mL", **POST)], analysis), analysis)
    assert found["unit"].tolist() == ["ng/mL", "pg/mL"]
    assert found["cmax"].tolist() == [3, 3000]


def test_a_result_beyond_the_range_of_the_assay_is_marked() -> None:
    analysis = enrol(["p"])
    found = derive_peaks(concentrations([drug("p", 0, np.nan, value_text=">50", **POST), drug("p", 14, 9)], analysis), analysis).iloc[0]
    assert found["cmax"] == 9
    assert found["above_limit"]


def test_hours_come_from_the_clock_then_from_the_timepoint_then_are_unknown() -> None:
    rows = [drug("p", 0, 1, after_dose=True, timepoint="4 HOURS POST-DOSE"), drug("p", 0, 2, after_dose=True, time="18:30"),
            drug("p", 1, 3, time="12:30", timepoint="24 H POSTDOSE")]  # fmt: skip
    analysis = enrol(["p"])
    without = concentrations(rows, analysis)
    assert dict(zip(without["value"], without["hours_source"], strict=True)) == {1: "nominal", 2: "", 3: ""}
    timed = Analysis(**{**vars(analysis), "doses": analysis.doses.assign(time="12:30")})
    found = derive_concentrations(place(rows, timed), timed)
    assert found[["value", "hours_source"]].to_numpy().tolist() == [[1.0, "nominal"], [2.0, "clock"], [3.0, "clock"]]
    assert found["hours_since_dose"].tolist() == [4, 6, 24]
    assert derive_peaks(found, timed)[["tmax_days", "tmax_hours"]].to_numpy().tolist() == [[1, 24]]


def test_a_time_before_the_dose_that_claims_to_be_after_it_gives_no_hours() -> None:
    analysis = enrol(["p"])
    timed = Analysis(**{**vars(analysis), "doses": analysis.doses.assign(time="12:00")})
    rows = [drug("p", 0, 1, after_dose=True, time="10:00", timepoint="4 H POST-DOSE")]
    assert derive_concentrations(place(rows, timed), timed)["hours_since_dose"].isna().all()


def test_the_power_slope_and_its_interval_equal_those_of_r() -> None:
    data, answers = read("slope_data"), read("slopes").set_index("group")
    for name, group in data.groupby("group"):
        found = compute_power_slope(group["x"].to_numpy(dtype=float), group["y"].to_numpy(dtype=float))
        np.testing.assert_allclose(found, answers.loc[name, ["slope", "lower", "upper", "intercept"]].to_numpy(dtype=float), rtol=1e-8)


@pytest.mark.parametrize(("dose", "response"), [([1.0, 2.0], [1.0, 2.0]), ([5.0, 5.0, 5.0], [1.0, 2.0, 3.0])])
def test_no_slope_without_three_points_and_two_doses(dose: list[float], response: list[float]) -> None:
    assert np.isnan(compute_power_slope(np.array(dose), np.array(response))).all()


def test_proportionality_uses_the_amount_given_in_the_unit_of_the_plan() -> None:
    people = ["a", "b", "c", "d", "e"]
    analysis = enrol(people)
    amounts, units = [240.0, 480.0, 720.0, 30.0, 480.0], ["ug/kg", "µg/kg", "mcg/kg", "mg", "µg/kg"]
    given = analysis.doses.assign(amount=amounts, amount_unit=pd.array(units, dtype="str"))
    dosed = Analysis(**{**vars(analysis), "doses": given})
    # Cmax = dose / 100 exactly: slope 1, intercept −ln 100. The dose in mg and the profile sampled from day 14 are left out.
    rows = [drug(name, 0, amount / 100, **POST) for name, amount in zip(people[:4], amounts, strict=False)] + [drug("e", 14, 1)]
    table = summarise_proportionality(derive_peaks(concentrations(rows, dosed), dosed), dosed, everyone(dosed)).iloc[0]
    assert (table["n"], table["levels"], table["left_out"]) == (3, 3, 2)
    assert table["slope"] == pytest.approx(1)
    assert table["intercept"] == pytest.approx(-np.log(100))
    assert (table["lowest_dose"], table["highest_dose"]) == (240, 720)


def test_the_rank_correlation_and_its_interval_equal_those_of_r() -> None:
    data, answers = read("rank_data"), read("ranks").set_index("group")
    for name, group in data.groupby("group"):
        found = compute_rank_correlation(group["x"].to_numpy(dtype=float), group["y"].to_numpy(dtype=float))
        np.testing.assert_allclose(found, answers.loc[name].to_numpy(dtype=float), rtol=1e-9)


def test_the_interval_of_the_rank_correlation_equals_the_published_example() -> None:
    # ci.spear of the R package statpsych prints 0.8699639, 0.5840951, 0.9638297 for these 15 pairs.
    group = read("rank_data").query("group == 'statpsych'")
    found = compute_rank_correlation(group["x"].to_numpy(dtype=float), group["y"].to_numpy(dtype=float))
    assert found[1:] == pytest.approx((0.8699639, 0.5840951, 0.9638297), abs=1e-7)


def test_few_constant_or_perfect_pairs_have_no_interval() -> None:
    rising = np.arange(6.0)
    assert np.isnan(compute_rank_correlation(rising[:2], rising[:2])[1])
    assert np.isnan(compute_rank_correlation(rising, np.ones(6))[1])
    n, rho, lower, _ = compute_rank_correlation(rising, rising)
    assert (n, rho) == (6, pytest.approx(1))
    assert np.isnan(lower)
    assert np.isnan(compute_rank_correlation(rising[:4], np.array([1.0, 3, 2, 4]))[2])


def test_the_peak_fold_is_sought_from_the_day_after_a_dose_to_the_day_of_the_next() -> None:
    # Baseline 100. After dose 1: 150, 250 and, drawn before dose 2 on its day, 300. After dose 2: 120, then 110.
    values = course("p", {0: 100, 14: 150, 30: 250, 84: 300, 98: 120, 252: 110})
    analysis = enrol(["p"], values, doses={"p": (0, 84)})
    rows = [drug("p", 0, 3, **POST), drug("p", 84, 5, **POST)]
    pairs = derive_exposure_response(derive_peaks(concentrations(rows, analysis), analysis), analysis)
    mine = pairs[pairs["analyte"] == "cd4"]
    assert mine["peak_fold"].tolist() == [3, 1.2]
    assert mine["peak_day"].tolist() == [84, 98]
    assert mine["window_end"].tolist() == [84, 252]
    assert pairs.loc[pairs["analyte"] == "nk", "peak_fold"].isna().all()


def test_exposure_response_correlates_per_dose_and_analyte() -> None:
    people = [f"p{place}" for place in range(6)]
    folds = [1, 2, 4, 3, 5, 6]
    values = [row for name, fold in zip(people, folds, strict=True) for row in course(name, {0: 100, 14: 100 * fold})]
    analysis = enrol(people, values)
    rows = [drug(name, 0, place + 1, **POST) for place, name in enumerate(people)]
    pairs = derive_exposure_response(derive_peaks(concentrations(rows, analysis), analysis), analysis)
    table = summarise_exposure_response(pairs, everyone(analysis)).set_index("analyte")
    # Two neighbours changed places: rho = 1 − 6 × 2 / (6 × 35) = 0.942857.
    assert table.loc["cd4", "rho"] == pytest.approx(1 - 12 / 210)
    assert table.loc["nk", "n"] == 0


def test_a_trial_without_concentrations_has_no_rows_and_no_error() -> None:
    analysis = enrol(["p"])
    peaks = derive_peaks(concentrations([], analysis), analysis)
    pairs = derive_exposure_response(peaks, analysis)
    tables = [peaks, summarise_peaks(peaks, analysis, everyone(analysis)), summarise_proportionality(peaks, analysis, everyone(analysis))]
    assert [len(table) for table in (*tables, pairs, summarise_exposure_response(pairs, everyone(analysis)))] == [0] * 5


def test_a_trial_nobody_was_dosed_in_has_no_peaks() -> None:
    analysis = enrol(["p"], doses={"p": ()})
    peaks = derive_peaks(concentrations([drug("p", None, 1)], analysis), analysis)
    assert len(peaks) == 0
    assert len(summarise_peaks(peaks, analysis, everyone(analysis))) == 0
    assert len(derive_exposure_response(peaks, analysis)) == 0
