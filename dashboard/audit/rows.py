"""The rows of the audit as a file for people and programs."""

from __future__ import annotations

from dataclasses import asdict

from dashboard.audit.chain import Record

COLUMNS = ("seq", "at", "action", "reader", "study", "cut", "request", "how", "detail", "previous", "hash")
# A spreadsheet takes a text that begins so for a formula.
DANGEROUS_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


def list_cells(record: Record, how: str) -> list[object]:
    """The cells of COLUMNS for one row; `how` says how the participant asked for was in it.

    Text that a spreadsheet would run is made harmless.
    """
    row = {**asdict(record), "how": how}
    return [_harmless(row[name]) for name in COLUMNS]


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS_STARTS) else value
