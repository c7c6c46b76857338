"""The data cut and the participants' clocks, for the tables beside participants, counts and doses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from data_access.reading import DATE_OF_DAY
from data_access.report import AFTER_CUT, KIND_OF_TABLE, Findings

START, END = "start_on", "end_on"
NOT_YET_ENROLLED = "participant enrolled after the data cut"


def record_dates(records: Mapping[str, pd.DataFrame]) -> Iterator[pd.Series]:
    """Every full date of `records` (days since 1970-01-01): partial dates say nothing about the last day of a delivery."""
    for rows in records.values():
        for name in (name for name in DATE_OF_DAY.values() if name in rows.columns):
            precision = rows.get(name.replace("on", "precision"))
            yield rows[name] if precision is None else rows[name].where((precision == "day").to_numpy())


def select_until(records: Mapping[str, pd.DataFrame], cut: int, findings: Findings) -> dict[str, pd.DataFrame]:
    """The rows that exist at the cut: those that start after it are left out; what ends after it is ongoing, with an outcome unknown.

    A row without a date stays. Of a partial start and of a partial end the first possible day decides. The outcome of an event that
    ends later was not yet known at the cut and becomes empty.
    """
    known = {}
    for table, rows in records.items():
        start = START if START in rows.columns else "on"
        kept = rows[(rows[start] <= cut).fillna(True).to_numpy(bool)]
        findings.leave_out(KIND_OF_TABLE[table], AFTER_CUT, len(rows) - len(kept))
        known[table] = _without_later_end(kept, cut)
    return known


def select_of(records: Mapping[str, pd.DataFrame], participants: pd.Series, findings: Findings) -> dict[str, pd.DataFrame]:
    """The rows of `participants`; those of people enrolled after the cut are counted as left out."""
    theirs = set(participants)
    known = {table: rows[rows["participant"].isin(theirs)] for table, rows in records.items()}
    for table, rows in known.items():
        findings.leave_out(KIND_OF_TABLE[table], NOT_YET_ENROLLED, len(records[table]) - len(rows))
    return known


def derive_record_days(rows: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """Set every day column of `rows` by the rule of `derive_day`: date less date of the first dose, else the delivered day."""
    first_on = rows["participant"].map(first["on"]).astype("Int64")
    dosed = rows["participant"].isin(first.index)
    days = {day: (rows[on] - first_on).fillna(rows[day]).where(dosed) for day, on in DATE_OF_DAY.items() if day in rows.columns}
    return rows.assign(**days)


def _without_later_end(rows: pd.DataFrame, cut: int) -> pd.DataFrame:
    if END not in rows.columns:
        return rows
    later = (_first_possible_end(rows) > cut).fillna(False).to_numpy(bool)
    # A partial end that had begun at the cut had ended by then as far as anybody knows: the cut is its last possible day.
    end = rows[END].mask(later).clip(upper=cut)
    cleared = {END: end, "end_day": rows["end_day"].mask(later)}
    if "ongoing" in rows.columns:
        cleared |= {"ongoing": rows["ongoing"] | later, "end_precision": rows["end_precision"].mask(later, "")}
    if "outcome" in rows.columns:
        cleared |= {"outcome": rows["outcome"].mask(later, "")}
    return rows.assign(**cleared)


def _first_possible_end(rows: pd.DataFrame) -> pd.Series:
    """The end itself, or the first day of the month or year that is all that is known of it."""
    end = rows[END]
    if "end_precision" not in rows.columns:
        return end
    dates = end.fillna(0).to_numpy("int64").astype("datetime64[D]")
    first = end
    for precision, unit in (("month", "datetime64[M]"), ("year", "datetime64[Y]")):
        begun = pd.Series(dates.astype(unit).astype("datetime64[D]").astype("int64"), index=end.index, dtype="Int64")
        first = first.mask((rows["end_precision"] == precision) & end.notna(), begun)
    return first
