"""From what was read to what is stored: the data cut, the participants' clocks, dose numbers and status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from dashboard.errors import DeliveryRefusedError, Refusal
from data_access.assembly_records import derive_record_days, record_dates, select_of, select_until
from data_access.numbers import calendar_date, ordinal
from data_access.reading import Reading
from data_access.report import AFTER_CUT, Findings

CONTROL = r"[\x00-\x1f\x7f-\x9f]"


@dataclass(frozen=True)
class Assembled:
    """The rows of a snapshot, not yet conformed to `study.columns` nor in canonical order."""

    cut_date: date
    participants: pd.DataFrame
    counts: pd.DataFrame
    doses: pd.DataFrame
    records: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def assemble(reading: Reading, cut_date: date | None, findings: Findings) -> Assembled:
    """Apply the data cut to `reading` and turn its dates into days since the first dose.

    Nothing dated after the cut exists afterwards: no dose, no count, no other record, no end of observation, and no participant who
    was enrolled later; an event that ends later is ongoing. Without `cut_date` the cut is the one the delivery states, else its latest
    full date. DeliveryRefusedError when there is no date at all.
    """
    stated = ordinal(cut_date) if cut_date is not None else reading.cut_on
    cut = stated if stated is not None else _latest_date(reading)
    reading = _without_later(reading, cut, findings)
    _refuse_control_characters(reading, findings)
    doses = _number_doses(_one_dose_per_day(reading.doses, findings))
    first = _first_dose(doses)
    counts = derive_day(reading.counts, first)
    doses = derive_day(doses, first)
    participants = _derive_observation(reading, first, counts, doses, cut)
    records = {table: derive_record_days(rows, first) for table, rows in reading.records.items()}
    return Assembled(calendar_date(cut), participants, counts, doses, records)


def derive_day(rows: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """Set `day`: days from the first dose date to `on`; the delivered day where there is no date; missing without a first dose."""
    first_on = rows["participant"].map(first["on"]).astype("Int64")
    dosed = rows["participant"].isin(first.index)
    return rows.assign(day=(rows["on"] - first_on).fillna(rows["day"]).where(dosed))


def derive_after_dose(counts: pd.DataFrame, doses: pd.DataFrame) -> pd.DataFrame:
    """Mark counts drawn later than the first dose time of the same date, where both times are known (compared as hours and minutes)."""
    timed = doses[(doses["time"] != "") & doses["on"].notna()]
    earliest = timed.groupby(["participant", "on"])["time"].min().rename("dose_time").reset_index()
    dose_time = counts[["participant", "on"]].merge(earliest, on=["participant", "on"], how="left", validate="many_to_one")["dose_time"]
    later = dose_time.notna().to_numpy() & (counts["time"] != "").to_numpy()
    later &= counts["time"].str[:5].to_numpy() > dose_time.fillna("").str[:5].to_numpy()
    return counts.assign(after_dose=counts["after_dose"] | later)


def _latest_date(reading: Reading) -> int:
    dates = [reading.people["enrolled_on"], reading.people["ended_on"], reading.endings["on"], reading.doses["on"], reading.counts["on"]]
    latest = pd.concat([*dates, *record_dates(reading.records)]).max()
    if pd.isna(latest):
        raise DeliveryRefusedError([Refusal("delivery", "holds no date at all, so the date of the data cut must be given (--cut-date)")])
    return int(latest)


def _without_later(reading: Reading, cut: int, findings: Findings) -> Reading:
    doses, counts = _until(reading.doses, cut), _until(reading.counts, cut)
    findings.leave_out("doses", AFTER_CUT, len(reading.doses) - len(doses))
    findings.leave_out("counts", AFTER_CUT, len(reading.counts) - len(counts))
    seen = set(doses["participant"]) | set(counts["participant"])
    later = _first_sign(reading) > cut
    people = reading.people[reading.people["participant"].isin(seen) | ~later.fillna(False).to_numpy(bool)]
    findings.leave_out("participants", "enrolled after the data cut", len(reading.people) - len(people))
    if people.empty:
        raise DeliveryRefusedError([Refusal("delivery", f"holds no participant enrolled on or before the data cut {calendar_date(cut)}")])
    ended = people["ended_on"].where((people["ended_on"] <= cut).fillna(False))
    records = select_of(select_until(reading.records, cut, findings), people["participant"], findings)
    people = people.assign(ended_on=ended)
    return replace(reading, people=people, endings=_until(reading.endings, cut), doses=doses, counts=counts, records=records)


def _until(rows: pd.DataFrame, cut: int) -> pd.DataFrame:
    return rows[(rows["on"] <= cut).fillna(True).to_numpy(bool)]


def _first_sign(reading: Reading) -> pd.Series:
    """Enrolment date of every row of people; where the delivery has none, the earliest date of the participant's records."""
    records = pd.concat([frame[["participant", "on"]] for frame in (reading.doses, reading.counts, reading.endings)])
    earliest = reading.people["participant"].map(records.groupby("participant")["on"].min()).astype("Int64")
    return reading.people["enrolled_on"].fillna(earliest)


def _refuse_control_characters(reading: Reading, findings: Findings) -> None:
    for frame in (reading.people, reading.counts, reading.doses, *reading.records.values()):
        for name in frame.columns[frame.dtypes == "str"]:
            values = pd.Series(frame[name].unique(), dtype="str")
            faulty = values[values.str.contains(CONTROL, regex=True)]
            for place in frame[frame[name].isin(set(faulty))].to_dict("records") if len(faulty) else ():
                file, row = place.get("source_file", "delivery"), place.get("source_row")
                findings.refuse(str(file), "the text holds a control character", row, name, str(place[name]))


def _one_dose_per_day(doses: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Records of one participant and day are one dose: equal records count once, others add up their amounts."""
    key = ["participant", "on", "day"]
    once = doses.drop_duplicates([*key, "time", "amount", "amount_unit"])
    findings.leave_out("doses", "the same dose delivered twice", len(doses) - len(once))
    units = once.groupby(key, dropna=False)["amount_unit"].transform("nunique")
    for file, row, unit in once.loc[units > 1, ["source_file", "source_row", "amount_unit"]].itertuples(index=False):
        findings.refuse(file, "two doses on one day have different units", row, "amount_unit", unit)
    findings.raise_refusals()
    total = once.groupby(key, dropna=False, sort=False)["amount"].transform("sum", min_count=1)
    merged = once.assign(amount=total).drop_duplicates(key)
    findings.leave_out("doses", "part of a dose given in several parts on one day (amounts added)", len(once) - len(merged))
    return merged


def _number_doses(doses: pd.DataFrame) -> pd.DataFrame:
    ordered = doses.sort_values(["participant", "on", "day"], kind="stable")
    return ordered.assign(dose_number=ordered.groupby("participant").cumcount() + 1)


def _first_dose(doses: pd.DataFrame) -> pd.DataFrame:
    """The first dose of every dosed participant, indexed by participant; `on` is missing where only days were delivered."""
    return doses[doses["dose_number"] == 1].set_index("participant")


def _derive_observation(reading: Reading, first: pd.DataFrame, counts: pd.DataFrame, doses: pd.DataFrame, cut: int) -> pd.DataFrame:
    people = reading.people
    dosed = people["participant"].isin(first.index)
    first_on = people["participant"].map(first["on"]).astype("Int64")
    ending = people[["participant"]].merge(_last_ending(reading.endings, first), on="participant", how="left", validate="one_to_one")
    ending = ending.set_index(people.index)
    records = pd.concat([counts[["participant", "day"]], doses[["participant", "day"]]])
    last_record = people["participant"].map(records.groupby("participant")["day"].max()).astype("Int64")
    last_day = ending["day"].fillna(people["ended_on"] - first_on).fillna(last_record)
    cut_day = cut - first_on
    return people.assign(
        dosed=dosed,
        cut_day=cut_day,
        last_day=last_day.where(~(last_day > cut_day).fillna(False), cut_day).where(dosed),
        status=ending["status"].fillna("ongoing").where(dosed, "not dosed"),
    )


def _last_ending(endings: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """One ending per participant: death before all others, else the latest."""
    dated = derive_day(endings, first).assign(died=endings["status"] == "died")
    ordered = dated.sort_values(["died", "on", "day"], na_position="first", kind="stable")
    return ordered.drop_duplicates("participant", keep="last")[["participant", "status", "day"]]
