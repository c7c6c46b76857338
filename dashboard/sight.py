"""Who saw a participant: for each row of the audit, whether the view it names showed that participant.

The audit keeps the view and the data cut of a figure, not the participants in it; so the selection of the view is made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dashboard.audit.chain import Record
from dashboard.audit.events import SEEING
from dashboard.audit.names import is_among, read_participants
from dashboard.audit.questions import AuditStore, Question
from dashboard.errors import NotFoundError
from dashboard.scene import Scene
from dashboard.tables import TABLES
from dashboard.workspace import Workspace

BY_NAME, IN_SELECTION, IN_CUT, UNKNOWN = "by name", "in the selection", "in the data cut", "cannot be ruled out"
# Pages about one participant: nobody else's values stand there.
OF_ONE = ("participant",)
# Pages whose figures and lists the filters of the view do not narrow.
OF_ALL = ("interim", "data", "data/quality", "data/snapshots", "data/changes", "data/provenance", "behind", "package", "pooled")


@dataclass(frozen=True)
class Sighting:
    """One row of the audit, and how the participant was in what it showed."""

    record: Record
    how: str


@dataclass(frozen=True)
class Sight:
    """Answers for one participant of one study. `workspace` holds every published data cut, whoever asks."""

    workspace: Workspace
    study: str
    participant: str
    _known: dict[tuple[str, ...], str] = field(default_factory=dict)

    def find(self, store: AuditStore, question: Question, before: int | None = None) -> Iterator[Sighting]:
        """The rows that showed the participant, newest first, among those that `question` means."""
        for record in store.find(question, before):
            how = self.judge(record)
            if how:
                yield Sighting(record, how)

    def judge(self, record: Record) -> str:
        """How the participant was in what `record` showed: one of the words above, "" for not at all.

        What can no longer be found out (a data cut that was withdrawn, a view that cannot be read) is UNKNOWN, never "".
        """
        if record.study != self.study or record.action not in SEEING:
            return ""
        detail = record.details
        if not {"participant", "participants"} & set(detail):
            return UNKNOWN if detail.get("page") in OF_ONE else self._judge_view(record.cut, detail)
        named = read_participants(detail)
        if named is None:
            return UNKNOWN
        return BY_NAME if is_among(self.participant, named) else ""

    def _judge_view(self, cut: str, detail: Mapping[str, str]) -> str:
        """The answer for a figure, a page or a table with many participants; the same views come again and again."""
        if "query" not in detail or not cut:
            return UNKNOWN
        key = (cut, detail["query"], detail.get("page", ""), detail.get("table", ""))
        if key not in self._known:
            self._known[key] = self._open(*key)
        return self._known[key]

    def _open(self, cut: str, query: str, page: str, table: str) -> str:
        try:
            scene, problems = self.workspace.open(self.study, query)
            if problems or scene.snapshot.cut != cut:
                return UNKNOWN
            row = scene.participant(self.participant)
            if page in OF_ALL or table == "behind" or _is_of_all(table, scene):
                return IN_CUT if row is not None or self._is_in_other(scene) else ""
        except NotFoundError:
            return UNKNOWN
        return IN_SELECTION if row is not None and scene.selection.mask[row] else ""

    def _is_in_other(self, scene: Scene) -> bool:
        """Whether the data cut with which the view compares holds the participant."""
        if not scene.view.against:
            return False
        other, _ = self.workspace.open(self.study, f"cut={scene.view.against}")
        return other.participant(self.participant) is not None


def ask_participant(study: str) -> Question:
    """The rows among which those that showed a participant are looked for."""
    return Question(study=study, actions=SEEING)


def _is_of_all(table: str, scene: Scene) -> bool:
    return table in TABLES and bool(TABLES[table].population(scene))
