from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.endpoints.proportions import compute_interval, compute_limits

ORACLE = pd.read_csv(Path(__file__).parents[1] / "oracles" / "proportions.csv")


@pytest.mark.parametrize("method", ["exact", "wilson", "jeffreys"])
def test_intervals_equal_those_of_r(method: str) -> None:
    rows = ORACLE[ORACLE["method"] == method]
    found = [compute_interval(row.successes, row.total, method, row.level) for row in rows.itertuples()]
    assert len(rows) > 50
    np.testing.assert_allclose(found, rows[["lower", "upper"]], atol=1e-9)


@pytest.mark.parametrize(
    ("successes", "total", "percent"), [(10, 12, (51.6, 97.9)), (5, 12, (15.2, 72.3)), (284, 329, (82.1, 89.8)), (278, 329, (80.1, 88.2))]
)
def test_exact_intervals_equal_published_ones(successes: int, total: int, percent: tuple[float, float]) -> None:
    # 10/12 and 5/12: published NT-I7 response rates; 284/329 and 278/329: recomputed from the pooled NS7CAR abstract.
    assert tuple(round(100 * end, 1) for end in compute_interval(successes, total, "exact")) == percent


@pytest.mark.parametrize("method", ["exact", "wilson", "jeffreys"])
def test_no_interval_is_shown_below_five(method: str) -> None:
    assert np.isnan(compute_interval(2, 4, method)).all()
    assert np.isnan(compute_interval(0, 0, method)).all()
    assert np.isfinite(compute_interval(2, 5, method)).all()


def test_an_unknown_method_or_an_impossible_count_is_refused() -> None:
    with pytest.raises(ValueError, match="'wald' is none of exact, wilson, jeffreys"):
        compute_interval(1, 10, "wald")
    with pytest.raises(ValueError, match="11 of 10"):
        compute_interval(11, 10, "exact")


def test_limits_of_a_table_are_the_interval_of_each_cell_and_missing_without_a_method() -> None:
    successes, totals = np.array([[10, 5, 10], [284, 278, 2]]), np.array([[12, 12, 12], [329, 329, 4]])
    lower, upper = compute_limits(successes, totals, "exact")
    # The published percents above; below five there is none.
    np.testing.assert_array_equal(np.round(100 * lower, 1), [[51.6, 15.2, 51.6], [82.1, 80.1, np.nan]])
    np.testing.assert_array_equal(np.round(100 * upper, 1), [[97.9, 72.3, 97.9], [89.8, 88.2, np.nan]])
    assert np.isnan(compute_limits(successes, totals, None)).all()


@given(data=st.data(), total=st.integers(5, 400), method=st.sampled_from(["exact", "wilson", "jeffreys"]))
def test_an_interval_holds_the_proportion_and_mirrors(data: st.DataObject, total: int, method: str) -> None:
    successes = data.draw(st.integers(0, total))
    lower, upper = compute_interval(successes, total, method)
    assert 0 <= lower <= successes / total <= upper <= 1
    assert compute_interval(total - successes, total, method) == pytest.approx((1 - upper, 1 - lower))
