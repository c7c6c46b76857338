"""What all commands share: messages, the study, the repository."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dashboard.errors import NotFoundError
from dashboard.settings import Settings
from dashboard.study.definitions import read_definitions
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot
from data_access.opening import open_repository
from data_access.report import describe_number

if TYPE_CHECKING:
    from data_access.repository import SqlRepository

CHANGES_SHOWN = 60
# The parts of `describe_snapshot`, in its order.
SNAPSHOT_PARTS = "name        state  cut date  size  kind  label"


def say(message: str) -> None:
    """A message for the person at the terminal, to standard error."""
    print(message, file=sys.stderr)


def find_protocol(settings: Settings, study: str) -> StudyProtocol:
    """The definition of `study`; NotFoundError names the studies there are."""
    protocols = read_definitions(settings.studies)
    if study not in protocols:
        raise NotFoundError("study", study, sorted(protocols))
    return protocols[study]


def describe_snapshot(snapshot: Snapshot) -> str:
    """One line for a snapshot: id, state, cut date, sizes, label."""
    kind = "synthetic" if snapshot.synthetic else "real"
    sizes = f"{describe_number(snapshot.participants, 'participant')}, {describe_number(snapshot.records, 'count')}"
    withdrawn = f" (withdrawn: {snapshot.withdrawn_reason})" if snapshot.withdrawn_reason else ""
    parts = [snapshot.cut, snapshot.status, snapshot.cut_date.isoformat(), sizes, kind, snapshot.label]
    return "  ".join(part for part in parts if part) + withdrawn


@contextmanager
def opened_repository(settings: Settings) -> Iterator[SqlRepository]:
    """The repository for the time of one command."""
    repository = open_repository(settings.database)
    try:
        yield repository
    finally:
        repository.engine.dispose()
