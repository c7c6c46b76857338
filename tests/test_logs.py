"""Lines of the log as JSON: one object a line, with the kind and the place of an exception and never its words."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Any

import pytest

from dashboard.errors import NotFoundError
from dashboard.logs import FIELDS, JsonFormatter, configure_logging, describe_exception, describe_json_logging
from dashboard.settings import read_settings

SECRET = "a secret of more than thirty-two characters"  # noqa: S105


@pytest.fixture
def lines() -> Any:
    """A logger of the test's own whose lines can be read back."""
    written, logger = io.StringIO(), logging.Logger("lymphotrace.test")
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    return logger, lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_message_is_one_line_of_json(lines: Any) -> None:
    logger, read = lines
    logger.warning("two\nlines of “%s”", "text", extra={FIELDS: {"request": "r1", "status": 200}})
    (line,) = read()
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "warning", "logger": "lymphotrace.test", "message": "two\nlines of “text”", "request": "r1", "status": 200,
    }  # fmt: skip


def fail_with_a_name() -> None:
    try:
        {}["SYN-240-001"]
    except KeyError as error:
        raise NotFoundError("participant", "SYN-240-001", ["SYN-240-002"]) from error


def test_an_exception_is_told_by_kind_and_place_without_its_words(lines: Any) -> None:
    logger, read = lines
    try:
        fail_with_a_name()
    except NotFoundError:
        logger.exception("a page failed")
    (line,) = read()
    assert [part["kind"] for part in line["exception"]] == ["NotFoundError", "KeyError"]
    places = [place.split()[-1] for place in line["exception"][0]["places"]]
    assert places == ["test_an_exception_is_told_by_kind_and_place_without_its_words", "fail_with_a_name"]
    assert all("tests/test_logs.py:" in place for place in line["exception"][0]["places"])
    assert "SYN-240" not in json.dumps(line)


def test_a_chain_of_causes_ends() -> None:
    error = ValueError("x")
    error.__cause__ = error
    assert len(describe_exception(error)) == 30


@pytest.mark.parametrize(
    ("environment", "lines_are"),
    [
        ({}, "text"),
        ({"LOG_FORMAT": "json"}, "json"),
        ({"AUTH": "password", "SECRET_KEY": SECRET}, "json"),
        ({"AUTH": "password", "SECRET_KEY": SECRET, "LOG_FORMAT": "text"}, "text"),
    ],
)
def test_lines_are_json_where_readers_sign_in_unless_the_setting_says_otherwise(environment: dict[str, str], lines_are: str) -> None:
    assert read_settings(environment).log_lines == lines_are


@pytest.mark.parametrize(("form", "is_json"), [("json", True), ("text", False)])
def test_the_log_is_set_up_once(form: str, is_json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    root, written = logging.RootLogger(logging.WARNING), io.StringIO()
    monkeypatch.setattr(logging, "getLogger", lambda: root)
    monkeypatch.setattr(sys, "stderr", written)
    for _ in range(2):
        configure_logging("info", form)
    root.info("started")
    root.debug("not said")
    (line,) = written.getvalue().splitlines()
    assert line.startswith("{") == is_json
    assert "started" in line


def test_the_server_is_told_to_write_json_too() -> None:
    told = describe_json_logging("warning")
    assert told["root"] == {"level": "WARNING", "handlers": ["console"]}
    assert told["formatters"]["json"]["()"] == f"{JsonFormatter.__module__}.{JsonFormatter.__name__}"
