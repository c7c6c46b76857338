"""Who is shown the pooled figures of a closed study, and of which data cuts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.access.ports import NOT_RELEASED, Release, ReleaseStore
from dashboard.access.visibility import Asking, sees_cut, sees_pooled
from dashboard.closed.opening import Members, list_members, select_poolable
from dashboard.closed.review import Review, compose_review
from dashboard.closed.stripping import strip_protocol, strip_rows
from dashboard.closed.words import list_telling_words
from dashboard.errors import NotFoundError
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, SnapshotRepository, select_published
from dashboard.view.fingerprint import compute_fingerprint

PAGE = "pooled"
# What was made for a key before, else what is made now; the keys name data cuts, which never change.
Recall = Callable[[Hashable, Callable[[], Any]], Any]


@dataclass(frozen=True)
class Pooled:
    """The pooled figures of one data cut under the definition without cohorts, with the fingerprint of what they say."""

    protocol: StudyProtocol
    snapshot: Snapshot
    review: Review
    fingerprint: str


class PooledDesk:
    """The pooled figures for the asking reader. Everybody who is shown them is shown the same.

    `repository` holds every published data cut. What is made here is kept by `recall` and by nobody else, so that nothing that was
    made for readers who see cohorts is ever shown to others.
    """

    def __init__(
        self,
        protocols: Mapping[str, StudyProtocol],
        repository: SnapshotRepository,
        releases: ReleaseStore,
        asking: Asking,
        code: str,
        recall: Recall,
    ) -> None:
        self._protocols, self._repository, self._releases = protocols, repository, releases
        self._asking, self._code, self._recall = asking, code, recall

    def hand_out(self, protocol: StudyProtocol) -> StudyProtocol:
        """The definition as the reader may see it: without cohorts in a closed study before its final release."""
        return self._strip(protocol) if self.is_veiled(protocol) else protocol

    def is_veiled(self, protocol: StudyProtocol) -> bool:
        """Whether the reader has a role in a closed study, may not see cohorts, and no data cut is released to it as final."""
        reader, study = self._asking().reader, protocol.key
        if protocol.interim != "closed" or not reader.knows(study) or reader.may("split", study):
            return False
        released = self._released(study)
        return not any(sees_cut(reader, protocol, released.get(cut.content_hash, NOT_RELEASED)) for cut in self._published(study))

    def list(self, study: str) -> Sequence[Snapshot]:
        """The data cuts whose pooled figures the reader is shown, newest first."""
        protocol = self._protocols.get(study)
        if protocol is None or not self.is_veiled(protocol):
            return []
        reader, released = self._asking().reader, self._released(study)
        shown = self._poolable(protocol)
        return [cut for cut in shown if sees_pooled(reader, protocol, released.get(cut.content_hash, NOT_RELEASED))]

    def open(self, study: str, cut: str | None = None) -> Pooled:
        """The figures of the data cut named by `cut`, of the newest for None; NotFoundError when the reader is shown none."""
        shown = self.list(study)
        if not shown:
            raise NotFoundError("page", PAGE)
        snapshot, protocol = select_published(shown, study, cut), self._protocols[study]
        pooled: Pooled = self._recall(("figures", study, snapshot.content_hash), lambda: self._compose(protocol, snapshot))
        return pooled

    def _compose(self, protocol: StudyProtocol, snapshot: Snapshot) -> Pooled:
        stripped = strip_rows(self._repository.load(snapshot), self._repository.load_records(snapshot, "adverse_event"))
        bare = self._strip(protocol)
        review = compose_review(stripped, bare, list_telling_words(protocol))
        told = hashlib.sha256(repr(review).encode()).hexdigest()
        return Pooled(bare, snapshot, review, compute_fingerprint(protocol.key, told, PAGE, self._code))

    def _strip(self, protocol: StudyProtocol) -> StudyProtocol:
        stripped: StudyProtocol = self._recall(("definition", protocol.key), lambda: strip_protocol(protocol))
        return stripped

    def _poolable(self, protocol: StudyProtocol) -> Sequence[Snapshot]:
        """Newest first. Every published data cut counts, whoever sees it: readers talk to each other."""
        cuts = self._published(protocol.key)
        key = ("poolable", protocol.key, *(cut.content_hash for cut in cuts))

        def choose() -> list[Snapshot]:
            members = [self._members(cut) for cut in reversed(cuts)]
            chosen = set(select_poolable(members, protocol.cohort_keys, protocol.interim_minimum))
            return [cut for place, cut in enumerate(cuts) if len(cuts) - 1 - place in chosen]

        found: Sequence[Snapshot] = self._recall(key, choose)
        return found

    def _members(self, cut: Snapshot) -> Members:
        key = ("members", cut.study, cut.content_hash)
        members: Members = self._recall(key, lambda: list_members(self._repository.load(cut)))
        return members

    def _published(self, study: str) -> Sequence[Snapshot]:
        found: Sequence[Snapshot] = self._asking().recall(("all published", study), lambda: self._repository.list_published(study))
        return found

    def _released(self, study: str) -> Mapping[str, Release]:
        found: Mapping[str, Release] = self._asking().recall(("releases", study), lambda: self._releases.read(study))
        return found
