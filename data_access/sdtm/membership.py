"""Which rows of a data set belong to enrolled participants."""

from __future__ import annotations

from data_access.report import Findings
from data_access.sdtm.demographics import Demographics
from data_access.text_tables import TextTable, find_words


def select_enrolled(table: TextTable, who: Demographics, kind: str, findings: Findings) -> TextTable:
    """The rows of enrolled participants; rows of those never enrolled are counted as left out, rows of unknown people refused."""
    ids = table.text("USUBJID")
    reasons = find_words(ids, who.not_enrolled)
    enrolled = ids.isin(set(who.people["participant"]))
    findings.refuse_rows(table.file, "the participant is not in DM", ids[~enrolled & (reasons == "")], "USUBJID")
    for reason, rows in reasons[reasons != ""].value_counts(sort=False).items():
        findings.leave_out(kind, f"participant not enrolled: {reason}", int(rows))
    return table.only(enrolled)
