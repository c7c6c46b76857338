"""Import, export, import is the identity: for the demonstration, the pilot, and whatever Hypothesis delivers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.simulate.trial import INTERIM_CUT, write_trial
from dashboard.study.definitions import read_definitions
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, StudyData
from data_access.delivery import Delivery, read_delivery
from data_access.simple_export import write_simple
from tests.data_access.deliveries import nct05600920, write_csv
from tests.data_access.test_adam import ADSL, write_adam

SOURCE = ["source_file", "source_row"]


def _data(delivery: Delivery) -> StudyData:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    snapshot = Snapshot(delivery.study, "0" * 64, "", delivery.cut_date, "published", delivery.synthetic, made)
    return StudyData(snapshot, delivery.participants, delivery.counts, delivery.doses)


def _export(delivery: Delivery, folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in write_simple(_data(delivery), delivery.records, folder)}


def _assert_identity(first: Delivery, protocol: StudyProtocol, folder: Path) -> None:
    once = _export(first, folder / "once")
    second = read_delivery(protocol, [folder / "once"])
    assert (second.cut_date, second.synthetic) == (first.cut_date, first.synthetic)
    pd.testing.assert_frame_equal(second.participants, first.participants)
    for name in ("counts", "doses"):
        pd.testing.assert_frame_equal(getattr(second, name).drop(columns=SOURCE), getattr(first, name).drop(columns=SOURCE))
    events = [delivery.records.get("adverse_event", pd.DataFrame(columns=SOURCE)).drop(columns=SOURCE) for delivery in (first, second)]
    pd.testing.assert_frame_equal(events[1], events[0])
    assert [tally.left_out for tally in second.report.tallies.values()] == [{}] * len(second.report.tallies)
    assert _export(second, folder / "twice") == once


def test_the_demonstration_comes_back_as_it_was(tmp_path: Path) -> None:
    write_trial(tmp_path / "sdtm", 4)
    delivery = read_delivery(nct05600920(), [tmp_path / "sdtm"], INTERIM_CUT)
    assert len(delivery.records["adverse_event"]) > 10
    _assert_identity(delivery, nct05600920(), tmp_path)


def test_the_pilot_comes_back_as_it_was(pilot: Delivery, tmp_path: Path) -> None:
    _assert_identity(pilot, read_definitions()["cdiscpilot01"], tmp_path)


def test_a_delivery_without_dates_and_amounts_comes_back_as_it_was(tmp_path: Path) -> None:
    folder = write_adam(tmp_path / "adam", adsl=[{**ADSL, "TRTSDT": ""}, {**ADSL, "USUBJID": "P2", "TRTSDT": "", "SAFFL": "N"}])
    text = (folder / "adlb.csv").read_text(encoding="utf-8").replace(",23439,", ",,")
    (folder / "adlb.csv").write_text(text, encoding="utf-8")
    delivery = read_delivery(nct05600920(), [folder], date(2024, 6, 1))
    assert delivery.participants["status"].tolist() == ["ongoing", "not dosed"]
    assert delivery.participants["cut_day"].isna().all()
    _assert_identity(delivery, nct05600920(), tmp_path)


def test_the_export_holds_no_date_but_that_of_the_cut_and_says_what_is_synthetic(tmp_path: Path) -> None:
    write_trial(tmp_path / "sdtm", 2)
    delivery = read_delivery(nct05600920(), [tmp_path / "sdtm"], INTERIM_CUT)
    files = _export(delivery, tmp_path / "simple")
    assert sorted(files) == ["README.txt", "adverse_events.csv", "counts.csv", "doses.csv", "participants.csv"]
    assert b"SYNTHETIC data" in files["README.txt"]
    dates = pd.Series([content.decode() for content in files.values()]).str.findall(r"\d{4}-\d{2}-\d{2}").explode().dropna()
    assert set(dates) == {"2026-01-28"}


START = date(2024, 3, 4)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)
VALUES = st.one_of(
    st.integers(0, 3000).map(str), st.decimals(0, 3000, places=2).map(str), st.integers(1, 50).map("<{}".format), st.just("1.5e2")
)


def _dates(most: int) -> st.SearchStrategy[str]:
    return st.integers(0, most).map(lambda days: (START + timedelta(days=days)).isoformat())


@st.composite
def _deliveries(draw: st.DrawFn) -> Mapping[str, list[dict[str, str]]]:
    """Files of the simple format: people with and without doses; equal counts, several a day, below the limit, before and after the cut."""
    names = [f"P{number}" for number in range(draw(st.integers(1, 4)))]
    dosed = {name for name in names if draw(st.booleans())} or {names[0]}
    status = st.sampled_from(["", "ongoing", "completed", "withdrawn", "died"])
    people = [
        {
            "participant": name, "cohort": draw(st.sampled_from(["240", "480", "NTI7-720"])), "sex": draw(st.sampled_from(["F", "M", ""])),
            "age": draw(st.sampled_from(["", "18", "89", "90", "97"])), "first_dose_date": START.isoformat() if name in dosed else "",
            "status": draw(status), "last_day": draw(st.one_of(st.just(""), st.integers(0, 500).map(str))),
        }
        for name in names
    ]  # fmt: skip
    doses = [{"participant": name, "date": START.isoformat(), "dose": "240", "unit": "ug/kg"} for name in sorted(dosed)]
    amounts = st.one_of(st.just("unknown"), st.decimals(0, 999, places=3).map(str))
    doses += [
        {"participant": draw(st.sampled_from(sorted(dosed))), "date": day, "dose": draw(amounts), "unit": "ug/kg"}
        for day in draw(st.lists(_dates(300), max_size=3, unique=True))
    ]
    counts = [
        {
            "participant": draw(st.sampled_from(names)), "analyte": draw(st.sampled_from(["alc", "cd4"])), "value": draw(VALUES),
            "date": draw(_dates(40)) + draw(st.sampled_from(["", "T08:00", "T16:30"])), "unit": draw(st.sampled_from(["/uL", "10^9/L"])),
            "visit": draw(st.one_of(st.just(""), st.just("UNSCHEDULED"), WORDS)), "unscheduled": draw(st.sampled_from(["", "yes"])),
        }
        for _ in range(draw(st.integers(1, 12)))
    ]  # fmt: skip
    events = [
        {
            "participant": draw(st.sampled_from(names)), "term": draw(WORDS), "serious": draw(st.sampled_from(["", "yes", "no"])),
            "start_date": draw(st.sampled_from(["", "2024-03-10", "2024-03", "2024"])), "severity": draw(st.one_of(st.just(""), WORDS)),
            "end_date": draw(st.sampled_from(["", "2024-03-20", "2024-04", "2025-12-31"])), "grade": draw(st.sampled_from(["", "1", "5"])),
            "outcome": draw(st.sampled_from(["", "RECOVERED/RESOLVED", "FATAL"])), "related": draw(st.one_of(st.just(""), WORDS)),
        }
        for _ in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    return {"participants": people, "doses": doses, "counts": counts} | ({"adverse_events": events} if events else {})


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files=_deliveries(), cut=st.integers(20, 400))
def test_whatever_is_delivered_comes_back_as_it_was(files: Mapping[str, list[dict[str, str]]], cut: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "delivered").mkdir()
        for table, rows in files.items():
            write_csv(folder / "delivered" / f"{table}.csv", rows)
        delivery = read_delivery(nct05600920(), [folder / "delivered"], START + timedelta(days=cut))
        for tally in delivery.report.tallies.values():
            assert tally.read == tally.stored + sum(tally.left_out.values())
        _assert_identity(delivery, nct05600920(), folder)


@pytest.mark.parametrize("study", ["nct05600920", "cdiscpilot01"])
def test_every_unit_of_a_definition_may_stand_in_an_export(study: str, tmp_path: Path) -> None:
    protocol = read_definitions()[study]
    cohort, analyte = protocol.cohort_keys[0], protocol.analyte_keys[0]
    write_csv(
        tmp_path / "participants.csv", [{"participant": "P1", "cohort": cohort, "sex": "F", "age": "60", "first_dose_date": "2024-03-04"}]
    )
    write_csv(tmp_path / "doses.csv", [{"participant": "P1", "date": "2024-03-04", "dose": "54", "unit": protocol.exposure.unit}])
    units = [name for unit in protocol.units for name in unit.names]
    count = {"participant": "P1", "analyte": analyte, "value": "1.25"}
    write_csv(
        tmp_path / "counts.csv", [{**count, "date": f"2024-03-{place:02d}", "unit": unit} for place, unit in enumerate(units, start=5)]
    )
    _assert_identity(read_delivery(protocol, [tmp_path]), protocol, tmp_path / "exported")
