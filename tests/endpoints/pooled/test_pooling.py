"""Pooling over trials against R (tests/oracles/pooled_rates.R) and published figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.endpoints.pooled.comparing import (
    Tables,
    compute_difference,
    compute_difference_heterogeneity,
    compute_stratified_difference,
    compute_stratified_odds_ratio,
    find_disagreements,
)
from dashboard.endpoints.pooled.meta import (
    Estimate,
    compute_naive_share,
    compute_share_heterogeneity,
    compute_stratified_share,
    leave_each_out,
)

FOLDER = Path(__file__).parents[2] / "oracles"
TRIALS = pd.read_csv(FOLDER / "pooled_rates_data.csv")
ORACLE = pd.read_csv(FOLDER / "pooled_rates.csv")
CASES = list(TRIALS["case"].unique())


def tables_of(case: str, left_out: int = 0) -> Tables:
    rows = TRIALS[(TRIALS["case"] == case) & (TRIALS["trial"] != left_out)]
    return Tables(*(rows[name].to_numpy() for name in ("x1", "n1", "x2", "n2")))


def limits(estimate: Estimate) -> list[float]:
    return [estimate.value, estimate.lower, estimate.upper]


@pytest.mark.parametrize("row", list(ORACLE.itertuples()), ids=lambda row: f"{row.case}-{row.left_out}")
def test_the_proportion_stratified_by_trial_equals_that_of_r(row) -> None:
    tables = tables_of(row.case, row.left_out)
    found = compute_stratified_share(tables.events, tables.totals)
    assert limits(found) == pytest.approx([row.share, row.share_lower, row.share_upper], abs=1e-12)
    differing = compute_share_heterogeneity(tables.events, tables.totals)
    if not np.isnan(row.share_q):
        assert [differing.q, differing.p_value, differing.i_squared] == pytest.approx([row.share_q, row.share_p, row.share_i2], abs=1e-9)
    assert differing.degrees_of_freedom == len(tables.totals) - 1


@pytest.mark.parametrize("row", list(ORACLE.itertuples()), ids=lambda row: f"{row.case}-{row.left_out}")
def test_the_comparison_of_two_groups_equals_that_of_r(row) -> None:
    tables = tables_of(row.case, row.left_out)
    stratified = compute_stratified_difference(tables)
    assert limits(stratified) == pytest.approx([row.difference, row.difference_lower, row.difference_upper], abs=1e-12)
    naive = compute_difference(*tables.pooled)
    assert limits(naive) == pytest.approx([row.naive, row.naive_lower, row.naive_upper], abs=1e-12)
    differing = compute_difference_heterogeneity(tables)
    found = [differing.q, differing.p_value, differing.i_squared]
    assert found == pytest.approx([row.q, row.p, row.i2], abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("row", list(ORACLE[ORACLE["odds"].notna()].itertuples()), ids=lambda row: f"{row.case}-{row.left_out}")
def test_the_odds_ratio_equals_that_of_mantelhaen_test(row) -> None:
    found = compute_stratified_odds_ratio(tables_of(row.case, row.left_out))
    assert limits(found) == pytest.approx([row.odds, row.odds_lower, row.odds_upper], rel=1e-10)


@pytest.mark.parametrize("case", CASES)
def test_each_estimate_without_a_trial_is_that_of_the_other_trials(case: str) -> None:
    tables = tables_of(case)
    left_out = leave_each_out(compute_stratified_share, tables.events, tables.totals)
    rows = ORACLE[(ORACLE["case"] == case) & (ORACLE["left_out"] > 0)]
    assert [estimate.value for estimate in left_out] == pytest.approx(rows["share"].tolist())
    assert [estimate.upper for estimate in left_out] == pytest.approx(rows["share_upper"].tolist())
    assert tables.without(0).totals.tolist() == tables_of(case, 1).totals.tolist()


@pytest.mark.parametrize(
    ("counts", "published"),
    [
        # Newcombe, Statistics in Medicine 1998;17:873, table II, method 10.
        ((56, 70, 48, 80), (0.2000, 0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.6000, 0.1705, 0.8090)),
        ((10, 10, 0, 20), (1.0000, 0.6791, 1.0000)),
    ],
)
def test_the_interval_of_a_difference_is_the_one_newcombe_printed(counts, published) -> None:
    assert tuple(round(number, 4) for number in limits(compute_difference(*counts))) == published


def test_weights_by_trial_size_give_the_naive_value_with_an_interval_of_its_own() -> None:
    # 18/20 and 30/60: (20 × 0.9 + 60 × 0.5) / 80 = 48/80 = 0.6.
    events, totals = np.array([18, 30]), np.array([20, 60])
    naive, stratified = compute_naive_share(events, totals, "wilson"), compute_stratified_share(events, totals)
    assert naive.value == pytest.approx(0.6)
    assert stratified.value == pytest.approx(0.6)
    assert stratified.upper - stratified.lower < naive.upper - naive.lower


def test_one_trial_is_pooled_to_its_own_wilson_interval() -> None:
    events, totals = np.array([284, 0]), np.array([329, 0])
    assert limits(compute_stratified_share(events, totals)) == pytest.approx(limits(compute_naive_share(events, totals, "wilson")))
    differing = compute_share_heterogeneity(events, totals)
    assert np.isnan([differing.q, differing.p_value, differing.i_squared]).all()
    assert differing.degrees_of_freedom == 0


def test_trials_in_which_everybody_responds_have_limits_and_do_not_differ() -> None:
    events = totals = np.array([4, 6, 9])
    found = compute_stratified_share(events, totals)
    assert (found.value, found.upper) == (1.0, 1.0)
    assert 0.7 < found.lower < 1
    assert compute_share_heterogeneity(events, totals).q == 0


def test_nobody_has_no_estimate_and_few_no_limits() -> None:
    none = np.array([0, 0])
    assert np.isnan(limits(compute_stratified_share(none, none))).all()
    assert np.isnan(limits(compute_naive_share(none, none, "exact"))).all()
    few = compute_stratified_share(np.array([1, 1]), np.array([2, 2]))
    assert (few.value, np.isnan(few.lower)) == (0.5, True)
    assert np.isnan(compute_difference(1, 3, 4, 9).lower)
    assert np.isnan(compute_difference(0, 0, 4, 9).value)


def test_a_trial_with_one_of_the_groups_alone_compares_nothing() -> None:
    whole = Tables(np.array([9, 5, 8]), np.array([10, 9, 12]), np.array([6, 0, 7]), np.array([11, 0, 13]))
    compared = Tables(np.array([9, 8]), np.array([10, 12]), np.array([6, 7]), np.array([11, 13]))
    assert compute_stratified_difference(whole) == compute_stratified_difference(compared)
    assert compute_stratified_odds_ratio(whole) == compute_stratified_odds_ratio(compared)
    assert compute_difference_heterogeneity(whole) == compute_difference_heterogeneity(compared)


def test_simpsons_paradox_raises_the_warning() -> None:
    # Every trial favours the first group: 95 against 90 %, 90 against 88, 50 against 40, 47 against 39, 38 against 33; all together
    # 159/310 = 51 % against 180/233 = 77 %.
    warnings = find_disagreements(tables_of("simpson"))
    assert warnings[:2] == ("reversed", "outside")


def test_the_published_case_of_the_kidney_stones_is_called_reversed() -> None:
    # Charig et al., BMJ 1986;292:879: open surgery 93 against 87 % in small and 73 against 69 % in large stones, 78 against 83 % overall.
    tables = tables_of("stones")
    assert [round(100 * share) for share in (81 / 87, 234 / 270, 192 / 263, 55 / 80, 273 / 350, 289 / 350)] == [93, 87, 73, 69, 78, 83]
    assert "reversed" in find_disagreements(tables)


def test_admissions_by_department_favour_another_sex_than_the_pool_but_not_in_every_department() -> None:
    # UCBAdmissions: 45 % of men and 30 % of women admitted; stratified −1.8 points. Four of six departments admitted more women.
    assert find_disagreements(tables_of("berkeley")) == ("opposed", "outside", "differing")


def test_trials_that_agree_raise_no_warning() -> None:
    assert find_disagreements(tables_of("even")) == ()


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)).map(
            lambda drawn: (min(drawn[:2]), max(drawn[:2]), min(drawn[2:]), max(drawn[2:]))
        ),
        min_size=1,
        max_size=6,
    )
)
def test_turning_the_groups_round_turns_the_difference_round(rows) -> None:
    forth = Tables(*(np.array(column) for column in zip(*rows, strict=True)))
    back = Tables(forth.other_events, forth.other_totals, forth.events, forth.totals)
    one, other = compute_stratified_difference(forth), compute_stratified_difference(back)
    assert limits(one) == pytest.approx([-other.value, -other.upper, -other.lower], nan_ok=True)
    assert set(find_disagreements(forth)) == set(find_disagreements(back))
    share = compute_stratified_share(forth.events, forth.totals)
    assert np.isnan(share.lower) or 0 <= share.lower <= share.value + 1e-12 <= share.upper + 2e-12 <= 1 + 3e-12
