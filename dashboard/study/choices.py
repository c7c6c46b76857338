"""The named rules a reader can choose between; their definitions are with the derivations that follow them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Measure = Literal["value", "change", "percent", "fold"]
BaselineRule = Literal["last", "mean"]
Rule = Literal["linear", "locf", "nocb", "both-ends", "either-end"]
ResponseRule = Literal["at-visit", "ever", "sustained"]
Denominator = Literal["enrolled", "dosed", "reached", "observed"]
Who = Literal["eligible", "everyone"]
IntervalMethod = Literal["exact", "wilson", "jeffreys"]

# The quality flags: code in addresses and tables, and title.
QUALITY_FLAGS: Mapping[str, str] = {
    "subsets-above-total": "Subsets above the total",
    "unit-slip": "Probably a unit slip",
    "different-values": "Different values at one time",
    "below-limit": "Below the limit of quantification",
    "before-screening": "Before screening",
    "after-cut": "After the data cut",
    "label-disagrees": "Visit label disagrees with the day",
    "visit-absent": "Visit due and absent",
    "out-of-window": "Drawn out of window",
    "dose-day": "Dose on another day than planned",
    "dose-missed": "Dose missed",
    "dose-amount": "Dose of another amount",
    "no-day": "Count without a day",
    "no-baseline": "No baseline",
    "claim-disagrees": "Delivered derived value disagrees",
}
