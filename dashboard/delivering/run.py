"""The process that reads one delivery: `python -m dashboard.delivering.run FOLDER`, with the settings of the server.

It is a child of a server process and outlives it: a restart of the server does not end a reading. It inherits, open, the lock of
its folder; the end of the process lets go of it.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from dashboard.delivering.folder import JobFolder
from dashboard.delivering.job import Cut, Job
from dashboard.delivering.person import read_person
from dashboard.delivering.reading import list_paths, validate_cut_date
from dashboard.draft_quality import add_flags
from dashboard.errors import DeliveryRefusedError, ImportBusyError, LymphotraceError, Refusal, StorageError
from dashboard.logs import configure_logging
from dashboard.settings import Settings, read_settings
from dashboard.study.definitions import read_definitions
from data_access.delivery import read_delivery
from data_access.locking import import_lock
from data_access.opening import open_repository
from data_access.repository import SqlRepository

# How long a delivery waits for another import, and how often it asks.
PATIENCE_SECONDS, SECONDS_BETWEEN_TRIES = 600, 0.5
# A browser asks about once a second; writing the state more often would only cost.
SECONDS_BETWEEN_WORDS = 0.3
LONGEST_VALUE = 200

logger = logging.getLogger(__name__)


class DiscardedError(Exception):
    """The reader has discarded the delivery while it was being read."""


class JobProgress:
    """Writes the progress of a reading into its folder, and stops the reading when the reader has discarded it."""

    def __init__(self, folder: JobFolder, job: Job) -> None:
        self._folder, self._job = folder, job
        self._step, self._told = "", 0.0

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """See data_access.progress.Progress; DiscardedError when the delivery was discarded."""
        now = time.monotonic()
        if step == self._step and now - self._told < SECONDS_BETWEEN_WORDS:
            return
        self._step, self._told = step, now
        if self._folder.is_to_be_discarded():
            raise DiscardedError
        self._folder.write(self._job.change(state="reading", step=step, done=done, total=total))


def read_job(folder: JobFolder, settings: Settings, patience: float = PATIENCE_SECONDS) -> None:
    """Read the delivery of `folder` and write how it ended into its state; the received files are gone afterwards.

    It waits `patience` seconds for another import. An error that nobody expected is raised, after the state says “failed”
    with the reference that the log has.
    """
    job = folder.read()
    if job is None:
        raise StorageError(f"there is no delivery in {folder.path}")
    try:
        folder.write(_read(folder, job, settings, patience))
    except DiscardedError:
        folder.delete()
    except DeliveryRefusedError as error:
        folder.write(job.change(state="refused", refusals=tuple(map(_printable, error.refusals))))
    except ImportBusyError:
        folder.write(job.change(state="busy"))
    except LymphotraceError as error:
        _fail(folder, job, f"{str(error)[:1].upper()}{str(error)[1:].rstrip('.')}.")
    finally:
        folder.delete_files()
        ended = folder.read()
        if ended is not None and ended.active:
            _fail(folder, job, "")


def _fail(folder: JobFolder, job: Job, why: str) -> None:
    reference = secrets.token_hex(4)
    # What nobody expected is raised on, and a line about it follows this one in the log.
    logger.error("reference %s: reading delivery %s of study %s failed. %s", reference, job.id, job.study, why)
    folder.write(job.change(state="failed", why=why, reference=reference))


def _read(folder: JobFolder, job: Job, settings: Settings, patience: float) -> Job:
    progress = JobProgress(folder, job)
    protocol = read_definitions(settings.studies)[job.study]
    with _opened(settings) as repository, ExitStack() as turn:
        _wait_for_turn(turn, repository, folder, job, patience)
        delivery = read_delivery(protocol, list_paths(folder.files), job.cut_date, progress)
        validate_cut_date(delivery, job.cut_date, datetime.now(UTC).date())
        progress("looking for quality flags", 0, None)
        delivery = add_flags(protocol, delivery)
        snapshot = repository.store_draft(delivery, job.label, by=job.by or read_person(), progress=progress)
    cut = Cut.model_validate(snapshot, from_attributes=True)
    return job.change(state="ready", report=json.loads(delivery.report.to_json()), snapshot=cut)


def _wait_for_turn(turn: ExitStack, repository: SqlRepository, folder: JobFolder, job: Job, patience: float) -> None:
    """Take the right to import into `turn`; ImportBusyError when nobody gives it up within `patience` seconds."""
    end = time.monotonic() + patience
    while True:
        try:
            return turn.enter_context(import_lock(repository.engine))
        except ImportBusyError:
            if time.monotonic() >= end:
                raise
        if folder.is_to_be_discarded():
            raise DiscardedError
        folder.write(job.change(state="waiting"))
        time.sleep(SECONDS_BETWEEN_TRIES)


@contextmanager
def _opened(settings: Settings) -> Iterator[SqlRepository]:
    repository = open_repository(settings.database)
    try:
        yield repository
    finally:
        repository.engine.dispose()


def _printable(refusal: Refusal) -> Refusal:
    """A refusal whose value can be written as text and read by a person."""
    if refusal.value is None:
        return refusal
    value = refusal.value.encode("utf-8", "backslashreplace").decode()
    return replace(refusal, value=value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…")


def log_unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write what nobody expected as every other line of the log is written: in JSON without its words, which may repeat the delivery."""
    logger.critical("failed", exc_info=(kind, error, trace))


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Read the delivery in the folder that is the one argument."""
    settings = read_settings(environment)
    configure_logging(settings.log_level, settings.log_lines)
    sys.excepthook = log_unexpected
    (path,) = arguments
    read_job(JobFolder(Path(path)), settings)


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
