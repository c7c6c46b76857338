"""Names of columns that nobody reads: a slip in the name of a column that is missing, or a column that no standard knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from data_access.report import Findings
from data_access.text_tables import TextTable

NAMED = 20


def check_columns(
    table: TextTable, title: str, used: Collection[str], named: Callable[[str], bool], usual: Callable[[str], bool], findings: Findings
) -> None:
    """Refuse a slip in the name of a column that is missing; note the other columns that nobody knows in one note.

    `title` names the data set (LB), `used` are the columns its reader looks for. A column that is `named` by the standard is no slip,
    however much it looks like another; one that is `usual` (it may stand in this data set by the standard's rules) is not noted.
    """
    slips = refuse_slips(table, title, used, named, findings)
    unknown = [name for name in table.headers if name not in slips and name.upper() not in used and not usual(name.upper())]
    if unknown:
        names = ", ".join(f"“{name}”" for name in unknown[:NAMED]) + (f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else "")
        text = f"{title} has columns that the standard does not know and that were not read: {names}"
        findings.note("unknown-column", text, [table.file])


def refuse_slips(table: TextTable, title: str, used: Collection[str], named: Callable[[str], bool], findings: Findings) -> list[str]:
    """Refuse each column that is one edit away from one of `used` that the table lacks; the columns refused, as delivered."""
    missing = [name for name in used if not table.has(name)]
    slips = []
    for header in table.headers:
        name = header.upper()
        meant = next((other for other in missing if is_slip(name, other)), "")
        if meant and name not in used and not named(name):
            findings.refuse(table.file, f"is no column of {title}; the column {meant} is missing: was that meant?", None, header)
            slips.append(header)
    return slips


def is_slip(name: str, meant: str) -> bool:
    """Whether one letter inserted, left out, replaced, or exchanged with its neighbour makes `meant` of `name`.

    Another digit (TRT02P, TRT01P) and an added N (PARAMN, the number of PARAM) are meant and no slip.
    """
    if name == f"{meant}N" or re.sub(r"\d", "0", name) == re.sub(r"\d", "0", meant):
        return False
    if len(name) == len(meant):
        apart = [place for place, (one, other) in enumerate(zip(name, meant, strict=True)) if one != other]
        turned = len(apart) == 2 and apart[1] == apart[0] + 1 and name[apart[0]] + name[apart[1]] == meant[apart[1]] + meant[apart[0]]
        return len(apart) == 1 or turned
    short, long = sorted((name, meant), key=len)
    return len(long) == len(short) + 1 and any(long[:place] + long[place + 1 :] == short for place in range(len(long)))
