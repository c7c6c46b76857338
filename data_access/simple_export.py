"""A snapshot written in the simple delivery format, so that reading it again gives the same snapshot.

What comes back equal: participants with their traits, counts, doses and adverse events, apart from the file and row they stand in, which
are those of the export from then on. Values and units are written as they were delivered, times as days since the first dose. A snapshot
stores no calendar date but that of its data cut, so the clock travels as `cut_date` (the same in every row of participants.csv) and
`cut_day` (the day of the cut on the participant's clock): read again, with no cut named, the delivery has the same cut, and an earlier cut
can be chosen. A participant of a delivery without dates has no `cut_day`.

The other tables of a snapshot (medications, findings, visits, milestones, times to event, claims) have no file in this format.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from dashboard.study.columns import ADVERSE_EVENT_COLUMNS
from dashboard.study.snapshot import StudyData
from data_access.simple import UNKNOWN_AMOUNT

SAME_SAMPLE = ["participant", "analyte", "day", "after_dose", "value_text", "unit_text"]
NOT_WRITTEN = ("source_file", "source_row")


def write_simple(data: StudyData, records: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write participants.csv, counts.csv, doses.csv, adverse_events.csv (when there are any) and README.txt into `folder`.

    `records` are the snapshot's tables of `study.columns.RECORD_TABLES` by name; of them only `adverse_event` has a file, and each trait a
    column of participants.csv, called like its grouping. The folder is made when absent, files of these names are replaced; returns the
    paths. UTF-8, lines end with a line feed, rows in canonical order: the same snapshot gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"participants": _participants(data, records.get("trait")), "counts": _counts(data.counts), "doses": _doses(data.doses)}
    events = records.get("adverse_event")
    if events is not None and len(events):
        tables["adverse_events"] = _as_text(events[[name for name in ADVERSE_EVENT_COLUMNS if name not in NOT_WRITTEN]])
    paths = [_write(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n")) for name, table in tables.items()]
    return [*paths, _write(folder / "README.txt", _describe(data))]


def _participants(data: StudyData, traits: pd.DataFrame | None) -> pd.DataFrame:
    people = data.participants
    columns = {name: people[name] for name in ("participant", "cohort", "sex", "age")}
    clock = {"first_dose_date": "", "cut_date": data.snapshot.cut_date.isoformat(), "cut_day": people["cut_day"]}
    ends = {"status": people["status"], "last_day": people["last_day"]}
    kind = {"synthetic": "yes"} if data.snapshot.synthetic else {}
    written = {**columns, **clock, **ends, **kind}
    if traits is not None:
        for name, rows in traits.groupby("trait"):
            # A grouping may be called like a column that is there already (sex): its values stand in that column.
            written.setdefault(str(name), people["participant"].map(rows.set_index("participant")["value_text"]))
    return _as_text(pd.DataFrame(written, index=people.index))


def _counts(counts: pd.DataFrame) -> pd.DataFrame:
    same = counts.groupby(SAME_SAMPLE, dropna=False)
    number = (same.cumcount() + 1).where(same["value"].transform("size") > 1).astype("Int64")
    columns = {"participant": "participant", "analyte": "analyte", "day": "day", "value": "value_text", "unit": "unit_text"}
    written = {name: counts[stored] for name, stored in columns.items()}
    marks = {"visit": counts["visit_label"], "unscheduled": counts["marked_unscheduled"], "after_dose": counts["after_dose"]}
    return _as_text(pd.DataFrame({**written, **marks, "sample": number}))


def _doses(doses: pd.DataFrame) -> pd.DataFrame:
    amounts = [UNKNOWN_AMOUNT if pd.isna(amount) else repr(float(amount)) for amount in doses["amount"]]
    return _as_text(pd.DataFrame({"participant": doses["participant"], "day": doses["day"], "dose": amounts, "unit": doses["amount_unit"]}))


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Every cell as text: flags as yes and the empty text, what is missing as the empty text."""
    return pd.DataFrame({name: _column_text(frame[name]) for name in frame.columns}, index=frame.index)


def _column_text(column: pd.Series) -> pd.Series:
    if column.dtype == "bool":
        return column.map({True: "yes", False: ""}).astype("str")
    return column.astype("object").where(column.notna(), "").astype("str")


def _describe(data: StudyData) -> str:
    cut = data.snapshot
    kind = "SYNTHETIC data: no row in this folder describes a real person.\n" if cut.synthetic else ""
    return (
        f"{kind}Study {cut.study}, data cut {cut.cut_date.isoformat()}.\n"
        "Simple delivery format; days count from the first dose of each participant.\n"
        "Held: participants with their traits, counts, doses and adverse events. A snapshot's other tables have no file in this format.\n"
    )


def _write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8"))
    return path
