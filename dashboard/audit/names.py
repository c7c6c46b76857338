"""Names that a question to the audit may hold: one that does not exist is refused, for “no row” would read as “nobody saw it”.

A name that rows bear is answered whatever else there is: accounts are deleted, and drafts are discarded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from json import loads

from dashboard.audit.chain import Record
from dashboard.audit.events import ACTIONS, LENGTHS, SEEING, bound
from dashboard.audit.questions import AuditStore, Question
from dashboard.errors import WrongUseError

# A question is a row of the audit too, under the study and the data cut that somebody typed: it does not make them exist.
BEARING = tuple(action for action in ACTIONS if action != "audit")
DIGITS = 10


def find_study(store: AuditStore, study: str, known: Collection[str]) -> str:
    """`study`, which is defined or has rows; WrongUseError names the studies there are."""
    if study in known or (study and _has_rows(store, Question(study=study, actions=BEARING))):
        return study
    raise WrongUseError(f"there is no study “{study}”{_tell(sorted(known))}")


def find_participant(store: AuditStore, study: str, participant: str) -> str:
    """`participant`, who is in a data cut of `study` or is named by a row; WrongUseError otherwise."""
    known = store.list_participants(study)
    if participant in known or any(is_named(record, participant) for record in store.find(Question(study=study, actions=SEEING))):
        return participant
    raise unknown_participant(participant, study, known)


def find_cut(store: AuditStore, study: str, text: str) -> str:
    """The data cut of `study` (of any, when it is empty) that `text` names, by ten digits or more, or rows; WrongUseError otherwise."""
    cut = text.strip().casefold()
    hashes = store.list_cuts(study)
    if len(cut) >= DIGITS and any(known.startswith(cut) for known in hashes):
        return cut[:DIGITS]
    if cut and _has_rows(store, Question(study=study, cut=cut, actions=BEARING)):
        return cut
    raise unknown_cut(cut, study, [known[:DIGITS] for known in hashes])


def find_user(store: AuditStore, user: str) -> str:
    """`user`, who has an account or rows; WrongUseError otherwise."""
    if user and _has_rows(store, Question(user=user)):
        return user
    known = store.list_users()
    if user not in known:
        raise unknown_user(user, known)
    return user


def unknown_participant(participant: str, study: str, known: Collection[str]) -> WrongUseError:
    """The error for somebody who is in no data cut; it names who differs in capital letters only."""
    return WrongUseError(f"there is no participant “{participant}” in a data cut of {study}{_tell(_differ_in_case(participant, known))}")


def unknown_cut(cut: str, study: str, known: Sequence[str]) -> WrongUseError:
    """The error for a data cut that does not exist; it names those that begin so, or else all."""
    meant = [name for name in known if name.startswith(cut)]
    return WrongUseError(f"there is no data cut “{cut}”{f' of {study}' if study else ''}{_tell(meant or known)}")


def unknown_user(user: str, known: Collection[str]) -> WrongUseError:
    """The error for a user without account and rows; it names who differs in capital letters only."""
    return WrongUseError(f"there is no account “{user}”, and no row of the audit has this user{_tell(_differ_in_case(user, known))}")


def is_named(record: Record, participant: str) -> bool:
    """Whether `record` names `participant`; not in a list that cannot be read."""
    return is_among(participant, read_participants(record.details) or frozenset())


def is_among(participant: str, named: frozenset[str]) -> bool:
    """Whether `participant` is among the names of a row, which cuts long ones."""
    return not named.isdisjoint({participant, bound(participant, LENGTHS["participant"])})


def read_participants(detail: Mapping[str, str]) -> frozenset[str] | None:
    """The participants that a row names; None when the list cannot be read."""
    one = {detail["participant"]} if "participant" in detail else set()
    try:
        many = loads(detail.get("participants", "[]"))
    except ValueError:
        return None
    return frozenset(one | {str(name) for name in many}) if isinstance(many, list) else None


def _has_rows(store: AuditStore, question: Question) -> bool:
    return next(store.find(question), None) is not None


def _differ_in_case(name: str, known: Collection[str]) -> list[str]:
    return sorted(other for other in known if other.casefold() == name.strip().casefold())


def _tell(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"; there is “{names[0]}”" if len(names) == 1 else f"; there are: {', '.join(names)}"
