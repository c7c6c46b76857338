"""What every repository does, whether its rows lie in memory, SQLite or PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from dashboard.errors import NotFoundError, SnapshotStateError
from dashboard.study.columns import COUNT_COLUMNS, DOSE_COLUMNS, PARTICIPANT_COLUMNS
from data_access.delivery import Delivery
from data_access.memory import InMemoryRepository
from data_access.repository import SqlRepository
from tests.data_access.deliveries import DM, DS, LB, read, write_sdtm

Repository = InMemoryRepository | SqlRepository
STUDY = "nct05600920"


@pytest.fixture
def delivery(tmp_path: Path) -> Delivery:
    """Two participants; one was never dosed, so that missing days, ages and doses are stored too."""
    people = [DM, {**DM, "USUBJID": "0012", "SEX": "", "AGE": ""}]
    counts = [LB, {**LB, "USUBJID": "0012", "LBORRES": "<5"}, {**LB, "LBDTC": "2024-04-03", "LBORRES": "0.25", "LBORRESU": "10^9/L"}]
    return read(write_sdtm(tmp_path / "first", people, lb=counts))


@pytest.fixture
def later_delivery(tmp_path: Path) -> Delivery:
    """The same study with a later cut."""
    return read(write_sdtm(tmp_path / "later", lb=[LB, {**LB, "LBDTC": "2024-06-03"}]))


def test_stored_rows_come_back_as_they_were_read(repository: Repository, delivery: Delivery) -> None:
    snapshot = repository.publish(STUDY, repository.store_draft(delivery).cut)
    data = repository.load(snapshot)
    pd.testing.assert_frame_equal(data.participants, delivery.participants)
    pd.testing.assert_frame_equal(data.counts, delivery.counts)
    pd.testing.assert_frame_equal(data.doses, delivery.doses)
    assert data.snapshot == snapshot


def test_frames_have_the_declared_types(repository: Repository, delivery: Delivery) -> None:
    data = repository.load(repository.publish(STUDY, repository.store_draft(delivery).cut))
    for frame, columns in ((data.participants, PARTICIPANT_COLUMNS), (data.counts, COUNT_COLUMNS), (data.doses, DOSE_COLUMNS)):
        assert {name: str(kind) for name, kind in frame.dtypes.items()} == columns


def test_an_empty_table_keeps_its_types(repository: Repository, tmp_path: Path) -> None:
    never_dosed = read(write_sdtm(tmp_path / "none", ex=[{"STUDYID": "NCT05600920", "DOMAIN": "EX", "USUBJID": "P1", "EXTRT": "water",
                                                          "EXDOSE": "1", "EXDOSU": "ml", "EXSTDTC": "2024-03-04"}]))  # fmt: skip
    data = repository.load(repository.publish(STUDY, repository.store_draft(never_dosed).cut))
    assert len(data.doses) == 0
    assert {name: str(kind) for name, kind in data.doses.dtypes.items()} == DOSE_COLUMNS


def test_a_draft_is_invisible_to_readers(repository: Repository, delivery: Delivery) -> None:
    draft = repository.store_draft(delivery, "first look")
    assert (draft.status, draft.label, draft.participants, draft.records) == ("draft", "first look", 2, 3)
    assert list(repository.list_published(STUDY)) == []
    assert list(repository.list_all(STUDY)) == [draft]
    for cut in (draft.cut, None):
        with pytest.raises(NotFoundError):
            repository.find(STUDY, cut)
    with pytest.raises(NotFoundError):
        repository.load(draft)


def test_the_same_content_is_the_same_snapshot(repository: Repository, delivery: Delivery) -> None:
    first = repository.publish(STUDY, repository.store_draft(delivery, "one").cut)
    assert repository.store_draft(delivery, "two") == first
    assert list(repository.list_all(STUDY)) == [first]


def test_published_cuts_are_listed_newest_first(repository: Repository, delivery: Delivery, later_delivery: Delivery) -> None:
    later = repository.publish(STUDY, repository.store_draft(later_delivery).cut)
    earlier = repository.publish(STUDY, repository.store_draft(delivery).cut)
    assert list(repository.list_published(STUDY)) == [later, earlier]
    assert repository.find(STUDY, None) == later
    assert repository.find(STUDY, earlier.cut) == earlier


def test_times_are_utc_and_come_from_the_clock(repository: Repository, delivery: Delivery) -> None:
    draft = repository.store_draft(delivery)
    assert (draft.created_at, draft.published_at) == (datetime(2026, 1, 1, 0, 1, tzinfo=UTC), None)
    assert repository.publish(STUDY, draft.cut).published_at == datetime(2026, 1, 1, 0, 2, tzinfo=UTC)


def test_publishing_twice_changes_nothing(repository: Repository, delivery: Delivery) -> None:
    first = repository.publish(STUDY, repository.store_draft(delivery).cut)
    assert repository.publish(STUDY, first.content_hash) == first


def test_a_withdrawn_snapshot_is_hidden_and_stays_withdrawn(repository: Repository, delivery: Delivery) -> None:
    published = repository.publish(STUDY, repository.store_draft(delivery).cut)
    withdrawn = repository.withdraw(STUDY, published.cut, "  wrong laboratory ")
    assert (withdrawn.status, withdrawn.withdrawn_reason) == ("withdrawn", "wrong laboratory")
    with pytest.raises(NotFoundError):
        repository.find(STUDY, published.cut)
    with pytest.raises(NotFoundError):
        repository.load(published)
    with pytest.raises(SnapshotStateError, match="was withdrawn \\(wrong laboratory\\)"):
        repository.publish(STUDY, published.cut)
    assert repository.store_draft(delivery) == withdrawn


def test_only_a_published_snapshot_can_be_withdrawn_and_only_with_a_reason(repository: Repository, delivery: Delivery) -> None:
    draft = repository.store_draft(delivery)
    with pytest.raises(SnapshotStateError, match="is draft; only a published snapshot"):
        repository.withdraw(STUDY, draft.cut, "why")
    repository.publish(STUDY, draft.cut)
    with pytest.raises(SnapshotStateError, match="needs a reason"):
        repository.withdraw(STUDY, draft.cut, "  ")


def test_an_unknown_short_or_foreign_id_is_refused(repository: Repository, delivery: Delivery) -> None:
    draft = repository.store_draft(delivery)
    with pytest.raises(NotFoundError):
        repository.publish(STUDY, "0000000000" if not draft.cut.startswith("0000") else "1111111111")
    with pytest.raises(NotFoundError):
        repository.publish("cdiscpilot01", draft.cut)
    for wrong in ("abc", "%", "wxyz"):
        with pytest.raises(SnapshotStateError, match="is no snapshot id"):
            repository.publish(STUDY, wrong)


def test_an_id_may_be_written_in_capitals_and_shortened(repository: Repository, delivery: Delivery) -> None:
    draft = repository.store_draft(delivery)
    assert repository.publish(STUDY, draft.content_hash[:6].upper()).content_hash == draft.content_hash


def test_verify_accepts_what_was_stored(repository: Repository, delivery: Delivery) -> None:
    draft = repository.store_draft(delivery)
    assert repository.verify(draft) is None


def test_the_report_is_kept_with_the_snapshot(repository: Repository, tmp_path: Path) -> None:
    delivery = read(write_sdtm(tmp_path / "twice", lb=[LB, LB], ds=[{**DS, "DSSTDTC": "2024"}]))
    report = repository.load_report(repository.store_draft(delivery))
    assert report == delivery.report
    assert report.tallies["counts"].left_out == {"the same count delivered twice": 1}
    assert [note.code for note in report.notes] == ["disposition-without-date"]
