"""One guard in front of every address and every callback: what has no rule, no reader or no right does not pass."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from dashboard.access.audit_port import AuditTrail
from dashboard.access.readers import Reader
from dashboard.errors import NotFoundError, StorageError
from dashboard.settings import Settings
from dashboard.study.protocol import StudyProtocol
from dashboard.web.addresses import raw_path
from dashboard.web.buckets import Buckets
from dashboard.web.gate import Gate
from dashboard.web.presence import current_reader, enter
from dashboard.web.refusals import refuse
from dashboard.web.rules import ADDRESSES, SIGNED_IN, TABLES, VIEWS, Rule
from dashboard.web.same_origin import FOREIGN, comes_from_elsewhere
from dashboard.web.signing_in import sign_in_address
from dashboard.web.static_files import OWN_QUESTION

READER_HEADER = "X-Lymphotrace-Reader"
NOT_SIGNED_IN = "You are not signed in. Sign in, then the same address opens."
NOT_KNOWN = "The server in front of this one did not name a reader who has an account here."
NO_RIGHT = "Your role in this study does not allow this."
NO_AUDIT = "The audit cannot be written, so nothing is shown and nothing was changed. Try again later."
TOO_OFTEN = "Too many {} were asked for in a short time. Try again in {} s."
# How many at once, and then how many a second. Tables: a page of downloads, or a script that reads all of them. Views: more than a hand
# can choose, so that only a program meets the limit.
LIMITS = {TABLES: (120, 2.0), VIEWS: (600, 10.0)}

logger = logging.getLogger(__name__)


def register_guard(server: Flask, settings: Settings, gate: Gate | None, studies: Mapping[str, StudyProtocol]) -> None:
    """Put the guard before everything that is registered later. Without a `gate` (AUTH=none) it only keeps other sites out.

    `studies` are those the asking reader sees.
    """
    https = settings.tls == "yes"

    @server.before_request
    def refuse_other_sites() -> AnyResponse | None:
        return refuse(FOREIGN, 403) if comes_from_elsewhere(request, https=https, strict=gate is not None) else None

    if gate is not None:
        limits = {what: Buckets(at_once, per_second, time.monotonic) for what, (at_once, per_second) in LIMITS.items()}
        server.after_request(name_reader)

        @server.before_request
        def guard() -> AnyResponse | None:
            return admit(gate, studies, limits)


def admit(gate: Gate, studies: Mapping[str, StudyProtocol], limits: Mapping[str, Buckets]) -> AnyResponse | None:
    """None when the present request may pass, else its answer. Afterwards the reader is known to `presence`."""
    rule = ADDRESSES.get(request.endpoint or "", SIGNED_IN)
    if rule.open:
        return None
    reader = Reader("") if request.environ.get(OWN_QUESTION) else gate.identify(request)
    if reader is None:
        return _ask_to_sign_in(gate, rule)
    enter(reader)
    return _check_action(reader, rule, studies) or _limit(reader, rule, limits) or _write_before(gate.access.trail, reader, rule)


def name_reader(response: Response) -> Response:
    """Say who asked: a page that another reader opened must not show the answer under the first one’s name."""
    if is_known():
        response.headers[READER_HEADER] = current_reader().name
    return response


def _ask_to_sign_in(gate: Gate, rule: Rule) -> AnyResponse:
    if gate.settings.auth == "proxy":
        return refuse(NOT_KNOWN, 401)
    if rule.page and request.method in ("GET", "HEAD"):
        return redirect(sign_in_address(raw_path(), request.query_string.decode("ascii", "replace")), 303)
    return refuse(NOT_SIGNED_IN, 401)


def _check_action(reader: Reader, rule: Rule, studies: Mapping[str, StudyProtocol]) -> AnyResponse | None:
    if rule.action is None:
        return None
    study = str((request.view_args or {}).get("study", ""))
    if study not in studies:
        raise NotFoundError("study", study, sorted(studies))
    return None if reader.may(rule.action, study) else refuse(NO_RIGHT, 403)


def _limit(reader: Reader, rule: Rule, limits: Mapping[str, Buckets]) -> AnyResponse | None:
    wait = limits[rule.limited].take(reader.name) if rule.limited else 0
    if not wait:
        return None
    answer = refuse(TOO_OFTEN.format(rule.limited, wait), 429)
    answer.headers["Retry-After"] = str(wait)
    return answer


def _write_before(trail: AuditTrail, reader: Reader, rule: Rule) -> AnyResponse | None:
    if not rule.before:
        return None
    named = {name: str(value) for name, value in (request.view_args or {}).items()}
    detail = {"delivery": named["job_id"]} if "job_id" in named else {}
    return written_or_refused(lambda: trail.write(rule.before, reader.name, named.get("study", ""), named.get("cut", ""), detail))


def written_or_refused(write: Callable[[], None]) -> Response | None:
    """None when `write` has written its event, else the answer that refuses what it was about."""
    try:
        write()
    except StorageError as error:
        logger.error("the audit cannot be written: %s", error)
        return refuse(NO_AUDIT, 503)
    return None


def is_known() -> bool:
    """Whether the present request comes from a reader who is signed in."""
    return bool(current_reader().name)
