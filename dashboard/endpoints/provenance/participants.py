"""A dose, and what is known of a participant as a whole: status, last day, doses."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from dashboard.endpoints.provenance.groups import trace_cohort, trace_groups
from dashboard.endpoints.provenance.own_rows import OwnRows, find_participant, read_count_rows, read_day, read_dose_rows, read_first_dose
from dashboard.endpoints.provenance.steps import SourceRow, Step, Table
from dashboard.endpoints.provenance.wording import write_count, write_number, write_place, write_places, write_window
from dashboard.endpoints.records import Analysis
from dashboard.errors import NotFoundError
from dashboard.study.columns import CUT_DAY, DATED_DAY, DAY, DOSE_NUMBER, LAST_DAY, PARTICIPANT, STATUS
from dashboard.study.references import Reference, encode_reference


def trace_dose(analysis: Analysis, participant: str, dose_number: int) -> tuple[Step, ...]:
    """From the delivered amount to the dose's day, the planned dose it is, and the windows that move with it.

    The last step's result is the dose's day. NotFoundError for a participant or dose that does not exist in this cut.
    """
    own = find_participant(analysis, participant)
    doses = own.doses[own.doses[DOSE_NUMBER].to_numpy() == dose_number]
    if doses.empty:
        raise NotFoundError(f"dose of {participant}", str(dose_number), [str(number) for number in own.doses[DOSE_NUMBER]])
    rows, day = read_dose_rows(doses), int(doses[DAY].iloc[0])
    amount = f"{rows[0].text} {rows[0].unit}".strip() or "no amount"
    delivered = Step(
        "As delivered", f"{write_place(rows[0])}: {amount}.", "dose: an exposure record of the study's treatment that was given", rows
    )
    planned = _trace_planned(own, read_day(doses["planned_dose"].iloc[0]), day)
    return delivered, _trace_number(own, dose_number), planned, _trace_day_of_dose(own, rows, day)


def _trace_number(own: OwnRows, number: int) -> Step:
    lines = tuple(
        (str(dose), write_number(int(day)), write_place(row))
        for dose, day, row in zip(own.doses[DOSE_NUMBER], own.doses[DAY], read_dose_rows(own.doses), strict=True)
    )
    sentence = f"It is number {number} of {write_count(len(lines), 'dose')} given to {own.name} up to the data cut."
    links = tuple(encode_reference(Reference("dose", own.name, dose=int(dose))) for dose in own.doses[DOSE_NUMBER])
    table = Table(("Dose", "Day", "File and row"), lines, links)
    return Step("Number", sentence, "dose number: the doses given, counted by day from 1", (), float(number), table)


def _trace_planned(own: OwnRows, planned: int | None, day: int) -> Step:
    """Which dose of the plan it is, and the visits whose windows move with it."""
    rule = "planned dose: doses given keep the order of the plan; a dose may be late, but is no dose later than the nearest planned day"
    if planned is None:
        return Step("Planned dose", "It is no dose of the plan, so no window moves with it.", rule)
    due = next(dose.day for dose in own.protocol.exposure.planned if dose.number == planned)
    late = day - due
    when = "on the planned day" if not late else f"{write_count(abs(late), 'day')} {'late' if late > 0 else 'early'}"
    moving = [visit for visit in own.protocol.visits if visit.moves_with_dose == planned]
    lines = tuple(
        (v.label, write_window(v.low, v.high), write_window(v.low if v.low is None else v.low + late, v.high + late)) for v in moving
    )
    sentence = f"It is planned dose {planned}, due on day {due} and given {when}; {write_count(len(moving), 'window')} follow it."
    table = Table(("Visit", "Window of the plan", "Window here"), lines) if lines else None
    return Step("Planned dose", sentence, rule, (), float(planned), table)


def _trace_day_of_dose(own: OwnRows, rows: tuple[SourceRow, ...], day: int) -> Step:
    zero, first = own.protocol.study.day_zero, read_first_dose(own)
    rule = f"day: whole days since the {zero}, which is day 0; dates become days at import and are not stored"
    if rows == first:
        return Step("Day", f"It is the {zero}, so its day is 0.", rule, first, float(day))
    sentence = f"It was given {write_count(day, 'day')} after the {zero} ({write_places(first)}): day {day}."
    return Step("Day", sentence, rule, (*first, *rows), float(day))


def trace_participant(
    analysis: Analysis, participant: str, milestones: pd.DataFrame | None = None, traits: pd.DataFrame | None = None
) -> tuple[Step, ...]:
    """Cohort, groups, doses, data cut, status and last day under observation of a participant.

    `milestones` and `traits` are the snapshot's records of these names, as delivered, None when it has none. The last step's result is the
    last day, None without a first dose. NotFoundError for a participant that does not exist in this cut.
    """
    own = find_participant(analysis, participant)
    stated = _select_milestones(own, milestones)
    groups = (trace_cohort(own), *trace_groups(own, traits))
    return *groups, _trace_doses(own), _trace_cut(own), _trace_status(own, stated), _trace_last_day(own, stated)


def _select_milestones(own: OwnRows, milestones: pd.DataFrame | None) -> Mapping[SourceRow, str]:
    """The participant's milestones as source rows, with their words."""
    if milestones is None or milestones.empty:
        return {}
    mine = milestones[milestones[PARTICIPANT] == own.name]
    columns = ["source_file", "source_row", "term", "category", DAY]
    return {
        SourceRow(str(file), int(row), str(term), "", None, read_day(day)): f"{category}: {term}" if category else str(term)
        for file, row, term, category, day in zip(*(mine[name] for name in columns), strict=True)
    }


def _trace_doses(own: OwnRows) -> Step:
    rows = read_dose_rows(own.doses)
    rule = "dosed: at least one dose given on or before the data cut"
    if not rows:
        return Step("Doses", "No dose was given up to the data cut.", rule, (), 0.0)
    days = ", ".join(f"day {write_number(row.day)} ({write_place(row)})" for row in rows)
    return Step("Doses", f"{write_count(len(rows), 'dose')} given: {days}.", rule, rows, float(len(rows)))


def _trace_cut(own: OwnRows) -> Step:
    cut, rule = read_day(own.person[CUT_DAY]), "data cut: nothing dated after it exists for the product"
    if cut is None:
        return Step("Data cut", "The data cut has no day for this participant.", rule)
    if _is_locked(own):
        return Step("Data cut", f"The records are locked: they end on day {write_number(cut)}, before the data cut.", rule, (), float(cut))
    return Step("Data cut", f"The data cut is on day {write_number(cut)}.", rule, (), float(cut))


def _trace_status(own: OwnRows, stated: Mapping[SourceRow, str]) -> Step:
    lines = tuple((words, write_number(row.day), write_place(row)) for row, words in stated.items())
    table = Table(("As delivered", "Day", "File and row"), lines) if lines else None
    rule = "status: death before all others, else the latest disposition; ongoing without one; not dosed without a dose"
    return Step("Status", f"The status is “{own.person[STATUS]}”.", rule, tuple(stated), None, table)


def _trace_last_day(own: OwnRows, stated: Mapping[SourceRow, str]) -> Step:
    """The last day with the row that has it: a milestone first, then the latest count or dose, then the data cut."""
    day = read_day(own.person[LAST_DAY])
    rule = "last day: the end of observation that the delivery states, else the last count or dose; at most the day of the data cut"
    if day is None:
        return Step("Last day", f"Without a {own.protocol.study.day_zero} no day can be given.", rule)
    ending = tuple(row for row in stated if row.day == day)
    records = _rows_on(own, day)
    if ending:
        why, rows = f"the delivery states “{stated[ending[0]]}” on it ({write_places(ending[:1])})", ending
    elif records:
        why, rows = f"it has a count or dose ({write_places(records)})", records
    else:
        why, rows = _describe_end(own, day), ()
    return Step("Last day", f"{own.name} was under observation until day {write_number(day)}: {why}.", rule, rows, float(day))


def _describe_end(own: OwnRows, day: int) -> str:
    """Why observation ends on a day without a record of its own."""
    if day != read_day(own.person[CUT_DAY]):
        return "the delivery states it as the end"
    return "the locked records end on it" if _is_locked(own) else "it is the day of the data cut"


def _is_locked(own: OwnRows) -> bool:
    return read_day(own.person.get(DATED_DAY, own.person[CUT_DAY])) != read_day(own.person[CUT_DAY])


def _rows_on(own: OwnRows, day: int) -> tuple[SourceRow, ...]:
    """The counts and doses of a day."""
    counts = [own.counts_of_days(analyte, [day]) for analyte in own.protocol.analyte_keys]
    doses = own.doses[(own.doses[DAY] == day).to_numpy(dtype=bool)]
    return (*(row for frame in counts for row in read_count_rows(frame)), *read_dose_rows(doses))
