"""Where a day stands: on the two clocks, in a visit's window, and as the analysed record or an alternative."""

from __future__ import annotations

import pandas as pd

from dashboard.endpoints.provenance.own_rows import OwnRows, read_count_rows, read_dose_rows, read_first_dose
from dashboard.endpoints.provenance.steps import SourceRow, Step, Table
from dashboard.endpoints.provenance.wording import UNIT, write_count, write_list, write_number, write_places, write_window
from dashboard.study.columns import DAY, DOSE_NUMBER, VALUE
from dashboard.study.protocol import Visit

DAYS_IN_WEEK = 7


def trace_day(own: OwnRows, day: int | None) -> Step:
    """The study clock: whole days since the first dose, whose source row is given."""
    zero, first = own.protocol.study.day_zero, read_first_dose(own)
    rule = f"day: whole days since the {zero}, which is day 0; dates become days at import and are not stored"
    if day is None:
        return Step("Day", f"{own.name} has no {zero} in this data cut, so the sample has no day and enters no figure over time.", rule)
    place = f" ({write_places(first)})" if first else ""
    side = f"{write_count(abs(day), 'day')} {'before' if day < 0 else 'after'} the {zero}" if day else f"the day of the {zero}"
    sentence = (
        f"The {zero}{place} is day 0. The sample was drawn on day {write_number(day)}: {side}, week {write_number(day / DAYS_IN_WEEK)}."
    )
    return Step("Day", sentence, rule, first, float(day))


def trace_dose_clock(own: OwnRows, day: int) -> Step:
    """The second clock: days since the latest dose on or before the day, with that dose's source row."""
    rule = "days since dose: the day less the day of the latest dose given on or before it; from the doses given, never from the plan"
    earlier = own.doses[own.doses[DAY].to_numpy() <= day]
    if earlier.empty:
        return Step("Days since the latest dose", f"No dose was given on or before day {write_number(day)}.", rule)
    rows = read_dose_rows(earlier.iloc[[-1]])
    number, given = int(earlier[DOSE_NUMBER].iloc[-1]), int(earlier[DAY].iloc[-1])
    sentence = (
        f"The latest dose on or before day {write_number(day)} is dose {number} on day {given} ({write_places(rows)}): "
        f"{day} − {given} = {write_count(day - given, 'day')} since the latest dose."
    )
    return Step("Days since the latest dose", sentence, rule, rows, float(day - given))


def describe_move(own: OwnRows, visit: Visit) -> str:
    """Whether and why the visit's window moves for this participant, as a sentence."""
    if visit.moves_with_dose is None:
        return "This visit keeps the study clock."
    number = visit.moves_with_dose
    planned = next(dose.day for dose in own.protocol.exposure.planned if dose.number == number)
    given = own.doses[(own.doses["planned_dose"] == number).fillna(False).to_numpy(dtype=bool)]
    if given.empty:
        return f"This visit moves with dose {number}, which was not given, so it stays as planned."
    day = int(given[DAY].iloc[0])
    if day == planned:
        return f"This visit moves with dose {number}, which was given on its planned day {planned}, so it stays as planned."
    moved = f"{write_count(abs(day - planned), 'day')} {'later' if day > planned else 'earlier'}"
    return (
        f"This visit moves with dose {number}, given on day {day} and planned for day {planned}: by {moved}, "
        f"from target {visit.target}, window {write_window(visit.low, visit.high)}."
    )


def trace_visit(own: OwnRows, day: int, visit_key: str, delivered: tuple[str, ...]) -> Step:
    """The visit whose window holds the day, moved with the dose it follows; every window that holds it when there are several.

    `delivered` are the visit labels of the delivery: shown, never followed.
    """
    rule = "visit: the window (both ends included) that holds the day; in two windows the nearer target, at equal distance the later visit"
    labels = f" The delivery calls the visit {write_list([f'“{label}”' for label in delivered])}." if delivered else ""
    shown = write_number(day)
    if not visit_key:
        return Step("Visit", f"Day {shown} lies in no visit's window.{labels}", rule)
    visit, windows = own.protocol.visit(visit_key), _list_windows(own, day)
    move, target = int(own.shift[own.protocol.visit_keys.index(visit_key)]), own.target(visit_key)
    low = None if visit.low is None else visit.low + move
    sentence = (
        f"Day {shown} lies in the window of “{visit.label}”: target day {write_number(target)}, "
        f"window {write_window(low, visit.high + move)}. {describe_move(own, visit)}{labels}"
    )
    table = Table(("Visit", "Target", "Window", "Distance, days"), windows) if len(windows) > 1 else None
    return Step("Visit", sentence, rule, (), float(target), table)


def _list_windows(own: OwnRows, day: int) -> tuple[tuple[str, ...], ...]:
    """Every window that holds the day: visit, target, window, distance."""
    held = []
    for visit, shift in zip(own.protocol.visits, own.shift.tolist(), strict=True):
        low, high, target = None if visit.low is None else visit.low + shift, visit.high + shift, visit.target + shift
        if (low is None or low <= day) and day <= high:
            held.append((visit.label, write_number(target), write_window(low, high), str(abs(day - target))))
    return tuple(held)


def trace_analysed(own: OwnRows, analyte: str, day: int, visit_key: str) -> Step:
    """Whether the day is the analysed one of its visit, beside the alternatives in the same window; the result is the day's distance."""
    rule = "analysed record: the day closest to the target, ties to the later; the others stay visible as alternatives"
    daily = own.daily(analyte)
    if not visit_key:
        return Step(
            "Analysed record", "In no window, so unscheduled: drawn, and used in time above thresholds, but in no table by visit.", rule
        )
    mates = daily[(daily["visit"] == visit_key).to_numpy()]
    days = [int(mate) for mate in mates[DAY]]
    target, label = own.target(visit_key), own.protocol.visit(visit_key).label
    chosen = int(mates[DAY][mates["analysed"].to_numpy()].iloc[0])
    rows = read_count_rows(own.counts_of_days(analyte, days))
    if len(days) == 1:
        sentence = f"Day {write_number(day)} is the only day with a value in the window of “{label}”, so it is the analysed one."
        return Step("Analysed record", sentence, rule, rows, float(abs(day - target)))
    lines = tuple(
        (write_number(mate), write_number(value), str(abs(mate - target)), "analysed" if mate == chosen else "alternative")
        for mate, value in zip(days, mates[VALUE], strict=True)
    )
    sentence = f"{len(days)} days with a value lie in the window of “{label}”. {_describe_choice(days, day, chosen, target)}"
    return Step("Analysed record", sentence, rule, rows, float(abs(day - target)), Table(("Day", UNIT, "Distance, days", "Use"), lines))


def _describe_choice(days: list[int], own: int, chosen: int, target: int) -> str:
    """Which of the days is analysed and why; and what `own`, the day asked about, is when it is another."""
    alternative = "" if own == chosen else f" Day {write_number(own)} is an alternative."
    first, target_day = write_number(chosen), write_number(target)
    distance = abs(chosen - target)
    tied = [day for day in days if abs(day - target) == distance and day != chosen]
    apart = write_count(distance, "day")
    if tied:
        both = f"Days {write_number(tied[0])} and {first} are both {apart} from day {target_day}"
        return f"{both}; the later, day {first}, is analysed.{alternative}"
    return f"Day {first} is closest to day {target_day} ({apart}) and is analysed.{alternative}"


def trace_day_value(others: tuple[SourceRow, ...], value: float, day: int) -> Step:
    """The value of the day in calculations: the mean of all values of the analyte on it."""
    rule = "several values of one day: their mean enters calculations, and each is drawn"
    if len(others) == 1:
        return Step("Value of the day", f"It is the only value of day {write_number(day)}.", rule, others, value)
    values = [write_number(row.value) for row in others]
    sentence = (
        f"Day {write_number(day)} has {len(others)} values, {write_list(values)} ({write_places(others)}): "
        f"({' + '.join(values)}) / {len(values)} = {write_number(value)} {UNIT}."
    )
    return Step("Value of the day", sentence, rule, others, value)


def select_day(own: OwnRows, analyte: str, day: int) -> pd.DataFrame:
    """The row of the day in the daily values of the analyte; empty when no value was measured on it."""
    daily = own.daily(analyte)
    kept: pd.DataFrame = daily[(daily[DAY] == day).to_numpy(dtype=bool)]
    return kept
