"""Which passwords are accepted, and how they are kept."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from dashboard.access.passwords import COMMON, LONGEST, SHORTEST, Passwords, normalise, read_common, validate_password
from dashboard.errors import WrongUseError

GOOD = "quiet meadow turbine kettle"


def cheap() -> Passwords:
    """The weakest settings argon2 has, so that tests take no time."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.mark.parametrize("password", [GOOD, "zq8Jx-vK2mW-pLr9T", "přestávka žlutá kůň", "xxx proper horse battery staple"])
def test_a_password_of_unrelated_words_is_accepted(password: str) -> None:
    assert validate_password(password, "ada") == password


@pytest.mark.parametrize("length", [SHORTEST, LONGEST])
def test_both_limits_of_length_are_accepted(length: int) -> None:
    assert validate_password(("kvjwmzgt bcdnrxlp " * 10)[:length], "ada")


@pytest.mark.parametrize("length", [0, 1, SHORTEST - 1, LONGEST + 1, 10_000])
def test_another_length_is_refused_with_the_limits(length: int) -> None:
    with pytest.raises(WrongUseError, match="15 to 128 characters"):
        validate_password(("kvjwmzgt bcdnrxlp " * 1000)[:length], "ada")


@pytest.mark.parametrize(
    "password",
    ["password123456789", "PasswordPassword1!", "qwertyuiop12345678", "Summer2026!Summer2026", "iloveyou-iloveyou-2", "letmein letmein 99",
     "1234567890123456", "ada.lovelace@uni.example", "lymphotrace-2026-dsmb", "clinicaltrialstudy1", "Welcome_to_the_board_1",
     "correcthorsebatterystaple", "Correct Horse Battery Staple 7"],
)  # fmt: skip
def test_a_password_of_common_words_or_the_accounts_name_is_refused(password: str) -> None:
    with pytest.raises(WrongUseError, match=r"easily guessed|common words"):
        validate_password(password, "ada.lovelace@uni.example")


@pytest.mark.parametrize(
    "password",
    ["a" * 20, "abababababababab", "xyzxyzxyzxyzxyz", "kvjkvjkvjkvjkvjkvj", "quietmeadowquietmeadow", "Turbine kettleturbine kettle"],
)
def test_a_password_that_repeats_itself_is_refused(password: str) -> None:
    with pytest.raises(WrongUseError, match="repeats itself"):
        validate_password(password, "bob")


def test_a_password_with_a_control_character_is_refused() -> None:
    with pytest.raises(WrongUseError, match="control"):
        validate_password("quiet meadow\tturbine", "bob")


def test_a_refusal_never_repeats_the_password() -> None:
    for password in ("hunter2", "passwordpassword1", "z" * 30):
        with pytest.raises(WrongUseError) as caught:
            validate_password(password, "bob")
        assert password not in str(caught.value)


def test_accents_typed_on_two_machines_are_the_same_password() -> None:
    composed, decomposed = "caf\u00e9 meadow turbine", "cafe\u0301 meadow turbine"
    passwords = cheap()
    assert passwords.is_right(passwords.hash(validate_password(composed, "bob")), decomposed)
    assert normalise(decomposed) == composed


def test_the_right_password_is_right_and_another_is_not() -> None:
    passwords = cheap()
    kept = passwords.hash(GOOD)
    assert passwords.is_right(kept, GOOD)
    for wrong in ("", GOOD + " ", GOOD.upper(), GOOD[:-1], "x" * 200):
        assert not passwords.is_right(kept, wrong)


def test_without_a_hash_no_password_is_right() -> None:
    passwords = cheap()
    assert not passwords.is_right("", GOOD)
    assert not passwords.is_right("", "a password that nobody has")
    assert not passwords.is_right("no hash at all", GOOD)


def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    first, second = Passwords().hash(GOOD), Passwords().hash(GOOD)
    assert first.startswith("$argon2id$v=19$")
    assert first != second
    assert GOOD not in first


def test_a_weaker_hash_is_outdated() -> None:
    assert Passwords().is_outdated(cheap().hash(GOOD))
    assert not Passwords().is_outdated(Passwords().hash(GOOD))


def test_the_list_of_common_words_is_in_lower_case_and_longest_first() -> None:
    words = read_common()
    assert len(words) > 150
    assert all(word == word.casefold().strip() for word in words)
    assert [len(word) for word in words] == sorted((len(word) for word in words), reverse=True)
    assert COMMON.stat().st_size < 10_000
