"""CM: the medications taken beside the study treatment."""

from __future__ import annotations

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.reading import READ_COLUMNS, stack
from data_access.report import KIND_OF_TABLE, Findings
from data_access.sdtm.adverse_events import select_occurred
from data_access.sdtm.demographics import Demographics
from data_access.sdtm.opening import open_records
from data_access.sdtm.timing import read_period
from data_access.text_tables import TextTable

TABLE = "medication"


def read_medications(cm: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The medications of CM, READ_COLUMNS of `medication`; one that was not taken is left out, one without a name refused by row.

    The name is CMDECOD, else CMTRT. `dose_text` is dose, unit and frequency as delivered, in this order.
    """
    cm = open_records(cm, "CM", ("USUBJID", "CMTRT"), KIND_OF_TABLE[TABLE], protocol, who, findings)
    cm = select_occurred(cm, "CM", KIND_OF_TABLE[TABLE], findings)
    coded, reported = cm.text("CMDECOD"), cm.text("CMTRT")
    findings.refuse_rows(cm.file, "the medication has no name", reported[(coded == "") & (reported == "")], "CMTRT")
    rows = cm.frame.assign(
        participant=cm.text("USUBJID"),
        name=coded.where(coded != "", reported),
        reported_name=reported,
        drug_class=cm.text("CMCLAS"),
        indication=cm.text("CMINDC"),
        dose_text=_doses(cm),
        **read_period(cm, "CM", pd.Series(False, index=cm.frame.index), who, findings),
        source_file=cm.source,
        source_row=cm.frame.index,
    )
    return stack([rows], READ_COLUMNS[TABLE])


def _doses(cm: TextTable) -> pd.Series:
    amount = cm.text("CMDOSE").where(cm.text("CMDOSE") != "", cm.text("CMDOSTXT"))
    joined = amount + " " + cm.text("CMDOSU") + " " + cm.text("CMDOSFRQ")
    return joined.str.replace(r"\s+", " ", regex=True).str.strip()
