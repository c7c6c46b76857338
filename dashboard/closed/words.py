"""The words by which a text could tell a cohort."""

from __future__ import annotations

import re

from dashboard.study.protocol import StudyProtocol


def list_telling_words(protocol: StudyProtocol) -> frozenset[str]:
    """The words and numbers of which keys, labels, codes and amounts of the cohorts are made, in small letters."""
    texts = [text for cohort in protocol.cohorts for text in (cohort.key, cohort.label, *cohort.codes, _write(cohort.dose))]
    return frozenset(word for text in texts for word in split_words(text) if len(word) > 1)


def split_words(text: str) -> list[str]:
    """The runs of letters and of digits in `text`, in small letters."""
    return re.findall(r"[^\W\d_]+|\d+", text.casefold())


def _write(dose: float | None) -> str:
    return "" if dose is None else f"{dose:g}"
