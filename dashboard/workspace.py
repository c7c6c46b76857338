"""The workspace answers one question: which scene does this address show? It keeps what is costly to derive."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import pandas as pd

from dashboard.archive import find_earlier
from dashboard.endpoints.pooled.event_traits import derive_all_traits
from dashboard.endpoints.pooled.traits import fit_split, list_reported, regroup_analysis
from dashboard.endpoints.records import Analysis, Schedule, derive_analysis, derive_schedule
from dashboard.errors import NotFoundError
from dashboard.locking import LockedArchive
from dashboard.scene import Scene
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, SnapshotRepository, StudyData
from dashboard.view.codec import decode_view
from dashboard.view.groups import drop_whole_groups, list_unreported
from dashboard.view.state import ViewState


class Memory:
    """A small least-recently-used store; safe for threads. Keys are immutable, so nothing in it is ever stale."""

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def recall(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is kept under `key`, made by `make` when it is not there (two threads may both make it)."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made


def _one_audience(_study: str) -> Hashable:
    return None


def _unnoticed(_scene: Scene) -> None:
    return None


def _never(_study: str) -> bool:
    return False


def _always(_study: str) -> bool:
    return True


def describe_uncompared(asked: ViewState, scene: Scene) -> tuple[str, ...]:
    """What is said where `scene` does not compare with the data cut that the `asked` view names; empty where it does, or names none."""
    if asked.against in ("", scene.view.against):
        return ()
    if asked.against == scene.snapshot.cut:
        return (f"The data cut {asked.against} is not compared with itself.",)
    return (f"The data cut {asked.against}, with which the view compares, is not there.",)


@dataclass(frozen=True)
class Workspace:
    """Studies and their snapshots, with derived analyses and summaries kept by content hash.

    `audience` says what the reader of the moment sees of a study: what was computed is shared only between readers who see the
    same. `notice` hears of every scene that is opened. `pooled` says of a study without a data cut whether pooled figures are shown.
    `delivers` says whether the reader of the moment may deliver, publish, verify and withdraw the data cuts of a study.
    """

    protocols: Mapping[str, StudyProtocol]
    repository: SnapshotRepository
    audience: Callable[[str], Hashable] = _one_audience
    notice: Callable[[Scene], None] = _unnoticed
    code: str = ""
    pooled: Callable[[str], bool] = _never
    delivers: Callable[[str], bool] = _always
    _schedules: Memory = field(default_factory=lambda: Memory(8))
    _analyses: Memory = field(default_factory=lambda: Memory(32))
    _summaries: Memory = field(default_factory=lambda: Memory(2_000))
    _contents: Memory = field(default_factory=lambda: Memory(512))
    _answers: Memory = field(default_factory=lambda: Memory(512))
    _scenes: Memory = field(default_factory=lambda: Memory(256))
    _records: Memory = field(default_factory=lambda: Memory(32))
    _made: Memory = field(default_factory=lambda: Memory(1_024))

    def protocol(self, study: str) -> StudyProtocol:
        """The definition of `study`; NotFoundError names the studies there are."""
        if study not in self.protocols:
            raise NotFoundError("study", study, sorted(self.protocols))
        return self.protocols[study]

    def open(self, study: str, query: str, *, compares: bool = False) -> tuple[Scene, tuple[str, ...]]:
        """The scene of an address and the sentences on what was not applied; NotFoundError for study or cut. `compares` as of `scene`."""
        protocol = self.protocol(study)
        view, problems = decode_view(query, protocol)
        scene = self.scene(protocol, view, compares=compares)
        return scene, (*problems, *describe_uncompared(view, scene))

    def scene(self, protocol: StudyProtocol, view: ViewState, *, compares: bool = False) -> Scene:
        """The scene of `view`; without a cut the newest published one is pinned into the view.

        `compares`: what is shown of it compares with another data cut, whatever the choices; then that cut is pinned into the view too.
        """
        # The cut that is named comes first: that it was withdrawn is said also where none is left.
        first = next(iter(self.repository.list_published(protocol.key)), None)
        snapshot = first if first and view.cut in (None, first.cut) else self.repository.find(protocol.key, view.cut)
        newest = first or snapshot
        pinned = self._pin(protocol, replace(view, cut=snapshot.cut), snapshot, compares)
        protocol = self._split(protocol, pinned, snapshot)
        pinned = drop_whole_groups(pinned, protocol) if protocol.groupings else pinned
        key = (self.audience(protocol.key), snapshot.content_hash, newest.content_hash, pinned)
        archive = self._locked(protocol, pinned) if pinned.locked else self.archive(protocol)
        scene: Scene = self._scenes.recall(
            key, lambda: Scene(protocol, pinned, snapshot, newest, archive.analysis(snapshot, view.base), archive, self.code)
        )
        self.notice(scene)
        return scene

    def _pin(self, protocol: StudyProtocol, view: ViewState, snapshot: Snapshot, compares: bool) -> ViewState:
        """The view with every data cut it depends on named in it, and a period and visit that lie before its lock.

        Marked changes are those since a certain other cut, and so is what a review says of the release before, and all of what
        `compares`; one that the reader does not see is none.
        """
        if not (view.locked or view.mark == "changes" or compares):
            return view
        published = self.repository.list_published(protocol.key)
        if view.locked:
            visits = [visit.key for visit in protocol.period_visits(view.until)]
            view = replace(view, period=view.until, visit=view.visit if view.visit in visits else visits[-1])
        if view.against in {cut.cut for cut in published} - {snapshot.cut}:
            return view
        view, other = replace(view, against=""), find_earlier(published, snapshot)
        return view if other is None else replace(view, against=other.cut)

    def _split(self, protocol: StudyProtocol, view: ViewState, snapshot: Snapshot) -> StudyProtocol:
        """The study as the view splits it; those without a value are offered where somebody is one, or the view names them."""
        if not protocol.groupings:
            return protocol
        archive = self._locked(protocol, view) if view.locked else self.archive(protocol)
        key = ("reported", protocol.key, snapshot.content_hash, view.until)
        known: frozenset[str] = self._made.recall(key, lambda: list_reported(archive.traits(snapshot), protocol))
        return protocol.grouped(view.by, known - list_unreported(view.by, view.cohort, view.having))

    def _locked(self, protocol: StudyProtocol, view: ViewState) -> LockedArchive:
        """The snapshots of one study up to the lock of `view`, split as `protocol` is."""
        return LockedArchive(self.archive(protocol.whole), view.until, protocol)

    def traits(self, protocol: StudyProtocol, snapshot: Snapshot) -> pd.DataFrame:
        """The category of every participant of a snapshot in each grouping, as `derive_traits` gives it, without a lock."""
        whole = protocol.whole

        def derive() -> pd.DataFrame:
            data, _ = self._scheduled(whole, snapshot)
            return derive_all_traits(data.participants, lambda table: self.records(snapshot, table), whole)

        traits: pd.DataFrame = self._made.recall(("traits", whole.key, snapshot.content_hash), derive)
        return traits

    def analysis(self, protocol: StudyProtocol, snapshot: Snapshot, rule: str) -> Analysis:
        """The derived records of a snapshot under a baseline rule, split as `protocol` is; what neither changes is derived once."""
        whole = protocol.whole
        name = (whole.key, snapshot.content_hash, rule)
        analysis: Analysis = self._analyses.recall(name, lambda: self._derive(whole, snapshot, rule))
        if protocol.by == protocol.study.cohort_key:
            return analysis
        traits = self.traits(protocol, snapshot)
        split = fit_split(protocol, traits)
        grouped: Analysis = self._analyses.recall((*name, split.by, split.cohort_keys), lambda: regroup_analysis(analysis, split, traits))
        return grouped

    def _derive(self, protocol: StudyProtocol, snapshot: Snapshot, rule: str) -> Analysis:
        data, schedule = self._scheduled(protocol, snapshot)
        return derive_analysis(data, protocol, rule, schedule)

    def _scheduled(self, protocol: StudyProtocol, snapshot: Snapshot) -> tuple[StudyData, Schedule]:
        read: tuple[StudyData, Schedule] = self._schedules.recall(
            (protocol.key, snapshot.content_hash), lambda: self._read(protocol, snapshot)
        )
        return read

    def _read(self, protocol: StudyProtocol, snapshot: Snapshot) -> tuple[StudyData, Schedule]:
        data = self.repository.load(snapshot)
        return data, derive_schedule(data, protocol)

    def summary(self, scene: Scene, name: str, make: Callable[[], Any]) -> Any:
        """The summary called `name` of a scene, computed once per snapshot and view."""
        return self._summaries.recall((self.audience(scene.protocol.key), scene.snapshot.content_hash, scene.view, name), make)

    def content(self, scene: Scene, name: str, make: Callable[[], Any]) -> Any:
        """What the panel called `name` shows of a scene: as `summary`, but fewer, because figures are large."""
        return self._contents.recall((self.audience(scene.protocol.key), scene.snapshot.content_hash, scene.view, name), make)

    def answer(self, scene: Scene, name: Hashable, make: Callable[[], Any]) -> Any:
        """The part called `name` of what a browser is sent of a scene, as it is sent."""
        return self._answers.recall((self.audience(scene.protocol.key), scene.snapshot.content_hash, scene.view, name), make)

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        """The rows of one of `columns.RECORD_TABLES` of a snapshot, read once."""
        return self._records.recall((snapshot.study, snapshot.content_hash, table), lambda: self.repository.load_records(snapshot, table))

    def recall(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made for `key`, whose parts never change; made now when it is not there."""
        return self._made.recall(key, make)

    def archive(self, protocol: StudyProtocol) -> StudyArchive:
        """The snapshots of one study, as a scene may ask for them."""
        return StudyArchive(self, protocol)

    def has_data(self, study: str) -> bool:
        """Whether a published snapshot of `study` exists."""
        return bool(self.repository.list_published(study))


@dataclass(frozen=True)
class StudyArchive:
    """The `Archive` of one study, on a workspace."""

    _workspace: Workspace
    _protocol: StudyProtocol

    def published(self) -> Sequence[Snapshot]:
        """The published data cuts, newest first."""
        return self._workspace.repository.list_published(self._protocol.key)

    def every(self) -> Sequence[Snapshot]:
        """Every data cut, drafts and withdrawn ones included, newest first."""
        return self._workspace.repository.list_all(self._protocol.key)

    def withdrawn(self) -> Sequence[Snapshot]:
        """The data cuts that the reader saw until they were withdrawn, newest first."""
        return self._workspace.repository.list_withdrawn(self._protocol.key)

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        """The rows of one of `columns.RECORD_TABLES`."""
        return self._workspace.records(snapshot, table)

    def analysis(self, snapshot: Snapshot, rule: str) -> Analysis:
        """The derived records of a snapshot under a baseline rule."""
        return self._workspace.analysis(self._protocol, snapshot, rule)

    def traits(self, snapshot: Snapshot) -> pd.DataFrame:
        """The category of every participant of a snapshot in each grouping."""
        return self._workspace.traits(self._protocol, snapshot)

    def recall(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """What was made for `key` in this study, split as it is, before; else what `make` makes now."""
        split = (self._protocol.key, self._protocol.by, self._protocol.cohort_keys)
        return self._workspace.recall((self._workspace.audience(self._protocol.key), *split, *key), make)
