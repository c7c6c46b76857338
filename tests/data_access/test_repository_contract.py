"""What every repository does, whether its rows lie in memory, SQLite or PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from dashboard.errors import NotFoundError, SnapshotStateError, WithdrawnError
from dashboard.study.columns import COUNT_COLUMNS, DOSE_COLUMNS, PARTICIPANT_COLUMNS, RECORD_TABLES
from data_access.content_hash import TABLES
from data_access.delivery import Delivery
from data_access.memory import InMemoryRepository
from data_access.repository import SqlRepository
from data_access.selection import describe_existing
from tests.data_access.deliveries import DM, DS, LB, read, write_sdtm
from tests.data_access.records import one_of_each

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


def test_publishing_may_give_a_draft_another_label_and_a_published_snapshot_keeps_its_own(
    repository: Repository, delivery: Delivery, later_delivery: Delivery
) -> None:
    draft = repository.store_draft(delivery, "draft")
    assert repository.publish(STUDY, draft.cut, label="for readers").label == "for readers"
    assert repository.publish(STUDY, draft.cut, label="another").label == "for readers"
    assert repository.publish(STUDY, repository.store_draft(later_delivery, "as it was").cut).label == "as it was"


def test_a_discarded_draft_leaves_nothing_and_can_be_stored_again(
    repository: Repository, delivery: Delivery, later_delivery: Delivery
) -> None:
    kept, draft = repository.store_draft(later_delivery), repository.store_draft(delivery, "first")
    repository.discard(STUDY, draft.cut)
    assert list(repository.list_all(STUDY)) == [kept]
    repository.verify(kept)
    assert repository.store_draft(delivery, "second").label == "second"


def test_only_a_draft_can_be_discarded(repository: Repository, delivery: Delivery) -> None:
    published = repository.publish(STUDY, repository.store_draft(delivery).cut)
    with pytest.raises(SnapshotStateError, match="is published; only a draft can be discarded"):
        repository.discard(STUDY, published.cut)
    repository.withdraw(STUDY, published.cut, "wrong file")
    with pytest.raises(SnapshotStateError, match="is withdrawn; only a draft can be discarded"):
        repository.discard(STUDY, published.cut)
    assert [snapshot.status for snapshot in repository.list_all(STUDY)] == ["withdrawn"]


def test_a_withdrawn_snapshot_is_hidden_and_stays_withdrawn(repository: Repository, delivery: Delivery) -> None:
    published = repository.publish(STUDY, repository.store_draft(delivery).cut)
    withdrawn = repository.withdraw(STUDY, published.cut, "  wrong laboratory ")
    assert (withdrawn.status, withdrawn.withdrawn_reason) == ("withdrawn", "wrong laboratory")
    with pytest.raises(NotFoundError):
        repository.find(STUDY, published.cut)
    with pytest.raises(NotFoundError):
        repository.load(published)
    with pytest.raises(SnapshotStateError, match=r"withdrawn because: wrong laboratory\. Import a corrected delivery"):
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
    assert [(note.code, note.places) for note in report.notes] == [
        ("no-manifest", ("delivery",)),
        ("disposition-without-date", ("ds.csv row 1",)),
        ("no-counts-of", ("delivery",)),
    ]


def test_further_records_come_back_as_they_were_read(repository: Repository, delivery: Delivery) -> None:
    with_records = replace(delivery, records=one_of_each("P1", "0012"))
    snapshot = repository.publish(STUDY, repository.store_draft(with_records).cut)
    for table, frame in with_records.records.items():
        pd.testing.assert_frame_equal(repository.load_records(snapshot, table), frame)
    repository.verify(snapshot)


def test_a_table_without_rows_is_empty_and_typed(repository: Repository, delivery: Delivery) -> None:
    published = repository.publish(STUDY, repository.store_draft(delivery).cut)
    for table, (types, *_) in RECORD_TABLES.items():
        rows = repository.load_records(published, table)
        assert len(rows) == 0, table
        assert {name: str(kind) for name, kind in rows.dtypes.items()} == types, table


def test_records_of_a_draft_or_of_an_unknown_table_are_not_found(repository: Repository, delivery: Delivery) -> None:
    draft = repository.store_draft(replace(delivery, records=one_of_each("P1")))
    with pytest.raises(NotFoundError, match="published data cut"):
        repository.load_records(draft, "finding")
    published = repository.publish(STUDY, draft.cut)
    with pytest.raises(NotFoundError, match=r"There is no table of records “snapshot”\. There are: adverse_event"):
        repository.load_records(published, "snapshot")


def test_every_further_table_is_part_of_the_content_and_an_empty_one_is_not(repository: Repository, delivery: Delivery) -> None:
    records = one_of_each("P1")
    hashes = {table: repository.store_draft(replace(delivery, records={table: records[table]})).content_hash for table in records}
    empty = {table: rows.iloc[:0] for table, rows in records.items()}
    bare = repository.store_draft(delivery).content_hash
    assert len({bare, *hashes.values()}) == len(RECORD_TABLES) + 1
    assert repository.store_draft(replace(delivery, records=empty)).content_hash == bare


def test_a_snapshot_says_who_stored_published_and_withdrew_it(repository: Repository, delivery: Delivery) -> None:
    draft = repository.store_draft(delivery, by="Ada")
    assert (draft.created_by, draft.published_by, draft.withdrawn_by) == ("Ada", "", "")
    assert repository.publish(STUDY, draft.cut, by="Ben").published_by == "Ben"
    withdrawn = repository.withdraw(STUDY, draft.cut, "wrong file", by="Cy")
    assert (withdrawn.created_by, withdrawn.published_by, withdrawn.withdrawn_by) == ("Ada", "Ben", "Cy")
    assert withdrawn.withdrawn_at == datetime(2026, 1, 1, 0, 3, tzinfo=UTC)
    assert list(repository.list_all(STUDY)) == [withdrawn]


def test_a_withdrawn_snapshot_is_found_no_more_and_it_is_said_when_and_why(
    repository: Repository, delivery: Delivery, later_delivery: Delivery
) -> None:
    first = repository.publish(STUDY, repository.store_draft(delivery, "Interim").cut)
    later = repository.publish(STUDY, repository.store_draft(later_delivery).cut)
    assert list(repository.list_withdrawn(STUDY)) == []
    withdrawn = repository.withdraw(STUDY, first.cut, "Wrong units.")
    assert list(repository.list_withdrawn(STUDY)) == [withdrawn]
    with pytest.raises(WithdrawnError) as told:
        repository.find(STUDY, first.cut)
    sentence = f"The data cut Interim of {first.cut_date} ({first.cut}) was withdrawn on 2026-01-01: Wrong units."
    assert str(told.value) == f"{sentence} There are: {later.cut}."


def test_importing_withdrawn_content_again_tells_the_reason_and_the_next_step(repository: Repository, delivery: Delivery) -> None:
    published = repository.publish(STUDY, repository.store_draft(delivery, "one").cut)
    repository.withdraw(STUDY, published.cut, "wrong laboratory")
    told = describe_existing(repository.store_draft(delivery, "two"), "two")
    reason = "this content was withdrawn because: wrong laboratory. Import a corrected delivery"
    assert told == [
        f"snapshot {published.cut} has this content already; {reason}",
        f"snapshot {published.cut} was stored with the label “one”, which stays; “two” was not used",
    ]


def test_a_new_draft_needs_no_explanation(repository: Repository, delivery: Delivery) -> None:
    assert describe_existing(repository.store_draft(delivery, "one"), "one") == []


def test_the_tables_of_a_snapshot_are_those_that_study_columns_declares() -> None:
    assert list(TABLES) == ["participant", "count", "dose", *RECORD_TABLES]


def test_storing_tells_its_progress_up_to_the_last_row(repository: Repository, delivery: Delivery) -> None:
    heard: list[tuple[str, int, int | None]] = []
    repository.store_draft(delivery, progress=lambda *step: heard.append(step))
    # Two participants, three counts and one dose.
    assert heard[-1] == ("storing", 6, 6)
    assert [done for _, done, _ in heard] == sorted({done for _, done, _ in heard})


def test_storing_that_is_stopped_halfway_leaves_nothing(sql_repository: SqlRepository, delivery: Delivery) -> None:
    class StoppedError(Exception):
        pass

    def stop(_step: str, done: int, _total: int | None) -> None:
        if done > 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        sql_repository.store_draft(delivery, progress=stop)
    assert list(sql_repository.list_all(STUDY)) == []
    assert sql_repository.store_draft(delivery).records == 3
