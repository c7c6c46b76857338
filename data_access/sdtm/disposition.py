"""DS: milestones of the protocol, and how and when a participant's observation ended."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.reading import ENDING_COLUMNS, READ_COLUMNS, stack
from data_access.report import KIND_OF_TABLE, Findings
from data_access.sdtm.demographics import Demographics
from data_access.sdtm.opening import open_records
from data_access.sdtm.timing import read_moments
from data_access.text_tables import TextTable, find_words

TABLE = "milestone"
STATUS_OF_TERM = {"COMPLETED": "completed", "DEATH": "died", "LOST TO FOLLOW-UP": "lost to follow-up"}
NO_ENDING = "SCREEN FAILURE"


@dataclass(frozen=True)
class Disposition:
    """The records of DS: all of them, and those that end the observation (ENDING_COLUMNS)."""

    milestones: pd.DataFrame = field(repr=False)
    endings: pd.DataFrame = field(repr=False)


def read_disposition(ds: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> Disposition:
    """The records of enrolled participants; every one is a milestone, READ_COLUMNS of `milestone`.

    A disposition event ends the observation, any unlisted term meaning withdrawn. Records whose subcategory (DSSCAT) speaks of the
    treatment end the treatment and not the observation; one without a full date ends nothing either, with a note.
    """
    ds = open_records(ds, "DS", ("USUBJID", "DSDECOD"), KIND_OF_TABLE[TABLE], protocol, who, findings)
    when = read_moments(ds, "DSSTDTC", "DSSTDY", who, findings)
    rows = ds.frame.assign(
        participant=ds.text("USUBJID"),
        category=ds.text("DSCAT"),
        subcategory=ds.text("DSSCAT"),
        term=ds.text("DSDECOD"),
        reported_term=ds.text("DSTERM"),
        on=when["on"],
        day=when["day"],
        precision=when["precision"],
        source_file=ds.source,
        source_row=ds.frame.index,
    )
    return Disposition(stack([rows], READ_COLUMNS[TABLE]), _endings(ds, when, findings))


def _endings(ds: TextTable, when: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    terms = ds.text("DSDECOD").str.upper()
    event = (ds.text("DSCAT").str.upper() == "DISPOSITION EVENT") & (terms != NO_ENDING)
    event &= ~ds.text("DSSCAT").str.upper().str.contains("TREATMENT", regex=False)
    undated = event & (when["precision"] != "day")
    text = "the disposition event has no full date and does not end the observation"
    findings.note("disposition-without-date", text, undated.index[undated], ds.file)
    status = find_words(terms, STATUS_OF_TERM, "withdrawn")
    rows = pd.DataFrame({"participant": ds.text("USUBJID"), "status": status, "on": when["on"], "day": when["day"]})
    return stack([rows[event & ~undated]], ENDING_COLUMNS)
