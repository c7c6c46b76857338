"""What the words of a delivery mean, by the lists of the study definition."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pandas as pd

from dashboard.study.safety import Safety, SpecialInterest

RELATED, NOT_RELATED, NOT_RECORDED, NOT_RECOGNISED = "related", "not related", "not recorded", "not recognised"
DISCONTINUED, DELAYED, OTHER = "discontinued", "delayed", "other"


def derive_relatedness(relation: pd.Series, safety: Safety) -> pd.Series:
    """RELATED, NOT_RELATED, NOT_RECORDED (empty) or NOT_RECOGNISED (in neither list of the definition), as `str`."""
    related, unrelated = _plain_words(safety.related_words), _plain_words(safety.unrelated_words)

    def classify(word: str) -> str:
        if not word:
            return NOT_RECORDED
        if word in related:
            return RELATED
        return NOT_RELATED if word in unrelated else NOT_RECOGNISED

    return _translate(relation, classify)


def derive_dose_action(action: pd.Series, safety: Safety) -> pd.Series:
    """DISCONTINUED, DELAYED, OTHER (any other word, such as “dose not changed”) or the empty text (not recorded), as `str`."""
    discontinued, delayed = _plain_words(safety.discontinued_words), _plain_words(safety.delayed_words)

    def classify(word: str) -> str:
        if word in discontinued:
            return DISCONTINUED
        if word in delayed:
            return DELAYED
        return OTHER if word else ""

    return _translate(action, classify)


def derive_is_fatal(outcome: pd.Series, grade: pd.Series, safety: Safety) -> pd.Series:
    """True where the outcome is one of the fatal words, or the delivered grade is 5."""
    fatal = _plain_words(safety.fatal_words)
    return _translate(outcome, lambda word: "Y" if word in fatal else "").eq("Y") | grade.eq("5")


def derive_special_interest(term: pd.Series, body_system: pd.Series, safety: Safety) -> pd.Series:
    """The keys of the special-interest groups an event belongs to, joined by a comma, in the order of the definition; "" for none."""
    tests = [(group.key, _compile_group(group)) for group in safety.special_interest]
    pairs = list(zip(term.map(plain_word), body_system.map(plain_word), strict=True))
    known = {pair: ",".join(key for key, belongs in tests if belongs(*pair)) for pair in set(pairs)}
    return pd.Series([known[pair] for pair in pairs], index=term.index, dtype="str")


def has_interest(special_interest: pd.Series, key: str) -> pd.Series:
    """True where `key` is one of the comma-joined keys."""
    return _translate(special_interest, lambda keys: "Y" if key in keys.split(",") else "").eq("Y")


def plain_word(text: str) -> str:
    """The text without differences of case, of outer and of repeated blanks; underscores are blanks."""
    return " ".join(text.replace("_", " ").casefold().split())


def _plain_words(words: Sequence[str]) -> frozenset[str]:
    return frozenset(map(plain_word, words))


def _translate(texts: pd.Series, classify: Callable[[str], str]) -> pd.Series:
    known = {text: classify(plain_word(text)) for text in texts.unique()}
    return texts.map(known).astype("str")


def _compile_group(group: SpecialInterest) -> Callable[[str, str], bool]:
    """The group as a test of (term, body system), both plain."""
    terms, systems, excepted = _plain_words(group.terms), _plain_words(group.body_systems), _plain_words(group.except_terms)
    held = [re.compile(rf"(?<!\w){re.escape(plain_word(word))}(?!\w)") for word in group.words]

    def belongs(term: str, system: str) -> bool:
        if term in excepted:
            return False
        return term in terms or system in systems or any(word.search(term) for word in held)

    return belongs
