"""What a study definition makes of a delivery: every code, unit, treatment and visit label that is mapped, and every one that is not.

Works on a delivery that would be refused for these very reasons. Nothing that names or dates a participant is shown: only values of code,
unit, treatment and visit columns, and of these none that looks like an identifier, is some participant's id or holds a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.adam.delivery import find_kind, is_adam, needs_adam
from data_access.adam.results import find_analytes, find_result_texts
from data_access.adam.subjects import find_cohort_column
from data_access.cohorts import cohort_codes, cohort_names
from data_access.identifiers import find_identifier
from data_access.identifiers import find_kind as find_identifier_kind
from data_access.mapping_columns import USED
from data_access.measuring import is_unscheduled
from data_access.numbers import find_factors, unit_factors
from data_access.report import Findings, describe_number
from data_access.sdtm.exposure import is_treatment
from data_access.simple import KNOWN, LONG, WIDE, is_simple
from data_access.simple import find_cohort_column as find_simple_column
from data_access.text_tables import TextTable, find_words
from data_access.traits import find_categories, find_trait_column

KINDS = ("study", "cohort", "group", "test", "unit", "treatment", "visit", "column")
TITLES = {
    "study": "study ids", "cohort": "cohorts", "group": "categories of the groupings",
    "test": "tests (code and LOINC)", "unit": "units of the study's analytes",
    "treatment": "treatments", "visit": "visit labels", "column": "columns that name people",
}  # fmt: skip
ID_COLUMNS = ("USUBJID", "SUBJID", "PARTICIPANT")
DATED = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[-/ ]?[A-Za-z]{3}[-/ ]?\d{4}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
HIDDEN = "(hidden: it may name or date a participant)"


@dataclass(frozen=True)
class MappedValue:
    """A value of the delivery and what it means: `target` is empty for a value that is not mapped.

    `where` names data set and column; `name` and `loinc` describe a test, `unit` is the unit most of its rows have.
    """

    kind: str
    where: str
    value: str
    target: str
    rows: int
    name: str = ""
    loinc: str = ""
    unit: str = ""


@dataclass(frozen=True)
class DeliveryMapping:
    """What of a delivery is mapped. `data_sets` holds (file, what it is taken for, number of rows, columns used)."""

    form: str
    data_sets: tuple[tuple[str, str, int, tuple[str, ...]], ...]
    values: tuple[MappedValue, ...]
    absent: tuple[str, ...] = field(default=())

    def of(self, kind: str, mapped: bool) -> list[MappedValue]:
        """The values of one of KINDS that are mapped, or that are not; those with most rows first."""
        return sorted((one for one in self.values if one.kind == kind and bool(one.target) == mapped), key=lambda one: -one.rows)


def derive_mapping(protocol: StudyProtocol, tables: Sequence[TextTable]) -> DeliveryMapping:
    """Look up every code of the delivery in the study definition; the tables are as read, before any check of their content."""
    form = "simple format" if any(is_simple(table) for table in tables) else "ADaM" if needs_adam(tables) else "SDTM"
    hidden = {text for table in tables for column in ID_COLUMNS for text in table.text(column).unique()} - {""}
    seen = [one for table in tables for one in _values_of(table, form, protocol)]
    shown = list(_merged([one if _is_harmless(one, hidden) else _without_value(one) for one in seen if one.value or one.name]))
    kinds = {one.kind for one in seen}
    absent = tuple(TITLES[kind] for kind in ("study", "cohort", "test", "unit", "treatment") if kind not in kinds and _expected(kind, form))
    data_sets = tuple((table.file, _taken_for(table, form), len(table.frame), _used(table)) for table in tables)
    return DeliveryMapping(form, data_sets, tuple(shown), absent)


def describe_values(mapping: DeliveryMapping, reasons: Mapping[MappedValue, str] | None = None) -> str:
    """The mapping as lines of text: data sets, then what is mapped and what is not, by kind.

    `reasons` says of values that are not mapped why nothing is proposed for them.
    """
    why = reasons or {}
    lines = [f"Format: {mapping.form}"]
    for file, content, rows, columns in mapping.data_sets:
        lines.append(f"  {file}: {content} ({describe_number(rows, 'row')})" + (f"; columns used: {', '.join(columns)}" if columns else ""))
    for kind in KINDS:
        mapped, unmapped = mapping.of(kind, True), mapping.of(kind, False)
        if mapped or unmapped:
            lines.append(f"{TITLES[kind]}: {len(mapped)} mapped, {len(unmapped)} not mapped")
            lines += [f"  {_describe(one)} → {one.target} ({describe_number(one.rows, 'row')})" for one in mapped]
            lines += [f"  {_describe(one)} → not mapped ({_count_and_reason(one, why)})" for one in unmapped]
    lines += [f"{title}: none found" for title in mapping.absent]
    return "\n".join(lines)


def _count_and_reason(one: MappedValue, why: Mapping[MappedValue, str]) -> str:
    return describe_number(one.rows, "row") + (f"; {why[one]}" if one in why else "")


def _describe(one: MappedValue) -> str:
    told = [
        text for text in (f"“{one.name}”" if one.name else "", one.loinc and f"LOINC {one.loinc}", one.unit and f"in {one.unit}") if text
    ]
    return f"{one.where} {one.value}" + (f" [{', '.join(told)}]" if told else "")


def _values_of(table: TextTable, form: str, protocol: StudyProtocol) -> Iterator[MappedValue]:
    yield from _identifier_columns(table, protocol)
    if is_simple(table):
        yield from _simple_values(table, protocol)
        return
    yield from _study_ids(table, protocol)
    analysis, domain = is_adam(table), _domain(table)
    if analysis and form == "ADaM" and find_kind(table) == "adsl":
        column = find_cohort_column(table, protocol)
        yield from _cohorts(table, column, "ARM", cohort_names(protocol) | _not_enrolled(protocol)) if column else ()
        yield from _groups(table, protocol)
    if domain == "DM" and form == "SDTM":
        column = protocol.delivery.cohort_column.upper()
        yield from _cohorts(table, column, "ARM", cohort_codes(protocol) | _not_enrolled(protocol))
        yield from _groups(table, protocol)
    if domain == "EX" or find_kind(table) == "adex":
        yield from _counted("treatment", table, "EXTRT", _treatments(table.text("EXTRT"), protocol))
    if domain in ("LB", "CP"):
        yield from _sdtm_tests(table, domain, protocol)
    if analysis and find_kind(table) == "adlb":
        yield from _adam_tests(table, protocol)
    if domain in ("LB", "CP", "SV") or find_kind(table) == "adlb":
        yield from _visits(table, "VISIT" if table.has("VISIT") else "AVISIT", protocol)


def _simple_values(table: TextTable, protocol: StudyProtocol) -> Iterator[MappedValue]:
    if table.name == "participants":
        yield from _cohorts(table, find_simple_column(table, protocol), "", cohort_names(protocol))
        yield from _groups(table, protocol, simple=True)
    if table.name != "counts":
        return
    known = {code.casefold(): analyte.key for analyte in protocol.analytes for code in (*analyte.codes, analyte.key, analyte.short)}
    wide = {header: match for header in table.headers if (match := WIDE.fullmatch(header))}
    if table.has("ANALYTE"):
        targets = find_words(table.text("ANALYTE").str.casefold(), known)
        yield from _tests(table, "ANALYTE", table.text("ANALYTE"), targets, table.text("UNIT"), protocol)
    for header, match in ({} if table.has("ANALYTE") else wide).items():
        filled = table.only(table.text(header.upper()) != "")
        names, units = (pd.Series(text, index=filled.frame.index, dtype="str") for text in (match["analyte"], match["unit"]))
        yield from _tests(filled, "column", names, find_words(names.str.casefold(), known), units, protocol)
    yield from _visits(table, "VISIT", protocol)


def _study_ids(table: TextTable, protocol: StudyProtocol) -> Iterator[MappedValue]:
    rules = protocol.delivery
    kinds = dict.fromkeys(rules.study_ids, "this study") | dict.fromkeys(rules.synthetic_study_ids, "this study, synthetic")
    if table.has("STUDYID"):
        yield from (_once(one, "STUDYID") for one in _counted("study", table, "STUDYID", find_words(table.text("STUDYID"), kinds)))


def _once(one: MappedValue, where: str) -> MappedValue:
    return MappedValue(one.kind, where, one.value, one.target, one.rows)


def _not_enrolled(protocol: StudyProtocol) -> dict[str, str]:
    return {rule.code.casefold(): f"not enrolled: {rule.reason}" for rule in protocol.delivery.not_enrolled}


def _cohorts(table: TextTable, column: str, names: str, known: dict[str, str]) -> Iterator[MappedValue]:
    targets = find_words(table.text(column).str.casefold(), known)
    # Since SDTMIG 3.3 a participant without cohort has an empty code and the reason in ARMNRS.
    yield from _counted("cohort", table.only(table.text(column) != ""), column, targets, table.text(names) if names != column else None)


def _groups(table: TextTable, protocol: StudyProtocol, simple: bool = False) -> Iterator[MappedValue]:
    for grouping in protocol.delivered_groupings:
        column = find_trait_column(table, grouping, simple)
        given = table.only(~table.text(column).map(grouping.is_absent).astype("bool"))
        keys = find_categories(given.text(column), grouping)
        yield from _counted("group", given, column, keys.where(keys == "", f"{grouping.key}." + keys))


def _treatments(names: pd.Series, protocol: StudyProtocol) -> pd.Series:
    return find_words(is_treatment(names, protocol.exposure.treatments), {True: "a dose of this study"})


def _sdtm_tests(table: TextTable, domain: str, protocol: StudyProtocol) -> Iterator[MappedValue]:
    shaped = pd.DataFrame({"PARAMCD": table.text(f"{domain}TESTCD"), "LBLOINC": table.text(f"{domain}LOINC")})
    targets = find_analytes(TextTable(table.file, shaped), protocol, Findings())
    factors = unit_factors(protocol)
    collected, standard = table.text(f"{domain}ORRESU"), table.text(f"{domain}STRESU")
    units = collected.where(~(find_factors(collected, factors).isna() & find_factors(standard, factors).notna()), standard)
    labels, loinc = table.text(f"{domain}TEST"), table.text(f"{domain}LOINC")
    yield from _tests(table, f"{domain}TESTCD", table.text(f"{domain}TESTCD"), targets, units, protocol, labels, loinc)


def _adam_tests(table: TextTable, protocol: StudyProtocol) -> Iterator[MappedValue]:
    units, targets = find_result_texts(table, protocol)["unit_text"], find_analytes(table, protocol, Findings())
    yield from _tests(table, "PARAMCD", table.text("PARAMCD"), targets, units, protocol, table.text("PARAM"), table.text("LBLOINC"))


def _tests(
    table: TextTable, column: str, codes: pd.Series, targets: pd.Series, units: pd.Series, protocol: StudyProtocol,
    labels: pd.Series | None = None, loinc: pd.Series | None = None,
) -> Iterator[MappedValue]:  # fmt: skip
    """Every combination of code and LOINC with its analyte, then every unit of the rows that have an analyte."""
    empty = pd.Series("", index=codes.index, dtype="str")
    rows = pd.DataFrame({"code": codes, "loinc": empty if loinc is None else loinc, "target": targets, "unit": units})
    rows["label"] = empty if labels is None else labels
    where = f"{table.name.upper()}.{column}"
    for (code, code_loinc, target), part in rows.groupby(["code", "loinc", "target"], sort=False):
        most = [str(part[name].mode().iloc[0]) for name in ("label", "unit")]
        yield MappedValue("test", where, str(code), f"analyte {target}" if target else "", len(part), most[0], str(code_loinc), most[1])
    ours = rows[(rows["target"] != "") & (rows["unit"] != "")]
    factors = find_factors(ours["unit"], unit_factors(protocol))
    for (unit, factor), part in ours.groupby(["unit", factors.fillna(0.0)], sort=False):
        analytes = ", ".join(sorted(part["target"].unique()))
        yield MappedValue("unit", where, str(unit), f"× {factor:g} cells/µL" if factor else "", len(part), analytes)


def _visits(table: TextTable, column: str, protocol: StudyProtocol) -> Iterator[MappedValue]:
    names = {
        name.casefold(): f"visit {visit.key}" for visit in protocol.visits for name in (visit.key, visit.label, visit.short, *visit.aliases)
    }
    labels = table.text(column)
    targets = find_words(labels.str.casefold(), names)
    targets = targets.where((targets != "") | ~is_unscheduled(labels, protocol.delivery), "unscheduled")
    for one in _counted("visit", table.only(labels != ""), column, targets):
        yield _once(one, column)


def _identifier_columns(table: TextTable, protocol: StudyProtocol) -> Iterator[MappedValue]:
    dropped = {name.upper() for name in protocol.delivery.dropped_columns}
    for column in table.frame.columns:
        if find_identifier_kind(column) and (table.frame[column] != "").any():
            names = {f"{data_set}.{column}" for data_set in ("*", table.name.upper(), _domain(table))}
            yield MappedValue("column", table.name.upper(), column, "dropped" if names & dropped else "", len(table.frame))


def _counted(kind: str, table: TextTable, column: str, targets: pd.Series, names: pd.Series | None = None) -> Iterator[MappedValue]:
    rows = pd.DataFrame({"value": table.text(column), "target": targets.loc[table.frame.index]})
    rows["name"] = "" if names is None else names.loc[table.frame.index]
    for (value, target), part in rows.groupby(["value", "target"], sort=False):
        yield MappedValue(kind, f"{table.name.upper()}.{column}", str(value), str(target), len(part), str(part["name"].mode().iloc[0]))


def _domain(table: TextTable) -> str:
    texts = table.text("DOMAIN")
    return "" if is_adam(table) or not len(texts) else str(texts.iloc[0]).upper()


def _taken_for(table: TextTable, form: str) -> str:
    if is_simple(table):
        return table.name.replace("_", " ")
    if is_adam(table):
        compared = "beside SDTM: only its derived values are compared" if find_kind(table) == "adlb" else "beside SDTM: not read"
        return f"ADaM {find_kind(table).upper() or table.name.upper()}" + ("" if form == "ADaM" else f", {compared}")
    added = table.text("RDOMAIN").unique()[:1]
    return f"SDTM {_domain(table)}" if _domain(table) else f"supplement of {added[0]}" if len(added) and added[0] else "not recognised"


def _used(table: TextTable) -> tuple[str, ...]:
    if is_simple(table):
        return tuple(
            header for header in table.headers if header.upper() in KNOWN[table.name] or header.upper() in LONG or WIDE.fullmatch(header)
        )
    return tuple(column for column in USED.get(find_kind(table) or _domain(table), "").split() if table.has(column))


def _expected(kind: str, form: str) -> bool:
    return not (form == "simple format" and kind in ("study", "treatment")) and not (form == "ADaM" and kind == "treatment")


def _merged(values: Sequence[MappedValue]) -> Iterator[MappedValue]:
    """Equal values of several data sets added up."""
    rows: dict[tuple[str, ...], int] = {}
    first: dict[tuple[str, ...], MappedValue] = {}
    for one in values:
        key: tuple[str, ...] = (one.kind, one.where, one.value, one.target, one.loinc)
        rows[key] = rows.get(key, 0) + one.rows
        first.setdefault(key, one)
    yield from (replace(one, rows=rows[key]) for key, one in first.items())


def _is_harmless(one: MappedValue, hidden: set[str]) -> bool:
    texts = [text for text in (one.value, one.name, one.unit, one.loinc) if text]
    words = {text for whole in texts for text in (whole, *re.split(r"[\s,;:()]+", whole))}
    return hidden.isdisjoint(words) and not any(DATED.search(text) or find_identifier(text) for text in texts)


def _without_value(one: MappedValue) -> MappedValue:
    return MappedValue(one.kind, one.where, HIDDEN, one.target, one.rows)
