"""What splits the participants and who is kept: choices and grammar of `by` and `having`, which follow from the groupings of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dashboard.study.groupings import NOT_REPORTED
from dashboard.study.protocol import StudyProtocol
from dashboard.view.state import ViewState

Pairs = tuple[tuple[str, str], ...]


def list_splits(protocol: StudyProtocol) -> Pairs:
    """The cohorts, then every grouping, with their names."""
    return tuple((by, name_split(protocol, by)) for by in protocol.by_keys)


def list_groups(protocol: StudyProtocol) -> Pairs:
    """Every category of every grouping, and every cohort, as `grouping.category` with both names; none in a study without groupings."""
    if not protocol.groupings:
        return ()
    return tuple(
        (f"{by}.{category.key}", f"{name_split(protocol, by)}: {category.label}")
        for by in protocol.by_keys
        for category in protocol.categories(by)
    )


def name_split(protocol: StudyProtocol, by: str) -> str:
    """The name of what splits the participants: that of the cohorts, or of a grouping."""
    return protocol.whole.study.cohort_word if by == protocol.study.cohort_key else protocol.grouping(by).label


def read_groups(text: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """The groups of a comma list in the order of `allowed`; all groups of one grouping restrict nothing and are left out.

    ValueError lists what is allowed.
    """
    given = set(text.split(","))
    if not given <= set(allowed):
        known = f"the values are {', '.join(allowed)}, one or more with commas between" if allowed else "this study has no groupings"
        raise ValueError(known)
    whole = {by for by in map(_split_of, given) if given >= {name for name in allowed if _split_of(name) == by}}
    return tuple(name for name in allowed if name in given and _split_of(name) not in whole)


def drop_whole_groups(view: ViewState, protocol: StudyProtocol) -> ViewState:
    """`view` without choices that leave nobody out: every cohort that `protocol` offers, every category of a grouping."""
    cohort = () if set(view.cohort) >= set(protocol.cohort_keys) else view.cohort
    allowed = [name for name, _ in list_groups(protocol)]
    return replace(view, cohort=cohort, having=read_groups(",".join(view.having), allowed) if view.having else ())


def list_unreported(by: str, cohorts: Sequence[str], having: Sequence[str]) -> frozenset[str]:
    """The groupings of which a view names those without a value: there they must be offered, whoever is in the data cut."""
    named = {_split_of(name) for name in having if name.endswith(f".{NOT_REPORTED}")}
    return frozenset(named | ({by} if NOT_REPORTED in cohorts else set()))


def _split_of(name: str) -> str:
    return name.partition(".")[0]
