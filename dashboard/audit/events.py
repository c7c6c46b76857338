"""What may be written into the audit: a closed list of actions, and for each the details that belong to it.

A detail is a name, an address or a choice, never the value of a count and never a password.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

# The longest text of each detail. What is longer is cut and ends with MORE.
LENGTHS: Mapping[str, int] = MappingProxyType(
    {
        "account": 100,
        "caller": 60,
        "delivery": 64,
        "expires": 40,
        "final": 3,
        "format": 10,
        "item": 64,
        "label": 80,
        "link": 64,
        "method": 10,
        "name": 120,
        "page": 60,
        "panel": 60,
        "participant": 500,
        "participants": 20_000,
        "path": 200,
        "query": 8_000,
        "question": 40,
        "reason": 500,
        "role": 40,
        "roles": 100,
        "session": 64,
        "table": 60,
        "cell": 500,
        "view": 64,
    }
)
MORE = "…"
LONGEST_NAME = 100

_SEEN = frozenset({"view", "query", "page", "panel", "table", "cell", "participant", "participants", "format", "link"})
_MADE_ON_A_VIEW = frozenset({"view", "query", "page", "participant", "cell", "link", "item"})
_ABOUT_AN_ACCOUNT = frozenset({"account", "role", "session"})
_ABOUT_A_CUT = frozenset({"delivery", "label", "reason"})
# Each action with the details it may have.
ACTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "sign-in": frozenset({"caller"}),
        "sign-out": frozenset({"caller"}),
        "sign-in-failed": frozenset({"caller", "account"}),
        "denied": frozenset({"method", "path", "link"}),
        "view": _SEEN,
        "table": _SEEN,
        "export": _SEEN,
        "package": _SEEN,
        "open": _SEEN,
        "share": _SEEN | {"name", "expires"},
        "revoke": frozenset({"link", "reason"}),
        "deliver": _ABOUT_A_CUT,
        "publish": _ABOUT_A_CUT,
        "discard": _ABOUT_A_CUT,
        "withdraw": _ABOUT_A_CUT,
        "restore": frozenset({"format", "name"}),
        "release": frozenset({"roles", "final"}),
        "release-taken-back": frozenset({"roles", "final"}),
        "account-added": _ABOUT_AN_ACCOUNT,
        "account-disabled": _ABOUT_AN_ACCOUNT,
        "account-enabled": _ABOUT_AN_ACCOUNT,
        "password-changed": _ABOUT_AN_ACCOUNT,
        "role-granted": _ABOUT_AN_ACCOUNT,
        "role-revoked": _ABOUT_AN_ACCOUNT,
        "session-revoked": _ABOUT_AN_ACCOUNT,
        "comment": _MADE_ON_A_VIEW,
        "decision": _MADE_ON_A_VIEW,
        "meeting-opened": _MADE_ON_A_VIEW | {"name"},
        "meeting-moved": _MADE_ON_A_VIEW,
        "meeting-agenda": frozenset({"item"}),
        "meeting-chair": frozenset({"item", "account"}),
        "meeting-closed": frozenset({"item"}),
        "minutes": frozenset({"item", "format"}),
        "audit": frozenset({"question", "participant", "account", "format"}),
    }
)
# After these somebody has numbers of a study before the eyes.
SEEING = ("view", "table", "export", "package", "open")


@dataclass(frozen=True)
class Event:
    """One event as it is written: checked, cut to size, without control characters."""

    action: str
    reader: str
    study: str = ""
    cut: str = ""
    request: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


def validate_event(action: str, reader: str, study: str, cut: str, request: str, detail: Mapping[str, str]) -> Event:
    """The event as it is written; ValueError for an action or a detail that the list does not have, which is a fault of the program."""
    if action not in ACTIONS:
        raise ValueError(f"the audit has no action {action!r}")
    unknown = sorted(set(detail) - ACTIONS[action])
    if unknown:
        raise ValueError(f"the audit keeps no {', '.join(unknown)} of the action {action!r}")
    kept = {name: bound(str(detail[name]), LENGTHS[name]) for name in sorted(detail)}
    who, where, what, asked = (bound(text, LONGEST_NAME) for text in (reader, study, cut, request))
    return Event(action, who, where, what, asked, kept)


def bound(text: str, longest: int) -> str:
    """`text` with at most `longest` characters; what no page could show (control characters, halves of characters) becomes “�”."""
    clean = "".join(char if char.isprintable() else "�" for char in text)
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}{MORE}"


def describe_participants(names: Sequence[str]) -> dict[str, str]:
    """The detail that names participants one by one; none when the list is too long to be kept, so that view and cut must tell."""
    text = json.dumps(list(names), ensure_ascii=False)
    return {"participants": text} if len(text) <= LENGTHS["participants"] else {}
