"""Why a dose was adjusted (EXADJ): from the delivery to the doses of the exposure page, and with the data cut."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from dashboard.endpoints.participant_words import describe_dose, each_row
from dashboard.endpoints.records import derive_analysis
from dashboard.endpoints.safety.exposure import derive_exposure
from dashboard.endpoints.safety.rates import derive_at_risk
from data_access.delivery import Delivery
from data_access.memory import InMemoryRepository
from tests.data_access.deliveries import EX, nct05600920, read, write_sdtm

FIRST, WHY = {**EX, "EXSEQ": "1", "EXADJ": ""}, "DELAYED: HERPES ZOSTER"
SECOND = {**EX, "EXSEQ": "2", "EXSTDTC": "2024-06-10", "EXADJ": f" {WHY} "}
NONE = {**EX, "EXSEQ": "3", "EXSTDTC": "2024-08-19", "EXDOSE": "0", "EXADJ": "HELD"}


def deliver(folder: Path, *doses: dict[str, str]) -> Delivery:
    return read(write_sdtm(folder, ex=list(doses)))


def test_the_reason_of_a_dose_given_is_stored_with_the_place_of_the_dose(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, FIRST, SECOND, NONE)
    rows = delivery.records["dose_adjustment"][["participant", "day", "reason", "source_file", "source_row"]]
    # From 4 March to 10 June 2024: 27 + 30 + 31 + 10 = 98 days.
    assert rows.to_numpy().tolist() == [["P1", 98, WHY, "ex", 2]]
    tally = delivery.report.tallies["dose adjustments"]
    assert (tally.read, tally.stored, dict(tally.left_out)) == (1, 1, {})
    assert "unknown-column" not in {note.code for note in delivery.report.notes}


def test_a_delivery_without_reasons_has_the_hash_it_had_before(tmp_path: Path) -> None:
    plain, blank = deliver(tmp_path / "a", EX), deliver(tmp_path / "b", {**EX, "EXADJ": ""})
    repository = InMemoryRepository()
    assert repository.store_draft(plain).content_hash == repository.store_draft(blank).content_hash
    assert "dose_adjustment" not in plain.records
    assert "dose adjustments" not in plain.report.tallies


def test_a_reason_after_the_data_cut_does_not_exist(tmp_path: Path) -> None:
    folder = write_sdtm(tmp_path, ex=[FIRST, SECOND])
    assert "dose_adjustment" not in read(folder, date(2024, 6, 9)).records
    assert len(read(folder, date(2024, 6, 10)).records["dose_adjustment"]) == 1


def test_the_exposure_says_the_reason_at_its_dose_and_nowhere_else(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, FIRST, SECOND)
    repository = InMemoryRepository()
    snapshot = repository.publish(delivery.study, repository.store_draft(delivery).cut)
    analysis = derive_analysis(repository.load(snapshot), nct05600920(), "last")
    at_risk = derive_at_risk(analysis, analysis.participants["dosed"].to_numpy())
    exposure = derive_exposure(analysis, at_risk, repository.load_records(snapshot, "dose_adjustment"))
    assert exposure.dropna(subset="day")[["day", "delay", "reason"]].to_numpy().tolist() == [[0, 0, ""], [98, 14, WHY]]
    words = [describe_dose(row, "µg/kg") for row in each_row(exposure)]
    assert f"reason delivered: {WHY}" in words[1]
    assert sum("reason delivered" in text for text in words) == 1
    assert set(derive_exposure(analysis, at_risk)["reason"]) == {""}
