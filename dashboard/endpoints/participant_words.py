"""What a participant's records say beside their names and numbers, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd


def each_row(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of `frame`, a field for each column (and Index)."""
    yield from frame.itertuples()


def plain_unit(unit: str) -> str:
    """A unit of mass as people write it: CDISC's “ug” is µg."""
    return f"µ{unit[1:]}" if unit.startswith("ug") else unit


def describe_dose(dose: Any, unit: str) -> str:
    """Planned amount and share of it, delay and reason of an adjustment, of a row of EXPOSURE_COLUMNS; `unit` is that of the plan."""
    if dose.state == "outside the plan":
        return join_parts("outside the plan", describe_reason(dose.reason))
    planned = "no planned amount" if pd.isna(dose.planned_amount) else f"planned {dose.planned_amount:g} {unit}"
    if dose.state == "missed":
        return f"not given; {planned} on day {dose.planned_day}"
    share = "" if pd.isna(dose.percent) else f"{dose.percent:.0f} % of the planned amount"
    return join_parts(planned, share, describe_delay(dose.delay), describe_reason(dose.reason))


def describe_reason(reason: str) -> str:
    """Why a dose was adjusted, in the delivery's words; empty where it does not say."""
    return f"reason delivered: {reason}" if reason else ""


def describe_delay(delay: Any) -> str:
    """A delay in days (negative = early), empty where it is unknown."""
    if pd.isna(delay):
        return ""
    days = f"{abs(int(delay))} day{'' if abs(int(delay)) == 1 else 's'}"
    return "on the planned day" if delay == 0 else f"{days} {'late' if delay > 0 else 'early'}"


def describe_count(count: Any, labels: Mapping[str, str]) -> str:
    """Visit, and what is unusual about a row of `Analysis.counts`; `labels` are those of the visits."""
    below = f"below the limit ({count.value_text or 'as delivered'}), half of it stands for it" if count.below_loq else ""
    return join_parts(labels.get(count.visit, "in no visit window"), "unscheduled" if count.unscheduled else "", below)


def describe_event(event: Any) -> str:
    """Relation, seriousness, action, outcome and how well the dates are known, of a row of EVENT_COLUMNS."""
    grade = "not graded" if pd.isna(event.level) else ""
    relation = f"relation {event.relation.lower()}" if event.relation else "relation not recorded"
    serious = {"Y": "serious", "N": "not serious"}.get(event.serious, "seriousness not recorded")
    action = f"action: {event.action.lower()}" if event.action else ""
    return join_parts(grade, relation, serious, action, event.outcome.lower() or "outcome not recorded", _dates(event))


def describe_medication(taken: Any) -> str:
    """Dose, class, indication and dates of a row of MEDICATION_COLUMNS."""
    return join_parts(taken.dose_text, taken.drug_class, f"for {taken.indication.lower()}" if taken.indication else "", _dates(taken))


def describe_visit(visit: Any) -> str:
    """Whether a visit of ATTENDANCE_COLUMNS took place, and why not."""
    happened = {"Y": "took place", "N": "did not take place"}.get(visit.occurred, "not recorded whether it took place")
    return join_parts(happened, visit.reason, "unscheduled" if visit.marked_unscheduled else "")


def _dates(record: Any) -> str:
    start = {"day": "", "": "start not recorded"}.get(record.start_precision, f"start known to the {record.start_precision} only")
    known = {"month": "end known to the month only", "year": "end known to the year only"}.get(record.end_precision, "")
    end = "ongoing" if record.ongoing else known or ("end not recorded" if pd.isna(record.end_day) else "")
    return join_parts(start, end)


def join_parts(*parts: str) -> str:
    """The parts that say something, with semicolons between."""
    return "; ".join(part for part in parts if part)
