"""Results written as words and dilutions: positive or negative, and at which titre."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats
from dashboard.study.columns import BELOW_LOQ, UNIT_TEXT, VALUE, VALUE_TEXT

_DILUTION = re.compile(r"1\s*[:/]\s*(\d[\d,]*(?:\.\d+)?)")
_ABOVE = re.compile(r">=?\s*(\d[\d,]*(?:\.\d+)?)")
_NEGATIVE = re.compile(r"\b(NEGATIVE|NEG|NON-?REACTIVE|NOT DETECTED|UNDETECTED|NOT REACTIVE)\b")
_POSITIVE = re.compile(r"\b(POSITIVE|POS|REACTIVE|DETECTED)\b")


@dataclass(frozen=True)
class AntibodyResult:
    """`positive` is None for a text that is neither; `titre` is the reciprocal dilution, NaN where none is stated."""

    positive: bool | None
    titre: float = nan


@dataclass(frozen=True)
class AntibodyResults:
    """One entry per finding: `clear` (positive or negative), `positive`, `titre` (reciprocal dilution, NaN for none)."""

    clear: Flags
    positive: Flags
    titre: Floats


def read_antibody_result(text: str, value: float, below_loq: bool, unit: str) -> AntibodyResult:
    """A result of an antibody test, from its text and, where the text is a number, its value.

    Negative: a word for it, a number or dilution below the limit (`<20`), or 0. Positive: a word for it, a dilution `1:n` (titre n) or a
    number above 0 (titre; 10 to that number in a unit that names log10). `>1:n` and `>n` are positive with titre n, the least it can be.
    """
    plain = text.strip().upper()
    if below_loq or _NEGATIVE.search(plain) or plain.startswith("<"):
        return AntibodyResult(False)
    dilution = _DILUTION.search(plain) or _ABOVE.fullmatch(plain)
    if dilution:
        return AntibodyResult(True, float(dilution[1].replace(",", "")))
    if not isnan(value):
        return _read_number(value, unit)
    return AntibodyResult(True) if _POSITIVE.search(plain) else AntibodyResult(None)


def read_antibody_results(findings: pd.DataFrame) -> AntibodyResults:
    """`read_antibody_result` of each row of `findings` (FINDING_COLUMNS)."""
    # A delivery writes few different results many times: each is read once.
    codes = [pd.factorize(findings[name], use_na_sentinel=False)[0] for name in (VALUE_TEXT, VALUE, BELOW_LOQ, UNIT_TEXT)]
    _, first, of_result = np.unique(np.column_stack(codes), axis=0, return_index=True, return_inverse=True)
    columns = [findings[name].to_numpy()[first] for name in (VALUE_TEXT, VALUE, BELOW_LOQ, UNIT_TEXT)]
    found = [read_antibody_result(text, value, bool(below), unit) for text, value, below, unit in zip(*columns, strict=True)]
    return AntibodyResults(
        np.array([each.positive is not None for each in found], dtype=bool)[of_result],
        np.array([each.positive is True for each in found], dtype=bool)[of_result],
        np.array([each.titre for each in found], dtype=np.float64)[of_result],
    )


def read_dilutions(texts: pd.Series) -> Floats:
    """The n of every text that is a dilution `1:n` (`1/n`) and nothing else; NaN for every other text."""
    codes, words = pd.factorize(texts)
    found = [_DILUTION.fullmatch(word.strip()) for word in words]
    numbers = [float(match[1].replace(",", "")) if match else nan for match in found]
    return np.array([*numbers, nan], dtype=np.float64)[codes]


def _read_number(value: float, unit: str) -> AntibodyResult:
    logarithmic = "log10" in unit.casefold().replace(" ", "")
    if logarithmic:
        return AntibodyResult(True, float(10**value))
    return AntibodyResult(value > 0, value if value > 0 else nan)
