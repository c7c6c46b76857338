"""Days and dates of the simple delivery format: whose first dose lies when, and which day every row means."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from data_access.numbers import read_dates, read_whole
from data_access.report import Findings
from data_access.text_tables import TextTable

NEXT_STEP = "give first_dose_date in participants.csv, or the day here"


@dataclass(frozen=True)
class Roster:
    """Who is in the delivery: the known ids, who had a dose, and by participant the date of the first dose and the day of the data cut.

    Who has a faulty date of the first dose or of the data cut, or a dose with a faulty date or day, is not `dosed` here and has neither:
    the fault itself is refused, and what would follow from it is not refused once more. `cut_on` is the date of the data cut that
    participants.csv states; None when it states none.
    """

    ids: frozenset[str]
    dosed: frozenset[str]
    first_on: pd.Series = field(repr=False)
    cut_day: pd.Series = field(repr=False)
    cut_on: int | None = None


def read_roster(people: TextTable, doses: TextTable, findings: Findings) -> Roster:
    """Who took part and when the first dose was; what cannot be told is refused by row.

    The first dose lies on the earliest date in doses.csv. Where a participant's doses have days and no dates, it lies on first_dose_date
    (or, in an exported delivery, `cut_day` days before `cut_date`), else on date − day of a dose that has both.
    DeliveryRefusedError at once when an id is missing or stands there twice.
    """
    ids = people.text("PARTICIPANT")
    findings.refuse_rows(people.file, "the participant has no id", ids[ids == ""], "participant")
    findings.refuse_rows(people.file, "the participant appears twice", ids[(ids != "") & ids.duplicated(keep=False)], "participant")
    findings.raise_refusals()
    stated, faulty = _full_dates(people, "FIRST_DOSE_DATE", findings)
    cut_on, cut_day, wrong_cut = _read_cut(people, stated, findings)
    if cut_on is not None:
        stated = stated.fillna(cut_on - cut_day)
    unclear = ids.isin(_find_unclear(doses)) | faulty | wrong_cut
    lost = frozenset(ids[unclear])
    first_on = _find_first(people, doses, stated.mask(unclear).set_axis(pd.Index(ids)), lost, findings)
    return Roster(
        frozenset(ids), frozenset(doses.text("PARTICIPANT")) - lost, first_on, cut_day.mask(unclear).set_axis(pd.Index(ids)), cut_on
    )


def read_when(table: TextTable, roster: Roster, findings: Findings) -> pd.DataFrame:
    """Columns participant, on, time and day of every row; unknown participants and rows that cannot be placed are refused.

    A row without day and date is accepted for a participant without any dose: such a participant has no days.
    """
    ids = table.text("PARTICIPANT")
    findings.refuse_rows(table.file, "the participant is not in participants.csv", ids[~ids.isin(roster.ids)], "participant")
    dosed = ids.isin(roster.dosed)
    neither = (table.text("DATE") == "") & (table.text("DAY") == "") & dosed
    findings.refuse_rows(table.file, "needs a day or a date", ids[neither], "participant")
    return read_moment(table, "DATE", "DAY", roster, findings).assign(participant=ids)


def read_moment(table: TextTable, date_column: str, day_column: str, roster: Roster, findings: Findings) -> pd.DataFrame:
    """Columns on, time and day from a date and a day of which one may be missing; both faulty and unplaceable ones are refused by row."""
    ids, dates = table.text("PARTICIPANT"), table.text(date_column)
    read = read_dates(dates)
    day = read_days(table, day_column, findings)
    findings.refuse_rows(table.file, "is no full date (YYYY-MM-DD)", dates[read["faulty"] | read["partial"]], date_column.lower())
    return place(table, date_column, read["on"], day, roster, findings).assign(time=read["time"], participant=ids)


def place(table: TextTable, date_column: str, on: pd.Series, day: pd.Series, roster: Roster, findings: Findings) -> pd.DataFrame:
    """Columns on and day: the date, else the date of the stated day; a day alone where the first dose has no date."""
    ids = table.text("PARTICIPANT")
    first_on = ids.map(roster.first_on).astype("Int64")
    lost = on.notna() & day.isna() & first_on.isna() & ids.isin(roster.dosed)
    text = f"has a date, but the participant's first dose is only known as a day: {NEXT_STEP}"
    findings.refuse_rows(table.file, text, table.text(date_column)[lost], date_column.lower())
    stated = first_on + day
    apart = (stated != on).fillna(False).to_numpy(bool)
    text = f"day and date name different days in {table.file}; the date was used"
    findings.note("day-and-date-differ", text, table.frame.index[apart], table.file)
    late = (day > ids.map(roster.cut_day).astype("Int64")).fillna(False).to_numpy(bool)
    findings.refuse_rows(table.file, "lies after the data cut of its participant (cut_day)", day[late].astype("str"), "day")
    placed = on.where(first_on.notna() | day.isna()).fillna(stated)
    return pd.DataFrame({"on": placed, "day": day.where(placed.isna())})


def read_days(table: TextTable, column: str, findings: Findings) -> pd.Series:
    """Whole days since the first dose (Int64); another text is refused by row."""
    day, faulty = read_whole(table.text(column))
    findings.refuse_rows(table.file, "is no whole number of days", table.text(column)[faulty], column.lower())
    return day


def _find_unclear(doses: TextTable) -> set[str]:
    """The participants with a dose whose date or day cannot be read; the dose itself is refused where doses are read."""
    read, (_, no_day) = read_dates(doses.text("DATE")), read_whole(doses.text("DAY"))
    return set(doses.text("PARTICIPANT")[read["faulty"] | read["partial"] | no_day])


def _read_cut(people: TextTable, stated: pd.Series, findings: Findings) -> tuple[int | None, pd.Series, pd.Series]:
    """The date of the data cut (columns cut_date and cut_day of an exported delivery), its day on each clock, and whose is wrong."""
    dates, faulty = _full_dates(people, "CUT_DATE", findings)
    day, no_day = read_days(people, "CUT_DAY", findings), read_whole(people.text("CUT_DAY"))[1]
    torn = pd.Series(dates.nunique() > 1, index=dates.index)
    if torn.any():
        findings.refuse_rows(people.file, "all participants of a delivery have the same data cut", people.text("CUT_DATE"), "cut_date")
    lost = day.notna() & dates.isna() & ~faulty
    findings.refuse_rows(people.file, "needs the date of the data cut (cut_date) beside it", people.text("CUT_DAY")[lost], "cut_day")
    apart = (stated != dates - day).fillna(False)
    text = "does not fit: cut_date − cut_day and first_dose_date are different dates"
    findings.refuse_rows(people.file, text, people.text("CUT_DAY")[apart], "cut_day")
    cut_on = int(dates.dropna().iloc[0]) if dates.notna().any() else None
    return cut_on, day, torn | faulty | no_day | lost | apart


def _find_first(people: TextTable, doses: TextTable, stated: pd.Series, unclear: frozenset[str], findings: Findings) -> pd.Series:
    """The date of the first dose by participant, `stated` where the doses do not tell; none for who is `unclear`."""
    ids, on = doses.text("PARTICIPANT"), read_dates(doses.text("DATE"))["on"]
    day, _ = read_whole(doses.text("DAY"))
    undated = set(ids[on.isna() & (doses.text("DAY") != "")])
    by_both = (on - day).groupby(ids).min().reindex(stated.index).astype("Int64")
    dated = on.groupby(ids).min().reindex(stated.index).astype("Int64")
    by_day = pd.Series(stated.index.isin(undated), index=stated.index)
    apart = (stated != dated).fillna(False) & ~by_day
    text = "first_dose_date and the earliest date in doses.csv lie on different days; doses.csv was used"
    findings.note("first-dose-differs", text, people.frame.index[apart.to_numpy(bool)], people.file)
    first = dated.fillna(stated).where(~by_day, stated.fillna(by_both))
    first = first.mask(first.index.isin(unclear))
    lost = on.notna() & day.isna() & ids.isin(undated) & ids.map(first).isna() & ~ids.isin(unclear)
    text = f"has a date while other doses of the participant have days only: {NEXT_STEP}"
    findings.refuse_rows(doses.file, text, doses.text("DATE")[lost], "date")
    return first


def _full_dates(table: TextTable, column: str, findings: Findings) -> tuple[pd.Series, pd.Series]:
    """The dates of a column, and where there is a text that is no full date; such a text is refused."""
    read = read_dates(table.text(column))
    faulty = read["faulty"] | read["partial"]
    findings.refuse_rows(table.file, "is no full date (YYYY-MM-DD)", table.text(column)[faulty], column.lower())
    return read["on"], faulty
