"""Reading one delivery, in whatever format it comes, into the rows of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from dashboard.errors import DeliveryRefusedError, Refusal
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.definitions import definition_fingerprint
from dashboard.study.protocol import StudyProtocol
from data_access.adam.delivery import BESIDE_ADSL, add_claims, is_adam, needs_adam, read_adam, select_exposure
from data_access.assembly import Assembled, assemble
from data_access.column_names import refuse_slips
from data_access.content_hash import canonical
from data_access.identifiers import select_columns, validate_identifiers
from data_access.progress import Progress, silent
from data_access.reading import Reading
from data_access.report import IGNORED, KIND_OF_TABLE, DeliveryReport, FileRows, Findings
from data_access.sdtm.delivery import is_domain, read_sdtm, sort_domains
from data_access.several_folders import tell_apart
from data_access.simple import is_simple, read_simple
from data_access.spelling import spell_as_delivered
from data_access.text_tables import TextTable, read_text_tables

NO_MANIFEST = "no manifest.json states checksums and numbers of rows; without one, a file cut off at the end of a row cannot be noticed"


@dataclass(frozen=True)
class Delivery:
    """The rows of one delivery, shaped as `study.columns` declares and in canonical order, with the report of their reading.

    `records` holds those of `study.columns.RECORD_TABLES` that have rows.
    """

    study: str
    cut_date: date
    synthetic: bool
    definition_hash: str
    participants: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)
    doses: pd.DataFrame = field(repr=False)
    report: DeliveryReport = field(repr=False)
    records: Mapping[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The rows by table name, in the order in which they are hashed and stored."""
        return {"participant": self.participants, "count": self.counts, "dose": self.doses, **self.records}


def read_delivery(protocol: StudyProtocol, paths: Sequence[Path], cut_date: date | None = None, progress: Progress = silent) -> Delivery:
    """Read the folders, zips and files `paths` as one delivery of the study; `progress` hears of each file as it is read.

    `cut_date` is the date of the data cut; without it the latest date in the delivery. DeliveryRefusedError lists every reason to
    refuse (file, row, column, rule), StorageError a file that cannot be opened. Stores nothing.
    """
    findings = Findings()
    received = _receive(paths, progress, findings)
    with spell_as_delivered(received):
        return _read_tables(received, protocol, cut_date, findings)


def _read_tables(received: list[TextTable], protocol: StudyProtocol, cut_date: date | None, findings: Findings) -> Delivery:
    tables = select_columns(received, protocol.delivery, findings)
    validate_identifiers(tables, findings)
    tables = tell_apart(tables, protocol, findings)
    findings.raise_refusals()
    reading = _read(tables, protocol, findings)
    findings.raise_refusals()
    rows = assemble(reading, cut_date, findings)
    return _conformed(protocol, reading.synthetic, rows, findings)


def _conformed(protocol: StudyProtocol, synthetic: bool, rows: Assembled, findings: Findings) -> Delivery:
    participants, counts, doses = (
        canonical("participant", rows.participants),
        canonical("count", rows.counts),
        canonical("dose", rows.doses),
    )
    records = {table: canonical(table, rows.records[table]) for table in RECORD_TABLES if len(rows.records.get(table, ()))}
    stored = {"participants": len(participants), "counts": len(counts), "doses": len(doses)}
    stored |= {KIND_OF_TABLE[table]: len(frame) for table, frame in records.items()}
    if counts.empty:
        findings.note("no-counts", "nothing was counted: the delivery holds no value of any analyte of this study", ["delivery"])
    missing = [analyte.short for analyte in protocol.analytes if not (counts["analyte"] == analyte.key).any()]
    if missing and len(counts):
        findings.note("no-counts-of", f"no value was delivered of these analytes of the study: {', '.join(missing)}", ["delivery"])
    fingerprint, report = definition_fingerprint(protocol), findings.report(stored)
    return Delivery(protocol.key, rows.cut_date, synthetic, fingerprint, participants, counts, doses, report, records)


def _receive(paths: Sequence[Path], progress: Progress, findings: Findings) -> list[TextTable]:
    received = read_text_tables(paths, progress)
    findings.files += [FileRows(name, IGNORED, None) for name in received.ignored]
    if not received.has_manifest:
        findings.note("no-manifest", NO_MANIFEST, ["delivery"])
    return received.tables


def _read(tables: list[TextTable], protocol: StudyProtocol, findings: Findings) -> Reading:
    simple, analyses = [table for table in tables if is_simple(table)], [table for table in tables if is_adam(table)]
    domains = [table for table in tables if is_domain(table) and not is_adam(table) and not is_simple(table)]
    if bool(simple) == bool(domains or analyses):
        found = "both formats" if simple else "neither"
        expected = "must hold SDTM data sets (dm, ex, lb, …), ADaM data sets (adsl, adlb, …) or participants.csv"
        raise DeliveryRefusedError([Refusal("delivery", f"{expected}; found {found}")])
    from_adam = needs_adam(tables) or not domains
    used = simple or ([*analyses, *select_exposure(domains)] if from_adam else [*domains, *analyses])
    # By identity: the sheets of one workbook share their file, and frames cannot be compared.
    apart = [table for table in tables if not any(table is one for one in used)]
    held = [BESIDE_ADSL if any(table is one for one in domains) else IGNORED for table in apart]
    for table in apart:
        refuse_slips(table, "a data set of SDTM", ("DOMAIN",), "RDOMAIN".__eq__, findings)
    findings.files += [FileRows(table.file, content, len(table.frame)) for table, content in zip(apart, held, strict=True)]
    if simple:
        return read_simple(used, protocol, findings)
    if from_adam:
        return read_adam(used, protocol, findings)
    return add_claims(read_sdtm(sort_domains(domains, protocol, findings), protocol, findings), analyses, protocol, findings)
