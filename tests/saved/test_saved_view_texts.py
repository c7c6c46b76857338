"""What a reader may type into a saved view, when it ends, and that nobody can guess its id."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.errors import WrongUseError
from dashboard.saved.views import SavedView, make_view_id, read_expiry, validate_note, validate_view_name


def view(expires: date | None, revoked_at: datetime | None = None) -> SavedView:
    created = datetime(2026, 3, 1, tzinfo=UTC)
    return SavedView("0" * 32, "s", "0" * 64, "ada", "n", "", created, expires, "overview", "", "", "c", "f", (), revoked_at)


def test_an_id_has_128_random_bits_as_32_hex_digits() -> None:
    ids = {make_view_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in ids)
    # 32,000 digits: each of the 16 is expected 2,000 times with a standard deviation of 43; six of them are 260.
    digits = "".join(ids)
    assert all(abs(digits.count(digit) - 2_000) < 260 for digit in "0123456789abcdef")


# The last day counts to its end in UTC: 2026-03-05 ends when 2026-03-06 begins.
@pytest.mark.parametrize(
    ("now", "expired"),
    [
        (datetime(2026, 3, 5, 0, 0, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 5, 23, 59, 59, 999_999, tzinfo=UTC), False),
        (datetime(2026, 3, 6, 0, 0, 0, tzinfo=UTC), True),
        # In New York (UTC−5) it is still 5 March at 19:00, but 6 March has begun in UTC.
        (datetime(2026, 3, 5, 19, 0, tzinfo=timezone(timedelta(hours=-5))), True),
        (datetime(2026, 3, 5, 18, 59, tzinfo=timezone(timedelta(hours=-5))), False),
        # In Auckland (UTC+13) it is 6 March at noon, but 5 March is not over in UTC.
        (datetime(2026, 3, 6, 12, 59, tzinfo=timezone(timedelta(hours=13))), False),
        (datetime(2026, 3, 6, 13, 0, tzinfo=timezone(timedelta(hours=13))), True),
    ],
)
def test_a_view_opens_until_its_last_day_is_over_in_utc(now: datetime, expired: bool) -> None:
    assert view(date(2026, 3, 5)).is_expired(now) is expired
    assert view(date(2026, 3, 5)).is_open(now) is not expired
    assert view(None).is_open(now)


def test_a_revoked_view_is_not_open_whatever_its_last_day() -> None:
    assert not view(None, datetime(2026, 3, 2, tzinfo=UTC)).is_open(datetime(2026, 3, 2, tzinfo=UTC))


def test_the_last_day_may_be_today_in_utc_but_not_yesterday() -> None:
    now = datetime(2026, 3, 5, 20, tzinfo=timezone(timedelta(hours=-5)))  # 2026-03-06 01:00 UTC
    assert read_expiry("2026-03-06", now) == date(2026, 3, 6)
    with pytest.raises(WrongUseError, match=r"it is 2026-03-06 \(UTC\) today"):
        read_expiry("2026-03-05", now)
    assert read_expiry("", now) is None


@pytest.mark.parametrize("text", ["tomorrow", "2026-02-30", "06/03/2026", "2026-13-01", "x" * 500])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(WrongUseError, match="no date as YYYY-MM-DD"):
        read_expiry(text, datetime(2026, 3, 5, tzinfo=UTC))


def test_a_last_day_that_is_too_far_is_refused() -> None:
    assert read_expiry("2999-12-31", datetime(2026, 3, 5, tzinfo=UTC)) == date(2999, 12, 31)
    with pytest.raises(WrongUseError, match="at most 2999-12-31"):
        read_expiry("3000-01-01", datetime(2026, 3, 5, tzinfo=UTC))


def test_a_name_is_one_line_without_space_around_it() -> None:
    assert validate_view_name("  Week 36,\n women \t only ") == "Week 36, women only"
    assert validate_view_name("<script>alert(1)</script>") == "<script>alert(1)</script>"


@pytest.mark.parametrize("name", ["", "   ", "\n\t"])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(WrongUseError, match="needs a name"):
        validate_view_name(name)


def test_a_name_of_120_characters_is_taken_and_one_more_is_refused() -> None:
    assert validate_view_name("é" * 120) == "é" * 120
    with pytest.raises(WrongUseError, match=r"at most 120 printable characters \(this one has 121\)"):
        validate_view_name("é" * 121)


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\u202eb", "a\ud800b"])
def test_characters_that_no_page_can_show_are_refused(text: str) -> None:
    with pytest.raises(WrongUseError, match="printable"):
        validate_view_name(text)
    with pytest.raises(WrongUseError, match="printable"):
        validate_note(text)


def test_a_note_keeps_its_lines_and_has_at_most_2000_characters() -> None:
    assert validate_note("  first\r\nsecond\t!  \n\n") == "first\nsecond !"
    assert validate_note("n" * 2_000) == "n" * 2_000
    with pytest.raises(WrongUseError, match=r"at most 2,000 printable characters \(this one has 2,001\)"):
        validate_note("n" * 2_001)


@given(st.text())
def test_what_is_taken_is_taken_again_unchanged(text: str) -> None:
    for validate in (validate_view_name, validate_note):
        try:
            once = validate(text)
        except WrongUseError:
            continue
        assert validate(once) == once
