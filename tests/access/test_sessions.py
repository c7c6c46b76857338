"""How long a session lives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.access.sessions import Limits, Session, hash_token, make_token

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
LIMITS = Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("seen", "now", "alive"),
    [(0, 0, True), (0, 29.99, True), (0, 30, False), (700, 719.99, True), (719, 720, False), (719, 800, False)],
)
def test_a_session_ends_at_the_idle_or_the_absolute_limit(seen: float, now: float, alive: bool) -> None:
    session = Session("a" * 64, "ada", START, minutes(seen))
    assert LIMITS.is_alive(session, minutes(now)) is alive


@pytest.mark.parametrize(("idle", "seconds", "due"), [(30, 59, False), (30, 60, True), (1, 14, False), (1, 15, True)])
def test_the_last_request_is_written_again_after_a_minute_or_a_quarter_of_the_idle_limit(idle: int, seconds: int, due: bool) -> None:
    limits = Limits(timedelta(minutes=idle), timedelta(hours=1))
    assert limits.is_due(Session("a" * 64, "ada", START, START), START + timedelta(seconds=seconds)) is due


def test_tokens_differ_and_hold_256_bits() -> None:
    tokens = {make_token() for _ in range(1000)}
    assert len(tokens) == 1000
    # 32 bytes in base64 without padding are 43 characters.
    assert {len(token) for token in tokens} == {43}


def test_the_kept_hash_is_the_hmac_of_rfc_4231() -> None:
    # RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
    assert hash_token("what do ya want for nothing?", "Jefe") == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_another_secret_gives_another_hash() -> None:
    assert hash_token("t", "one") != hash_token("t", "two")
