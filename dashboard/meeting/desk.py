"""Opening, following, moving and closing meetings, and what is decided and said in them, for whoever asks at the moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dashboard.errors import NotFoundError, WrongUseError
from dashboard.meeting.records import (
    Entry,
    Meeting,
    MeetingStore,
    Person,
    ShownView,
    make_meeting_id,
    validate_agenda,
    validate_entry,
    validate_kind,
    validate_title,
)
from dashboard.meeting.rules import (
    Act,
    Attendance,
    NotChairError,
    describe_attendance,
    is_due,
    is_same_view,
    reorder,
    require_act,
    require_successor,
)
from dashboard.saved.desk import SavedViews
from dashboard.saved.views import ChangedViewError, SavedView
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from dashboard.view.words import count_words, describe_selection

# open     shows the numbers that it showed when it was saved
# differs  the program was changed or the data cut withdrawn; its short address says what differs
# ended    revoked or expired
# absent   does not exist, or not for this reader
ItemState = Literal["open", "differs", "ended", "absent"]
Change = Literal["up", "down", "remove", "add"]


@dataclass(frozen=True)
class AgendaItem:
    """A place on the agenda, from 1; of a view that does not exist for the reader nothing but the place is known."""

    place: int
    state: ItemState
    view: SavedView | None = None


@dataclass(frozen=True)
class Written:
    """An entry, and the data cut of the view on which it was made."""

    entry: Entry
    cut: Snapshot


@dataclass(frozen=True)
class Now:
    """How a meeting stands for one reader. `shown` is None where the meeting looks at what does not exist for the reader."""

    meeting: Meeting
    person: str
    shown: ShownView | None
    attendance: Attendance


@dataclass(frozen=True)
class Meetings:
    """Every question asks for the reader's right anew: for the study, for the meeting's data cut, and for that of every view in it."""

    store: MeetingStore
    views: SavedViews

    def list(self, study: str) -> Sequence[tuple[Meeting, Snapshot]]:
        """The meetings of a study that exist for the reader, the newest first; NotFoundError for an unknown study."""
        self.views.workspace.protocol(study)
        found = [(meeting, self.views.find_cut(study, meeting.content_hash)) for meeting in self.store.list(study)]
        return [(meeting, cut) for meeting, cut in found if cut is not None]

    def find(self, study: str, meeting_id: str) -> Meeting:
        """The meeting; NotFoundError when there is none, or the reader may not see its data cut."""
        self.views.workspace.protocol(study)
        meeting = self.store.find(meeting_id)
        if meeting is None or meeting.study != study:
            raise NotFoundError("meeting", meeting_id)
        self.find_cut(meeting)
        return meeting

    def find_cut(self, meeting: Meeting) -> Snapshot:
        """The data cut of a meeting; NotFoundError when the reader may not see it, as for a meeting that does not exist."""
        cut = self.views.find_cut(meeting.study, meeting.content_hash)
        if cut is None:
            raise NotFoundError("meeting", meeting.id)
        return cut

    def open(self, study: str, title: str, agenda: Sequence[str]) -> Meeting:
        """A new meeting that begins with the first view of its agenda; the reader is its chair. WrongUseError for what cannot be kept."""
        self.views.workspace.protocol(study)
        name, links = validate_title(title), validate_agenda(agenda)
        first, *_ = [self._require_view(study, link) for link in links]
        person, shown = self.views.person(), _shown_of(first)
        meeting = Meeting(make_meeting_id(), study, name, first.content_hash, self.views.clock(), person, person, shown)
        self._note("meeting-opened", meeting, {**_describe(shown), "name": name})
        self.store.add(meeting, links)
        return meeting

    def look(self, study: str, meeting_id: str) -> Now:
        """How the meeting stands; that a page of the reader asked is written, so that the others see who is there."""
        meeting, person, now = self.find(study, meeting_id), self.views.person(), self.views.clock()
        people = self.store.people(meeting.id)
        if meeting.is_open and is_due(next((one for one in people if one.name == person), None), now):
            self.store.see(meeting.id, person, now)
            people = self.store.people(meeting.id)
        published = {cut.content_hash for cut in self.views.workspace.repository.list_published(study)}
        shown = meeting.shown if meeting.shown.content_hash in published else None
        return Now(meeting, person, shown, describe_attendance(meeting, people, now))

    def agenda(self, meeting: Meeting) -> Sequence[AgendaItem]:
        """The agenda as the reader may know it."""
        seen = {listed.view.id: listed.view for listed in self.views.list(meeting.study)}
        views = [seen.get(link) for link in self.store.agenda(meeting.id)]
        return [AgendaItem(place, self.judge(view), view) for place, view in enumerate(views, start=1)]

    def judge(self, view: SavedView | None) -> ItemState:
        """Whether a saved view still shows what it showed. Equal programs give the views of a visible data cut equal fingerprints."""
        if view is None:
            return "absent"
        if not view.is_open(self.views.clock()):
            return "ended"
        published = self.views.workspace.repository.list_published(view.study)
        is_there = any(cut.content_hash == view.content_hash for cut in published)
        return "open" if is_there and view.code == self.views.workspace.code else "differs"

    def people(self, meeting: Meeting) -> Sequence[Person]:
        """Everybody whose page was in the meeting."""
        return self.store.people(meeting.id)

    def entries(self, meeting: Meeting) -> Sequence[Written]:
        """The decisions and comments on views whose data cut the reader sees, or saw until it was withdrawn."""
        found = [(entry, self.views.find_cut(meeting.study, entry.shown.content_hash)) for entry in self.store.entries(meeting.id)]
        return [Written(entry, cut) for entry, cut in found if cut is not None]

    def move(self, study: str, meeting_id: str, scene: Scene, page: str, subject: str, link: str = "") -> Meeting:
        """Let the meeting look at the view of `scene`; NotChairError, ClosedMeetingError. To stay where it is, is no move.

        `link` is the item of the agenda that the chair means, where several of them are this view.
        """
        meeting = self._require(study, meeting_id, "move")
        shown = self._show(meeting, scene, page, subject, link)
        if shown == meeting.shown:
            return meeting
        self._note("meeting-moved", meeting, _describe(shown), shown.content_hash)
        return self._done(self.store.move(meeting.id, meeting.chair, shown), meeting, "move")

    def write(self, study: str, meeting_id: str, kind: str, words: str, scene: Scene, page: str, subject: str, fingerprint: str) -> int:
        """Store a comment, or a decision of the chair, made on the view of `scene`; returns its number.

        ChangedViewError when `fingerprint`, which the reader sees, is that of another view.
        """
        named = validate_kind(kind)
        meeting, kept = self._require(study, meeting_id, named), validate_entry(words)
        if fingerprint != scene.fingerprint:
            seen = f"you see {fingerprint[:20] or 'none'}, this is {scene.fingerprint}"
            raise ChangedViewError(f"the view is another one ({seen}); reload the page, then store again")
        shown = self._show(meeting, scene, page, subject)
        selection = f"{describe_selection(scene.view, scene.protocol)}; {count_words(scene.n, 'participant')}"
        person, now = self.views.person(), self.views.clock()
        entry = Entry(0, named, person, now, kept, shown, self.views.workspace.code, f"{selection[:1].upper()}{selection[1:]}")
        self._note(named, meeting, _describe(shown), shown.content_hash)
        number = self.store.write(meeting.id, entry)
        self._done(number is not None, meeting, named)
        return number or 0

    def change_agenda(self, study: str, meeting_id: str, link: str, change: Change) -> Meeting:
        """Move a view on the agenda up or down, take it away or add it at the end; WrongUseError for an agenda that would be none."""
        meeting = self._require(study, meeting_id, "agenda")
        present = self.store.agenda(meeting.id)
        if change == "add":
            self._require_view(study, link)
        elif link not in present:
            raise NotFoundError("saved view", link)
        agenda = validate_agenda(reorder(present, link, change))
        self._note("meeting-agenda", meeting, {})
        return self._done(self.store.set_agenda(meeting.id, meeting.chair, agenda), meeting, "agenda")

    def hand_over(self, study: str, meeting_id: str, to: str) -> Meeting:
        """Let somebody else who is there be the chair; who opened the meeting may take the chair back."""
        meeting = self.find(study, meeting_id)
        present = describe_attendance(meeting, self.store.people(meeting.id), self.views.clock()).present
        require_successor(meeting, self.views.person(), to, present)
        self._note("meeting-chair", meeting, {"account": to})
        return self._done(self.store.hand_over(meeting.id, meeting.chair, to), meeting, "hand-over")

    def close(self, study: str, meeting_id: str) -> Meeting:
        """End the meeting for good."""
        meeting = self._require(study, meeting_id, "close")
        self._note("meeting-closed", meeting, {})
        return self._done(self.store.close(meeting.id, meeting.chair, self.views.clock()), meeting, "close")

    def note_minutes(self, meeting: Meeting, kind: str) -> None:
        """Write that the reader printed the minutes."""
        self._note("minutes", meeting, {"format": kind})

    def _require(self, study: str, meeting_id: str, act: Act) -> Meeting:
        meeting = self.find(study, meeting_id)
        require_act(meeting, self.views.person(), act)
        return meeting

    def _done(self, done: bool, before: Meeting, act: Act) -> Meeting:
        """The meeting after a change. One that was not made was overtaken by another, whose reason is found out by asking again."""
        after = self.store.find(before.id) or before
        if not done:
            require_act(after, self.views.person(), act)
            raise NotChairError("Somebody else changed the meeting at the same moment; try again.")
        return after

    def _require_view(self, study: str, link: str) -> SavedView:
        """A saved view that can stand on an agenda: the reader sees it, and it shows what it showed."""
        views = {listed.view.id: listed.view for listed in self.views.list(study)}
        if link not in views:
            raise NotFoundError("saved view", link[:40])
        if self.judge(views[link]) != "open":
            raise WrongUseError(f"The saved view “{views[link].name}” no longer opens as it was saved; save it anew for this meeting.")
        return views[link]

    def _show(self, meeting: Meeting, scene: Scene, page: str, subject: str, meant: str = "") -> ShownView:
        """The view of `scene`, with the item of the agenda that it is: the one that is meant, else the present one, else the first."""
        shown = ShownView(scene.snapshot.content_hash, page, subject, scene.query, scene.fingerprint)
        views = (self.views.store.find(link) for link in self.store.agenda(meeting.id))
        same = [view.id for view in views if view is not None and is_same_view(_shown_of(view), shown)]
        return replace(shown, link=next((link for link in (meant, meeting.shown.link, *same) if link in same), ""))

    def _note(self, action: str, meeting: Meeting, detail: dict[str, str], content_hash: str = "") -> None:
        if self.views.trail is not None:
            cut = (content_hash or meeting.content_hash)[:10]
            self.views.trail.write(action, self.views.person(), meeting.study, cut, {"item": meeting.id, **detail})


def _shown_of(view: SavedView) -> ShownView:
    return ShownView(view.content_hash, view.page, view.subject, view.query, view.fingerprint, view.id)


def _describe(shown: ShownView) -> dict[str, str]:
    """What the audit keeps of a view."""
    kind = {"participant": "participant", "behind": "cell"}.get(shown.page)
    about = {"view": shown.fingerprint, "query": shown.query, "page": shown.page}
    return about | ({"link": shown.link} if shown.link else {}) | ({kind: shown.subject} if kind else {})
