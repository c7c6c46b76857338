"""The port to the audit: who did what, written before the answer leaves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

NOTHING: Mapping[str, str] = MappingProxyType({})


class AuditTrail(Protocol):
    """Where events are written. StorageError when an event cannot be written; what it was about is then refused."""

    def write(self, action: str, reader: str, study: str = "", cut: str = "", detail: Mapping[str, str] = NOTHING) -> None:
        """Write one event: `reader` did `action`; `detail` never holds the value of a count."""
        ...
