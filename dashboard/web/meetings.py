"""Meetings over HTTP for the bar above the pages: how a meeting stands, moving it, and what is said in it, all as JSON.

A page asks “now” again and again instead of waiting at an open connection: servers in between may hold back what is streamed, and
each waiting member would use up a thread. What has not changed is answered with 304 and no body.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from dashboard.errors import LymphotraceError, StorageError, WrongUseError
from dashboard.meeting.desk import AgendaItem, Meetings, Now, Written
from dashboard.meeting.minutes import tell_time
from dashboard.meeting.records import Meeting, ShownView
from dashboard.meeting.rules import ClosedMeetingError, NotChairError
from dashboard.saved.views import ChangedViewError
from dashboard.settings import Settings
from dashboard.web.loopback import describe_hindrance
from dashboard.web.same_origin import FOREIGN, comes_from_elsewhere
from dashboard.web.saved_html import name_page
from dashboard.web.saved_views import open_address, read_object, view_address

ELSEWHERE = "Meetings are held only on the machine on which the server runs, because nobody signs in."
NO_RECORDS = "The server cannot write its records, so nothing was stored and the meeting was not moved. Try again in a minute."
STATUS: Mapping[type[LymphotraceError], int] = {WrongUseError: 400, NotChairError: 403, ChangedViewError: 409, ClosedMeetingError: 409}

logger = logging.getLogger(__name__)

Answer = Response | tuple[Response, int]


def register_meetings(server: Flask, settings: Settings, meetings: Meetings) -> None:
    """Add the addresses below `/api/v1/<study>/meetings` to `server`."""
    routes = Blueprint("meetings", __name__)
    _register_refusals(routes, settings)

    @routes.get("/api/v1/<study>/meetings/<meeting_id>/now")
    def look(study: str, meeting_id: str) -> Answer:
        answer = jsonify(describe_now(meetings.look(study, meeting_id)))
        answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:32])
        return answer.make_conditional(request.environ)  # type: ignore[return-value]

    @routes.get("/api/v1/<study>/meetings/<meeting_id>")
    def read(study: str, meeting_id: str) -> Answer:
        return jsonify(_describe_whole(meetings, meetings.find(study, meeting_id)))

    @routes.post("/api/v1/<study>/meetings/<meeting_id>/move")
    def move(study: str, meeting_id: str) -> Answer:
        meetings.find(study, meeting_id)
        sent = read_object(frozenset({"address", "link"}))
        address, scene = open_address(meetings.views.workspace, study, sent["address"])
        moved = meetings.move(study, meeting_id, scene, address.page, address.subject, sent["link"])
        return jsonify(step=moved.step, address=address_of_shown(study, moved.shown))

    @routes.post("/api/v1/<study>/meetings/<meeting_id>/entries")
    def write(study: str, meeting_id: str) -> Answer:
        meetings.find(study, meeting_id)
        sent = read_object(frozenset({"address", "fingerprint", "kind", "words"}))
        address, scene = open_address(meetings.views.workspace, study, sent["address"])
        place = (scene, address.page, address.subject, sent["fingerprint"])
        number = meetings.write(study, meeting_id, sent["kind"], sent["words"], *place)
        return jsonify(number=number, kind=sent["kind"], fingerprint=scene.fingerprint), 201

    server.register_blueprint(routes)


def describe_hindrance_of(settings: Settings) -> str:
    """Why the present request may not change a meeting while nobody signs in; "" where it may, and where the guard has asked."""
    if settings.auth != "none" or request.method != "POST":
        return ""
    if describe_hindrance(settings.host, request.remote_addr, request.host):
        return ELSEWHERE
    return FOREIGN if comes_from_elsewhere(request, https=settings.tls == "yes", strict=True) else ""


def _register_refusals(routes: Blueprint, settings: Settings) -> None:
    @routes.before_request
    def refuse_strangers() -> Answer | None:
        hindrance = describe_hindrance_of(settings)
        if hindrance:
            return _refuse(hindrance, 403)
        if request.method == "POST" and request.mimetype != "application/json":
            return _refuse("This address takes application/json only.", 415)
        return None

    @routes.errorhandler(StorageError)
    def answer_no_records(error: StorageError) -> Answer:
        logger.error("meetings: %s", error)
        return _refuse(NO_RECORDS, 503)

    for kind, status in STATUS.items():
        routes.register_error_handler(kind, lambda error, status=status: _refuse(write_sentence(str(error)), status))


def _refuse(sentence: str, status: int) -> tuple[Response, int]:
    return jsonify(error=sentence), status


def write_sentence(words: str) -> str:
    """`words` with a capital and a full stop."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def address_of_shown(study: str, shown: ShownView) -> str:
    """The address, without the server, of a view at which a meeting looks."""
    return view_address(study, shown.page, shown.subject, shown.query)


def describe_now(now: Now) -> dict[str, Any]:
    """How a meeting stands. Of a view that does not exist for the reader nothing is said, not even that it is on the agenda."""
    meeting, shown = now.meeting, now.shown
    return {
        "step": meeting.step,
        "edition": meeting.edition,
        "title": meeting.title,
        "chair": meeting.chair,
        "you": now.person,
        "leads": now.person == meeting.chair,
        "open": meeting.is_open,
        "present": list(now.attendance.present),
        "chair_lost": now.attendance.chair_lost,
        "address": address_of_shown(meeting.study, shown) if shown else None,
        "fingerprint": shown.fingerprint if shown else None,
        "page": name_page(shown) if shown else None,
        "link": shown.link if shown else "",
    }


def _describe_whole(meetings: Meetings, meeting: Meeting) -> dict[str, Any]:
    """What changes with the edition of a meeting: agenda and entries."""
    return {
        "edition": meeting.edition,
        "agenda": [_describe_item(meeting.study, item) for item in meetings.agenda(meeting)],
        "entries": [_describe_entry(meeting.study, one) for one in meetings.entries(meeting)],
    }


def _describe_item(study: str, item: AgendaItem) -> dict[str, Any]:
    view = item.view
    if view is None:
        return {"place": item.place, "state": item.state}
    opens = view_address(study, view.page, view.subject, view.query) if item.state == "open" else f"/v/{view.id}"
    about = {"link": view.id, "name": view.name, "fingerprint": view.fingerprint, "page": name_page(view), "address": opens}
    return {"place": item.place, "state": item.state, **about}


def _describe_entry(study: str, one: Written) -> dict[str, Any]:
    entry = one.entry
    told = {name: getattr(entry, name) for name in ("number", "kind", "author", "words", "selection")}
    shown = {"fingerprint": entry.shown.fingerprint, "page": name_page(entry.shown), "address": address_of_shown(study, entry.shown)}
    return {**told, **shown, "at": tell_time(entry.written_at), "cut": one.cut.cut}
