"""Only what the reader may see: the studies and the data cuts, wrapped for whoever asks at the moment.

Everything a page, a table, a callback or an error text can name is read through these two, so that what is hidden has no name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from dashboard.access.ports import NOT_RELEASED, Release, ReleaseStore
from dashboard.access.readers import NOBODY, Reader
from dashboard.errors import NotFoundError
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, SnapshotRepository, StudyData, select_published


@dataclass(frozen=True)
class Presence:
    """One reader during one request, with what was read for it once."""

    reader: Reader
    read: dict[Any, Any] = field(default_factory=dict)

    def recall(self, key: Any, make: Callable[[], Any]) -> Any:
        """What was read under `key` in this request, else what `make` reads now."""
        if key not in self.read:
            self.read[key] = make()
        return self.read[key]


# Who asks now; outside of a request, and before anybody is known, it is nobody.
Asking = Callable[[], Presence]


def nobody_asks() -> Presence:
    """The presence of nobody, who sees nothing."""
    return Presence(NOBODY)


def sees_cut(reader: Reader, protocol: StudyProtocol, release: Release) -> bool:
    """Whether a published data cut exists for `reader`.

    In a study whose interim policy is “closed”, readers without the right to see cohorts see a cut only when it was released to
    them as final.
    """
    held = reader.roles_in(protocol.key)
    if not reader.knows(protocol.key):
        return False
    if protocol.interim == "closed" and not reader.may("split", protocol.key):
        return bool(held & release.final) or (reader.may("see-all", protocol.key) and bool(release.final))
    return bool(held & release.roles) or reader.may("see-all", protocol.key)


def sees_pooled(reader: Reader, protocol: StudyProtocol, release: Release) -> bool:
    """Whether `reader`, who sees no cohorts of a closed study, may be shown the pooled figures of a published data cut."""
    if protocol.interim != "closed" or not reader.knows(protocol.key) or reader.may("split", protocol.key):
        return False
    return bool(reader.roles_in(protocol.key) & release.roles) or reader.may("see-all", protocol.key)


def as_it_is(protocol: StudyProtocol) -> StudyProtocol:
    """The definition itself: what readers are handed who may see all of it."""
    return protocol


class VisibleStudies(Mapping[str, StudyProtocol]):
    """The studies in which the asking reader has a role. `hand_out` makes of a definition what that reader may see of it."""

    def __init__(
        self,
        protocols: Mapping[str, StudyProtocol],
        asking: Asking,
        hand_out: Callable[[StudyProtocol], StudyProtocol] = as_it_is,
    ) -> None:
        self._protocols, self._asking, self._hand_out = protocols, asking, hand_out

    def __getitem__(self, study: str) -> StudyProtocol:
        if study not in self._protocols or not self._asking().reader.knows(study):
            raise KeyError(study)
        return self._hand_out(self._protocols[study])

    def __iter__(self) -> Iterator[str]:
        reader = self._asking().reader
        return (study for study in self._protocols if reader.knows(study))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class VisibleSnapshots:
    """A SnapshotRepository of the data cuts that are released to the asking reader."""

    def __init__(
        self, protocols: Mapping[str, StudyProtocol], repository: SnapshotRepository, releases: ReleaseStore, asking: Asking
    ) -> None:
        self._protocols, self._repository, self._releases, self._asking = protocols, repository, releases, asking

    def list_published(self, study: str) -> Sequence[Snapshot]:
        """The published data cuts of `study` that the reader sees, newest first; read once in a request."""
        found: Sequence[Snapshot] = self._asking().recall(("published", study), lambda: self._select(study))
        return found

    def list_all(self, study: str) -> Sequence[Snapshot]:
        """Every data cut for those who deliver; for other readers what they see."""
        if self._knows(study) and self._asking().reader.may("deliver", study) and self._is_open(study):
            return self._repository.list_all(study)
        return self.list_published(study)

    def list_withdrawn(self, study: str) -> Sequence[Snapshot]:
        """The data cuts of `study` that the reader saw until they were withdrawn, newest first.

        The reason is for those who deliver: it may say what others must not know. For others it is empty.
        """
        found: Sequence[Snapshot] = self._asking().recall(("withdrawn", study), lambda: self._select_withdrawn(study))
        return found

    def find(self, study: str, cut: str | None) -> Snapshot:
        """The visible data cut named by `cut`, the newest for None; NotFoundError otherwise, whether it exists or not.

        WithdrawnError for one that the reader saw until it was withdrawn.
        """
        return select_published(self.list_published(study), study, cut, lambda: self.list_withdrawn(study))

    def load(self, snapshot: Snapshot) -> StudyData:
        """The rows of a visible data cut; NotFoundError otherwise."""
        self._require(snapshot)
        return self._repository.load(snapshot)

    def load_records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        """The rows of one of `columns.RECORD_TABLES` of a visible data cut; NotFoundError otherwise."""
        self._require(snapshot)
        return self._repository.load_records(snapshot, table)

    def audience(self, study: str) -> tuple[str, ...]:
        """What the reader sees of a study, as a key: readers with the same key may share what was computed."""
        return tuple(snapshot.content_hash for snapshot in self.list_published(study))

    def _knows(self, study: str) -> bool:
        return study in self._protocols and self._asking().reader.knows(study)

    def _is_open(self, study: str) -> bool:
        return self._protocols[study].interim == "open-label" or self._asking().reader.may("split", study)

    def _select(self, study: str) -> list[Snapshot]:
        return self._keep_seen(study, self._repository.list_published(study)) if self._knows(study) else []

    def _select_withdrawn(self, study: str) -> list[Snapshot]:
        seen = self._keep_seen(study, self._repository.list_withdrawn(study)) if self._knows(study) else []
        return seen if self._asking().reader.may("deliver", study) else [replace(cut, withdrawn_reason="") for cut in seen]

    def _keep_seen(self, study: str, cuts: Sequence[Snapshot]) -> list[Snapshot]:
        presence, protocol = self._asking(), self._protocols[study]
        released = presence.recall(("releases", study), lambda: self._releases.read(study))
        return [cut for cut in cuts if sees_cut(presence.reader, protocol, released.get(cut.content_hash, NOT_RELEASED))]

    def _require(self, snapshot: Snapshot) -> None:
        visible = self.list_published(snapshot.study)
        if all(snapshot.content_hash != cut.content_hash for cut in visible):
            raise NotFoundError("published data cut", snapshot.cut, [cut.cut for cut in visible])
