"""Files of rows: the contract's bare tables, and downloads for people that say what they are."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd
import xlsxwriter

from dashboard.panels.describe import describe_cut
from dashboard.scene import Scene
from dashboard.view.words import describe_selection

DANGEROUS_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
MAX_WIDTH = 32
# What a workbook's properties say besides its title, study and address.
KEYWORDS = ("Data", "Data cut", "Selection", "Participants", "Fingerprint of the view", "Downloaded")
# A workbook's footer has at most 255 characters, and an ampersand counts twice.
LONGEST_FOOTER = 120


def write_csv(table: pd.DataFrame) -> str:
    """Bare CSV: UTF-8 text, one header line, numbers unrounded, missing = empty, flags true/false."""
    return _to_csv(_plain(table))


def _to_csv(table: pd.DataFrame) -> str:
    """Lines end with a line feed. Python quotes a cell for the line end it is told, so a carriage return needs quotes of its own."""
    texts = table.select_dtypes(include=["object", "str"])
    risky = any(texts[name].astype("str").str.contains("\r", regex=False).any() for name in texts)
    return table.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC if risky else csv.QUOTE_MINIMAL)


def write_json(table: pd.DataFrame) -> str:
    """A JSON array of row objects: numbers unrounded, missing = null."""
    plain = table.astype(object).where(table.notna(), None)
    return json.dumps(plain.to_dict("records"), ensure_ascii=False, allow_nan=False, default=_number)


def _number(value: object) -> object:
    return value.item()  # type: ignore[attr-defined]


def write_parquet(table: pd.DataFrame) -> bytes:
    """The table as Parquet."""
    return table.to_parquet(index=False)


def describe_file(scene: Scene, title: str, address: str, today: date, n_rows: int, population: str = "") -> list[tuple[str, str]]:
    """What a downloaded file says about itself: the first lines of a CSV, the first sheet of a workbook.

    `population` names the participants of a file that the filters of the view do not narrow.
    """
    narrowed = [
        ("Selection", describe_selection(scene.view, scene.protocol)),
        ("Participants", f"n = {scene.n} of {len(scene.analysis.participants)} in the data cut"),
    ]
    synthetic = [("Data", "SYNTHETIC: simulated participants, no real person's data")] if scene.snapshot.synthetic else []
    return [
        ("Study", f"{scene.protocol.study.registry_id}: {scene.protocol.study.short_title}"),
        *synthetic,
        ("Content", f"{title}, {n_rows:,} rows"),
        ("Data cut", describe_cut(scene).removeprefix("Data cut ")),
        *([("Participants", population)] if population else narrowed),
        ("View", address),
        ("Fingerprint of the view", scene.fingerprint),
        ("Downloaded", today.isoformat()),
    ]


def write_annotated_csv(table: pd.DataFrame, about: Sequence[tuple[str, str]]) -> str:
    """CSV for people: lines that begin with `# ` say what the file is; text that a spreadsheet would run is made harmless."""
    lines = "".join(f"# {name}: {' '.join(text.split())}\n" for name, text in about)
    safe = _plain(table)
    for name in safe.select_dtypes(include=["object", "str"]).columns:
        safe[name] = safe[name].map(_harmless)
    return lines + _to_csv(safe)


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS_STARTS) else value


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    flags = table.select_dtypes(include="bool").columns
    return table.assign(**{name: table[name].map({True: "true", False: "false"}) for name in flags})


def write_workbook(table: pd.DataFrame, about: Sequence[tuple[str, str]], created: datetime) -> bytes:
    """A workbook with the sheets “About” and “Rows”. Text cells are text whatever they begin with; numbers stay numbers."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    named = dict(about)
    keywords = "; ".join(f"{name}: {text}" for name, text in about if name in KEYWORDS)
    workbook.set_properties(
        {"title": named["Content"], "subject": named["Study"], "comments": named["View"], "keywords": keywords, "created": created}
    )
    bold = workbook.add_format({"bold": True})
    sheet = workbook.add_worksheet("About")
    for place, (name, text) in enumerate(about):
        sheet.write_string(place, 0, name, bold)
        sheet.write_string(place, 1, text)
    sheet.set_column(0, 1, MAX_WIDTH)
    rows = workbook.add_worksheet("Rows")
    _write_rows(rows, table, bold)
    footer = f"{named.get('Data cut', '')}. View {named.get('Fingerprint of the view', '')}. {named.get('Downloaded', '')}"
    for page in (sheet, rows):
        page.set_footer(f"&L{footer[:LONGEST_FOOTER].replace('&', '&&')}")
        if "Data" in named:
            page.set_header('&C&"Arial,Bold"SYNTHETIC')
    workbook.close()
    return buffer.getvalue()


def _write_rows(sheet: xlsxwriter.worksheet.Worksheet, table: pd.DataFrame, bold: object) -> None:
    for column, name in enumerate(table.columns):
        sheet.write_string(0, column, name, bold)
        for row, value in enumerate(table[name].tolist(), start=1):
            if isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            elif isinstance(value, str):
                sheet.write_string(row, column, value)
            elif not pd.isna(value):
                sheet.write_number(row, column, value)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(table.columns) - 1, 14)
