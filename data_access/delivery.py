"""Reading one delivery, in whatever format it comes, into the rows of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from dashboard.errors import DeliveryRefusedError, Refusal
from dashboard.study.definitions import definition_fingerprint
from dashboard.study.protocol import StudyProtocol
from data_access.assembly import assemble
from data_access.content_hash import canonical
from data_access.reading import Reading
from data_access.report import IGNORED, DeliveryReport, FileRows, Findings
from data_access.sdtm.delivery import is_domain, read_sdtm, sort_domains
from data_access.simple import is_simple, read_simple
from data_access.text_tables import TextTable, read_text_table

SUFFIXES = (".csv", ".xpt")


@dataclass(frozen=True)
class Delivery:
    """The rows of one delivery, shaped as `study.columns` declares and in canonical order, with the report of their reading."""

    study: str
    cut_date: date
    synthetic: bool
    definition_hash: str
    participants: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)
    doses: pd.DataFrame = field(repr=False)
    report: DeliveryReport = field(repr=False)


def read_delivery(protocol: StudyProtocol, paths: Sequence[Path], cut_date: date | None = None) -> Delivery:
    """Read the files and folders `paths` as one delivery of the study.

    `cut_date` is the date of the data cut; without it the latest date in the delivery. DeliveryRefusedError lists every reason to
    refuse (file, row, column, rule), StorageError a file that cannot be opened. Stores nothing.
    """
    findings = Findings()
    tables = [read_text_table(path) for path in _list_files(paths, findings)]
    _refuse_same_name(tables, findings)
    findings.raise_refusals()
    reading = _read(tables, protocol, findings)
    findings.raise_refusals()
    rows = assemble(reading, cut_date, findings)
    participants, counts, doses = (
        canonical("participant", rows.participants),
        canonical("count", rows.counts),
        canonical("dose", rows.doses),
    )
    report = findings.report({"participants": len(participants), "counts": len(counts), "doses": len(doses)})
    fingerprint = definition_fingerprint(protocol)
    return Delivery(protocol.key, rows.cut_date, reading.synthetic, fingerprint, participants, counts, doses, report)


def _list_files(paths: Iterable[Path], findings: Findings) -> list[Path]:
    listed: list[Path] = []
    for path in paths:
        if not path.exists():
            raise DeliveryRefusedError([Refusal(path.name, "there is no such file or folder")])
        listed += sorted(path.iterdir(), key=lambda entry: entry.name.lower()) if path.is_dir() else [path]
    known = [path for path in listed if path.is_file() and path.suffix.lower() in SUFFIXES]
    findings.files += [FileRows(path.name, IGNORED, None) for path in listed if path not in known]
    return known


def _refuse_same_name(tables: list[TextTable], findings: Findings) -> None:
    names = [table.name for table in tables]
    for table in tables:
        if names.count(table.name) > 1:
            findings.refuse(table.file, f"the data set “{table.name}” is delivered more than once")


def _read(tables: list[TextTable], protocol: StudyProtocol, findings: Findings) -> Reading:
    domains = [table for table in tables if is_domain(table)]
    simple = [table for table in tables if is_simple(table)]
    if domains and not simple:
        used = domains
    elif simple and not domains:
        used = simple
    else:
        found = "both formats" if domains else "neither"
        raise DeliveryRefusedError([Refusal("delivery", f"must hold SDTM data sets (dm, ex, lb, …) or participants.csv; found {found}")])
    findings.files += [FileRows(table.file, IGNORED, len(table.frame)) for table in tables if table not in used]
    return read_sdtm(sort_domains(used, findings), protocol, findings) if domains else read_simple(used, protocol, findings)
