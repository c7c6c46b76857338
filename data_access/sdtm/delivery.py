"""One SDTM delivery: its data sets by domain, read in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.assembly import derive_after_dose
from data_access.measuring import TWICE as COUNT_TWICE
from data_access.measuring import select_once
from data_access.reading import ENDING_COLUMNS, GIVEN_COLUMNS, MEASURED_COLUMNS, READ_COLUMNS, Reading, stack
from data_access.report import HELD, KIND_OF_TABLE, FileRows, Findings
from data_access.sdtm.adverse_events import read_adverse_events
from data_access.sdtm.columns import check_domain_columns, check_supplement_columns
from data_access.sdtm.demographics import Demographics, join_demographics, read_demographics, read_study_kind
from data_access.sdtm.disposition import read_disposition
from data_access.sdtm.exposure import ADJUSTMENTS, read_adjustments, read_exposure
from data_access.sdtm.findings import finding_domains, read_findings
from data_access.sdtm.medications import read_medications
from data_access.sdtm.opening import TWICE
from data_access.sdtm.results import find_analytes, read_results
from data_access.sdtm.several_files import select_once_over_files
from data_access.sdtm.supplements import check_supplement, merge_supplements, refuse_unknown_people
from data_access.sdtm.visits import read_visits
from data_access.text_tables import TextTable
from data_access.traits import read_traits, trait_columns

CONTENT = {"DM": "participants", "EX": "doses", "LB": "counts", "CP": "counts"}
NO_DISPOSITION = "no data set DS is delivered: how a participation ended is told by DM and by the last record alone"
READERS = {"AE": ("adverse_event", read_adverse_events), "CM": ("medication", read_medications), "SV": ("attendance", read_visits)}


@dataclass
class Domains:
    """The data sets of a delivery by domain (a domain may come in several files), and the supplements by the domain they add to.

    `more` are the qualifiers of a domain that the study needs beside the usual ones.
    """

    tables: dict[str, list[TextTable]] = field(default_factory=dict)
    supplements: dict[str, list[TextTable]] = field(default_factory=dict)
    more: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, domain: str, findings: Findings) -> list[TextTable]:
        """The data sets of `domain`, with the qualifiers that stand in supplements; none gives an empty list."""
        tables, more = self.tables.get(domain, []), self.more.get(domain, ())
        given = self.supplements.get(domain, [])
        sound = [one for one in given if check_supplement(one, domain, tables, findings, more)]
        return [merge_supplements(table, domain, sound, more) for table in tables]


def sort_domains(tables: list[TextTable], protocol: StudyProtocol, findings: Findings) -> Domains:
    """Sort `tables` by the domain they state (DOMAIN, RDOMAIN); the report names what is held and not stored."""
    domains = Domains(more={"DM": trait_columns(protocol)})
    content = CONTENT | {domain: KIND_OF_TABLE[table] for domain, (table, _) in READERS.items()}
    content |= {"DS": KIND_OF_TABLE["milestone"]} | dict.fromkeys(finding_domains(protocol), KIND_OF_TABLE["finding"])
    for table in tables:
        related, domain = _stated(table, "RDOMAIN"), _stated(table, "DOMAIN")
        if related and table.has("QNAM"):
            domains.supplements.setdefault(related, []).append(table)
            findings.files.append(FileRows(table.file, f"qualifiers of {related}", len(table.frame)))
            continue
        domains.tables.setdefault(domain, []).append(table)
        findings.files.append(FileRows(table.file, content.get(domain, f"{domain or table.name.upper()}: {HELD}"), len(table.frame)))
    return domains


def is_domain(table: TextTable) -> bool:
    """Whether a table says which domain it holds or adds to."""
    return bool(_stated(table, "DOMAIN") or _stated(table, "RDOMAIN"))


def read_sdtm(domains: Domains, protocol: StudyProtocol, findings: Findings) -> Reading:
    """Read the domains the product stores; every reason to refuse is collected in `findings`.

    DeliveryRefusedError at once when DM is not there once (a pooled study may have several), or does not say who is who: every other
    data set needs it.
    """
    for domain in ("DM", "EX"):
        files = [table.file for table in domains.tables.get(domain, [])]
        if len(files) != 1 and not (files and protocol.members):
            found = f"found: {', '.join(files)}" if files else "found none"
            rule = f"needs exactly one data set {domain} ({found}); a data set is {domain} when its column DOMAIN says so"
            findings.refuse("delivery", f"{rule}, whatever its file is called")
    if findings.refused and len(domains.tables.get("DM", [])) != 1:
        findings.raise_refusals()
    _check_columns(domains, protocol, findings)
    people = domains.of("DM", findings)
    who = join_demographics([read_demographics(table, protocol, findings) for table in people], findings)
    _check_supplements(domains, protocol, who, findings)
    _select_once(domains, protocol, findings)
    if not domains.tables.get("DS"):
        findings.note("no-disposition", NO_DISPOSITION, ["delivery"])
    doses = stack([read_exposure(table, protocol, who, findings) for table in domains.of("EX", findings)], GIVEN_COLUMNS)
    _note_first_dose(who, doses, findings)
    counts = _read_counts(domains, protocol, who, findings)
    dispositions = [read_disposition(table, protocol, who, findings) for table in domains.of("DS", findings)]
    endings = stack([who.deaths, *(disposition.endings for disposition in dispositions)], ENDING_COLUMNS)
    records = _read_records(domains, protocol, who, findings)
    records["trait"] = stack([_read_traits(table, protocol, who, findings) for table in people], READ_COLUMNS["trait"])
    records["milestone"] = stack([disposition.milestones for disposition in dispositions], READ_COLUMNS["milestone"])
    records["finding"] = derive_after_dose(records["finding"], doses)
    records[ADJUSTMENTS] = read_adjustments(doses, findings)
    return Reading(who.synthetic, who.people, endings, doses, select_once(derive_after_dose(counts, doses), findings), records)


def _read_traits(dm: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    enrolled = dm.only(dm.text("USUBJID").isin(set(who.people["participant"])))
    return read_traits(enrolled, enrolled.text("USUBJID"), protocol, findings)


def _check_columns(domains: Domains, protocol: StudyProtocol, findings: Findings) -> None:
    read = {*CONTENT, *READERS, "DS", *finding_domains(protocol)}
    for domain in sorted(read & domains.tables.keys()):
        for table in domains.tables[domain]:
            check_domain_columns(table, domain, findings, domains.more.get(domain, ()))
    for table in domains.tables.get("", []):
        check_supplement_columns(table, findings)


def _check_supplements(domains: Domains, protocol: StudyProtocol, who: Demographics, findings: Findings) -> None:
    for supplement in (one for tables in domains.supplements.values() for one in tables):
        read_study_kind(supplement, protocol.delivery, findings)
        if supplement.has("USUBJID"):
            refuse_unknown_people(supplement, who, findings)


def _select_once(domains: Domains, protocol: StudyProtocol, findings: Findings) -> None:
    """Across the files of a domain a record counts once, and its number names it alone. Of laboratory data only the counts matter."""
    kinds = {domain: (KIND_OF_TABLE[table], TWICE) for domain, (table, _) in READERS.items()}
    kinds |= {"DS": (KIND_OF_TABLE["milestone"], TWICE), "LB": ("counts", COUNT_TWICE), "CP": ("counts", COUNT_TWICE)}
    kinds |= dict.fromkeys(finding_domains(protocol), (KIND_OF_TABLE["finding"], TWICE))
    for domain, (kind, twice) in kinds.items():
        tables = domains.tables.get(domain, [])
        if len(tables) > 1:
            ours = [find_analytes(table, domain, protocol, Findings()) != "" for table in tables] if kind == "counts" else None
            domains.tables[domain] = select_once_over_files(tables, f"{domain}SEQ", kind, twice, findings, ours)


def _read_counts(domains: Domains, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    parts = []
    for domain in ("LB", "CP"):
        for table in domains.of(domain, findings):
            if not len(table.frame):
                findings.note("no-rows", "a data set of counts holds no rows", [table.file])
            parts.append(read_results(table, domain, protocol, who, findings))
    return stack(parts, MEASURED_COLUMNS)


def _read_records(domains: Domains, protocol: StudyProtocol, who: Demographics, findings: Findings) -> dict[str, pd.DataFrame]:
    records = {}
    for domain, (table, read) in READERS.items():
        records[table] = stack([read(one, protocol, who, findings) for one in domains.of(domain, findings)], READ_COLUMNS[table])
    found = [
        read_findings(one, domain, protocol, who, findings) for domain in finding_domains(protocol) for one in domains.of(domain, findings)
    ]
    return records | {"finding": stack(found, READ_COLUMNS["finding"])}


def _stated(table: TextTable, column: str) -> str:
    texts = table.text(column)
    if len(texts):
        return str(texts.iloc[0]).upper()
    # A data set without rows states nothing; by convention its name begins with its domain.
    return table.name[:2].upper() if table.has(column) and column == "DOMAIN" else ""


def _note_first_dose(who: Demographics, doses: pd.DataFrame, findings: Findings) -> None:
    first = doses.groupby("participant")["on"].min()
    apart = (who.exposed_on.reindex(first.index) != first).fillna(False)
    text = "the first dose in EX and the start of exposure in DM lie on different days; EX was used"
    findings.note("first-dose-differs", text, [f"participant {name}" for name in first.index[apart.to_numpy(bool)]])
