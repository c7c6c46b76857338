"""The page /audit and its rows as CSV: the questions of `dashboard.audit.questions`, for readers who may read the audit."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import islice
from json import dumps

from flask import Blueprint, Flask, Response, request
from werkzeug.wrappers import Response as AnyResponse

from dashboard.access.readers import Reader
from dashboard.audit.chain import Record
from dashboard.audit.events import SEEING
from dashboard.audit.names import find_cut, find_participant, find_study, find_user
from dashboard.audit.questions import DENIED, EXPORTS, AuditStore, Question, read_since, read_until, validate_action
from dashboard.audit.rows import COLUMNS, list_cells
from dashboard.errors import NotFoundError, WrongUseError
from dashboard.sight import Sight, Sighting
from dashboard.study.protocol import StudyProtocol
from dashboard.web.audit_html import Shown, build_audit_page
from dashboard.web.guard import written_or_refused
from dashboard.web.presence import current_reader
from dashboard.web.static_files import StaticAssets
from dashboard.workspace import Workspace

PAGE, FILE = "/audit", "/audit.csv"
ROWS_ON_A_PAGE, ROWS_IN_A_FILE = 50, 100_000
LONGEST_FIELD = 500
# Several actions under one name, beside the actions themselves.
GROUPS: Mapping[str, tuple[str, ...]] = {"seen": SEEING, "exports": EXPORTS, "denied": DENIED}
# Details that say which cohort a participant is in, or what a cohort shows.
TELLING = ("query", "cell", "path")


@dataclass(frozen=True)
class Asked:
    """The fields of the form, as texts."""

    study: str = ""
    participant: str = ""
    user: str = ""
    cut: str = ""
    action: str = ""
    since: str = ""
    until: str = ""
    before: str = ""

    @property
    def kind(self) -> str:
        """The question, in one word, for the audit's own row."""
        return "participant" if self.participant else "cut" if self.cut else "user" if self.user else self.action or "list"


def register_audit_page(server: Flask, store: AuditStore, workspace: Workspace, assets: StaticAssets) -> None:
    """Add the page and the file to `server`. `workspace` holds every published data cut, whoever asks."""
    routes = Blueprint("audit", __name__)

    @routes.get(PAGE)
    def show() -> AnyResponse:
        reader, asked = _admit(), _read_form(request.args)
        return written_or_refused(lambda: _note(store, reader, asked, "page")) or _show(store, workspace, assets, reader, asked)

    @routes.get(FILE)
    def download() -> AnyResponse:
        reader, asked = _admit(), _read_form(request.args)
        return written_or_refused(lambda: _note(store, reader, asked, "csv")) or _download(store, workspace, reader, asked)

    server.register_blueprint(routes)


def _admit() -> Reader:
    """The reader, who may read the audit; for others there is no such page."""
    reader = current_reader()
    if not reader.may("audit", ""):
        raise NotFoundError("page", PAGE.strip("/"))
    return reader


def _read_form(fields: Mapping[str, str]) -> Asked:
    names = {"study": "study", "participant": "participant", "user": "user", "cut": "cut", "action": "action"}
    names |= {"since": "from", "until": "to", "before": "before"}
    return Asked(**{part: fields.get(name, "").strip()[:LONGEST_FIELD] for part, name in names.items()})


def _note(store: AuditStore, reader: Reader, asked: Asked, form: str) -> None:
    about = {"participant": asked.participant, "account": asked.user}
    detail = {"question": asked.kind, "format": form} | {name: text for name, text in about.items() if text}
    store.write("audit", reader.name, asked.study, asked.cut, detail)


def _show(store: AuditStore, workspace: Workspace, assets: StaticAssets, reader: Reader, asked: Asked) -> AnyResponse:
    problem, found, more = "", [], False
    try:
        rows = islice(_find(store, workspace, asked), ROWS_ON_A_PAGE + 1)
        found = [_veil(sighting, reader, workspace.protocols) for sighting in rows]
        found, more = found[:ROWS_ON_A_PAGE], len(found) > ROWS_ON_A_PAGE
    except WrongUseError as error:
        problem = str(error)
    shown = Shown(asdict(asked), found, more, problem, tuple(workspace.protocols), tuple(GROUPS), reader.name, store.head())
    return Response(build_audit_page(assets, shown), 400 if problem else 200, content_type="text/html; charset=utf-8")


def _download(store: AuditStore, workspace: Workspace, reader: Reader, asked: Asked) -> AnyResponse:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(COLUMNS)
    try:
        for sighting in islice(_find(store, workspace, asked), ROWS_IN_A_FILE):
            veiled = _veil(sighting, reader, workspace.protocols)
            writer.writerow(list_cells(veiled.record, veiled.how))
    except WrongUseError as error:
        return Response(dumps({"error": str(error)}), 400, content_type="application/json")
    named = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response(written.getvalue(), headers=named, content_type="text/csv; charset=utf-8")


def _find(store: AuditStore, workspace: Workspace, asked: Asked) -> Iterator[Sighting]:
    """The rows asked for, newest first; WrongUseError for a field that cannot be used."""
    question, before = _question(store, workspace, asked), _read_number(asked.before)
    if not asked.participant:
        return (Sighting(record, "") for record in store.find(question, before))
    if asked.study not in workspace.protocols:
        raise WrongUseError("participants are named within a study: choose the study too")
    narrowed = question if question.actions else replace(question, actions=SEEING)
    participant = find_participant(store, asked.study, asked.participant)
    return Sight(workspace, asked.study, participant).find(store, narrowed, before)


def _question(store: AuditStore, workspace: Workspace, asked: Asked) -> Question:
    actions = GROUPS.get(asked.action) or validate_action(asked.action)
    since, until = read_since(asked.since), read_until(asked.until)
    study = asked.study and find_study(store, asked.study, workspace.protocols)
    cut = asked.cut and find_cut(store, study, asked.cut)
    return Question(study, asked.user and find_user(store, asked.user), actions, cut, since, until)


def _read_number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise WrongUseError(f"“before” is the number of a row (found {text[:40]!r})")
    return int(text)


def _veil(sighting: Sighting, reader: Reader, protocols: Mapping[str, StudyProtocol]) -> Sighting:
    """Without what tells of cohorts, where the reader may not see them: an audit must not show what the pages hide."""
    record: Record = sighting.record
    protocol = protocols.get(record.study)
    open_to_all = not record.study or (protocol is not None and protocol.interim == "open-label")
    if open_to_all or reader.may("split", record.study):
        return sighting
    kept = {name: text for name, text in record.details.items() if name not in TELLING}
    return replace(sighting, record=replace(record, detail=dumps(kept, sort_keys=True)))
