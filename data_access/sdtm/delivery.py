"""One SDTM delivery: its data sets by domain, read in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.assembly import derive_after_dose
from data_access.measuring import select_once
from data_access.reading import ENDING_COLUMNS, GIVEN_COLUMNS, MEASURED_COLUMNS, Reading, stack
from data_access.report import HELD, FileRows, Findings
from data_access.sdtm.demographics import Demographics, read_demographics
from data_access.sdtm.disposition import read_disposition
from data_access.sdtm.exposure import read_exposure
from data_access.sdtm.results import read_results
from data_access.sdtm.supplements import merge_supplement
from data_access.text_tables import TextTable

CONTENT = {"DM": "participants", "EX": "doses", "LB": "counts", "CP": "counts", "DS": "ends of observation"}


@dataclass
class Domains:
    """The data sets of a delivery by domain (a domain may come in several files), and the supplements by the domain they add to."""

    tables: dict[str, list[TextTable]] = field(default_factory=dict)
    supplements: dict[str, list[TextTable]] = field(default_factory=dict)

    def of(self, domain: str) -> list[TextTable]:
        """The data sets of `domain`, with the qualifiers that stand in supplements; none gives an empty list."""
        tables = self.tables.get(domain, [])
        for supplement in self.supplements.get(domain, []):
            tables = [merge_supplement(table, domain, supplement) for table in tables]
        return tables


def sort_domains(tables: list[TextTable], findings: Findings) -> Domains:
    """Sort `tables` by the domain they state (DOMAIN, RDOMAIN); the report names what is held and not stored."""
    domains = Domains()
    for table in tables:
        related, domain = _stated(table, "RDOMAIN"), _stated(table, "DOMAIN")
        if related and table.has("QNAM"):
            domains.supplements.setdefault(related, []).append(table)
            findings.files.append(FileRows(table.file, f"qualifiers of {related}", len(table.frame)))
            continue
        domains.tables.setdefault(domain, []).append(table)
        findings.files.append(FileRows(table.file, CONTENT.get(domain, f"{domain}: {HELD}"), len(table.frame)))
    return domains


def is_domain(table: TextTable) -> bool:
    """Whether a table says which domain it holds or adds to."""
    return bool(_stated(table, "DOMAIN") or _stated(table, "RDOMAIN"))


def read_sdtm(domains: Domains, protocol: StudyProtocol, findings: Findings) -> Reading:
    """Read the domains the product stores; every reason to refuse is collected in `findings`."""
    for domain in ("DM", "EX"):
        files = [table.file for table in domains.tables.get(domain, [])]
        if len(files) != 1:
            found = f"found: {', '.join(files)}" if files else "found none"
            findings.refuse("delivery", f"needs exactly one data set {domain} ({found})")
    findings.raise_refusals()
    who = read_demographics(domains.of("DM")[0], protocol, findings)
    doses = stack([read_exposure(table, protocol, who, findings) for table in domains.of("EX")], GIVEN_COLUMNS)
    _note_first_dose(who, doses, findings)
    counts = [read_results(table, domain, protocol, who, findings) for domain in ("LB", "CP") for table in domains.of(domain)]
    _refuse_mixture(domains, protocol, who, findings)
    measured = derive_after_dose(stack(counts, MEASURED_COLUMNS), doses)
    endings = [read_disposition(table, who, findings) for table in domains.of("DS")]
    return Reading(who.synthetic, who.people, stack([who.deaths, *endings], ENDING_COLUMNS), doses, select_once(measured, findings))


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
    findings.note("first-dose-differs", text, int(apart.sum()))


def _refuse_mixture(domains: Domains, protocol: StudyProtocol, who: Demographics, findings: Findings) -> None:
    """Refuse data sets whose rows are synthetic while the participants are real, and the reverse."""
    for table in (table for domain in ("EX", "LB", "CP") for table in domains.tables.get(domain, [])):
        synthetic = table.text("STUDYID").isin(protocol.delivery.synthetic_study_ids)
        if len(table.frame) and bool(synthetic.any()) != who.synthetic:
            findings.refuse(table.file, "mixes synthetic and real data: STUDYID is of another kind than in DM", None, "STUDYID")
