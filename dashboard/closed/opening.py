"""Which data cuts may be shown pooled: those that hold enough of every cohort, and whose differences do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from dashboard.study.columns import COHORT, DOSED, PARTICIPANT
from dashboard.study.snapshot import StudyData

# The cohort of each dosed participant of a data cut.
Members = Mapping[str, str]


def list_members(data: StudyData) -> Members:
    """The cohort of each participant who was dosed."""
    dosed = data.participants[data.participants[DOSED]]
    return dict(zip(dosed[PARTICIPANT], dosed[COHORT], strict=True))


def select_poolable(cuts: Sequence[Members], cohorts: Sequence[str], minimum: int) -> list[int]:
    """The places of those `cuts`, oldest first, that may be shown pooled.

    A figure of everybody is one of a cohort as long as no other cohort is in it; and the difference of two figures is one of those
    who joined between them. So a cut needs `minimum` dosed participants of every cohort, and so do those who joined, or left, since
    every older cut that may be shown; nobody joining or leaving is allowed. Only numbers of participants by cohort decide.
    """
    chosen: list[int] = []
    for place, members in enumerate(cuts):
        differences = [{name: one[name] for name in one.keys() - other.keys()} for one, other in _pairs(members, cuts, chosen)]
        if _has_enough(members, cohorts, minimum) and all(not part or _has_enough(part, cohorts, minimum) for part in differences):
            chosen.append(place)
    return chosen


def _pairs(members: Members, cuts: Sequence[Members], chosen: Sequence[int]) -> list[tuple[Members, Members]]:
    return [pair for place in chosen for pair in ((members, cuts[place]), (cuts[place], members))]


def _has_enough(members: Members, cohorts: Sequence[str], minimum: int) -> bool:
    found = Counter(members.values())
    return all(found[cohort] >= minimum for cohort in cohorts)
