"""The chain: each row holds the SHA-256 over the hash before it and its own line, so that no row can be altered, removed or moved unseen.

The line of a row is JSON in ASCII, keys in the order of the alphabet, no spaces: {"action":…,"at":…,"cut":…,"detail":{…},"reader":…,
"request":…,"seq":…,"study":…}. Its hash is SHA-256 of the hash before it (GENESIS for the first row), a line feed, and the line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from dashboard.audit.events import Event
from dashboard.errors import AlteredAuditError, WrongUseError

GENESIS = "0" * 64
HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Record:
    """One row of the audit, exactly as it is stored: `at` and `detail` (canonical JSON) are texts."""

    seq: int
    at: str
    action: str
    reader: str
    study: str
    cut: str
    request: str
    detail: str
    previous: str
    hash: str

    @property
    def details(self) -> Mapping[str, str]:
        """The details by name; empty when the text was altered into something else."""
        found = _read_json(self.detail)
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Head:
    """The newest row: its number (0 for an empty audit) and its hash."""

    seq: int = 0
    hash: str = GENESIS


@dataclass(frozen=True)
class Entry:
    """A row that has no place in the chain yet: its texts, and its line before and after the number that it will have."""

    at: str
    action: str
    reader: str
    study: str
    cut: str
    request: str
    detail: str
    line_before: str
    line_after: str


def prepare(event: Event, at: datetime) -> Entry:
    """What is known of a row before its turn has come; `at` is an instant with a time zone."""
    texts = {"action": event.action, "at": at.astimezone(UTC).isoformat(timespec="microseconds"), "cut": event.cut}
    asked, detail = {"reader": event.reader, "request": event.request}, dict(event.detail)
    # `seq` and `study` are the last two names in the order of the alphabet.
    before = f'{_canonical(texts | asked | {"detail": detail})[:-1]},"seq":'
    after = f",{_canonical({'study': event.study})[1:]}"
    return Entry(**texts, **asked, study=event.study, detail=_canonical(detail), line_before=before, line_after=after)


def append(head: Head, entry: Entry) -> Record:
    """The row that follows `head`."""
    seq = head.seq + 1
    hashed = compute_hash(head.hash, f"{entry.line_before}{seq}{entry.line_after}")
    texts = {name: value for name, value in asdict(entry).items() if not name.startswith("line_")}
    return Record(seq, **texts, previous=head.hash, hash=hashed)


def write_line(seq: int, at: str, named: Mapping[str, str], detail: object) -> str:
    """The line of a row, over which its hash is made."""
    return _canonical({"seq": seq, "at": at, **named, "detail": detail})


def compute_hash(previous: str, line: str) -> str:
    """The hash of a row: SHA-256, in hex, of the hash before it, a line feed, and its line."""
    return hashlib.sha256(f"{previous}\n{line}".encode()).hexdigest()


def verify_chain(records: Iterable[Record], expected: Sequence[str] = ()) -> Head:
    """The head of the chain that `records` make, in their order; AlteredAuditError names the first row that does not fit.

    `expected` are hashes noted earlier, which the chain must hold: only they show that its end was cut off or that all of it was
    written anew.
    """
    head, missing = Head(), {*expected} - {GENESIS}
    for record in records:
        _check(head, record)
        head = Head(record.seq, record.hash)
        missing.discard(record.hash)
    if missing:
        raise AlteredAuditError(
            f"the audit ends with row {head.seq} and has no row with the hash {min(missing)}: its end was removed, or it was written anew"
        )
    return head


def validate_hash(text: str) -> str:
    """A hash as it was noted, in lower case; WrongUseError for a text that is none."""
    lower = text.strip().casefold()
    if HASH.fullmatch(lower) is None:
        raise WrongUseError(f"a hash has 64 hex digits, as “audit head” prints it (found {text[:80]!r})")
    return lower


def _check(head: Head, record: Record) -> None:
    wanted = head.seq + 1
    if record.seq != wanted:
        raise AlteredAuditError(_describe_place(wanted, record.seq))
    detail = _read_json(record.detail)
    named = {name: getattr(record, name) for name in ("action", "reader", "study", "cut", "request")}
    line = write_line(record.seq, record.at, named, detail)
    if _canonical(detail) != record.detail or compute_hash(record.previous, line) != record.hash:
        raise AlteredAuditError(f"row {record.seq} of the audit was altered: its hash is not that of its content")
    if record.previous != head.hash:
        raise AlteredAuditError(
            f"row {record.seq} of the audit was not written after the row that stands before it: one of the two was replaced"
        )


def _describe_place(wanted: int, found: int) -> str:
    if found < wanted:
        return f"row {found} of the audit stands where row {wanted} should: it was added or moved"
    gone = f"row {wanted} is" if found == wanted + 1 else f"rows {wanted} to {found - 1} are"
    return f"{gone} missing from the audit"


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _read_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
