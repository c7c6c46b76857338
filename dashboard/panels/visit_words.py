"""Planned visits in the few words that fit under an axis."""

from __future__ import annotations

from dashboard.study.protocol import Visit

WEEK = 7


def describe_week(visit: Visit) -> str:
    """“week 12”, “day 98” where it is not a whole week; a visit before day 0 by its short name."""
    if visit.target < 0:
        return visit.short
    return f"day {visit.target}" if visit.target % WEEK else f"week {visit.target // WEEK}"
