"""What is said of a name that does not exist: the name that was meant, where one can be told."""

from __future__ import annotations

import pytest

from dashboard.audit.names import unknown_cut, unknown_participant, unknown_user


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        ("abc", "there is no data cut “abc” of one; there is “abc4567890”"),
        ("ab", "there is no data cut “ab” of one; there are: abc4567890, abd4567890"),
        ("zzz", "there is no data cut “zzz” of one; there are: abc4567890, abd4567890, 0123456789"),
    ],
)
def test_a_data_cut_that_begins_so_is_named_and_else_all(cut: str, told: str) -> None:
    assert str(unknown_cut(cut, "one", ["abc4567890", "abd4567890", "0123456789"])) == told


def test_of_a_study_without_data_cuts_none_is_named() -> None:
    assert str(unknown_cut("abc", "one", [])) == "there is no data cut “abc” of one"


def test_a_participant_that_differs_in_capital_letters_only_is_named() -> None:
    known = {"SYN-240-001", "SYN-240-002"}
    assert str(unknown_participant("syn-240-001", "one", known)).endswith("in a data cut of one; there is “SYN-240-001”")
    assert str(unknown_participant("SYN-240-00", "one", known)).endswith("in a data cut of one")


def test_a_user_that_differs_in_capital_letters_only_is_named() -> None:
    assert str(unknown_user("Dora", {"dora", "ada"})).endswith("; there is “dora”")
    assert str(unknown_user("cyd", {"dora", "ada"})).endswith("has this user")
