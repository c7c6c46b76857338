"""The growing delay after failed attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access.delays import FREE_FOR_PAIR, MOST_SECONDS, Failures, compute_wait, describe_network, name_caller, name_pair

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (1, 0), (2, 0), (3, 1), (4, 2), (5, 4), (6, 8), (7, 16), (8, 32), (9, 60), (10**6, 60)]
)
def test_after_three_failures_the_delay_doubles_up_to_a_minute(failures: int, seconds: int) -> None:
    assert compute_wait(Failures(failures, NOW), FREE_FOR_PAIR, NOW) == seconds


def test_the_delay_counts_from_the_last_attempt() -> None:
    assert [compute_wait(Failures(6, NOW), 3, NOW + timedelta(seconds=passed)) for passed in (0, 1, 7, 7.5, 8, 9)] == [8, 7, 1, 1, 0, 0]


def test_without_failures_there_is_no_delay() -> None:
    assert compute_wait(None, 3, NOW) == 0


def test_failures_of_yesterday_are_forgotten() -> None:
    assert compute_wait(Failures(50, NOW - timedelta(hours=24)), 3, NOW) == 0


@given(st.integers(0, 10**9), st.integers(0, 30), st.integers(-3600, 10**6))
def test_nobody_ever_waits_longer_than_the_cap(count: int, free: int, passed: int) -> None:
    assert 0 <= compute_wait(Failures(count, NOW), free, NOW + timedelta(seconds=passed)) <= MOST_SECONDS


def test_failures_from_elsewhere_have_another_key() -> None:
    owner, stranger = name_pair("ada", "192.0.2.1", "key"), name_pair("ada", "198.51.100.7", "key")
    assert owner != stranger
    assert name_pair("bob", "192.0.2.1", "key") != owner
    assert name_caller("192.0.2.1", "key") not in (owner, stranger)


def test_neither_name_nor_address_can_be_read_from_a_key() -> None:
    assert "ada" not in name_pair("ada", "192.0.2.1", "key")
    assert name_pair("ada", "192.0.2.1", "key") != name_pair("ada", "192.0.2.1", "other")


@pytest.mark.parametrize(
    ("caller", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_a_caller_is_an_ipv4_address_or_a_network_of_ipv6(caller: str, network: str) -> None:
    assert describe_network(caller) == network
