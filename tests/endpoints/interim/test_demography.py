"""Demography and baseline counts, by hand on five participants."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.interim.demography import DEMOGRAPHY_COLUMNS, summarise_demography
from dashboard.endpoints.records import derive_analysis
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import everyone, protocol
from tests.endpoints.interim.grown import trial

STATISTICS = ["n", "of", "median", "q1", "q3", "min", "max"]


def demography(data: StudyData) -> pd.DataFrame:
    analysis = derive_analysis(data, protocol(), "last")
    return summarise_demography(analysis, everyone(analysis)).set_index(["item", "cohort"])


def test_sexes_are_counted_by_cohort() -> None:
    # c alone is a man.
    table = demography(trial().data)
    assert table.loc["sex:F", "n"].tolist() == [3, 0, 1, 4]
    assert table.loc["sex:M", "n"].tolist() == [0, 1, 0, 1]
    assert table.loc[("sex:F", "all"), "percent"] == 80
    assert table.loc["sex:F", "of"].tolist() == [3, 1, 1, 5]


def test_baseline_counts_have_median_type_7_quartiles_and_range() -> None:
    # CD4 baselines of 240: a 120 (day 0), b 90, d 250. Type 7: q1 = 90 + 0.5 × 30, q3 = 120 + 0.5 × 130. c (480) 150 on day −5.
    # All: 90, 120, 150, 250: median 135, q1 = 90 + 0.75 × 30, q3 = 150 + 0.25 × 100. e has a count without a day, so no baseline.
    table = demography(trial().data).loc["baseline:cd4", STATISTICS]
    assert table.loc["240"].tolist() == [3, 3, 120, 105, 185, 90, 250]
    assert table.loc["480"].tolist() == [1, 1, 150, 150, 150, 150, 150]
    assert table.loc["all"].tolist() == [4, 5, 135, 112.5, 175, 90, 250]
    assert table.loc["720", ["n", "of"]].tolist() == [0, 1]
    assert table.loc["720", STATISTICS[2:]].isna().all()


def test_an_age_that_was_not_recorded_is_not_counted() -> None:
    # Everyone is 50, but c, whose age is not known.
    ages = demography(trial().data).loc["age", STATISTICS]
    assert ages["n"].tolist() == [3, 0, 1, 4]
    assert ages.loc["all"].tolist() == [4, 5, 50, 50, 50, 50, 50]


def test_strata_and_who_has_no_baseline_add_up_to_everyone() -> None:
    table = demography(trial().data).reset_index()
    strata = table[table["item"].str.startswith("stratum:")]
    by_label = strata[strata["cohort"] == "240"].set_index("label")["n"]
    assert by_label.to_dict() == {
        "CD4 below 100": 1, "CD4 100 to 199": 1, "CD4 200 to 299": 1, "CD4 300 or more": 0, "No CD4 baseline": 0,
    }  # fmt: skip
    assert strata.groupby("cohort")["n"].sum().to_dict() == {"240": 3, "480": 1, "720": 1, "all": 5}


def test_a_share_has_no_statistics_and_a_measure_no_percent() -> None:
    table = demography(trial().data).reset_index()
    measures = table["item"].str.startswith(("age", "baseline:"))
    assert table.loc[~measures, STATISTICS[2:]].isna().all(axis=None)
    assert table.loc[measures, "percent"].isna().all()
    assert table.dtypes.astype(str).to_dict() == DEMOGRAPHY_COLUMNS


def test_the_quartiles_of_drawn_ages_are_those_of_numpy() -> None:
    data = trial().data
    ages = [34, 61, 47, 52, 70]
    people = data.participants.assign(age=pd.array(ages, dtype="Int64"), cohort="240")
    row = demography(StudyData(data.snapshot, people, data.counts, data.doses)).loc[("age", "240"), STATISTICS[2:]]
    np.testing.assert_allclose(row.to_numpy(dtype=float), np.percentile(ages, [50, 25, 75, 0, 100]))
