"""What names a person has no place in a delivery: found by the column's name and by the look of its values.

A finding refuses the delivery unless the study definition drops the column (`delivery.dropped_columns`). A refusal must not
repeat what it refuses: it gives file, row and column, and of the value only its first character and its length.

Recognised by name: birth dates, names and initials of people, addresses and postal codes, e-mail, telephone and fax, record, insurance
and national numbers; in supplements and subject characteristics the name stands in a row (QNAM, SCTESTCD). Recognised by value, in every
column: e-mail addresses, telephone numbers, social security and national numbers, and words such as “MRN 12345”, “DOB: …” or “Mrs. …”.
A column without any value names nobody. The participant's own id is only searched for e-mail addresses: ids of the form
site-country-number look like telephone numbers, and no definition could drop them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from dashboard.study.identity import DeliveryRules
from data_access.formats.raw_table import describe_hidden
from data_access.report import Findings
from data_access.text_tables import TextTable

NEXT_STEP = "remove it, or name the column in delivery.dropped_columns of the study definition"
OWN_IDS = ("USUBJID", "PARTICIPANT")
# Two words of letters with a blank between them (“Ada Lovelace”, “O’Neil, Mary”).
_WORD = r"[^\W\d_]+(?:[’'-][^\W\d_]+)*"
PERSON = re.compile(rf"{_WORD},? +(?:[^\W\d_]\.? +)?{_WORD}")
NAMED_IN_ROWS = {"QNAM": "QVAL", "SCTESTCD": "SCORRES"}

# Compared with the column's name in upper case, without blanks, hyphens and underscores.
COLUMN_NAMES = {
    "dates of birth": r"BRTHD(TC?|AT|ATE|Y)?|BIRTHDA(TE|Y)|BIRTHDTC?|DOB|DATEOFBIRTH",
    "names of people": r"((FIRST|LAST|MIDDLE|SUR|FAMILY|FORE|GIVEN|FULL|MAIDEN|PATIENT|SUBJECT|PARTICIPANT|PERSON|INVESTIGATOR|PT|F|L)?NAME"
    r"|(SUBJ|SUBJECT|PATIENT|PT)?(INITIALS|INIT)|INVNAM|NAME(FIRST|LAST)"
    r"|(PAT|SUBJ|FIRST|LAST|FULL)\w*NAME)",
    "postal addresses": r"(HOME|MAILING|STREET|POSTAL|CONTACT)?(ADDRESS|ADDR)(LINE)?\d*|STREET(NAME|NUMBER)?",
    "postal codes": r"ZIP(CODE|CD|5|9)?|POST(AL)?(CODE|CD)|POSTAL|PLZ",
    "e-mail addresses": r"E?MAIL(ADDRESS|ADDR|ID)?|(CONTACT|HOME|WORK)EMAIL",
    "telephone numbers": r"(HOME|WORK|CELL|MOBILE|CONTACT|TELE)?PHONE(NO|NUMBER|NUM)?\d*|TEL(NO|NUM|NUMBER)?\d*|MOBILE(NO|NUMBER)?"
    r"|FAX(NO|NUMBER)?",
    "medical record numbers": r"MRN(NO|NUMBER)?|(PATIENT)?MED(ICAL)?REC(ORD)?(NO|NUM|NUMBER|ID)?|HOSP(ITAL)?(NO|NUM|NUMBER|ID)|CHARTNO",
    "national or insurance numbers": r"SSN|SOCIALSEC(URITY)?(NO|NUMBER)?|NATIONALID(ENTIFIER)?|NHS(NO|NUMBER|NUM)|PASSPORT(NO|NUMBER)?"
    r"|INSURANCE(NO|NUMBER|ID)|DRIVERS?LICEN[CS]E(NO|NUMBER)?|TAX(PAYER)?ID",
}
_NAMES = {kind: re.compile(pattern) for kind, pattern in COLUMN_NAMES.items()}


@dataclass(frozen=True)
class _Look:
    """How one kind of identifier looks. `wide` is a cheap pattern (no look-around) that finds at least the values `exact` finds."""

    kind: str
    wide: str
    exact: re.Pattern[str]
    holds: Callable[[str], bool] = bool


def _is_social_security(text: str) -> bool:
    """The number ranges that are issued; others, such as 000-12-3456, are no social security numbers."""
    area, group, serial = text.split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _is_resident_number(text: str) -> bool:
    """GB 11643: digits 7 to 14 are the date of birth, the last character is the check sum modulo 11 of the others."""
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    check = sum(int(digit) * weight for digit, weight in zip(text[:17], weights, strict=True)) % 11
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return 1900 <= born.year < 2100 and "10X98765432"[check] == text[17].upper()


def _is_health_service_number(text: str) -> bool:
    """The check digit of the NHS number: weights 10 to 2, modulo 11."""
    digits = [int(character) for character in text if character.isdigit()]
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == digits[9] and check != 10


_LOOKS = (
    _Look("an e-mail address", r"@", re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[A-Za-z]{2,}")),
    _Look(
        "a social security number",
        r"\d{3}-\d{2}-\d{4}",
        re.compile(r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])"),
        _is_social_security,
    ),
    _Look(
        "a national health number", r"\d{3} \d{3} \d{4}", re.compile(r"(?<![\w.-])\d{3} \d{3} \d{4}(?![\w-])"), _is_health_service_number
    ),
    _Look(
        "a telephone number",
        r"\d{3}\)? ?[-. ]?[2-9]\d{2}[-. ]\d{4}",
        re.compile(r"(?<![\w.+-])(?:\+?1[-. ])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-. ])[2-9]\d{2}[-. ]\d{4}(?![\w-])"),
    ),
    _Look(
        "a telephone number",
        r"\+[1-9]\d",
        re.compile(r"(?<![\w.])\+[1-9]\d{0,2}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){2,5}\d{2,4}(?![\w-])"),
        lambda text: 9 <= sum(character.isdigit() for character in text) <= 15,
    ),
    _Look(
        "a telephone number",
        r"(?i:tel|phone|mobile|fax)",
        re.compile(r"(?i)\b(?:tel(?:ephone)?|phone|mobile|fax)\b\W{0,3}(?:no\W{0,3}|number\W{0,3})?[+(]?\d[\d ().-]{5,}\d"),
    ),
    _Look("a national number", r"\d{17}[0-9Xx]", re.compile(r"(?<![\w.-])\d{17}[\dXx](?![\w-])"), _is_resident_number),
    _Look(
        "a national insurance number",
        r"[A-Z]{2} \d{2} \d{2} \d{2} [A-D]",
        re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z]{2} \d{2} \d{2} \d{2} [A-D](?!\w)"),
    ),
    _Look("a medical record number", r"(?i:mrn|ssn)", re.compile(r"(?i)\b(?:MRN|SSN)\b\W{0,3}(?:no\W{0,3}|is\W{0,3})?\d[\d-]{3,}")),
    _Look(
        "a date of birth",
        r"(?i:dob|born|birth)",
        re.compile(r"(?i)\b(?:dob|born(?: on)?|date of birth|birth ?date)\b\W{0,3}(?:\d{1,4}[-./ ]|\d{1,2} ?[a-z]{3})"),
    ),
    _Look("the name of a person", r"(?:Mr|Mrs|Ms|Dr|Prof)\. ", re.compile(r"(?<!\w)(?:Mr|Mrs|Ms|Dr|Prof)\. [A-Z]\w+")),
)
_MAIL = _LOOKS[:1]


def select_columns(tables: Sequence[TextTable], rules: DeliveryRules, findings: Findings) -> list[TextTable]:
    """The tables without the columns the study definition drops; the report names each of them.

    A name is `DM.BRTHDTC` (data set or domain) or `*.EMAIL`, regardless of case; it also drops the rows of a supplement or of subject
    characteristics that have this name.
    """
    return [_without_dropped(table, rules.dropped_columns, findings) for table in tables]


def validate_identifiers(tables: Sequence[TextTable], findings: Findings) -> None:
    """Collect in `findings` a refusal for each column, and for each row, that names a person. No value is repeated."""
    for table in tables:
        for column in table.frame.columns:
            kind = find_kind(column)
            if kind and (table.frame[column] != "").any():
                findings.refuse(table.file, f"holds {kind}, going by the name of the column: {NEXT_STEP}", None, column)
            else:
                _refuse_values(table, column, findings)
            if column in (*OWN_IDS, "SUBJID"):
                _refuse_names(table, column, findings)
        for column, value_column in NAMED_IN_ROWS.items():
            if table.has(column):
                _refuse_named_rows(table, column, value_column, findings)


def _refuse_names(table: TextTable, column: str, findings: Findings) -> None:
    texts = table.frame[column]
    named = texts[texts.map({text: PERSON.fullmatch(text) is not None for text in texts.unique()}).astype("bool")]
    rule = "the participant's id looks like the name of a person; deliver a code in its place"
    findings.refuse_rows(table.file, rule, named.map(describe_hidden), column)


def find_kind(name: str) -> str:
    """What a column of this name holds that names people (“dates of birth”); the empty text for a harmless name."""
    plain = re.sub(r"[\s_.-]", "", name).upper()
    return next((kind for kind, pattern in _NAMES.items() if pattern.fullmatch(plain)), "")


def find_identifier(text: str, looks: Sequence[_Look] = _LOOKS) -> str:
    """What in `text` names a person (“an e-mail address”); the empty text for a harmless one."""
    for look in looks:
        if any(look.holds(found[0]) for found in look.exact.finditer(text)):
            return look.kind
    return ""


def _refuse_values(table: TextTable, column: str, findings: Findings) -> None:
    found = _find_identifiers(table.frame[column], _MAIL if column in OWN_IDS else _LOOKS)
    for kind in sorted(set(found.values())):
        rows = table.frame.loc[table.frame[column].isin([text for text, its in found.items() if its == kind]), column]
        findings.refuse_rows(table.file, f"holds {kind}: {NEXT_STEP}", rows.map(describe_hidden), column)


def _find_identifiers(texts: pd.Series, looks: Sequence[_Look]) -> Mapping[str, str]:
    """The values of a column that name a person, with what they are. Each different value is looked at once."""
    values = pd.Series(texts.unique(), dtype="str")
    wide = "|".join(look.wide for look in looks)
    suspects = values[values.str.contains(wide, regex=True)]
    kinds = {text: find_identifier(text, looks) for text in suspects}
    return {text: kind for text, kind in kinds.items() if kind}


def _refuse_named_rows(table: TextTable, column: str, value_column: str, findings: Findings) -> None:
    names, filled = table.text(column), table.text(value_column) != ""
    for name in names.unique():
        kind = find_kind(name)
        rows = names[(names == name) & filled] if kind else names.iloc[:0]
        findings.refuse_rows(table.file, f"holds {kind}, going by its name: {NEXT_STEP}", rows, column)


def _without_dropped(table: TextTable, dropped: Sequence[str], findings: Findings) -> TextTable:
    named = {"*", table.name.upper(), *(table.text("DOMAIN").str.upper().unique()[:1])}
    pairs = [name.upper().split(".", 1) for name in dropped]
    columns = {column for data_set, column in pairs if data_set in named}
    for column in NAMED_IN_ROWS:
        away = table.text(column).str.upper().isin(columns)
        text = f"rows with a {column} that the study definition drops were removed from {table.file}"
        findings.note("column-dropped", text, table.frame.index[away], table.file)
        table = table.only(~away) if away.any() else table
    gone = [column for column in table.frame.columns if column in columns]
    for column in gone:
        findings.note("column-dropped", f"{table.file}: the column {column} was removed, as the study definition says", len(table.frame))
    kept = tuple(header for header in table.headers if header.upper() not in gone)
    return replace(table, frame=table.frame.drop(columns=gone), headers=kept) if gone else table
