"""The query keys: name, label, choices and grammar of each, in canonical order. Keys are never renamed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from dashboard.study.choices import QUALITY_FLAGS
from dashboard.study.protocol import StudyProtocol
from dashboard.study.references import decode_reference, describe_forms, encode_reference
from dashboard.study.safety import SEVERITY
from dashboard.view.grid import Kind, participant_columns, validate_sort, validate_where
from dashboard.view.groups import list_groups, list_splits, read_groups
from dashboard.view.response_choices import list_comparisons, list_parts

MAX_THRESHOLDS = 4
MAX_THRESHOLD = 100_000
MAX_GAP = 1_000
MAX_AGE = 120


class KeyValueError(ValueError):
    """A value a key cannot take; the text continues the sentence “… was not applied: ”."""


@dataclass(frozen=True)
class Choice:
    """One value of a key and the words a reader sees for it."""

    value: str
    label: str


Choices = tuple[Choice, ...]


def _choices(*pairs: tuple[str, str]) -> Callable[[StudyProtocol], Choices]:
    listed = tuple(Choice(value, label) for value, label in pairs)
    return lambda protocol: listed


def _of(name: str) -> Callable[[StudyProtocol], Choices]:
    return lambda protocol: tuple(Choice(part.key, part.label) for part in getattr(protocol, name))


def _one(text: str, choices: Choices) -> str:
    allowed = [choice.value for choice in choices]
    if text not in allowed:
        raise KeyValueError(f"the values are {', '.join(allowed)}")
    return text


def _many(text: str, choices: Choices) -> tuple[str, ...]:
    allowed = [choice.value for choice in choices]
    given = text.split(",")
    if not set(given) <= set(allowed):
        raise KeyValueError(f"the values are {', '.join(allowed)}, one or more with commas between")
    return tuple(value for value in allowed if value in given)


def _all_or_some(text: str, choices: Choices) -> tuple[str, ...]:
    some = _many(text, choices)
    return () if len(some) == len(choices) else some


def _groups(text: str, choices: Choices) -> tuple[str, ...]:
    try:
        return read_groups(text, [choice.value for choice in choices])
    except ValueError as error:
        raise KeyValueError(str(error)) from error


def _age(text: str, choices: Choices) -> tuple[int | None, int | None]:
    match = re.fullmatch(r"([0-9]{1,3})?-([0-9]{1,3})?", text)
    if not match:
        raise KeyValueError("an age range reads 18-75, both ends included")
    low, high = (int(end) if end else None for end in match.groups())
    if (low is not None and low > MAX_AGE) or (high is not None and high > MAX_AGE):
        raise KeyValueError(f"ages lie between 0 and {MAX_AGE}")
    if low is not None and high is not None and low > high:
        raise KeyValueError("the first age must not exceed the second")
    return low, high


def _thresholds(text: str, choices: Choices) -> tuple[float, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", part) for part in parts):
        raise KeyValueError("thresholds are numbers of cells/µL with commas between, such as 200,300")
    values = tuple(sorted({float(part) for part in parts}))
    if len(values) > MAX_THRESHOLDS or values[0] <= 0 or values[-1] > MAX_THRESHOLD:
        raise KeyValueError(f"at most {MAX_THRESHOLDS} thresholds, each above 0 and at most {MAX_THRESHOLD:,} cells/µL")
    return values


def _gap(text: str, choices: Choices) -> int | None:
    if text == "none":
        return None
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_GAP:
        raise KeyValueError(f"the gap cap is a whole number of days from 1 to {MAX_GAP}, or none")
    return int(text)


def _cut(text: str, choices: Choices) -> str:
    if not re.fullmatch(r"[0-9a-f]{10}", text):
        raise KeyValueError("a data cut is named by ten hexadecimal digits")
    return text


def _reference(text: str, choices: Choices) -> str:
    try:
        return encode_reference(decode_reference(text))
    except ValueError as error:
        # The error repeats the text, and a text from an address may hold what cannot be shown.
        raise KeyValueError(describe_forms()) from error


def _sort(text: str, choices: Choices) -> str:
    return _grid(validate_sort, text, choices)


def _where(text: str, choices: Choices) -> str:
    return _grid(validate_where, text, choices)


def _grid(validate: Callable[[str, Mapping[str, Kind]], str], text: str, choices: Choices) -> str:
    try:
        return validate(text, {choice.value: cast(Kind, choice.label) for choice in choices})
    except ValueError as error:
        raise KeyValueError(str(error)) from error


def _grid_columns(protocol: StudyProtocol) -> Choices:
    return tuple(Choice(name, kind) for name, kind in participant_columns(protocol).items())


def write_number(value: float) -> str:
    """A number as the address writes it: 200, not 200.0."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _write(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(write_number(part) if isinstance(part, float) else part for part in value)
    return "none" if value is None else str(value)


def _write_age(value: tuple[int | None, int | None]) -> str:
    return "-".join("" if end is None else str(end) for end in value)


@dataclass(frozen=True)
class Key:
    """A query key. `read` turns text into a value or raises KeyValueError; `write` is its inverse."""

    name: str
    label: str
    choices: Callable[[StudyProtocol], Choices]
    read: Callable[[str, Choices], Any]
    write: Callable[[Any], str] = _write


def _gap_choices(protocol: StudyProtocol) -> Choices:
    caps = protocol.endpoint.gap_caps
    return (*(Choice(str(cap), f"{cap} days") for cap in caps), Choice("none", "no cap"))


def _locks(protocol: StudyProtocol) -> Choices:
    return (Choice("none", "up to the data cut"), *(Choice(period.key, period.label) for period in protocol.periods))


def _denominators(protocol: StudyProtocol) -> Choices:
    return (
        Choice("observed", "with a value"),
        Choice("reached", "reached the visit"),
        Choice("dosed", "dosed"),
        Choice("enrolled", "enrolled"),
    )


def _gradings(protocol: StudyProtocol) -> Choices:
    scales = (*protocol.safety.scales, SEVERITY)
    return (Choice("most", "the scale of most events"), *(Choice(scale.key, scale.label) for scale in scales))


def _censorings(protocol: StudyProtocol) -> Choices:
    """Whether times end at the milestone that the definition names for it; without one there is nothing to choose."""
    survival = protocol.survival
    if survival is None or survival.censor is None:
        return (Choice("no", "at last contact only"),)
    ending = next(part.label for part in survival.milestones if part.key == survival.censor).lower()
    also = (Choice("yes", f"also at {ending}"), Choice("both", "both ways, two curves"))
    return (Choice("no", "at last contact only"), *also)


def _landmarks(protocol: StudyProtocol) -> Choices:
    days = protocol.survival.landmarks if protocol.survival else ()
    from_day = tuple(Choice(str(day), f"event-free on day {day}") for day in days)
    return (Choice("none", "everybody, from day 0"), *from_day)


def _after(protocol: StudyProtocol) -> Choices:
    """Counts after the milestone (a transplant) after which they are no longer those of the treatment; one choice without such a one."""
    if not protocol.later:
        return (Choice("marked", "marked"),)
    return Choice("marked", f"after {protocol.later}: marked"), Choice("left-out", f"after {protocol.later}: left out")


_NONE = _choices()

KEYS: tuple[Key, ...] = (
    Key("cut", "Data cut", _NONE, _cut),
    Key("by", "Split by", lambda p: tuple(Choice(*pair) for pair in list_splits(p)), _one),
    Key("cohort", "Cohort", _of("cohorts"), _all_or_some),
    Key("sex", "Sex", _choices(("F", "Female"), ("M", "Male")), _all_or_some),
    Key("age", "Age (years)", _NONE, _age, _write_age),
    Key("stratum", "Baseline stratum", _of("strata"), _all_or_some),
    Key("having", "Only these participants", lambda p: tuple(Choice(*pair) for pair in list_groups(p)), _groups),
    Key("base", "Baseline", _choices(("last", "last value up to day 0"), ("mean", "mean of values up to day 0")), _one),
    Key("period", "Period", _of("periods"), _one),
    Key("until", "Records", _locks, _one),
    Key("analyte", "Counts", lambda p: tuple(Choice(a.key, a.short) for a in p.analytes), _all_or_some),
    Key(
        "measure",
        "Measure",
        _choices(("value", "count"), ("change", "change"), ("percent", "percent change"), ("fold", "fold change")),
        _one,
    ),
    Key("scale", "Scale", _choices(("linear", "linear"), ("log", "logarithmic")), _one),
    Key(
        "x",
        "Time axis",
        _choices(("week", "weeks"), ("day", "days"), ("visit", "planned visits"), ("dose", "days since latest dose")),
        _one,
    ),
    Key(
        "show",
        "Show",
        _choices(("lines", "participants"), ("median", "median"), ("mean", "mean"), ("gmean", "geometric mean"), ("box", "box plots")),
        _many,
    ),
    Key("band", "Band", _choices(("iqr", "quartiles"), ("ci95", "95 % interval"), ("none", "none")), _one),
    Key("unscheduled", "Unscheduled visits", _choices(("yes", "shown"), ("no", "left out")), _one),
    Key("after", "Later counts", _after, _one),
    Key("threshold", "Thresholds (cells/µL)", _NONE, _thresholds),
    Key(
        "rule",
        "Between two values",
        _choices(
            ("linear", "straight line"),
            ("locf", "earlier value holds"),
            ("nocb", "later value holds"),
            ("both-ends", "both values above"),
            ("either-end", "either value above"),
        ),
        _one,
    ),
    Key("gap", "Gap cap", _gap_choices, _gap),
    Key("who", "Participants", _choices(("eligible", "baseline below the threshold"), ("everyone", "everyone")), _one),
    Key(
        "respond",
        "Responder",
        _choices(("at-visit", "at the visit"), ("ever", "at any visit"), ("sustained", "at two visits in a row")),
        _one,
    ),
    Key("visit", "Visit", _of("visits"), _one),
    Key("n", "Denominator", _denominators, _one),
    Key("ci", "Interval", _choices(("exact", "Clopper–Pearson"), ("wilson", "Wilson"), ("jeffreys", "Jeffreys")), _one),
    Key("related", "Relation to treatment", _choices(("any", "any relation"), ("yes", "related only")), _one),
    Key("grade", "Lowest grade", _choices(("any", "any grade"), *((str(g), f"grade {g} or higher") for g in range(2, 6))), _one),
    Key("grading", "Grading scale", _gradings, _one),
    Key("align", "Weeks since", _choices(("first", "the first dose"), ("each", "each dose")), _one),
    Key("curves", "Curves", _choices(("group", "one for each group"), ("all", "one for all together")), _one),
    Key("censor", "Censored", _censorings, _one),
    Key("landmark", "Survival of", _landmarks, _one),
    Key("unit", "Time in", _choices(("day", "days"), ("month", "months")), _one),
    Key("among", "Response denominator", _choices(("evaluable", "evaluable for response"), ("infused", "all infused")), _one),
    Key("compare", "Compared with the others", lambda p: tuple(Choice(*pair) for pair in list_comparisons(p)), _one),
    Key("order", "Order of courses", _choices(("time", "longest observed first"), ("response", "best response first")), _one),
    Key("part", "Courses shown", _choices(*list_parts()), _one),
    Key("mark", "Mark", _choices(("none", "nothing"), ("flags", "quality flags"), ("changes", "changes since another cut")), _one),
    Key("flag", "Quality flag", _choices(*QUALITY_FLAGS.items()), _one),
    Key("against", "Compared with", _NONE, _cut),
    Key("of", "Derivation of", _NONE, _reference),
    Key("sort", "Order of the table", _grid_columns, _sort),
    Key("where", "Filter of the table", _grid_columns, _where),
)

KEY_BY_NAME = {key.name: key for key in KEYS}


def choice_label(name: str, value: str, protocol: StudyProtocol) -> str:
    """The words for one value of a key; the value itself for a key without listed choices."""
    return next((c.label for c in KEY_BY_NAME[name].choices(protocol) if c.value == value), value)
