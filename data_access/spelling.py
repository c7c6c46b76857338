"""Refusals name a column as the file spells it: while a delivery is read, all names stand in capitals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from dashboard.errors import DeliveryRefusedError
from data_access.text_tables import TextTable


@contextmanager
def spell_as_delivered(tables: Sequence[TextTable]) -> Iterator[None]:
    """A DeliveryRefusedError of the block names each column as the header of its file does; absent columns keep their name."""
    spelled = {(table.file, header.upper()): header for table in tables for header in table.headers}
    try:
        yield
    except DeliveryRefusedError as error:
        told = [replace(one, column=spelled.get((one.file, (one.column or "").upper()), one.column)) for one in error.refusals]
        raise DeliveryRefusedError(told) from error
