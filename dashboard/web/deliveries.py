"""Delivering over HTTP: files in, how far the reading is, publish, discard; and withdrawing and verifying data cuts.

Every answer is JSON, the refused ones with `error`, a sentence. Nothing here can be reached from another machine or site.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import IO, Any, cast

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from dashboard.delivering.desk import Deliveries
from dashboard.delivering.job import Job
from dashboard.delivering.receiving import MEGABYTE, MOST_FILES, TooLargeError
from dashboard.errors import ImportBusyError, LymphotraceError, NotFoundError, SnapshotStateError, StorageError, WrongUseError
from dashboard.settings import Settings
from dashboard.study.protocol import StudyProtocol
from dashboard.web.loopback import FOREIGN, describe_hindrance, is_foreign

FILES, JSON = "multipart/form-data", "application/json"
RECEIVE = "deliveries.receive"
# Beside the files, a request holds a cut date, a label and the marks between its parts. The parser's limit is on what it has in
# memory at once, parts of files included.
MOST_IN_MEMORY, BETWEEN_FILES = 500_000, 1_000_000
LARGEST_REASON = 500
STATUS: tuple[tuple[type[LymphotraceError], int], ...] = (
    (TooLargeError, 413),
    (WrongUseError, 400),
    (SnapshotStateError, 409),
    (ImportBusyError, 503),
    (StorageError, 507),
)

Answer = tuple[Response, int]


def upload_limits(settings: Settings) -> Mapping[str, int]:
    """The endpoints that read more than other requests may hold, with their number of bytes."""
    return {RECEIVE: settings.delivery_total_mb * MEGABYTE + BETWEEN_FILES}


def register_deliveries(server: Flask, settings: Settings, protocols: Mapping[str, StudyProtocol], deliveries: Deliveries) -> None:
    """Add the addresses below `/api/v1/<study>/` to `server`; `protocols` are the studies that the asking reader sees."""
    routes = Blueprint("deliveries", __name__, url_prefix="/api/v1/<study>")
    _register_guard(routes, settings, protocols)
    _register_errors(routes, deliveries)
    _register_jobs(routes, deliveries)
    _register_cuts(routes, deliveries)
    server.register_blueprint(routes)


def _register_guard(routes: Blueprint, settings: Settings, protocols: Mapping[str, StudyProtocol]) -> None:
    @routes.before_request
    def refuse_strangers() -> Answer | None:
        # Where readers sign in, the guard in front of all addresses asks for more than this.
        if settings.auth == "none":
            why = describe_hindrance(settings.host, request.remote_addr, request.host)
            if why or is_foreign(request):
                return _refuse(why or FOREIGN, 403)
        wanted = FILES if request.endpoint == RECEIVE else JSON
        if request.method == "POST" and request.mimetype != wanted:
            return _refuse(f"This address takes {wanted} only.", 415)
        study = (request.view_args or {})["study"]
        if study not in protocols:
            raise NotFoundError("study", study, sorted(protocols))
        return None


def _refuse(sentence: str, status: int) -> Answer:
    return jsonify(error=sentence), status


def _register_errors(routes: Blueprint, deliveries: Deliveries) -> None:
    for kind, status in STATUS:
        routes.register_error_handler(kind, lambda error, status=status: _refuse(_sentence(str(error)), status))

    @routes.errorhandler(HTTPException)
    def describe(error: HTTPException) -> Answer:
        if error.code == 413 and request.endpoint == RECEIVE:
            return _refuse(f"The delivery is larger than {deliveries.limits.total / MEGABYTE:,.0f} MB.", 413)
        return _refuse(_sentence(error.description or error.name), error.code or 500)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _register_jobs(routes: Blueprint, deliveries: Deliveries) -> None:
    @routes.get("/deliveries")
    def describe_limits(study: str) -> Response:
        return jsonify(largest_file=deliveries.limits.file, largest_delivery=deliveries.limits.total, most_files=MOST_FILES)

    @routes.post("/deliveries")
    def receive(study: str) -> Answer:
        job = _receive(deliveries, study)
        answer = _describe(job)
        answer.headers["Location"] = f"/api/v1/{study}/deliveries/{job.id}"
        return answer, 202

    @routes.get("/deliveries/<job_id>")
    def answer_state(study: str, job_id: str) -> Response:
        return _describe(deliveries.find(study, job_id))

    @routes.post("/deliveries/<job_id>/publish")
    def publish(study: str, job_id: str) -> Response:
        return _describe(deliveries.publish(study, job_id, _read_text("label")))

    @routes.post("/deliveries/<job_id>/discard")
    def discard(study: str, job_id: str) -> Response:
        _read_object(())
        return _describe(deliveries.discard(study, job_id))


def _describe(job: Job) -> Response:
    # Not jsonify, which puts the kinds of rows into the order of the alphabet.
    return Response(json.dumps(job.describe(), ensure_ascii=False), content_type=JSON)


def _receive(deliveries: Deliveries, study: str) -> Job:
    """Write the files of the request to the disk as they arrive, then start the reading."""
    with deliveries.receive(study, request.content_length or 0) as reception:

        def open_file(filename: str | None, **_about: object) -> IO[bytes]:
            return cast(IO[bytes], reception.receipt.open_file(filename or ""))

        parser = FormDataParser(open_file, MOST_IN_MEMORY, silent=False, max_form_parts=MOST_FILES + 10)  # type: ignore[arg-type]
        try:
            _, fields, _ = parser.parse_from_environ(request.environ)
        except RequestEntityTooLarge as error:
            raise TooLargeError("the request holds too many parts, or a cut date or label that is too long") from error
        except ValueError as error:
            raise WrongUseError("the request is no form with files") from error
        reception.complete(_read_date(fields.get("cut_date", "")), fields.get("label", ""))
    return reception.job


def _read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise WrongUseError(f"the cut date is no date as YYYY-MM-DD (found {text[:40]!r})") from error


def _register_cuts(routes: Blueprint, deliveries: Deliveries) -> None:
    @routes.get("/snapshots/<cut>/report")
    def answer_report(study: str, cut: str) -> Response:
        return Response(deliveries.load_report(study, cut).to_json(), content_type=JSON)

    @routes.post("/snapshots/<cut>/withdraw")
    def withdraw(study: str, cut: str) -> Response:
        why = _read_text("reason")
        if len(why) > LARGEST_REASON:
            raise WrongUseError(f"the reason has at most {LARGEST_REASON} characters")
        return jsonify(deliveries.withdraw(study, cut, why).model_dump(mode="json"))

    @routes.post("/snapshots/<cut>/publish")
    def publish_cut(study: str, cut: str) -> Response:
        return jsonify(deliveries.publish_cut(study, cut, _read_text("label")).model_dump(mode="json"))

    @routes.post("/snapshots/<cut>/discard")
    def discard_cut(study: str, cut: str) -> Response:
        _read_object(())
        deliveries.discard_cut(study, cut)
        return jsonify(discarded=cut)

    @routes.post("/snapshots/<cut>/verify")
    def verify(study: str, cut: str) -> Response:
        _read_object(())
        found, altered = deliveries.verify(study, cut)
        sentence = altered or "The stored rows are the imported rows."
        return jsonify(found.model_dump(mode="json") | {"verified": not altered, "sentence": sentence})


def _read_object(names: tuple[str, ...]) -> dict[str, Any]:
    """The request's JSON object, which holds exactly `names`; WrongUseError otherwise."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or set(body) != set(names):
        raise WrongUseError(f"the request must be a JSON object with {', '.join(names) if names else 'nothing in it'}")
    return body


def _read_text(name: str) -> str:
    value = _read_object((name,))[name]
    if not isinstance(value, str):
        raise WrongUseError(f"{name} must be a text")
    return value
