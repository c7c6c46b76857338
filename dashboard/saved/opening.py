"""What opening a saved view leads to: the same numbers, an end, or exactly what differs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard.saved.headlines import ComparedNumber, compare_headlines, summarise_headlines
from dashboard.saved.views import SavedView
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot, describe_withdrawal
from dashboard.view.codec import decode_view, encode_view
from dashboard.view.state import CHANGES_PAGE
from dashboard.view.words import describe_selection
from dashboard.workspace import Workspace

CODE_DIGITS = 8


@dataclass(frozen=True)
class Same:
    """The view shows the numbers that it showed when it was saved."""

    view: SavedView


@dataclass(frozen=True)
class Ended:
    """The view was revoked, or its last day is over."""

    view: SavedView


@dataclass(frozen=True)
class Differs:
    """What differs, in sentences; every headline then and now; and the query that shows what is there now (None: nothing is).

    `cut` is the data cut of the saved view, `selection` its filters in words.
    """

    view: SavedView
    cut: Snapshot
    selection: str
    reasons: tuple[str, ...]
    headlines: tuple[ComparedNumber, ...]
    query: str | None
    fingerprint: str


def compare_present(workspace: Workspace, view: SavedView) -> Same | Differs:
    """What the address of `view`, whose data cut the reader sees, shows now."""
    scene, problems = workspace.open(view.study, view.query, compares=view.page == CHANGES_PAGE)
    reasons = [*_code_reasons(view, workspace.code), *problems, *_other_reasons(workspace, scene)]
    if scene.query != view.query:
        reasons.append(f"Its address is read differently now: {view.query} means {scene.query}.")
    if not reasons and scene.fingerprint == view.fingerprint:
        return Same(view)
    compared = compare_headlines(view.headlines, summarise_headlines(scene))
    selection = describe_selection(scene.view, scene.protocol)
    return Differs(view, scene.snapshot, selection, tuple(reasons), compared, scene.query, scene.fingerprint)


def compare_withdrawn(workspace: Workspace, view: SavedView, withdrawn: Snapshot) -> Differs:
    """What is there instead of a view whose data cut was withdrawn: the same choices on the newest data cut the reader sees."""
    protocol = workspace.protocol(view.study)
    chosen, problems = decode_view(view.query, protocol)
    selection = describe_selection(chosen, protocol)
    reasons = [describe_withdrawal(withdrawn), *_code_reasons(view, workspace.code)]
    published = workspace.repository.list_published(view.study)
    if not published:
        alone = (*reasons, "No other data cut of the study is there.")
        return Differs(view, withdrawn, selection, alone, compare_headlines(view.headlines, ()), None, "")
    query = encode_view(replace(chosen, cut=published[0].cut), protocol)
    scene, _ = workspace.open(view.study, query, compares=view.page == CHANGES_PAGE)
    newest = scene.snapshot
    reasons.append(f"What is shown now is the data cut {newest.label or newest.cut} of {newest.cut_date.isoformat()} ({newest.cut}).")
    compared = compare_headlines(view.headlines, summarise_headlines(scene))
    return Differs(view, withdrawn, selection, (*reasons, *problems), compared, scene.query, scene.fingerprint)


def _code_reasons(view: SavedView, code: str) -> list[str]:
    if view.code == code:
        return []
    before, after = view.code[:CODE_DIGITS], code[:CODE_DIGITS]
    return [f"The program or a study definition has changed: the version was {before} then and is {after} now."]


def _other_reasons(workspace: Workspace, scene: Scene) -> list[str]:
    """The view names a second data cut, which must be there too; where it compares with it, opening says so."""
    against = scene.view.against
    if not against or any(cut.cut == against for cut in workspace.repository.list_published(scene.protocol.key)):
        return []
    return [f"The data cut {against}, with which the view compares, is not there."]
