"""Lines of the log: plain text for the person at the terminal, or one JSON object a line for a machine.

A JSON line never holds the words of an exception: they may repeat a name or a value of the data. It holds its kind and where it came from.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from pathlib import PurePath
from types import TracebackType
from typing import Any

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# The attribute of a log record that holds further fields for its JSON line.
FIELDS = "fields"
MOST_FRAMES = 30


class JsonFormatter(logging.Formatter):
    """Writes a log record as one line of JSON: at (UTC), level, logger, message, further fields, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of `record`, in ASCII."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        line |= getattr(record, FIELDS, {})
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = describe_exception(record.exc_info[1])
        return json.dumps(line, default=str)


def describe_exception(error: BaseException) -> list[dict[str, Any]]:
    """The kinds of `error` and of what caused it, the last first, each with its places in the program; not their words."""
    found: list[dict[str, Any]] = []
    cause: BaseException | None = error
    while cause is not None and len(found) < MOST_FRAMES:
        found.append({"kind": type(cause).__qualname__, "places": _places(cause.__traceback__)})
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return found


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-MOST_FRAMES:]
    return [f"{'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in frames]


def configure_logging(level: str, form: str) -> None:
    """Send the program's messages to standard error as “text” or “json”; a log that somebody has set up already stays as it is."""
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else logging.Formatter(TEXT))
    root.addHandler(handler)
    root.setLevel(level.upper())


def describe_json_logging(level: str) -> dict[str, Any]:
    """What gunicorn is told, so that its own messages are lines of JSON too."""
    plain = {"level": level.upper(), "handlers": [], "propagate": True, "qualname": "gunicorn.error"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "dashboard.logs.JsonFormatter"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": level.upper(), "handlers": ["console"]},
        "loggers": {
            "alembic": {"level": "WARNING"},
            "gunicorn.error": plain,
            "gunicorn.access": plain | {"propagate": False, "qualname": "gunicorn.access"},
        },
    }
