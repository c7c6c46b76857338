"""DS: how and when a participant's observation ended."""

from __future__ import annotations

import pandas as pd

from data_access.numbers import read_dates
from data_access.reading import ENDING_COLUMNS, stack
from data_access.report import Findings
from data_access.sdtm.demographics import Demographics
from data_access.text_tables import TextTable, find_words

STATUS_OF_TERM = {"COMPLETED": "completed", "DEATH": "died", "LOST TO FOLLOW-UP": "lost to follow-up"}
NO_ENDING = "SCREEN FAILURE"


def read_disposition(ds: TextTable, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The disposition events of enrolled participants, columns ENDING_COLUMNS; any unlisted term means withdrawn.

    Records whose subcategory (DSSCAT) speaks of the treatment end the treatment, not the observation, and are left aside; so is a
    record without a full date, with a note.
    """
    terms = ds.text("DSDECOD").str.upper()
    event = (ds.text("DSCAT").str.upper() == "DISPOSITION EVENT") & (terms != NO_ENDING)
    event &= ~ds.text("DSSCAT").str.upper().str.contains("TREATMENT", regex=False)
    ends = ds.only(event & ~ds.text("USUBJID").isin(set(who.not_enrolled)))
    ids = ends.text("USUBJID")
    findings.refuse_rows(ds.file, "the participant is not in DM", ids[~ids.isin(set(who.people["participant"]))], "USUBJID")
    when = read_dates(ends.text("DSSTDTC"))
    findings.refuse_rows(ds.file, "is no ISO 8601 date", ends.text("DSSTDTC")[when["faulty"]], "DSSTDTC")
    undated = when["on"].isna() & ~when["faulty"]
    findings.note("disposition-without-date", "the disposition event has no full date and was not used", int(undated.sum()))
    status = find_words(ends.text("DSDECOD").str.upper(), STATUS_OF_TERM, "withdrawn")
    rows = pd.DataFrame({"participant": ids, "status": status, "on": when["on"], "day": pd.NA})
    return stack([rows[when["on"].notna()]], ENDING_COLUMNS)
