"""The view as a sentence: what a caption, a download and a screen reader say about the selection."""

from __future__ import annotations

from dashboard.study.protocol import StudyProtocol
from dashboard.view.groups import name_split
from dashboard.view.keys import choice_label
from dashboard.view.state import ViewState

BASE_WORDS = {"last": "the last value on or before day 0", "mean": "the mean of the values on or before day 0"}


def describe_selection(view: ViewState, protocol: StudyProtocol) -> str:
    """The filters in words: “240 µg/kg and 480 µg/kg; women; age 18 to 40; baseline CD4 below 100”."""
    protocol = protocol if protocol.by == view.by else protocol.grouped(view.by)
    parts = [_cohorts(view, protocol), _sex(view), _age(view), _strata(view, protocol), *_groups(view, protocol)]
    return "; ".join(part for part in parts if part)


def _cohorts(view: ViewState, protocol: StudyProtocol) -> str:
    if not view.cohort:
        return "all cohorts" if view.by == protocol.study.cohort_key else f"everybody, by {lower_first(protocol.study.cohort_word)}"
    labels = join_words([protocol.cohort(key).label for key in view.cohort])
    return labels if view.by == protocol.study.cohort_key else f"{lower_first(protocol.study.cohort_word)}: {labels}"


def _groups(view: ViewState, protocol: StudyProtocol) -> list[str]:
    """What `having` keeps, one part for each grouping: “involvement: marrow or both”."""
    chosen: dict[str, list[str]] = {}
    for name in view.having:
        by, _, category = name.partition(".")
        labels = {part.key: part.label for part in protocol.categories(by)}
        chosen.setdefault(name_split(protocol, by), []).append(labels[category])
    return [f"{lower_first(split)}: {join_words(labels, 'or')}" for split, labels in chosen.items()]


def _sex(view: ViewState) -> str:
    return {(): "", ("F",): "women", ("M",): "men"}.get(view.sex, "")


def _age(view: ViewState) -> str:
    low, high = view.age
    if low is None and high is None:
        return ""
    if low is None:
        return f"age up to {high}"
    return f"age {low} or more" if high is None else f"age {low} to {high}"


def _strata(view: ViewState, protocol: StudyProtocol) -> str:
    if not view.stratum:
        return ""
    analyte = protocol.analyte(protocol.endpoint.analyte).short
    return f"baseline {analyte} {join_words([protocol.stratum(key).label for key in view.stratum], 'or')}"


def join_words(words: list[str], link: str = "and") -> str:
    """“a”, “a and b”, “a, b and c”."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {link} {words[-1]}"


def describe_gap(view: ViewState) -> str:
    """The gap cap in words."""
    return "no gap cap" if view.gap is None else f"gaps beyond {view.gap} days left out"


def describe_rule(view: ViewState, protocol: StudyProtocol) -> str:
    """The responder rule in words: “at week 60 (end of study)”."""
    period = protocol.period(view.period).label
    if view.respond == "at-visit":
        return f"at {lower_first(protocol.visit(view.visit).label)}"
    return f"at any visit after day 0, {period}" if view.respond == "ever" else f"at two scheduled visits in a row, {period}"


def describe_who(who: str) -> str:
    """Whose figures these are, in words."""
    return "participants with a baseline below the threshold" if who == "eligible" else "everyone"


def describe_denominator(view: ViewState, protocol: StudyProtocol) -> str:
    """What N counts, in words."""
    words = {
        "observed": {
            "at-visit": "with a value at the visit",
            "ever": "with a value after day 0",
            "sustained": "with two scheduled visits in a row",
        }[view.respond],
        "reached": "who reached the visit",
        "dosed": "dosed",
        "enrolled": "enrolled",
    }
    return f"N = participants {words[view.n]}"


def describe_interval(view: ViewState, protocol: StudyProtocol) -> str:
    """The interval's name: “95 % Clopper–Pearson interval”."""
    return f"95 % {choice_label('ci', view.ci, protocol)} interval"


def lower_first(text: str) -> str:
    """`text` with a lower-case first letter, for use inside a sentence."""
    return text[:1].lower() + text[1:]


def count_words(n: int, word: str) -> str:
    """“1 participant”, “2 participants”, “1,200 records”."""
    return f"{n:,} {word}" + ("" if n == 1 else "s")
