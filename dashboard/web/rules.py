"""The access rules: every address and every callback of the product has one, or the server does not start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dash import Dash
from flask import Flask

from dashboard.access.readers import Action


@dataclass(frozen=True)
class Rule:
    """Who may use an address.

    `open`: anybody, signed in or not. `page`: a browser that is not signed in is led to sign in. `action`: what the reader must be
    allowed to do in the study of the address (none: being signed in is enough, and what is seen depends on the reader). `limited`:
    what of it is asked for at most so often, TABLES or VIEWS. `before`: the event written before something is changed. `after`: the event
    written for every view that the answer shows.
    """

    open: bool = False
    page: bool = False
    action: Action | None = None
    limited: str = ""
    before: str = ""
    after: str = ""


# What costs much to answer, in the plural of the sentence that refuses it.
TABLES, VIEWS = "tables", "views"
ANYBODY = Rule(open=True)
SIGNED_IN = Rule()
PAGE = Rule(page=True)
DELIVERING = Rule(action="deliver")


def _changing(event: str) -> Rule:
    return Rule(action="deliver", before=event)


# By the name under which Flask knows the address.
ADDRESSES: Mapping[str, Rule] = MappingProxyType(
    {
        # Program, styles and fonts: the same for everybody, and without any data.
        "_dash_assets.static": ANYBODY,
        "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": ANYBODY,
        "/_favicon.ico": ANYBODY,
        "answer_icon": ANYBODY,
        "answer_health": ANYBODY,
        "answer_readiness": ANYBODY,
        "signing_in.ask": ANYBODY,
        "signing_in.sign_in": ANYBODY,
        "signing_in.sign_out": ANYBODY,
        # There with OpenID Connect only, instead of signing_in.sign_in.
        "signing_in.start": ANYBODY,
        "signing_in.finish": ANYBODY,
        # Whether the reader may read the audit is asked by the page itself: the right belongs to no study.
        "audit.show": PAGE,
        "audit.download": PAGE,
        # The events are written by the addresses themselves: there is no scene.
        "closed.show": Rule(action="see", page=True),
        "closed.read": Rule(action="see", limited=TABLES),
        # Documents without data; the layout and the callbacks bring them.
        "/": PAGE,
        "/<path:path>": PAGE,
        "/_dash-layout": Rule(limited=VIEWS, after="view"),
        "/_dash-dependencies": SIGNED_IN,
        "/_dash-update-component": Rule(limited=VIEWS, after="view"),
        "/_reload-hash": SIGNED_IN,
        "list_studies": SIGNED_IN,
        "refuse_other": SIGNED_IN,
        "list_snapshots": Rule(action="see"),
        "read_table": Rule(action="see", limited=TABLES, after="table"),
        "read_behind": Rule(action="see", limited=TABLES, after="table"),
        "saved_views.open_view": PAGE,
        "saved_views.list_views": Rule(action="see"),
        "saved_views.save_view": Rule(action="see", limited=TABLES),
        # An administrator, who sees no study, may revoke too; the desk of saved views asks who it is.
        "saved_views.revoke_view": SIGNED_IN,
        # Whether the reader may see the meeting, and is its chair, is asked by the desk of meetings, every time anew.
        "meeting_pages.list_meetings": PAGE,
        "meeting_pages.show_meeting": PAGE,
        "meeting_pages.join": PAGE,
        "meeting_pages.show_minutes": Rule(page=True, limited=TABLES),
        "meeting_pages.download_minutes": Rule(page=True, limited=TABLES),
        "meeting_pages.open_meeting": Rule(action="see", limited=TABLES),
        "meeting_pages.change_agenda": Rule(action="see"),
        "meeting_pages.hand_over": Rule(action="see"),
        "meeting_pages.close": Rule(action="see"),
        "meetings.look": Rule(action="see"),
        "meetings.read": Rule(action="see"),
        "meetings.move": Rule(action="see"),
        "meetings.write": Rule(action="see"),
        "download_package": Rule(action="see", page=True, limited=TABLES, after="package"),
        "answer_package_progress": Rule(action="see"),
        "download_table": Rule(action="see", page=True, limited=TABLES, after="export"),
        "deliveries.describe_limits": DELIVERING,
        "deliveries.answer_state": DELIVERING,
        "deliveries.answer_report": DELIVERING,
        "deliveries.verify": DELIVERING,
        "deliveries.receive": _changing("deliver"),
        "deliveries.publish": _changing("publish"),
        "deliveries.publish_cut": _changing("publish"),
        "deliveries.discard": _changing("discard"),
        "deliveries.discard_cut": _changing("discard"),
        "deliveries.withdraw": _changing("withdraw"),
    }
)
# By the name of the function. Each reads through the workspace, which holds nothing but what the reader sees.
CALLBACKS: Mapping[str, Rule] = MappingProxyType(
    {
        "show_page": SIGNED_IN,
        "keep_in_step": SIGNED_IN,
        "fill_grid": SIGNED_IN,
        "describe_person": SIGNED_IN,
        "open_participant": SIGNED_IN,
    }
)


class MissingRuleError(Exception):
    """An address or a callback has no access rule: a fault of the program, found at the start."""


def require_rules(server: Flask, app: Dash) -> None:
    """MissingRuleError names every address and callback without a rule; called when all of them are registered."""
    addresses = {rule.endpoint for rule in server.url_map.iter_rules()} - set(ADDRESSES)
    callbacks = {callback_name(entry) for entry in app.callback_map.values()} - set(CALLBACKS)
    missing = sorted(addresses | callbacks)
    if missing:
        raise MissingRuleError(f"without an access rule in dashboard/web/rules.py: {', '.join(missing)}")


def callback_name(entry: Mapping[str, object]) -> str:
    """The name of the function behind an entry of Dash's callback map; of one that runs in the browser, its output."""
    return str(getattr(entry.get("callback"), "__name__", entry.get("output")))
