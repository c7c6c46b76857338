"""Saving, opening, listing and revoking views, for whoever asks at the moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.access.audit_port import AuditTrail
from dashboard.access.readers import Reader
from dashboard.errors import NotFoundError
from dashboard.saved.headlines import summarise_headlines
from dashboard.saved.opening import Differs, Ended, Same, compare_present, compare_withdrawn
from dashboard.saved.views import (
    ChangedViewError,
    Openings,
    SavedView,
    SavedViewStore,
    make_view_id,
    read_expiry,
    validate_note,
    validate_view_name,
)
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from dashboard.workspace import Workspace


@dataclass(frozen=True)
class Wish:
    """What a reader typed; `fingerprint` is that of the view which the reader saw."""

    name: str
    note: str
    expires: str
    fingerprint: str


@dataclass(frozen=True)
class Listed:
    """A saved view in a list: its data cut, how often it was opened by whom, and whether the reader may revoke it."""

    view: SavedView
    snapshot: Snapshot
    openings: Openings
    may_revoke: bool


class NoRightError(NotFoundError):
    """The view exists for the reader, but somebody else must do this."""


@dataclass(frozen=True)
class SavedViews:
    """`reader` is who asks, None while nobody signs in; then `person` says who that is, and there is no trail.

    Everything is read through `workspace`, which holds only what the reader sees.
    """

    store: SavedViewStore
    workspace: Workspace
    clock: Callable[[], datetime]
    person: Callable[[], str]
    reader: Callable[[], Reader | None]
    trail: AuditTrail | None = None

    def save(self, scene: Scene, page: str, subject: str, wish: Wish) -> SavedView:
        """Keep the view of `scene`; WrongUseError for a text that cannot be kept, ChangedViewError when it is not what was seen."""
        now = self.clock()
        name, note, expires = validate_view_name(wish.name), validate_note(wish.note), read_expiry(wish.expires, now)
        if wish.fingerprint != scene.fingerprint:
            seen = wish.fingerprint[:20] or "none"
            raise ChangedViewError(f"the view is another one (you see {seen}, this is {scene.fingerprint}); reload the page and save again")
        view = SavedView(
            id=make_view_id(),
            study=scene.protocol.key,
            content_hash=scene.snapshot.content_hash,
            owner=self.person(),
            name=name,
            note=note,
            created_at=now,
            expires=expires,
            page=page,
            subject=subject,
            query=scene.query,
            code=self.workspace.code,
            fingerprint=scene.fingerprint,
            headlines=summarise_headlines(scene),
        )
        self._write("share", view, name=name, expires=expires.isoformat() if expires else "never")
        self.store.add(view)
        return view

    def open(self, view_id: str, *, noted: bool = True) -> Same | Ended | Differs:
        """What the saved view leads to; NotFoundError when there is none, or the reader may not see it.

        The right comes first: who has none does not hear that a view has ended. `noted`: the opening is written.
        """
        view, cut = self._find(view_id)
        if not view.is_open(self.clock()):
            return Ended(view)
        if cut.status == "published":
            found: Same | Differs = compare_present(self.workspace, view)
        else:
            found = compare_withdrawn(self.workspace, view, cut)
        if noted:
            self._write("open", view)
            self.store.note_opening(view.id, self.person(), self.clock())
        return found

    def revoke(self, study: str, view_id: str) -> SavedView:
        """Revoke a view of its owner, or any view for an administrator; NoRightError for others, NotFoundError when there is none."""
        reader = self.reader()
        governs = reader is not None and reader.administrator
        view = self.store.find(view_id) if governs else self._find(view_id)[0]
        if view is None or view.study != study:
            raise NotFoundError("saved view", view_id)
        if not self._may_revoke(view):
            raise NoRightError("saved view", view_id)
        if view.revoked_at is None:
            self._write("revoke", view)
            self.store.revoke(view.id, self.person(), self.clock())
        return self.store.find(view_id) or view

    def list(self, study: str) -> Sequence[Listed]:
        """The views of a study whose data cut the reader sees, the newest first; NotFoundError for an unknown study."""
        self.workspace.protocol(study)
        openings = self.store.openings(study)
        cuts = [(view, self.find_cut(study, view.content_hash)) for view in self.store.list(study)]
        return [Listed(view, cut, openings.get(view.id, Openings()), self._may_revoke(view)) for view, cut in cuts if cut is not None]

    def _find(self, view_id: str) -> tuple[SavedView, Snapshot]:
        view = self.store.find(view_id)
        cut = None if view is None or view.study not in self.workspace.protocols else self.find_cut(view.study, view.content_hash)
        if view is None or cut is None:
            raise NotFoundError("saved view", view_id)
        return view, cut

    def find_cut(self, study: str, content_hash: str) -> Snapshot | None:
        """The data cut of this hash: one that the reader sees, or saw until it was withdrawn; else None."""
        repository = self.workspace.repository
        for cuts in (repository.list_published, repository.list_withdrawn):
            seen = next((cut for cut in cuts(study) if cut.content_hash == content_hash), None)
            if seen is not None:
                return seen
        return None

    def _may_revoke(self, view: SavedView) -> bool:
        reader = self.reader()
        return reader is None or reader.administrator or reader.name == view.owner

    def _write(self, action: str, view: SavedView, **further: str) -> None:
        if self.trail is None:
            return
        about = {} if action == "revoke" else {"view": view.fingerprint, "query": view.query, "page": view.page}
        kind = {"participant": "participant", "behind": "cell"}.get(view.page) if action != "revoke" else None
        named = {kind: view.subject} if kind else {}
        self.trail.write(action, self.person(), view.study, view.content_hash[:10], {"link": view.id, **about, **named, **further})
