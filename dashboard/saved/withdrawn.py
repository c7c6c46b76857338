"""Withdrawn data cuts, as far as the reader may know of them: those that the reader saw before they were withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.access.ports import NOT_RELEASED, ReleaseStore
from dashboard.access.visibility import Asking, sees_cut
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, SnapshotRepository


@dataclass(frozen=True)
class Withdrawal:
    """A withdrawn data cut, and why; `reason` is empty for a reader who may not read it."""

    snapshot: Snapshot
    reason: str


@dataclass(frozen=True)
class Withdrawals:
    """`repository` holds every data cut, whoever asks; without `releases` nobody signs in, and everybody may know everything."""

    protocols: Mapping[str, StudyProtocol]
    repository: SnapshotRepository
    asking: Asking
    releases: ReleaseStore | None = None

    def find(self, study: str, content_hash: str) -> Withdrawal | None:
        """The withdrawn data cut of this hash; None when there is none, or the reader never saw it.

        The reason is for those who deliver: it may say what others must not know.
        """
        every = self.repository.list_all(study) if study in self.protocols else ()
        snapshot = next((cut for cut in every if cut.content_hash == content_hash and cut.status == "withdrawn"), None)
        if snapshot is None or self.releases is None:
            return None if snapshot is None else Withdrawal(snapshot, snapshot.withdrawn_reason)
        reader, release = self.asking().reader, self.releases.read(study).get(content_hash, NOT_RELEASED)
        if not sees_cut(reader, self.protocols[study], release):
            return None
        return Withdrawal(snapshot, snapshot.withdrawn_reason if reader.may("deliver", study) else "")
