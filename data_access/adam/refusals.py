"""Refusals and notes in the words of the file: a reader made for SDTM names the columns of SDTM, an analysis data set has others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from dashboard.errors import DeliveryRefusedError, Refusal
from data_access.report import Findings

# Who takes part is read from ADSL, which the readers of SDTM know as DM.
ROSTER = re.compile(r"\bDM\b")


@contextmanager
def name_delivered_columns(findings: Findings, names: Mapping[str, str]) -> Iterator[None]:
    """What is refused and noted within the block names the columns of the file: `names` gives the delivered column of an SDTM column."""
    refusals, notes = len(findings.refusals), set(findings.noted)
    try:
        yield
    except DeliveryRefusedError as error:
        raise DeliveryRefusedError([_renamed(one, names) for one in error.refusals]) from error
    finally:
        findings.refusals[refusals:] = [_renamed(one, names) for one in findings.refusals[refusals:]]
        for key in [key for key in findings.noted if key not in notes]:
            noted = findings.noted.pop(key)
            findings.note(key[0], _words(key[1], names), noted.places)
            findings.note(key[0], _words(key[1], names), noted.rows - len(noted.places))


def _renamed(refusal: Refusal, names: Mapping[str, str]) -> Refusal:
    return replace(refusal, column=names.get(refusal.column or "", refusal.column), rule=_words(refusal.rule, names))


def _words(text: str, names: Mapping[str, str]) -> str:
    return ROSTER.sub("ADSL", re.sub(r"\b[A-Z]{4,8}\b", lambda word: names.get(word[0], word[0]), text))
