"""Every event that the program writes is one the audit has."""

from __future__ import annotations

import ast

import pytest

from dashboard.audit.events import ACTIONS
from dashboard.web.audit_html import TOLD, WORDS
from dashboard.web.rules import ADDRESSES
from tests.source import modules

# The names under which the program writes events, and the place of the action among the arguments.
WRITERS = {"write": 0, "note": 0, "note_done": 1}


def literal_actions() -> set[str]:
    """The actions written as texts into calls on a trail, and those of the access rules."""
    found = {event for rule in ADDRESSES.values() for event in (rule.before, rule.after) if event}
    for tree in modules().values():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in WRITERS and _is_trail(call.func, name) and len(call.args) > WRITERS[name]:
                found |= {str(part.value) for part in ast.walk(call.args[WRITERS[name]]) if isinstance(part, ast.Constant)}
    return found


def _is_trail(function: ast.expr, name: str) -> bool:
    """Whether the call is one of the audit: other things are written and noted too."""
    owner = ast.unparse(function.value).split(".")[-1] if isinstance(function, ast.Attribute) else ""
    return owner in {"write": ("trail", "store", "audit"), "note": ("office",), "note_done": ("",)}[name]


def test_every_action_that_is_written_is_in_the_list() -> None:
    found = literal_actions()
    assert {"sign-in", "sign-out", "sign-in-failed", "denied", "view", "export", "publish", "withdraw"} <= found
    # “role-granted” and “role-revoked” are put together.
    assert found - {"role-", "granted", "revoked", "grant"} <= set(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
def test_the_page_has_words_for_every_action_and_tells_every_detail(action: str) -> None:
    assert WORDS[action]
    assert ACTIONS[action] <= set(TOLD)
