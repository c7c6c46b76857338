"""Every error a person can meet, in words that name what is wrong and the next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class LymphotraceError(Exception):
    """Base of all errors the product raises on purpose; its text is fit to show a reader."""


class SettingsError(LymphotraceError):
    """A setting from the environment has a value the product cannot use."""


class WrongUseError(LymphotraceError):
    """A command was asked for something it cannot do (exit code 2)."""


class DefinitionError(LymphotraceError):
    """A study definition file cannot be used; the text names file, key and allowed values."""


class NotFoundError(LymphotraceError):
    """What the address names does not exist (or is not visible); `kind` says which part."""

    def __init__(self, kind: str, name: str, known: Sequence[str] = ()) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        super().__init__(self._offer(f"There is no {kind} “{name}”."))

    @property
    def heading(self) -> str:
        """The title of a page that says nothing else."""
        return f"This {self.kind} does not exist"

    def _offer(self, sentence: str) -> str:
        return f"{sentence} There are: {', '.join(self.known)}." if self.known else sentence


class WithdrawnError(NotFoundError):
    """The data cut that the address names was withdrawn, and the reader may know of it; `sentence` says so."""

    def __init__(self, cut: str, sentence: str, known: Sequence[str] = ()) -> None:
        super().__init__("published data cut", cut, known)
        self.args = (self._offer(sentence),)

    @property
    def heading(self) -> str:
        """The title of a page that says nothing else."""
        return "This data cut was withdrawn"


class NoDataError(NotFoundError):
    """The data cut holds nothing that the page would show; `sentence` says what is missing."""

    def __init__(self, page: str, sentence: str) -> None:
        super().__init__("page", page)
        self.args = (sentence,)


class StorageError(LymphotraceError):
    """The disk or the database did not do what was asked (exit code 4)."""


class UnreachableError(StorageError):
    """The database does not answer now, and may later: it is stopped, starting, or held by another program (exit code 4)."""


class ImportBusyError(LymphotraceError):
    """Another import is running on the same database (exit code 5)."""


@dataclass(frozen=True)
class Refusal:
    """One reason to refuse a delivery: where (file, row counted from 1 after the header, 0 for the header, column), what and why."""

    file: str
    rule: str
    row: int | None = None
    column: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        where = [self.file]
        if self.row is not None:
            where.append(f"row {self.row}" if self.row else "header")
        if self.column is not None:
            where.append(f"column {self.column}")
        shown = f" (value {self.value!r})" if self.value is not None else ""
        return f"{', '.join(where)}: {self.rule}{shown}"


class DeliveryRefusedError(LymphotraceError):
    """A delivery was refused as a whole; nothing was stored (exit code 3)."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("\n".join(str(refusal) for refusal in self.refusals))


class BackupRefusedError(LymphotraceError):
    """A backup is damaged, incomplete or of another kind; nothing was restored (exit code 3)."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("\n".join(str(refusal) for refusal in self.refusals))


class SnapshotStateError(LymphotraceError):
    """The snapshot is not in the state the command needs, or its id names several (exit code 2)."""


class AlteredSnapshotError(StorageError):
    """The stored rows of a snapshot are not the rows that were imported; the text names the first altered row (exit code 4)."""


class AlteredAuditError(StorageError):
    """The rows of the audit are not the rows that were written; the text names the first one that does not fit (exit code 4)."""
