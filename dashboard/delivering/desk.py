"""The server's side of delivering: receive, start the reading, answer how far it is, publish, discard, clean up."""

from __future__ import annotations

import logging
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO

from dashboard.delivering.folder import JobFolder
from dashboard.delivering.job import Cut, Job
from dashboard.delivering.person import read_person
from dashboard.delivering.receiving import MEGABYTE, Limits, Receipt, TooLargeError
from dashboard.errors import AlteredSnapshotError, ImportBusyError, NotFoundError, SnapshotStateError, StorageError, WrongUseError
from dashboard.settings import Settings
from dashboard.study.snapshot import Snapshot
from data_access.report import DeliveryReport
from data_access.repository import SqlRepository

ROOT = Path(__file__).resolve().parents[2]
JOB_ID = re.compile(r"[0-9a-f]{32}")
LONGEST_LABEL = 80
# Several at once wait for each other anyway: one import runs at a time.
MOST_AT_ONCE = 4
SECONDS_KEPT = 24 * 3600
# What is left free on the disk for the database to grow by.
BYTES_LEFT_FREE = 100 * MEGABYTE

logger = logging.getLogger(__name__)


def validate_label(label: str) -> str:
    """The label as it is stored; WrongUseError for a long one or one with control characters. It may be empty."""
    trimmed = " ".join(label.split(" ")).strip()
    if len(trimmed) > LONGEST_LABEL or not trimmed.isprintable():
        raise WrongUseError(f"the label has at most {LONGEST_LABEL} printable characters (found {label[:LONGEST_LABEL]!r})")
    return trimmed


class Reception:
    """One delivery while its files arrive; after `complete` its state says that it is being read."""

    def __init__(self, folder: JobFolder, receipt: Receipt, lock: IO[bytes], job: Job) -> None:
        self.folder, self.receipt, self.lock, self.job = folder, receipt, lock, job

    def complete(self, cut_date: date | None, label: str) -> None:
        """All files are there; WrongUseError when there is none or the label cannot be used."""
        files = self.receipt.close()
        job = self.job.change(state="reading", step="starting", cut_date=cut_date, label=validate_label(label), files=files)
        self.job = self.folder.write(job)


class Deliveries:
    """Every delivery on its way, of all studies, as folders below `deliveries` in the folder VAR; safe for several processes.

    `person` says who delivers at the moment.
    """

    def __init__(self, settings: Settings, repository: SqlRepository, person: Callable[[], str] = read_person) -> None:
        self._settings, self._repository, self._person = settings, repository, person
        self._root = settings.var / "deliveries"
        self.limits = Limits(settings.delivery_file_mb * MEGABYTE, settings.delivery_total_mb * MEGABYTE)

    @contextmanager
    def receive(self, study: str, size: int) -> Iterator[Reception]:
        """A place for a delivery of about `size` bytes; when the files are complete at the end, the reading is started.

        TooLargeError beyond the limit, ImportBusyError with MOST_AT_ONCE deliveries on their way, StorageError when the disk is
        full. Whatever goes wrong, nothing stays on the disk.
        """
        self._make_room(size)
        folder = JobFolder(self._root / secrets.token_hex(16))
        lock, receipt = folder.create(), Receipt(folder, self.limits)
        try:
            job = folder.write(Job(id=folder.path.name, study=study, by=self._person()))
            reception = Reception(folder, receipt, lock, job)
            yield reception
            self._start(reception)
        except BaseException:
            receipt.abandon()
            folder.delete()
            raise
        finally:
            lock.close()

    def _make_room(self, size: int) -> None:
        if size > self.limits.total:
            raise TooLargeError(f"the delivery is larger than {self.limits.total / MEGABYTE:,.0f} MB")
        if self.clean_up() >= MOST_AT_ONCE:
            raise ImportBusyError(f"{MOST_AT_ONCE} deliveries are being received or read; try again when one has ended")
        try:
            self._settings.var.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self._settings.var).free
        except OSError as error:
            raise StorageError(f"the folder of the server for deliveries cannot be used: {error.strerror}") from error
        if free < size + BYTES_LEFT_FREE:
            raise StorageError("the disk of the server has no room for this delivery")

    def _start(self, reception: Reception) -> None:
        settings = {name.upper(): str(value) for name, value in self._settings.model_dump().items() if value not in (None, "")}
        paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        process = subprocess.Popen(  # noqa: S603 our own program, with a folder we named
            [sys.executable, "-m", "dashboard.delivering.run", str(reception.folder.path)],
            # What is unpacked on the way is deleted with the delivery, even when the process is killed.
            env=os.environ | settings | {"PYTHONPATH": paths, "TMPDIR": str(reception.folder.scratch.resolve())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # Not ended with the server, and holding the lock from its first moment on.
            start_new_session=True,
            pass_fds=[reception.lock.fileno()],
        )
        # Somebody has to ask how it ended, or the system keeps its entry.
        threading.Thread(target=process.wait, daemon=True).start()

    def find(self, study: str, job_id: str) -> Job:
        """How far a delivery is; NotFoundError when there is none of this name in this study."""
        folder = JobFolder(self._root / job_id)
        job = self._look(folder) if JOB_ID.fullmatch(job_id) else None
        if job is None or job.study != study:
            raise NotFoundError("delivery", job_id)
        return job

    def publish(self, study: str, job_id: str, label: str) -> Job:
        """Publish the draft of a delivery under `label` (empty: the one it has); SnapshotStateError unless it is ready."""
        job = self.find(study, job_id)
        if job.state != "ready" or job.snapshot is None:
            raise SnapshotStateError(f"this delivery cannot be published. {job.sentence}")
        published = self._repository.publish(study, job.snapshot.content_hash, by=self._person(), label=validate_label(label) or None)
        cut = Cut.model_validate(published, from_attributes=True)
        return JobFolder(self._root / job_id).write(job.change(state="published", snapshot=cut))

    def discard(self, study: str, job_id: str) -> Job:
        """Stop a delivery, or delete its draft, and forget it; SnapshotStateError when it is published."""
        job, folder = self.find(study, job_id), JobFolder(self._root / job_id)
        if job.state == "published":
            raise SnapshotStateError("a published data cut is never deleted; withdraw it with a reason")
        folder.ask_to_discard()
        self._finish_discarding(folder)
        return job.change(state="discarded")

    def _finish_discarding(self, folder: JobFolder) -> None:
        """Delete what is left of a discarded delivery, unless a process still has to stop first."""
        held, job = folder.is_held(), folder.read()
        if held and (job is None or job.active):
            return
        if job is not None and job.state == "ready" and job.snapshot is not None and self._status(job) == "draft":
            self._repository.discard(job.study, job.snapshot.content_hash)
        folder.delete()

    def _look(self, folder: JobFolder) -> Job | None:
        """The state of a delivery as it really is: a process may be gone, and a draft may have changed since it was written."""
        # Asked before the state is read: a process that ends in between has written its last word.
        held = folder.is_held()
        job = folder.read()
        if job is not None and folder.is_to_be_discarded():
            return job.change(state="discarded")
        if job is not None and job.active and not held:
            folder.delete_files()
            return folder.write(job.change(state="interrupted"))
        return self._as_stored(job) if job is not None and job.state == "ready" else job

    def _as_stored(self, job: Job) -> Job:
        snapshot = self._snapshot(job)
        if snapshot is None:
            return job.change(state="discarded")
        job = job.change(snapshot=Cut.model_validate(snapshot, from_attributes=True))
        if snapshot.status == "published":
            return job.change(state="published", why=f"The same content was published already, as “{snapshot.label or snapshot.cut}”.")
        if snapshot.status == "withdrawn":
            why = f"The same content was imported before and withdrawn ({snapshot.withdrawn_reason}); it cannot be published again."
            return job.change(state="refused", why=why)
        return job

    def _snapshot(self, job: Job) -> Snapshot | None:
        wanted = job.snapshot.content_hash if job.snapshot else ""
        return next((found for found in self._repository.list_all(job.study) if found.content_hash == wanted), None)

    def _status(self, job: Job) -> str:
        snapshot = self._snapshot(job)
        return snapshot.status if snapshot else ""

    def clean_up(self) -> int:
        """Finish what was discarded or interrupted, forget what is older than a day; returns how many deliveries are on their way."""
        active = 0
        for path in sorted(self._root.iterdir()) if self._root.is_dir() else ():
            folder = JobFolder(path)
            try:
                active += self._tidy(folder)
            except (OSError, StorageError) as error:
                logger.warning("the delivery %s cannot be tidied up: %s", path.name, error)
        return active

    def _tidy(self, folder: JobFolder) -> bool:
        if folder.is_to_be_discarded():
            self._finish_discarding(folder)
            return folder.path.exists()
        job = self._look(folder)
        if job is not None and job.active:
            return True
        if time.time() - folder.path.stat().st_mtime > SECONDS_KEPT:
            folder.delete()
        return False

    def publish_cut(self, study: str, cut: str, label: str) -> Cut:
        """Show a draft to readers under `label` (empty: the one it has)."""
        published = self._repository.publish(study, cut, by=self._person(), label=validate_label(label) or None)
        return Cut.model_validate(published, from_attributes=True)

    def discard_cut(self, study: str, cut: str) -> None:
        """Delete a draft; SnapshotStateError for a published or withdrawn data cut."""
        self._repository.discard(study, cut)

    def withdraw(self, study: str, cut: str, why: str) -> Cut:
        """Hide a published data cut from readers; SnapshotStateError for another one or without a reason."""
        return Cut.model_validate(self._repository.withdraw(study, cut, why, by=self._person()), from_attributes=True)

    def load_report(self, study: str, cut: str) -> DeliveryReport:
        """The report of the import that made a data cut, of whatever status."""
        return self._repository.load_report(self._repository.find_any(study, cut))

    def verify(self, study: str, cut: str) -> tuple[Cut, str]:
        """Recompute checksums and hash of a data cut; returns what was altered, or the empty text."""
        snapshot = self._repository.find_any(study, cut)
        found = Cut.model_validate(snapshot, from_attributes=True)
        try:
            self._repository.verify(snapshot)
        except AlteredSnapshotError as error:
            return found, str(error)
        return found, ""
