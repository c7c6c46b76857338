"""The named rules a reader can choose between; their definitions are with the derivations that follow them."""

from __future__ import annotations

from typing import Literal

Measure = Literal["value", "change", "percent", "fold"]
BaselineRule = Literal["last", "mean"]
Rule = Literal["linear", "locf", "nocb", "both-ends", "either-end"]
ResponseRule = Literal["at-visit", "ever", "sustained"]
Denominator = Literal["enrolled", "dosed", "reached", "observed"]
Who = Literal["eligible", "everyone"]
IntervalMethod = Literal["exact", "wilson", "jeffreys"]
