"""The categories of groupings that a study definition lacks for a delivery, as TOML: guesses from names; the rest as comments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from dashboard.study.groupings import ALL, NOT_REPORTED, TRIAL, Category, Grouping
from dashboard.study.protocol import StudyProtocol
from data_access.mapping_toml import derive_key, read_content, select_new, write_comment, write_table
from data_access.mapping_values import MappedValue
from data_access.traits import find_categories, find_column

# Words of deliveries for no value.
ABSENT = re.compile(
    r"N/?A|NR|ND|UNK(NOWN)?|MISSING|\.|-+|NOT (REPORTED|KNOWN|RECORDED|AVAILABLE|DONE|ASSESSED|APPLICABLE|EVALUATED|EVALUABLE|STATED)",
    re.IGNORECASE,
)
NEGATIONS = {"no", "not", "non", "none", "never", "without"}


def propose_groupings(protocol: StudyProtocol, unmapped: Iterable[MappedValue]) -> list[str]:
    """The [[groupings]] (and [[members]]) with the values of their columns that are in no category; a comment where only a person can say.

    A word that says “no value” becomes one of `absent_codes`; a word called like one category becomes a code of it, another word a new
    category. Ranges of numbers are never changed.
    """
    values = list(unmapped)
    return [part for grouping in protocol.delivered_groupings for part in _propose(protocol, grouping, _of_grouping(grouping, values))]


def _of_grouping(grouping: Grouping, values: list[MappedValue]) -> list[str]:
    """The values of the grouping's column that are in none of its categories."""
    columns = {find_column(grouping), grouping.key.upper()}
    texts = [one.value for one in values if one.where.rpartition(".")[2] in columns and not grouping.is_absent(one.value)]
    unknown = find_categories(pd.Series(texts, dtype="str"), grouping) == ""
    return [text for text, is_unknown in zip(texts, unknown, strict=True) if is_unknown]


def _propose(protocol: StudyProtocol, grouping: Grouping, texts: list[str]) -> list[str]:
    absent = [text for text in texts if ABSENT.fullmatch(text.strip())]
    words = [text for text in texts if text not in absent]
    if grouping.numeric:
        return [*_propose_part(grouping, absent, {}, []), *(_ask_range(grouping, text) for text in words)]
    found = {text: _find_categories_called(grouping, text) for text in words}
    codes = {text: keys[0] for text, keys in found.items() if len(keys) == 1}
    new = _make_categories(grouping, [text for text, keys in found.items() if not keys])
    members = [_propose_member(one) for one in new] if grouping.key == TRIAL and protocol.members else []
    unclear = [_ask_category(grouping, text, keys) for text, keys in found.items() if len(keys) > 1]
    return [*_propose_part(grouping, absent, codes, new), *members, *unclear]


def _propose_part(grouping: Grouping, absent: list[str], codes: dict[str, str], new: list[dict[str, Any]]) -> list[str]:
    """The grouping with further words for no value, further codes and new categories; nothing when there is none of them."""
    if not (absent or codes or new):
        return []
    content = read_content(grouping)
    content["categories"] = [*(_add_codes(category, codes) for category in grouping.categories), *new]
    if absent:
        content["absent_codes"] = [*grouping.absent_codes, *select_new(absent, grouping.absent_codes)]
    return [write_table("[[groupings]]", content)]


def _add_codes(category: Category, codes: dict[str, str]) -> dict[str, Any]:
    added = [text for text, key in codes.items() if key == category.key]
    content = read_content(category)
    return content | {"codes": [*category.codes, *select_new(added, category.codes)]} if added else content


def _make_categories(grouping: Grouping, texts: list[str]) -> list[dict[str, Any]]:
    taken, made = {*grouping.category_keys, NOT_REPORTED, ALL}, []
    for text in texts:
        key = derive_key(text, taken)
        taken.add(key)
        made.append({"key": key, "label": text, "codes": [text]})
    return made


def _propose_member(category: dict[str, Any]) -> str:
    """The trial that a new category of the grouping of trials stands for."""
    registered = re.search(r"NCT\d{8}", category["label"], re.IGNORECASE)
    registry_id = registered[0].upper() if registered else category["label"]
    return write_table("[[members]]", {"key": category["key"], "label": category["label"], "registry_id": registry_id})


def _find_categories_called(grouping: Grouping, text: str) -> list[str]:
    """The categories that are called like the text but for case, blanks and signs; else those whose words hold all of it, or it theirs."""
    names = {category.key: (category.key, category.label, *category.codes) for category in grouping.categories}
    plain = [key for key, called in names.items() if _plain(text) in {_plain(name) for name in called} - {""}]
    return plain or [key for key, called in names.items() if any(_share_words(text, name) for name in called)]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _share_words(text: str, name: str) -> bool:
    """Whether the words of one are all among those of the other, and none of those beside them turns the meaning round."""
    one, other = (set(re.findall(r"[a-z0-9]+", words.casefold())) for words in (text, name))
    return bool(one and other) and (one <= other or other <= one) and not (one ^ other) & NEGATIONS


def _ask_range(grouping: Grouping, text: str) -> str:
    ranges = ", ".join(category.label for category in grouping.categories)
    return write_comment("[[groupings]]", f'key = "{grouping.key}"', f"“{text}” is in none of its ranges: {ranges}")


def _ask_category(grouping: Grouping, text: str, keys: list[str]) -> str:
    return write_comment("[[groupings]]", f'key = "{grouping.key}"', f"“{text}” looks like several of its categories: {', '.join(keys)}")
