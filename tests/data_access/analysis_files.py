"""The same trial as ADaM and in the simple format, written from its SDTM domains by routines of their own.

Nothing here uses the product's readers: dates are counted with `datetime`, baselines with plain loops.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

Frames = Mapping[str, pd.DataFrame]
Row = dict[str, Any]
ANALYTE_OF_CODE = {"LYM": "alc", "TLYH": "cd4", "TLC": "cd8", "BLYCE": "b", "NKCE": "nk"}
FACTOR_OF_UNIT = {"10^9/L": 1000.0, "10^3/uL": 1000.0, "10^6/L": 1.0, "/uL": 1.0}


def write_table(path: Path, rows: list[Row]) -> None:
    """Write rows as CSV, absent cells empty."""
    pd.DataFrame(rows).astype(object).fillna("").to_csv(path, index=False, lineterminator="\n")


def sas_date(text: str) -> str:
    """The date of an ISO 8601 text as SAS keeps it: days since 1960-01-01; empty for an empty text."""
    return str((date.fromisoformat(text[:10]) - date(1960, 1, 1)).days) if text else ""


def sas_moment(text: str) -> str:
    """Seconds since 1960-01-01 of an ISO 8601 text with a time; empty without one."""
    return str(int((datetime.fromisoformat(text) - datetime(1960, 1, 1)).total_seconds())) if "T" in text else ""


def write_adam(frames: Frames, folder: Path) -> Path:
    """ADSL, ADEX, ADLB (with BASE, CHG, PCHG, ABLFL, AVISIT), ADAE and ADPC of a trial; returns the folder."""
    folder.mkdir(parents=True)
    write_table(folder / "adsl.csv", _subjects(frames))
    write_table(folder / "adex.csv", [_exposure(row) for row in frames["EX"].to_dict("records")])
    write_table(folder / "adlb.csv", _laboratory(frames))
    write_table(folder / "adae.csv", _events(frames))
    write_table(folder / "adpc.csv", [_concentration(row) for row in frames["PC"].to_dict("records")])
    return folder


def write_simple_files(frames: Frames, folder: Path) -> Path:
    """participants, counts (long), doses and adverse events of a trial, with dates; returns the folder."""
    folder.mkdir(parents=True)
    ends = _ends(frames)
    write_table(folder / "participants.csv", [_person(row, ends) for row in _enrolled(frames)])
    write_table(
        folder / "doses.csv",
        [
            {"participant": row["USUBJID"], "date": row["EXSTDTC"], "dose": row["EXDOSE"], "unit": row["EXDOSU"]}
            for row in _rows(frames, "EX")
        ],
    )
    write_table(folder / "counts.csv", [_count(row, domain) for domain in ("LB", "CP") for row in _rows(frames, domain)])
    write_table(folder / "adverse_events.csv", [_event(row, frames) for row in _rows(frames, "AE")])
    return folder


def _rows(frames: Frames, domain: str) -> list[Row]:
    return frames[domain].to_dict("records")


def _enrolled(frames: Frames) -> list[Row]:
    return [row for row in _rows(frames, "DM") if row["ARMCD"] != "SCRNFAIL"]


def _ends(frames: Frames) -> dict[str, Row]:
    return {row["USUBJID"]: row for row in _rows(frames, "DS") if row["DSCAT"] == "DISPOSITION EVENT"}


def _subjects(frames: Frames) -> list[Row]:
    ends = _ends(frames)
    subjects = []
    for row in _rows(frames, "DM"):
        end = ends.get(row["USUBJID"], {})
        term = end.get("DSDECOD", "")
        state = "COMPLETED" if term == "COMPLETED" else "DISCONTINUED" if term else ""
        subjects.append(
            {
                "STUDYID": row["STUDYID"], "USUBJID": row["USUBJID"], "SUBJID": row["SUBJID"], "SEX": row["SEX"], "AGE": row["AGE"],
                "AGEU": "YEARS", "TRT01P": row["ARM"], "TRT01A": row["ACTARM"], "TRTSDT": sas_date(row["RFXSTDTC"]),
                "SAFFL": "Y" if row["RFXSTDTC"] else "N", "RFICDT": sas_date(row["RFICDTC"]), "EOSSTT": state,
                "DCSREAS": "" if state == "COMPLETED" else term, "EOSDT": sas_date(end.get("DSSTDTC", "")),
                "DTHFL": row["DTHFL"], "DTHDT": sas_date(row["DTHDTC"]),
            }
        )  # fmt: skip
    return subjects


def _exposure(row: Row) -> Row:
    same = {name: row[name] for name in ("STUDYID", "USUBJID", "EXTRT", "EXDOSE", "EXDOSU")}
    return same | {"ASTDT": sas_date(row["EXSTDTC"]), "ASTDTM": sas_moment(row["EXSTDTC"])}


def _laboratory(frames: Frames) -> list[Row]:
    records = [_measurement(row, domain) for domain in ("LB", "CP") for row in _rows(frames, domain)]
    first = {row["USUBJID"]: row["RFXSTDTC"][:10] for row in _rows(frames, "DM")}
    baselines: dict[tuple[str, str], Row] = {}
    for record in records:
        start = first.get(record["USUBJID"], "")
        if record["AVAL"] and start and record["ISO"][:10] <= start:
            key = (record["USUBJID"], record["PARAMCD"])
            if key not in baselines or baselines[key]["ISO"][:10] < record["ISO"][:10]:
                baselines[key] = record
    for record in records:
        base = baselines.get((record["USUBJID"], record["PARAMCD"]))
        if base is not None and record["AVAL"]:
            own, before = _cells(record), _cells(base)
            scale = FACTOR_OF_UNIT[record["AVALU"]]
            record |= {"BASE": f"{before / scale:.10g}", "CHG": f"{(own - before) / scale:.10g}"}
            record |= {"PCHG": f"{100 * (own - before) / before:.10g}" if before else "", "ABLFL": "Y" if record is base else ""}
    return [{name: value for name, value in record.items() if name != "ISO"} for record in records]


def _cells(record: Row) -> float:
    return float(record["AVAL"]) * FACTOR_OF_UNIT[record["AVALU"]]


def _measurement(row: Row, domain: str) -> Row:
    text, unit = row[f"{domain}ORRES"], row[f"{domain}ORRESU"]
    # Below the limit of quantification the analysis value is half of the limit, as the product has it.
    below = text.startswith("<")
    value = f"{float(text[1:]) / 2:g}" if below else text
    return {
        "STUDYID": row["STUDYID"], "USUBJID": row["USUBJID"], "PARAMCD": row[f"{domain}TESTCD"],
        "PARAM": f"{row[f'{domain}TEST']} ({unit})", "AVAL": value, "AVALC": text if below else "", "AVALU": unit,
        "ISO": row[f"{domain}DTC"], "ADT": sas_date(row[f"{domain}DTC"]), "ADTM": sas_moment(row[f"{domain}DTC"]),
        "ADY": row[f"{domain}DY"], "VISIT": row["VISIT"], "AVISIT": row["VISIT"].title(), "ATPT": row[f"{domain}TPT"], "DTYPE": "",
        "BASE": "", "CHG": "", "PCHG": "", "ABLFL": "",
    }  # fmt: skip


def _events(frames: Frames) -> list[Row]:
    kept = ("STUDYID", "USUBJID", "AETERM", "AEDECOD", "AEBODSYS", "AESER", "AEREL", "AEACN", "AEOUT", "AETOXGR", "AESEQ")
    scale = _scales(frames)
    return [
        {name: row[name] for name in kept}
        | _imputed("AST", row["AESTDTC"])
        | _imputed("AEN", row["AEENDTC"])
        | {"ASTDY": row["AESTDY"], "AENDY": row["AEENDY"], "AETOXSCL": scale.get((row["USUBJID"], row["AESEQ"]), ""), "TRTEMFL": "Y"}
        for row in _rows(frames, "AE")
    ]


def _imputed(name: str, text: str) -> Row:
    """A date of ADaM: what is missing of a partial one is its first month and day, and the flag says what was imputed."""
    return {f"{name}DT": sas_date(f"{text}-01-01"[:10]) if text else "", f"{name}DTF": {7: "D", 4: "M"}.get(len(text), "")}


def _scales(frames: Frames) -> dict[tuple[str, str], str]:
    return {(row["USUBJID"], row["IDVARVAL"]): row["QVAL"] for row in _rows(frames, "SUPPAE")}


def _concentration(row: Row) -> Row:
    below = row["PCSTRESC"].startswith("<")
    return {
        "STUDYID": row["STUDYID"], "USUBJID": row["USUBJID"], "PARAMCD": row["PCTESTCD"], "PARAM": f"{row['PCTEST']} ({row['PCSTRESU']})",
        "AVAL": "" if below else row["PCSTRESN"], "AVALC": row["PCSTRESC"], "PCSPEC": row["PCSPEC"], "PCLLOQ": row["PCLLOQ"],
        "ADT": sas_date(row["PCDTC"]), "ADTM": sas_moment(row["PCDTC"]), "ADY": row["PCDY"], "VISIT": row["VISIT"], "ATPT": row["PCTPT"],
    }  # fmt: skip


def _person(row: Row, ends: Mapping[str, Row]) -> Row:
    end, first = ends.get(row["USUBJID"], {}), row["RFXSTDTC"][:10]
    term = end.get("DSDECOD", "")
    status = {"": "", "COMPLETED": "completed", "DEATH": "died", "LOST TO FOLLOW-UP": "lost to follow-up"}.get(term, "withdrawn")
    last = (date.fromisoformat(end["DSSTDTC"]) - date.fromisoformat(first)).days if first and term else ""
    return {
        "participant": row["USUBJID"], "cohort": row["ARMCD"], "sex": row["SEX"], "age": row["AGE"], "first_dose_date": first,
        "status": status, "last_day": last, "synthetic": "yes",
    }  # fmt: skip


def _count(row: Row, domain: str) -> Row:
    after = "yes" if row[f"{domain}TPT"] == "POST-DOSE" else ""
    return {
        "participant": row["USUBJID"], "analyte": ANALYTE_OF_CODE[row[f"{domain}TESTCD"]], "date": row[f"{domain}DTC"],
        "value": row[f"{domain}ORRES"], "unit": row[f"{domain}ORRESU"], "visit": row["VISIT"], "after_dose": after,
    }  # fmt: skip


def _event(row: Row, frames: Frames) -> Row:
    return {
        "participant": row["USUBJID"], "term": row["AEDECOD"], "reported_term": row["AETERM"], "body_system": row["AEBODSYS"],
        "start_date": row["AESTDTC"], "end_date": row["AEENDTC"], "grade": row["AETOXGR"], "serious": row["AESER"],
        "related": row["AEREL"], "action": row["AEACN"], "outcome": row["AEOUT"],
        "grading_scale": _scales(frames).get((row["USUBJID"], row["AESEQ"]), ""),
    }  # fmt: skip
