"""The CDISC pilot, imported from SAS transport files and from CSV. Expected numbers are those of the published data sets."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from dashboard.study.definitions import read_definitions
from data_access.content_hash import compute_fingerprint
from data_access.delivery import Delivery, read_delivery
from tests.data_access.deliveries import pilot_domain


def _content_hash(delivery: Delivery) -> str:
    frames = {"participant": delivery.participants, "count": delivery.counts, "dose": delivery.doses}
    return compute_fingerprint(delivery.study, delivery.cut_date, delivery.synthetic, frames).content_hash


def test_all_randomised_participants_are_stored_under_their_treatment(pilot: Delivery) -> None:
    # The pilot's report: 306 screened, 254 randomised: placebo 86, high dose 84, low dose 84.
    assert pilot.participants["cohort"].value_counts().to_dict() == {"placebo": 86, "high": 84, "low": 84}
    tally = pilot.report.tallies["participants"]
    assert (tally.read, tally.stored, tally.left_out) == (306, 254, {"not enrolled: screen failure": 52})


def test_every_lymphocyte_record_is_stored_and_every_other_row_counted(pilot: Delivery) -> None:
    tally = pilot.report.tallies["counts"]
    assert (tally.read, tally.stored) == (21927, 1808)
    assert tally.left_out == {"not an analyte of this study": 20119}
    lymphocytes = pilot_domain("lbhe").query("LBTESTCD == 'LYM'")
    assert sorted(pilot.counts["source_row"]) == sorted(lymphocytes.index + 1)


def test_every_value_is_the_standardised_result_in_cells_per_microlitre(pilot: Delivery) -> None:
    standard = pilot_domain("lbhe")["LBSTRESN"].to_numpy()[pilot.counts["source_row"] - 1]
    assert pilot.counts["value"].to_numpy() == pytest.approx(standard * 1000, rel=1e-12)
    assert not [note for note in pilot.report.notes if note.code == "results-differ"]


def test_every_day_is_the_study_day_without_its_gap_at_zero(pilot: Delivery) -> None:
    study_day = pilot_domain("lbhe")["LBDY"].to_numpy()[pilot.counts["source_row"] - 1]
    assert [int(day) for day in pilot.counts["day"]] == [int(day) - 1 if day > 0 else int(day) for day in study_day]


def test_every_exposure_interval_is_a_dose_and_the_first_is_on_day_zero(pilot: Delivery) -> None:
    assert len(pilot.doses) == 591
    assert set(pilot.doses.loc[pilot.doses["dose_number"] == 1, "day"]) == {0}
    assert pilot.participants["dosed"].all()


def test_status_follows_the_disposition_of_the_pilot(pilot: Delivery) -> None:
    # DS of the pilot: 110 completed, 3 deaths, 2 lost to follow-up; the other 139 of 254 left for another reason.
    assert pilot.participants["status"].value_counts().to_dict() == {"withdrawn": 139, "completed": 110, "died": 3, "lost to follow-up": 2}


def test_the_data_cut_is_the_latest_date_of_the_delivery(pilot: Delivery) -> None:
    assert pilot.cut_date == date(2015, 3, 5)
    assert (pilot.participants["last_day"] <= pilot.participants["cut_day"]).all()


def test_transport_and_csv_files_give_the_same_content_hash(pilot: Delivery, pilot_csv: Path) -> None:
    from_csv = read_delivery(read_definitions()["cdiscpilot01"], [pilot_csv])
    pd.testing.assert_frame_equal(from_csv.counts, pilot.counts)
    assert _content_hash(from_csv) == _content_hash(pilot)


def test_the_content_hash_depends_on_rows_cut_and_kind_only(pilot: Delivery) -> None:
    frames = {"participant": pilot.participants, "count": pilot.counts, "dose": pilot.doses}
    base = _content_hash(pilot)
    assert compute_fingerprint(pilot.study, date(2015, 3, 6), False, frames).content_hash != base
    assert compute_fingerprint(pilot.study, pilot.cut_date, True, frames).content_hash != base
    assert compute_fingerprint("other", pilot.cut_date, False, frames).content_hash != base
    altered = frames | {"count": pilot.counts.assign(value=pilot.counts["value"].where(pilot.counts.index != 7, 1.0))}
    assert compute_fingerprint(pilot.study, pilot.cut_date, False, altered).content_hash != base


def test_an_earlier_cut_holds_only_what_was_known_then(pilot_xpt: Path) -> None:
    cut = date(2013, 6, 30)
    delivery = read_delivery(read_definitions()["cdiscpilot01"], [pilot_xpt], cut)
    lb = pilot_domain("lbhe").query("LBTESTCD == 'LYM' and LBDTC < '2013-07-01'")
    assert len(delivery.counts) == len(lb)
    assert len(delivery.doses) == len(pilot_domain("ex").query("EXSTDTC <= '2013-06-30'"))
    ended = pilot_domain("ds").query("DSCAT == 'DISPOSITION EVENT' and DSDECOD != 'SCREEN FAILURE' and DSSTDTC <= '2013-06-30'")
    assert (
        int(delivery.participants["status"].isin(["completed", "withdrawn", "died", "lost to follow-up"]).sum())
        == ended["USUBJID"].nunique()
    )
