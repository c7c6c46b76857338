"""Who may do what, by role."""

from __future__ import annotations

from typing import get_args

import pytest

from dashboard.access.readers import EVERYWHERE, NOBODY, ROLES, RULES, STUDY_ROLES, Action, Reader, Role

ACTIONS: tuple[Action, ...] = get_args(Action)
# The issue's list of roles, written out a second time: what each may do in its study.
MAY: dict[Role, set[Action]] = {
    "investigator": {"see"},
    "dsmb": {"see", "split"},
    "statistician": {"see", "see-all", "deliver"},
    "admin": {"audit", "govern"},
}


def holder(role: Role) -> Reader:
    return Reader("ada", {EVERYWHERE if role == "admin" else "one": frozenset({role})})


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_allows_what_the_issue_says_and_nothing_else(role: Role, action: Action) -> None:
    assert holder(role).may(action, "one") is (action in MAY[role])


def test_every_role_has_a_rule() -> None:
    assert set(RULES) == set(ROLES) == set(MAY)


@pytest.mark.parametrize("role", STUDY_ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_in_one_study_allows_nothing_in_another(role: Role, action: Action) -> None:
    assert not holder(role).may(action, "two")
    assert not holder(role).knows("two")


@pytest.mark.parametrize("role", STUDY_ROLES)
def test_a_study_exists_for_who_has_a_role_in_it(role: Role) -> None:
    assert holder(role).knows("one")


def test_an_administrator_governs_and_sees_no_study() -> None:
    admin = holder("admin")
    assert admin.administrator
    assert not admin.knows("one")
    assert not admin.may("see", "one")


def test_two_roles_allow_what_either_allows() -> None:
    both = Reader("ada", {"one": frozenset[Role]({"dsmb", "statistician"})})
    assert {action for action in ACTIONS if both.may(action, "one")} == MAY["dsmb"] | MAY["statistician"]


def test_nobody_may_do_nothing() -> None:
    assert not any(NOBODY.may(action, study) for action in ACTIONS for study in ("one", "", EVERYWHERE))
    assert not NOBODY.knows("one")
    assert not NOBODY.administrator
