"""The address of a derivation: `of=count:NT-0012:cd4:98`. Parts are percent-encoded, so that a name may hold any character."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import quote, unquote

Kind = Literal[
    "count",
    "baseline",
    "days-above",
    "responder",
    "reached",
    "summary",
    "dose-summary",
    "responders",
    "cohort-days-above",
    "dose",
    "participant",
    "finding",
    "findings",
    "rate",
    "best-response",
    "survival",
    "event-time",
]
NO_DAY = "none"
MAX_THRESHOLD = 100_000


@dataclass(frozen=True)
class Reference:
    """What a derivation is asked for. Each kind uses the fields that FORMS lists for it; the others keep their defaults.

    `day` None names the records without a day; `threshold` is in cells/µL with at most three decimals; `cohort` may be `all` for
    responders, days above and findings; `dose` is the number of a dose given (`dose`) or of a dose of the plan (`dose-summary`).
    `domain`, `test`, `category` and `about` (what the result is about) tell series of findings apart; the last two may be empty.
    A `rate` is of a `category` of a `grouping` `among` the evaluable or the infused (all of both for everybody); times to an `endpoint`
    are with or without censoring (`censor`: yes or no), and a `survival` on a day, on none for the median.
    """

    kind: Kind
    participant: str = ""
    analyte: str = ""
    day: int | None = None
    threshold: float = 0.0
    cohort: str = ""
    visit: str = ""
    dose: int = 0
    domain: str = ""
    test: str = ""
    category: str = ""
    about: str = ""
    rate: str = ""
    grouping: str = ""
    among: str = ""
    endpoint: str = ""
    censor: str = ""


FORMS: Mapping[Kind, tuple[str, ...]] = {
    "count": ("participant", "analyte", "day"),
    "baseline": ("participant", "analyte"),
    "days-above": ("participant", "threshold"),
    "responder": ("participant", "threshold"),
    "reached": ("participant", "threshold"),
    "summary": ("analyte", "cohort", "visit"),
    "dose-summary": ("analyte", "cohort", "visit", "dose"),
    "responders": ("cohort", "threshold"),
    "cohort-days-above": ("cohort", "threshold"),
    "dose": ("participant", "dose"),
    "participant": ("participant",),
    "finding": ("participant", "domain", "test", "category", "about", "visit"),
    "findings": ("domain", "test", "category", "about", "visit", "cohort"),
    "rate": ("rate", "grouping", "category", "among"),
    "best-response": ("participant",),
    "survival": ("endpoint", "censor", "cohort", "day"),
    "event-time": ("participant", "endpoint", "censor"),
}


def encode_reference(reference: Reference) -> str:
    """The text of a reference, such as `days-above:NT-0012:200`; `decode_reference` is its inverse.

    ValueError when the reference has a part that no address can name (an empty name, a threshold of 0, a field its kind does not use).
    """
    if reference.kind not in FORMS:
        raise ValueError(f"“{reference.kind}” is no kind of value; {describe_forms()}")
    parts = (WRITERS.get(field, _write_name)(getattr(reference, field)) for field in FORMS[reference.kind])
    text = ":".join((reference.kind, *parts))
    if decode_reference(text) != reference:
        raise ValueError(f"{reference!r} cannot be written as an address: “{text}” reads back as another reference")
    return text


def decode_reference(text: str) -> Reference:
    """The reference that `text` names; ValueError with a sentence that lists what is allowed. What it names need not exist."""
    kind, *parts = text.split(":")
    form = FORMS.get(kind) if kind in get_args(Kind) else None  # type: ignore[call-overload]
    if form is None or len(parts) != len(form):
        raise ValueError(f"“{text}” names no value; {describe_forms()}")
    try:
        fields: dict[str, Any] = {field: READERS.get(field, _read_name)(part) for field, part in zip(form, parts, strict=True)}
    except ValueError as error:
        raise ValueError(f"“{text}” names no value: {error}; {describe_forms()}") from error
    return Reference(kind, **fields)  # type: ignore[arg-type]


def describe_forms() -> str:
    """The forms a reference can take, in words."""
    forms = ", ".join(":".join((kind, *(f"<{field}>" for field in form))) for kind, form in FORMS.items())
    return f"allowed are {forms}; a name is percent-encoded"


def _write_name(name: str) -> str:
    return quote(name, safe="", errors="surrogatepass")


def _read_name(text: str) -> str:
    name = _read_text(text)
    if not name:
        raise ValueError("a name is empty")
    return name


def _read_text(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise ValueError(f"“{text}” is not percent-encoded UTF-8") from error


def _write_day(day: int | None) -> str:
    return NO_DAY if day is None else str(day)


def _read_day(text: str) -> int | None:
    if text == NO_DAY:
        return None
    if not re.fullmatch(r"-?[0-9]{1,7}", text, re.ASCII):
        raise ValueError(f"a day is a whole number of at most seven digits, or {NO_DAY}")
    return int(text)


def _write_threshold(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _read_threshold(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text, re.ASCII) or not 0 < float(text) <= MAX_THRESHOLD:
        raise ValueError(f"a threshold is a number above 0 and at most {MAX_THRESHOLD:,}, with at most three decimals")
    return float(text)


def _read_dose(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) or int(text) < 1:
        raise ValueError("a dose is named by its number, from 1")
    return int(text)


WRITERS: Mapping[str, Callable[[Any], str]] = {"day": _write_day, "threshold": _write_threshold, "dose": str}
READERS: Mapping[str, Callable[[str], Any]] = {
    "day": _read_day, "threshold": _read_threshold, "dose": _read_dose, "category": _read_text, "about": _read_text,
}  # fmt: skip
