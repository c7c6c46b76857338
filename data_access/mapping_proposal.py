"""The lines a study definition lacks for a delivery, as TOML: what names, LOINC codes and units suggest; the rest as comments.

The proposal holds whole parts of a definition. A part whose name (and key) the definition has already takes its place; every other part is
added. What is proposed is a guess from names: a person must confirm that a code means what is proposed.
"""

from __future__ import annotations

import json
import re

from dashboard.study.protocol import Analyte, StudyProtocol, Visit
from data_access.mapping_groupings import propose_groupings
from data_access.mapping_toml import derive_key, read_content, select_new, write_comment, write_table
from data_access.mapping_values import HIDDEN, DeliveryMapping, MappedValue
from data_access.numbers import unit_factors

HEADING = """# Proposed for the study definition. A part below takes the place of the part with the same name and key; the others are added.
# Every proposal is a guess from names, LOINC codes and units: confirm each before using it."""
NOTHING = "# Nothing is missing: every code, unit and treatment the product needs is mapped."
# What else the same count is called: LOINC codes of domain G1, and words of test names. Percentages and ratios are no counts.
KNOWN_LOINC = {
    "alc": ("26474-7", "731-0"), "cd4": ("24467-3",), "cd8": ("14135-8",), "b": ("8116-6", "11130-2"), "nk": ("9728-7", "20402-4"),
}  # fmt: skip
KNOWN_WORDS = {
    "alc": r"LYMPHOCYTES?|LYMPHS?|ABSOLUTE LYMPHOCYTE COUNT",
    "cd4": r"CD4|T HELPER|TLYM HELP|HELPER",
    "cd8": r"CD8|TLYM CYTX|CYTOTOXIC|SUPPRESSOR",
    "b": r"CD19|CD20|B[- ]?CELLS?|B[- ]LYMPHOCYTES?",
    "nk": r"NK|NATURAL KILLER|CD56|CD16",
}
NO_COUNT = re.compile(r"%|RATIO|/LYM|PERCENT|PCT|FRACTION|/100|DIFF|PER 100", re.IGNORECASE)
# Units of the same size in cells/µL, in lower case and without blanks.
KNOWN_FACTORS = {
    1.0: (
        "10^6/l", "10*6/l", "10e6/l", "x10^6/l", "x10e6/l", "10**6/l", "mio/l", "/ul", "/µl", "/μl", "cells/ul", "cells/µl", "cells/μl",
        "cell/ul", "cells/mcl", "/mcl", "/mm3", "1/mm3", "cells/mm3", "cells/mm^3", "/mm^3", "{cells}/ul", "{cells}/µl", "10^3/ml",
    ),
    1000.0: (
        "10^9/l", "10*9/l", "10e9/l", "x10^9/l", "x10e9/l", "10**9/l", "gi/l", "10^3/ul", "10*3/ul", "x10^3/ul", "x10e3/ul", "10e3/ul",
        "k/ul", "k/mcl", "thou/ul", "thou/mcl", "10^3/mm3", "10*3/mm3", "10^6/ml", "10^3/µl", "10^3/mcl",
    ),
    0.001: ("/ml", "cells/ml", "1/ml"),
}  # fmt: skip
FAILED = re.compile(r"SCR(EE)?N[ _-]?F(AIL)?|SCREEN FAILURE|NOT ?ASS?I?GN|NOT ASSIGNED", re.IGNORECASE)


def propose_lines(protocol: StudyProtocol, mapping: DeliveryMapping) -> str:
    """TOML with the parts that would map what is not mapped; comments for what only a person can say. Valid TOML by itself."""
    parts = [
        *_propose_delivery(protocol, mapping),
        *_propose_exposure(protocol, mapping),
        *_propose_cohorts(protocol, mapping),
        *_propose_analytes(protocol, mapping),
        *_propose_units(protocol, mapping),
        *_propose_visits(protocol, mapping),
        *propose_groupings(protocol, _unmapped(mapping, "group")),
    ]
    return "\n\n".join([HEADING, *parts]) + "\n" if parts else f"{NOTHING}\n"


def find_analyte(protocol: StudyProtocol, one: MappedValue) -> str:
    """The key of the analyte a test seems to count, by LOINC code or the words of its name and code; the empty text for none or several."""
    found = [] if _is_no_count(one) else _find_analytes(protocol, one)
    return found[0] if len(found) == 1 else ""


def explain_tests(protocol: StudyProtocol, mapping: DeliveryMapping) -> dict[MappedValue, str]:
    """Why nothing is proposed for a test that is not mapped; tests with a proposal are absent."""
    tests = [one for one in _unmapped(mapping, "test") if one.value and not find_analyte(protocol, one)]
    return {one: _explain(protocol, one) for one in tests}


def _explain(protocol: StudyProtocol, one: MappedValue) -> str:
    if NO_COUNT.search(f"{one.value} {one.name} {one.unit}"):
        return "a percentage or ratio is no count"
    found = _find_analytes(protocol, one)
    if not found:
        return "no analyte of this study has this code or name"
    if _is_no_count(one):
        return f"looks like analyte {found[0]}, but “{one.unit}” is not known as a unit of counts"
    return f"looks like several analytes: {', '.join(found)}"


def _is_no_count(one: MappedValue) -> bool:
    return bool(NO_COUNT.search(f"{one.value} {one.name} {one.unit}") or (one.unit and _factor_of(one.unit) is None))


def _find_analytes(protocol: StudyProtocol, one: MappedValue) -> list[str]:
    """The one analyte that has the LOINC code, else all that are called like the test."""
    for analyte in protocol.analytes:
        if one.loinc and one.loinc in (*analyte.loinc, *KNOWN_LOINC.get(analyte.key, ())):
            return [analyte.key]
    label = re.sub(r"\([^()]*\)\s*$", "", one.name).strip()
    return [analyte.key for analyte in protocol.analytes if any(_is_called(analyte, text) for text in (label, one.value) if text)]


def _is_called(analyte: Analyte, text: str) -> bool:
    if text.casefold() in (analyte.label.casefold(), analyte.short.casefold(), analyte.key):
        return True
    words = KNOWN_WORDS.get(analyte.key)
    # The plain word “lymphocytes” is all of them; within another name it is not.
    pattern = words if analyte.key == "alc" else rf".*(?<![A-Z0-9])({words})(?![A-Z0-9]).*"
    return words is not None and re.fullmatch(pattern or "", text, re.IGNORECASE) is not None


def _factor_of(unit: str) -> float | None:
    if unit == "G/L":
        return 1000.0  # giga per litre; “g/L” is grams per litre
    plain = unit.replace(" ", "").casefold()
    return next((factor for factor, names in KNOWN_FACTORS.items() if plain in names), None)


def _unmapped(mapping: DeliveryMapping, kind: str) -> list[MappedValue]:
    return [one for one in mapping.of(kind, mapped=False) if one.value != HIDDEN]


def _propose_delivery(protocol: StudyProtocol, mapping: DeliveryMapping) -> list[str]:
    """The table [delivery] with further study ids, codes of people never enrolled, unscheduled labels and dropped columns."""
    rules = protocol.delivery
    studies = [one.value for one in _unmapped(mapping, "study")]
    failed = [one for one in _unmapped(mapping, "cohort") if FAILED.search(f"{one.value} {one.name}")]
    unscheduled = ["UNSCH"] if any("UNSCH" in one.value.upper() for one in _unmapped(mapping, "visit")) else []
    columns = sorted({f"{one.where}.{one.value}" for one in _unmapped(mapping, "column")})
    if not (studies or failed or unscheduled or columns):
        return []
    content = read_content(rules)
    content["study_ids"] = [*rules.study_ids, *select_new(studies, rules.study_ids)]
    if failed:
        added = [{"code": one.value, "reason": (one.name or one.value).lower()} for one in failed]
        content["not_enrolled"] = [*content.get("not_enrolled", []), *added]
    if unscheduled:
        content["unscheduled_labels"] = [*rules.unscheduled_labels, *unscheduled]
    if columns:
        content["dropped_columns"] = [*rules.dropped_columns, *columns]
    return [write_table("[delivery]", content)]


def _propose_exposure(protocol: StudyProtocol, mapping: DeliveryMapping) -> list[str]:
    """The table [exposure] with the treatments of the delivery, when none of them is a dose of the study."""
    names = [one.value for one in _unmapped(mapping, "treatment") if one.value]
    if not names or mapping.of("treatment", mapped=True):
        return []
    content = read_content(protocol.exposure) | {"treatments": [*protocol.exposure.treatments, *names]}
    return [write_table("[exposure]", content)]


def _propose_cohorts(protocol: StudyProtocol, mapping: DeliveryMapping) -> list[str]:
    unknown = [one for one in _unmapped(mapping, "cohort") if one.value and not FAILED.search(f"{one.value} {one.name}")]
    matched = {one.value: _match_cohort(protocol, one) for one in unknown}
    parts = []
    for cohort in protocol.cohorts:
        codes = select_new([one.value for one in unknown if matched[one.value] == cohort.key], cohort.codes)
        parts += [write_table("[[cohorts]]", read_content(cohort) | {"codes": [*cohort.codes, *codes]})] if codes else []
    taken = set(protocol.cohort_keys)
    for one in (one for one in unknown if not matched[one.value]):
        key = derive_key(one.value, taken)
        parts.append(write_table("[[cohorts]]", {"key": key, "label": one.name or one.value, "codes": [one.value]}))
        taken.add(key)
    return parts


def _match_cohort(protocol: StudyProtocol, one: MappedValue) -> str:
    """The one cohort that shares the name, or the dose as a number, with a code; the empty text for none or several."""
    texts = {one.value.casefold(), one.name.casefold()} - {""}
    by_name = [c for c in protocol.cohorts if texts & {c.key, c.label.casefold(), *(code.casefold() for code in c.codes)}]
    numbers = {float(number) for text in texts for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", re.sub(r"[-_]", " ", text))}
    by_dose = [cohort for cohort in protocol.cohorts if cohort.dose in numbers]
    found = by_name or by_dose
    return found[0].key if len(found) == 1 else ""


def _propose_analytes(protocol: StudyProtocol, mapping: DeliveryMapping) -> list[str]:
    tests = [(find_analyte(protocol, one), one) for one in _unmapped(mapping, "test") if one.value]
    known = {code.casefold() for analyte in protocol.analytes for code in analyte.codes}
    parts = []
    for analyte in protocol.analytes:
        codes = select_new([one.value for key, one in tests if key == analyte.key and one.value.casefold() not in known], analyte.codes)
        loinc = select_new([one.loinc for key, one in tests if key == analyte.key and one.loinc], analyte.loinc)
        # A code that several tests share says nothing; their LOINC codes tell them apart.
        shared = {one.value for key, one in tests if any(one.value == other.value and key != its for its, other in tests)}
        codes = [code for code in codes if code not in shared]
        if codes or loinc:
            content = read_content(analyte) | {"codes": [*analyte.codes, *codes]}
            parts.append(write_table("[[analytes]]", content | ({"loinc": [*analyte.loinc, *loinc]} if loinc else {})))
    return parts


def _propose_units(protocol: StudyProtocol, mapping: DeliveryMapping) -> list[str]:
    """New [[units]] for the units of the study's analytes and of tests that are proposed as analytes."""
    units = {one.value: _factor_of(one.value) for one in _unmapped(mapping, "unit")}
    known = unit_factors(protocol)
    proposed = [one.unit for one in _unmapped(mapping, "test") if one.unit and find_analyte(protocol, one)]
    units |= {unit: _factor_of(unit) for unit in proposed if unit not in known and unit.casefold() not in known}
    parts = []
    for factor in KNOWN_FACTORS:
        names = [unit for unit, its in units.items() if its == factor]
        parts += [write_table("[[units]]", {"names": names, "factor": factor})] if names else []
    unknown = (json.dumps(unit, ensure_ascii=False) for unit, its in units.items() if its is None)
    return parts + [write_comment("[[units]]", f"names = [{unit}]", "factor = (cells/µL in one of it)") for unit in unknown]


def _propose_visits(protocol: StudyProtocol, mapping: DeliveryMapping) -> list[str]:
    labels = [one.value for one in _unmapped(mapping, "visit") if "UNSCH" not in one.value.upper()]
    parts = []
    for visit in protocol.visits:
        aliases = select_new([label for label in labels if _is_visit(visit, label)], visit.aliases)
        parts += [write_table("[[visits]]", read_content(visit) | {"aliases": [*visit.aliases, *aliases]})] if aliases else []
    return parts


def _is_visit(visit: Visit, label: str) -> bool:
    return _plain_visit(label) in {_plain_visit(name) for name in (visit.key, visit.label, visit.short, *visit.aliases)}


def _plain_visit(label: str) -> str:
    """A visit's name without case, blanks and signs, “week” and “day” short: “Wk 36” and “WEEK-36” are the same."""
    upper = re.sub(r"\b(WEEK|WK)(?=\W?\d)", "W", re.sub(r"[_]", " ", label.upper()))
    return re.sub(r"[^A-Z0-9]", "", re.sub(r"\bDAY(?=\W?\d)", "D", upper))
