"""One line in the log for each request, and the number by which a person names it.

Neither the address nor the query is written: they hold names of participants and what was selected. The route says enough.
"""

from __future__ import annotations

import logging
import secrets
import time

from flask import Flask, Response, g, has_request_context, request

from dashboard.logs import FIELDS
from dashboard.web.presence import current_reader

HEADER = "X-Request-Id"
NO_ROUTE = "(no route)"
# Every page in a meeting asks so in short intervals; a line for each would hide the others.
ASKED_OFTEN = ("meetings.look",)

logger = logging.getLogger("lymphotrace.request")


def current_request_id() -> str:
    """The id of the request that is being answered; the empty text outside of one."""
    return str(g.get("request_id", "")) if has_request_context() else ""


def register_request_log(server: Flask, level: int) -> None:
    """Give every answer of `server` an id and write its line at `level`; registered first, so that it begins first and ends last."""

    @server.before_request
    def begin() -> None:
        # An id that the caller chose could be anything; so it is always ours.
        g.request_id, g.began = secrets.token_hex(8), time.perf_counter()

    @server.after_request
    def end(response: Response) -> Response:
        response.headers[HEADER] = current_request_id()
        fields = {
            "request": current_request_id(),
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else NO_ROUTE,
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - g.began) * 1000, 1),
            "reader": current_reader().name,
        }
        words = "%(method)s %(route)s %(status)s in %(milliseconds)s ms, request %(request)s"
        often = request.endpoint in ASKED_OFTEN and response.status_code < 400
        logger.log(logging.DEBUG if often else level, words, fields, extra={FIELDS: fields})
        return response
