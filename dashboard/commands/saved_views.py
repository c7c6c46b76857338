"""Commands on saved views, for who governs the server and may have no role in the study."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from dashboard.commands.terminal import find_protocol, opened_repository, say
from dashboard.delivering.person import read_person
from dashboard.errors import NotFoundError
from dashboard.saved.views import Openings, SavedView
from dashboard.settings import Settings
from data_access.audit import SqlAudit
from data_access.report import describe_number
from data_access.repository import SqlRepository, utc_now
from data_access.saved_views import SqlSavedViews


def take_act(parser: argparse.ArgumentParser) -> None:
    """List the views of a study, or revoke one."""
    acts = parser.add_subparsers(required=True, dest="act", metavar="ACT")
    acts.add_parser("list", help="every saved view of a study").add_argument("study", metavar="STUDY", help="key of the study definition")
    acts.add_parser("revoke", help="end one").add_argument("id", metavar="ID", help="what follows /v/ in its address")


def run_saved_views(parsed: argparse.Namespace, settings: Settings) -> None:
    """List the saved views of a study, or revoke one; NotFoundError for an unknown study or id."""
    with opened_repository(settings) as repository:
        store = SqlSavedViews(repository.engine)
        if parsed.act == "list":
            _list(store, find_protocol(settings, parsed.study).key)
        else:
            _revoke(store, repository, parsed.id)


def _list(store: SqlSavedViews, study: str) -> None:
    openings = store.openings(study)
    for view in store.list(study):
        print("\t".join((view.id, f"{view.created_at:%Y-%m-%d %H:%M}", view.owner, view.name, _state(view), _opened(openings, view))))


def _state(view: SavedView) -> str:
    if view.revoked_at is not None:
        return f"revoked {view.revoked_at:%Y-%m-%d} by {view.revoked_by}"
    if view.is_expired(utc_now()):
        return f"expired at the end of {view.expires}"
    return f"opens until {view.expires}" if view.expires else "opens"


def _opened(openings: Mapping[str, Openings], view: SavedView) -> str:
    found = openings.get(view.id)
    if found is None:
        return "not opened"
    last = found.newest[0]
    return f"{describe_number(found.total, 'opening')}, the last {last.at:%Y-%m-%d %H:%M} by {last.by}"


def _revoke(store: SqlSavedViews, repository: SqlRepository, view_id: str) -> None:
    view = store.find(view_id)
    if view is None:
        raise NotFoundError("saved view", view_id)
    if view.revoked_at is None:
        SqlAudit(repository.engine).write("revoke", read_person(), view.study, view.content_hash[:10], {"link": view.id})
        store.revoke(view.id, read_person(), utc_now())
        say(f"“{view.name}” no longer opens")
    else:
        say(f"“{view.name}” was revoked on {view.revoked_at:%Y-%m-%d} by {view.revoked_by}")
