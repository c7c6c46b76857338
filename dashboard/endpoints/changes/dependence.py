"""Which record changes a headline number is made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats
from dashboard.endpoints.changes.headlines import Choices, Headline
from dashboard.endpoints.changes.reasons import ADDED, REMOVED
from dashboard.endpoints.periods import compute_visit_days
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import AFTER_DOSE, ANALYTE, COHORT, CUT_DAY, DAY, DOSED, LAST_DAY, PARTICIPANT, STATUS, VALUE
from dashboard.study.protocol import StudyProtocol

MEASURED = (DAY, VALUE, AFTER_DOSE)
# What reads days: the data cut's own day tells of a first dose dated anew, which moves every other.
DATED = ("baseline", "responders", "days-above", "time-to", "visit")


def depends_on(headline: Headline, changes: pd.DataFrame, before: Analysis, after: Analysis, choices: Choices) -> Flags:
    """Which rows of `changes` (CHANGE_COLUMNS) the parts of `headline` are made of.

    Every headline   that a participant comes, goes or changes the cohort; where days are read, that the first dose was dated anew
    dosed, doses     doses that come or go, and the participant's dosed flag
    counts           counts that come or go
    baseline         counts of the analyte up to day 0 that come, go or change day, value or after_dose
    responders       such counts in the window of the visit (for `ever` and `sustained` up to the end of the period) and, under
                     `eligible`, up to day 0; dosed; doses that come, go or move, because windows move with them; under the
                     denominator `reached` the last day under observation, whether that was the end, and the cut
    days-above, time-to  such counts up to the end of the period; doses where its last visit moves with one
    visit            such counts in the window of the visit; doses that come, go or move
    """
    kinds = {
        "participant": _touches(changes, _participant_columns(headline, choices)),
        "count": _touches(changes, () if headline.kind == "counts" else MEASURED) & _is_measured(headline, changes, before, after, choices),
        "dose": _touches(changes, () if headline.kind in ("dosed", "doses") else (DAY,)) & _uses_doses(headline, before.protocol, choices),
    }
    depends = np.zeros(len(changes), dtype=bool)
    for table, applies in kinds.items():
        depends |= (changes["table"] == table).to_numpy(dtype=bool) & applies
    return depends


def _touches(changes: pd.DataFrame, names: tuple[str, ...]) -> Flags:
    """Additions and removals, and other changes of one of the columns `names`."""
    touched = changes["change"].isin((ADDED, REMOVED)).to_numpy(dtype=bool)
    for name in names:
        touched = touched | ("," + changes["columns"] + ",").str.contains(f",{name},", regex=False).to_numpy(dtype=bool)
    return touched


def _participant_columns(headline: Headline, choices: Choices) -> tuple[str, ...]:
    if headline.kind == "dosed":
        return (COHORT, DOSED)
    if headline.kind not in DATED:
        return (COHORT,)
    if headline.kind != "responders":
        return (COHORT, CUT_DAY)
    return (COHORT, DOSED, LAST_DAY, STATUS, CUT_DAY) if choices.denominator == "reached" else (COHORT, DOSED, CUT_DAY)


def _uses_doses(headline: Headline, protocol: StudyProtocol, choices: Choices) -> bool:
    if headline.kind in ("days-above", "time-to"):
        return protocol.visit(protocol.period(choices.period).last_visit).moves_with_dose is not None
    return headline.kind in ("dosed", "doses", "responders", "visit")


def _is_measured(headline: Headline, changes: pd.DataFrame, before: Analysis, after: Analysis, choices: Choices) -> Flags:
    """Counts of the headline's analyte on a day that it reads, before or after the change."""
    if headline.kind == "counts":
        return np.ones(len(changes), dtype=bool)
    of_analyte: Flags = (changes[ANALYTE] == headline.analyte).to_numpy(dtype=bool) & (headline.analyte != "")
    low, high = _compute_window(headline, changes[PARTICIPANT], before, after, choices)
    at_baseline = headline.kind != "visit" and (headline.kind != "responders" or choices.who == "eligible")
    read = np.zeros(len(changes), dtype=bool)
    for side in ("day_before", "day_after"):
        day = changes[side].to_numpy(dtype=np.float64, na_value=np.nan)
        read |= ((day >= low) & (day <= high)) | ((day <= 0) & at_baseline)
    return of_analyte & read


def _compute_window(
    headline: Headline, participants: pd.Series, before: Analysis, after: Analysis, choices: Choices
) -> tuple[Floats, Floats]:
    """First and last day that the headline reads, the wider of the two analyses for each of `participants`."""
    if headline.kind not in ("responders", "days-above", "time-to", "visit"):
        return np.full(len(participants), -np.inf), np.zeros(len(participants))
    at_visit = headline.kind == "visit" or (headline.kind == "responders" and choices.respond == "at-visit")
    visit = before.protocol.visit(headline.visit if at_visit else before.protocol.period(choices.period).last_visit)
    width = np.inf if visit.low is None or not at_visit else visit.high - visit.low
    high = [_look_up(analysis, compute_visit_days(analysis, visit.key)[1].astype(np.float64), participants) for analysis in (before, after)]
    return np.fmin(*high) - width, np.fmax(*high)


def _look_up(analysis: Analysis, values: Floats, participants: pd.Series) -> Floats:
    """The value of each of `participants`, NaN for who is not in the analysis."""
    row = pd.Index(analysis.participants[PARTICIPANT]).get_indexer(pd.Index(participants))
    found: Floats = np.r_[values, np.nan][row]
    return found
