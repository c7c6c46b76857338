"""What each participant adds to a headline number. The definitions are those of the derivations called here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from dashboard.endpoints.arrays import Flags, Floats
from dashboard.endpoints.changes.headlines import Choices, Headline, Kind
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import derive_responses
from dashboard.endpoints.summaries import select_analysed
from dashboard.endpoints.survival import derive_time_to_threshold
from dashboard.endpoints.time_above import summarise_participant_time_above
from dashboard.study.columns import DOSED, VALUE


@dataclass(frozen=True)
class Parts:
    """One number per row of `Analysis.participants` under each statistic; who is not counted adds 0 to all of them.

    numbers  statistics that add up over participants to the headline's own
    amount   the measured number behind mean and median, NaN for who is not counted; absent for a headline of tallies alone
    """

    numbers: Mapping[str, Floats] = field(repr=False)
    amount: Floats | None = field(default=None, repr=False)


def derive_parts(analysis: Analysis, headline: Headline, choices: Choices) -> Parts:
    """The parts of one headline, of everyone in the analysis.

    enrolled, dosed   n
    doses, counts     n, the records of the participant
    baseline          n (with a baseline), total, amount in cells/µL
    responders        responders, denominator
    days-above        n (with days above; under `eligible` only with a baseline below the threshold), n_any, total, amount in days
    time-to           n, events, total, amount: days to the first value at or above the threshold, or to the last value
    visit             n (with an analysed value at the visit), total, amount in cells/µL
    """
    return _PARTS[headline.kind](analysis, headline, choices)


def _everyone(analysis: Analysis) -> Flags:
    return np.ones(len(analysis.participants), dtype=bool)


def _enrolled(analysis: Analysis, headline: Headline, choices: Choices) -> Parts:
    return Parts({"n": np.ones(len(analysis.participants))})


def _dosed(analysis: Analysis, headline: Headline, choices: Choices) -> Parts:
    return Parts({"n": analysis.participants[DOSED].to_numpy(dtype=np.float64)})


def _doses(analysis: Analysis, headline: Headline, choices: Choices) -> Parts:
    return Parts({"n": analysis.participants["doses"].to_numpy(dtype=np.float64)})


def _counts(analysis: Analysis, headline: Headline, choices: Choices) -> Parts:
    person = analysis.counts["participant_index"].to_numpy()
    return Parts({"n": np.bincount(person, minlength=len(analysis.participants)).astype(np.float64)})


def _baseline(analysis: Analysis, headline: Headline, choices: Choices) -> Parts:
    return _measured(analysis.participants[f"baseline_{headline.analyte}"].to_numpy(dtype=np.float64))


def _responders(analysis: Analysis, headline: Headline, choices: Choices) -> Parts:
    responses = derive_responses(
        analysis, _everyone(analysis), headline.analyte, headline.threshold, choices.respond, headline.visit, choices.period
    )
    counted = responses[choices.denominator].to_numpy() & (responses["eligible"].to_numpy() | (choices.who == "everyone"))
    responds = responses["responds"].to_numpy() & counted
    return Parts({"responders": responds.astype(np.float64), "denominator": counted.astype(np.float64)})


def _days_above(analysis: Analysis, headline: Headline, choices: Choices) -> Parts:
    rows = summarise_participant_time_above(
        analysis, _everyone(analysis), headline.analyte, [headline.threshold], choices.rule, choices.gap, choices.period
    )
    days = rows["days_above"].to_numpy(dtype=np.float64)
    counted = rows["eligible"].to_numpy(dtype=bool) | (choices.who == "everyone")
    parts = _measured(np.where(counted, days, np.nan))
    return Parts({**parts.numbers, "n_any": (counted & (days > 0)).astype(np.float64)}, parts.amount)


def _time_to(analysis: Analysis, headline: Headline, choices: Choices) -> Parts:
    rows = derive_time_to_threshold(analysis, _everyone(analysis), headline.analyte, headline.threshold, choices.period, choices.who)
    person = rows["participant_index"].to_numpy(dtype=np.int64)
    time, events = np.full(len(analysis.participants), np.nan), np.zeros(len(analysis.participants))
    time[person], events[person] = rows["time"], rows["event"]
    parts = _measured(time)
    return Parts({**parts.numbers, "events": events}, parts.amount)


def _visit(analysis: Analysis, headline: Headline, choices: Choices) -> Parts:
    rows = select_analysed(analysis, _everyone(analysis), headline.analyte, (headline.visit,))
    amount = np.full(len(analysis.participants), np.nan)
    amount[rows["participant_index"].to_numpy()] = rows[VALUE]
    return _measured(amount)


def _measured(amount: Floats) -> Parts:
    return Parts({"n": (~np.isnan(amount)).astype(np.float64), "total": np.nan_to_num(amount)}, amount)


_PARTS: Mapping[Kind, Callable[[Analysis, Headline, Choices], Parts]] = {
    "enrolled": _enrolled,
    "dosed": _dosed,
    "doses": _doses,
    "counts": _counts,
    "baseline": _baseline,
    "responders": _responders,
    "days-above": _days_above,
    "time-to": _time_to,
    "visit": _visit,
}
