"""What a workbook may not hold, found in its zip and its XML before any cell is read."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from data_access.formats.archive import DAMAGE, check_directory, open_archive
from data_access.formats.limits import MEGABYTE, MOST_WORKBOOK_BYTES
from data_access.formats.raw_table import refusal

PIECE_BYTES = 8 * MEGABYTE
# A formula or an opening tag is never longer in a part that is not refused anyway.
OVERLAP_BYTES = 64 * 1024
XML_SUFFIXES = (".xml", ".rels", ".vml")
UNWANTED_PARTS = {
    "vbaproject": "holds macros",
    "xl/macrosheets/": "holds macros",
    "xl/externallinks/": "takes values from other workbooks",
    "xl/connections.xml": "takes values from a data connection",
    "xl/querytables/": "takes values from a query",
    "xl/embeddings/": "holds embedded objects",
    "xl/activex/": "holds active controls",
}
DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)[\"']")
EXTERNAL = re.compile(rb"<[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>")
FORMULA = re.compile(rb"<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>([^<]*))")
CELL_ERROR = re.compile(rb"<(?:\w+:)?c\s[^<>]*\bt\s*=\s*[\"']e[\"'][^<>]*>(?:<(?:\w+:)?v>([^<]*))?")
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*ref\s*=\s*[\"']([A-Z]+)(\d+)[^\"']*[\"']")
CELL = re.compile(rb"<(?:\w+:)?c\s[^<>]*\br\s*=\s*[\"']([A-Z]+)(\d+)[\"']")
SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)


def check_package(file: str, path: Path) -> None:
    """DeliveryRefusedError when the workbook is too large unpacked, is no zip, or holds macros, external links, DTDs, formulas, cell
    errors or merged cells; the rule names row (1 = below the header) and column letter.
    """
    with open_archive(file, path, "is no workbook (XLSX)") as archive:
        check_directory(file, archive, path.stat().st_size, MOST_WORKBOOK_BYTES)
        for entry in archive.infolist():
            _check_name(file, entry.filename)
        for entry in archive.infolist():
            if entry.filename.lower().endswith(XML_SUFFIXES):
                _check_part(file, archive, entry)


def _check_name(file: str, name: str) -> None:
    for part, rule in UNWANTED_PARTS.items():
        if part in name.lower().replace("\\", "/"):
            raise refusal(file, f"{rule}; save the values alone in a new workbook", None, None, name)


def _check_part(file: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    is_sheet = SHEET_PART.fullmatch(entry.filename) is not None
    for number, piece in enumerate(_pieces(file, archive, entry)):
        if not number:
            _check_encoding(file, entry.filename, piece)
        # The gates `in` are some 30 times faster than the expressions behind them.
        if b"<!" in piece and DECLARATION.search(piece):
            raise refusal(file, "its XML declares a document type or entities", None, None, entry.filename)
        if entry.filename.endswith(".rels"):
            _check_relations(file, piece)
        if is_sheet:
            _check_cells(file, piece)


def _pieces(file: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    # Pieces overlap, so that nothing hides at a border.
    kept, done = b"", 0
    try:
        with archive.open(entry) as part:
            while piece := part.read(PIECE_BYTES):
                done += len(piece)
                yield kept + piece
                kept = piece[-OVERLAP_BYTES:]
    except (*DAMAGE, OSError) as error:
        raise refusal(file, f"is damaged: {error}", None, None, entry.filename) from error


def _check_encoding(file: str, name: str, piece: bytes) -> None:
    found = ENCODING.search(piece[:200])
    if b"\0" in piece[:4] or piece.startswith((b"\xff\xfe", b"\xfe\xff")) or (found and found[1].lower() not in (b"utf-8", b"us-ascii")):
        raise refusal(file, "its XML must be UTF-8", None, None, name)


def _check_relations(file: str, piece: bytes) -> None:
    for found in EXTERNAL.finditer(piece):
        # A link in a cell (an e-mail address turned blue) fetches nothing.
        if b"/hyperlink" not in found[0]:
            raise refusal(file, "points to something outside the workbook", None, None, found[0].decode("utf-8", "replace"))


def _check_cells(file: str, piece: bytes) -> None:
    if (b"<f" in piece or b":f" in piece) and (found := FORMULA.search(piece)):
        text = (found[1] or b"").decode("utf-8", "replace")
        raise _at_cell(file, "holds a formula; a delivery holds values", piece[: found.start()], f"={text}")
    if (b'"e"' in piece or b"'e'" in piece) and (found := CELL_ERROR.search(piece)):
        raise _at_cell(file, "holds an error of the spreadsheet", piece[: found.end()], (found[1] or b"").decode("utf-8", "replace"))
    if b"mergeCell" in piece and (found := MERGED.search(piece)):
        rule = "holds merged cells, of which only the first has a value"
        raise refusal(file, rule, int(found[2]) - 1, f"{found[1].decode()} of the sheet", None)


def _at_cell(file: str, rule: str, before: bytes, value: str) -> Exception:
    cells = CELL.findall(before)
    if not cells:
        return refusal(file, rule, None, None, value)
    letters, row = cells[-1]
    return refusal(file, rule, int(row) - 1, f"{letters.decode()} of the sheet", value)
