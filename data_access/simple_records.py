"""findings.csv and milestones.csv of the simple delivery format: responses and other results, and events of the course."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.measuring import is_unscheduled, note_unknown_labels
from data_access.reading import READ_COLUMNS, stack
from data_access.report import Findings
from data_access.sdtm.findings import ResultTexts, finding_domains, read_values
from data_access.simple_clock import Roster, read_moment
from data_access.text_tables import TextTable

_COLUMNS = READ_COLUMNS["finding"]


def read_simple_findings(table: TextTable, roster: Roster, protocol: StudyProtocol, findings: Findings) -> pd.DataFrame:
    """The results, columns READ_COLUMNS of `finding`: of the domains that the study stores, and of their tests those it names.

    A result is a number or a word; a row without one is left out and counted. Words have no value.
    """
    _refuse_unknown(table, roster, findings)
    return stack([_read_domain(part, domain, roster, protocol, findings) for domain, part in _split(table, protocol, findings)], _COLUMNS)


def read_simple_milestones(table: TextTable, roster: Roster, findings: Findings) -> pd.DataFrame:
    """The events of the course, columns READ_COLUMNS of `milestone`; each has a day or a date."""
    _refuse_unknown(table, roster, findings)
    terms = table.text("TERM")
    findings.refuse_rows(table.file, "the milestone has no term", terms[terms == ""], "term")
    rows = table.frame.assign(
        **read_moment(table, "DATE", "DAY", roster, findings)[["participant", "on", "day"]],
        category=table.text("CATEGORY"),
        subcategory="",
        term=terms,
        reported_term=terms,
        precision="day",
        source_file=table.name,
        source_row=table.frame.index,
    )
    return stack([rows], READ_COLUMNS["milestone"])


def _refuse_unknown(table: TextTable, roster: Roster, findings: Findings) -> None:
    ids = table.text("PARTICIPANT")
    findings.refuse_rows(table.file, "the participant is not in participants.csv", ids[~ids.isin(roster.ids)], "participant")
    neither = (table.text("DATE") == "") & (table.text("DAY") == "") & ids.isin(roster.dosed)
    findings.refuse_rows(table.file, "needs a day or a date", ids[neither], "participant")


def _split(table: TextTable, protocol: StudyProtocol, findings: Findings) -> Iterator[tuple[str, TextTable]]:
    """The rows of each domain with the tests that are stored; the others, and those without a result, are left out and counted."""
    domains = finding_domains(protocol)
    stated, tests = table.text("DOMAIN").str.upper(), table.text("TEST").str.upper()
    empty = table.text("VALUE") == ""
    known = pd.Series(
        [domain in domains and (not domains[domain] or test in domains[domain]) for domain, test in zip(stated, tests, strict=True)]
    )
    known = known.set_axis(table.frame.index).astype("bool")
    findings.leave_out("findings", "not a test that the study definition names", int((~known).sum()))
    findings.leave_out("findings", "not done, or without a result", int((known & empty).sum()))
    for domain in sorted(set(stated[known & ~empty])):
        yield domain, table.only(known & ~empty & (stated == domain))


def _read_domain(table: TextTable, domain: str, roster: Roster, protocol: StudyProtocol, findings: Findings) -> pd.DataFrame:
    labels, values = table.text("VISIT"), table.text("VALUE")
    note_unknown_labels(labels, table.file, protocol, findings)
    texts = ResultTexts(values, table.text("UNIT"), pd.Series("value", index=values.index, dtype="str"))
    moment = read_moment(table, "DATE", "DAY", roster, findings)
    rows = table.frame.assign(
        **moment[["participant", "on", "time", "day"]],
        domain=domain,
        **{name: table.text(name.upper()) for name in ("test", "label", "category", "object")},
        timepoint="",
        visit_label=labels,
        **read_values(table, domain, texts, findings),
        after_dose=False,
        marked_unscheduled=is_unscheduled(labels, protocol.delivery),
        value_text=values,
        unit_text=texts.unit,
        source_file=table.name,
        source_row=table.frame.index,
    )
    return stack([rows], _COLUMNS)
