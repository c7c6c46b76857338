"""SV: the visits that took place, and those that did not."""

from __future__ import annotations

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.measuring import is_unscheduled, note_unknown_labels
from data_access.reading import READ_COLUMNS, stack
from data_access.report import KIND_OF_TABLE, Findings
from data_access.sdtm.demographics import Demographics
from data_access.sdtm.opening import open_records
from data_access.sdtm.timing import note_undated, read_moments
from data_access.text_tables import TextTable, find_words

TABLE = "attendance"
OCCURRED = {"Y": "Y", "N": "N", "": "Y"}


def read_visits(sv: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The visits of SV, READ_COLUMNS of `attendance`. Without SVOCCUR a record is a visit that took place.

    A visit is unscheduled when its label says so or SVUPDES describes it as unplanned.
    """
    sv = open_records(sv, "SV", ("USUBJID", "VISIT"), KIND_OF_TABLE[TABLE], protocol, who, findings)
    start, end = read_moments(sv, "SVSTDTC", "SVSTDY", who, findings), read_moments(sv, "SVENDTC", "SVENDY", who, findings, end=True)
    answers = sv.text("SVOCCUR").str.upper()
    findings.refuse_rows(sv.file, "must be Y or N", sv.text("SVOCCUR")[~answers.isin(OCCURRED)], "SVOCCUR")
    took_place = answers != "N"
    note_undated(sv.only(took_place), "SVSTDTC", start[took_place], findings)
    note_unknown_labels(sv.text("VISIT")[sv.text("SVUPDES") == ""], sv.file, protocol, findings)
    rows = sv.frame.assign(
        participant=sv.text("USUBJID"),
        visit_label=sv.text("VISIT"),
        start_on=start["on"],
        start_day=start["day"],
        end_on=end["on"],
        end_day=end["day"],
        occurred=find_words(answers, OCCURRED),
        reason=sv.text("SVREASOC"),
        marked_unscheduled=is_unscheduled(sv.text("VISIT"), protocol.delivery) | (sv.text("SVUPDES") != ""),
        source_file=sv.source,
        source_row=sv.frame.index,
    )
    return stack([rows], READ_COLUMNS[TABLE])
