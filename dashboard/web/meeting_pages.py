"""The routes of the pages of meetings: the list, one meeting with what its chair may change, the way in, and the minutes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from flask import Blueprint, Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from dashboard.errors import LymphotraceError, NotFoundError, StorageError, WrongUseError
from dashboard.meeting.desk import Change, Meetings
from dashboard.meeting.minutes import Held, Naming, compose_minutes, compute_record
from dashboard.meeting.records import Meeting
from dashboard.printing.laid_out import lay_out
from dashboard.printing.pdf import write_pdf
from dashboard.printing.web_page import write_web_page
from dashboard.saved.views import SavedView
from dashboard.settings import Settings
from dashboard.web.meeting_html import NOTHING, Room, build_list_page, build_meeting_page, build_message_page
from dashboard.web.meetings import NO_RECORDS, STATUS, address_of_shown, describe_hindrance_of, write_sentence
from dashboard.web.saved_html import name_page
from dashboard.web.static_files import StaticAssets

HTML = "text/html; charset=utf-8"
CHANGES: Mapping[str, Change] = {"up": "up", "down": "down", "remove": "remove", "add": "add"}

logger = logging.getLogger(__name__)


def register_meeting_pages(server: Flask, settings: Settings, meetings: Meetings, assets: StaticAssets) -> None:
    """Add the addresses below `/<study>/meetings` to `server`."""
    routes = Blueprint("meeting_pages", __name__)
    _register_refusals(routes, settings, assets)

    @routes.get("/<study>/meetings")
    def list_meetings(study: str) -> Response:
        found, protocol = meetings.list(study), meetings.views.workspace.protocol(study)
        return _page(build_list_page(assets, protocol, found, _views_to_add(meetings, study)))

    @routes.get("/<study>/meetings/<meeting_id>")
    def show_meeting(study: str, meeting_id: str) -> Response:
        return _page(build_meeting_page(assets, _open_room(meetings, meetings.find(study, meeting_id))))

    @routes.get("/<study>/meetings/<meeting_id>/join")
    def join(study: str, meeting_id: str) -> AnyResponse:
        now = meetings.look(study, meeting_id)
        address = address_of_shown(study, now.shown) if now.shown else f"/{study}/overview"
        # What stands behind “#” is read by assets/meeting.js and by nobody on the way.
        return redirect(f"{address}#meeting={now.meeting.id}", 303)

    @routes.get("/<study>/meetings/<meeting_id>/minutes")
    def show_minutes(study: str, meeting_id: str) -> Response:
        return _send_minutes(meetings, meetings.find(study, meeting_id), "html")

    @routes.get("/<study>/meetings/<meeting_id>/minutes.pdf")
    def download_minutes(study: str, meeting_id: str) -> Response:
        return _send_minutes(meetings, meetings.find(study, meeting_id), "pdf")

    _register_changes(routes, meetings)
    server.register_blueprint(routes)


def _register_changes(routes: Blueprint, meetings: Meetings) -> None:
    @routes.post("/<study>/meetings")
    def open_meeting(study: str) -> AnyResponse:
        meeting = meetings.open(study, request.form.get("title", ""), request.form.getlist("view"))
        return redirect(f"/{study}/meetings/{meeting.id}", 303)

    @routes.post("/<study>/meetings/<meeting_id>/agenda")
    def change_agenda(study: str, meeting_id: str) -> AnyResponse:
        meetings.find(study, meeting_id)
        return _back(meetings.change_agenda(study, meeting_id, request.form.get("view", ""), _read_change()))

    @routes.post("/<study>/meetings/<meeting_id>/chair")
    def hand_over(study: str, meeting_id: str) -> AnyResponse:
        return _back(meetings.hand_over(study, meeting_id, request.form.get("to", "")))

    @routes.post("/<study>/meetings/<meeting_id>/close")
    def close(study: str, meeting_id: str) -> AnyResponse:
        return _back(meetings.close(study, meeting_id))


def _register_refusals(routes: Blueprint, settings: Settings, assets: StaticAssets) -> None:
    @routes.before_request
    def refuse_strangers() -> Response | None:
        hindrance = describe_hindrance_of(settings)
        return _refuse(assets, hindrance, 403) if hindrance else None

    @routes.errorhandler(NotFoundError)
    def answer_absent(error: NotFoundError) -> Response:
        title = "This meeting does not exist" if error.kind == "meeting" else f"This {error.kind} does not exist"
        sentence = NOTHING if error.kind == "meeting" else f"There is no such {error.kind}, or it is not one that you may see."
        return _page(build_message_page(assets, title, sentence, ("All studies", "/")), 404)

    @routes.errorhandler(StorageError)
    def answer_no_records(error: StorageError) -> Response:
        logger.error("meetings: %s", error)
        return _refuse(assets, NO_RECORDS, 503)

    for kind, status in STATUS.items():
        routes.register_error_handler(kind, _answer_with(assets, status))


def _answer_with(assets: StaticAssets, status: int) -> Callable[[LymphotraceError], Response]:
    return lambda error: _refuse(assets, write_sentence(str(error)), status)


def _refuse(assets: StaticAssets, sentence: str, status: int) -> Response:
    """The sentence, and the way back to the page from which the request came, as far as the address tells."""
    back = "/".join(request.path.split("/")[:4])
    return _page(build_message_page(assets, "Nothing was changed", sentence, ("Back", back)), status)


def _page(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type=HTML)


def _back(meeting: Meeting) -> AnyResponse:
    return redirect(f"/{meeting.study}/meetings/{meeting.id}", 303)


def _read_change() -> Change:
    sent = request.form.get("change", "")
    if sent not in CHANGES:
        raise WrongUseError(f"an agenda changes by one of {', '.join(CHANGES)} (found {sent[:20]!r})")
    return CHANGES[sent]


def _views_to_add(meetings: Meetings, study: str) -> list[SavedView]:
    """The saved views that open for the reader, the oldest first: as somebody who prepares a meeting saves them."""
    views = [listed.view for listed in meetings.views.list(study)]
    return [view for view in reversed(views) if meetings.judge(view) == "open"]


def _open_room(meetings: Meetings, meeting: Meeting) -> Room:
    agenda, now = meetings.agenda(meeting), meetings.look(meeting.study, meeting.id)
    there = {item.view.id for item in agenda if item.view is not None}
    further = [view for view in _views_to_add(meetings, meeting.study) if view.id not in there]
    protocol, cut = meetings.views.workspace.protocol(meeting.study), meetings.find_cut(meeting)
    return Room(protocol, cut, now, agenda, meetings.people(meeting), meetings.entries(meeting), further)


def _send_minutes(meetings: Meetings, meeting: Meeting, kind: str) -> Response:
    protocol = meetings.views.workspace.protocol(meeting.study)
    held = Held(
        meeting,
        meetings.find_cut(meeting),
        meetings.views.person(),
        meetings.people(meeting),
        meetings.agenda(meeting),
        meetings.entries(meeting),
        meetings.views.workspace.code,
    )
    naming = Naming(name_page, lambda shown: f"{request.host_url.rstrip('/')}{address_of_shown(meeting.study, shown)}")
    document = compose_minutes(held, protocol, naming)
    meetings.note_minutes(meeting, kind)
    items = lay_out(document, lambda done, n: None)
    if kind == "html":
        return Response(write_web_page(document.about, items), content_type=HTML)
    name = f"{'SYNTHETIC-' if held.cut.synthetic else ''}{meeting.study}-minutes-{meeting.opened_at:%Y-%m-%d}-{compute_record(held)}.pdf"
    return Response(
        write_pdf(document.about, items),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
