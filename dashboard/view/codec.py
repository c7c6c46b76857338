"""View to address and back: `decode_view(encode_view(view)) == view`; what cannot be applied is said, never guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from urllib.parse import parse_qsl, quote, urlencode

from dashboard.study.protocol import StudyProtocol
from dashboard.view.keys import KEY_BY_NAME, KEYS, KeyValueError
from dashboard.view.state import ViewState, default_view

MAX_QUERY = 2_000
MAX_SHOWN = 40
SPLIT = "by"


def encode_view(view: ViewState, protocol: StudyProtocol) -> str:
    """The canonical query string of `view`: keys in canonical order, defaults left out, `cut` always written."""
    default = default_view(protocol)
    pairs = [(key.name, key.write(getattr(view, key.name))) for key in KEYS if getattr(view, key.name) != getattr(default, key.name)]
    return urlencode(pairs, quote_via=quote, safe="-._~,")


def decode_view(query: str, protocol: StudyProtocol) -> tuple[ViewState, tuple[str, ...]]:
    """The view of a query string and a sentence for each part that was not applied. Never raises."""
    text = query.removeprefix("?")
    if len(text) > MAX_QUERY:
        return default_view(protocol), (f"The address is longer than {MAX_QUERY:,} characters; none of its choices was applied.",)
    pairs = parse_qsl(text, keep_blank_values=True, errors="replace")
    counted = Counter(name for name, _ in pairs)
    problems = [f"“{shorten(name)}” is not something this page can show and was ignored." for name in counted if name not in KEY_BY_NAME]
    problems += [
        f"“{name}” stands more than once in the address and was not applied."
        for name in counted
        if name in KEY_BY_NAME and counted[name] > 1
    ]
    once = {name: value for name, value in pairs if name in KEY_BY_NAME and counted[name] == 1}
    view, refused = decode_values(once, protocol)
    return view, (*problems, *refused)


def decode_values(values: Mapping[str, str], protocol: StudyProtocol, shown: ViewState | None = None) -> tuple[ViewState, tuple[str, ...]]:
    """The view of key texts (all keys known), of which `by` is read first: it decides what the cohorts are.

    A text that a key refuses adds a sentence and changes nothing: the key keeps what `shown` has, or its default.
    """
    applied, problems, protocol = {}, [], protocol.whole
    for name, text in sorted(values.items(), key=lambda pair: pair[0] != SPLIT):
        key = KEY_BY_NAME[name]
        try:
            applied[name] = key.read(text, key.choices(protocol))
            protocol = protocol.grouped(applied[name]) if name == SPLIT else protocol
        except KeyValueError as error:
            problems.append(f"{key.label} “{shorten(text)}” was not applied: {error}.")
            if shown is not None and (name != "cohort" or shown.by == protocol.by):
                applied[name] = getattr(shown, name)
                protocol = protocol.grouped(shown.by) if name == SPLIT else protocol
    return replace(default_view(protocol), **applied), tuple(problems)


def write_values(view: ViewState) -> dict[str, str]:
    """Each key's text for `view`, defaults included: what the controls show."""
    return {key.name: key.write(getattr(view, key.name)) for key in KEYS}


def view_as_dict(view: ViewState) -> dict[str, object]:
    """The fields of `view`, for tests and logs."""
    return asdict(view)


def shorten(text: str) -> str:
    """`text` cut to a length fit for a sentence, without control characters."""
    shown = "".join(char if char.isprintable() else "�" for char in text)
    return shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}…"
