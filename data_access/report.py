"""What an import says about a delivery: what was read, stored, left out and noticed, and every reason to refuse it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice

import pandas as pd

from dashboard.errors import DeliveryRefusedError, Refusal
from data_access.report_flags import ReportFlag, describe_flags, read_flag

MOST_REFUSALS = 200
MOST_PLACES, PLACES_TOLD = 20, 3
KINDS = ("participants", "counts", "doses")
# What the rows of each of `study.columns.RECORD_TABLES` are called; the report has these kinds where a delivery holds them.
KIND_OF_TABLE = {
    "adverse_event": "adverse events",
    "medication": "medications",
    "finding": "findings",
    "attendance": "visits",
    "milestone": "milestones",
    "time_to_event": "times to event",
    "claim": "claims",
    "trait": "traits",
    "dose_adjustment": "dose adjustments",
}
AFTER_CUT = "dated after the data cut"
HELD = "held in the delivery, not stored by this version"
IGNORED = "ignored: no data set this version knows"


def describe_number(number: int, word: str) -> str:
    """“1 row”, “2 rows”."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


@dataclass(frozen=True)
class ReportNote:
    """Something worth knowing that is no reason to refuse: a code for programs, a sentence for people, the rows it concerns.

    `places` names the first MOST_PLACES of these rows, such as “lb.csv row 12”; it may be empty.
    """

    code: str
    text: str
    rows: int
    places: tuple[str, ...] = ()

    def describe(self) -> str:
        """The note as one line, with its first places."""
        told = ", ".join(self.places[:PLACES_TOLD]) + (", …" if self.rows > PLACES_TOLD and self.places else "")
        # A note about files or people has places that are no rows.
        if told and all(" row " not in place for place in self.places):
            return f"note {self.code}: {self.text} ({told})"
        return f"note {self.code}: {self.text} ({describe_number(self.rows, 'row')}{': ' if told else ''}{told})"


@dataclass(frozen=True)
class FileRows:
    """One file of the delivery, what it was taken for, and its number of rows (None when it was not opened)."""

    file: str
    content: str
    rows: int | None


@dataclass(frozen=True)
class Tally:
    """Rows of one kind. `read` = `stored` + the sum of `left_out` (reason to number of rows)."""

    read: int
    stored: int
    left_out: Mapping[str, int]


@dataclass(frozen=True)
class DeliveryReport:
    """The data-quality report of one delivery; `flags` holds the kinds that are raised, None when nobody looked for them."""

    files: tuple[FileRows, ...]
    tallies: Mapping[str, Tally]
    notes: tuple[ReportNote, ...]
    flags: tuple[ReportFlag, ...] | None = None

    def describe(self) -> str:
        """The report as lines of text, one fact each."""
        lines = [
            f"{file.file}: {file.content}" + ("" if file.rows is None else f" ({describe_number(file.rows, 'row')})") for file in self.files
        ]
        for kind, tally in self.tallies.items():
            lines.append(f"{kind}: {tally.read} read, {tally.stored} stored")
            lines += [f"  {rows} left out: {reason}" for reason, rows in tally.left_out.items()]
        claims = self.tallies.get(KIND_OF_TABLE["claim"])
        flagged = [] if self.flags is None else describe_flags(self.flags, claims.stored if claims else 0)
        return "\n".join([*lines, *(note.describe() for note in self.notes), *flagged])

    def to_json(self) -> str:
        """The report as JSON, keys in fixed order."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> DeliveryReport:
        """The report written by `to_json`."""
        content = json.loads(text)
        flags = content.get("flags")
        return cls(
            tuple(FileRows(**file) for file in content["files"]),
            {kind: Tally(**tally) for kind, tally in content["tallies"].items()},
            # A report stored before notes named their places has none.
            tuple(ReportNote(note["code"], note["text"], note["rows"], tuple(note.get("places", ()))) for note in content["notes"]),
            None if flags is None else tuple(map(read_flag, flags)),
        )


@dataclass
class _Noted:
    rows: int = 0
    places: list[str] = field(default_factory=list)


@dataclass
class Findings:
    """Collects, while a delivery is read, what its report will say and why it may be refused."""

    refusals: list[Refusal] = field(default_factory=list)
    refused: int = 0
    files: list[FileRows] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, Counter[str]] = field(default_factory=lambda: {kind: Counter() for kind in (*KINDS, *KIND_OF_TABLE.values())})
    noted: dict[tuple[str, str], _Noted] = field(default_factory=dict)

    def refuse(self, file: str, rule: str, row: int | None = None, column: str | None = None, value: str | None = None) -> None:
        """One reason to refuse; beyond MOST_REFUSALS only their number is kept."""
        self.refused += 1
        if len(self.refusals) < MOST_REFUSALS:
            self.refusals.append(Refusal(file, rule, row, column, value))

    def refuse_rows(self, file: str, rule: str, values: pd.Series, column: str) -> None:
        """Refuse every row of `values` (the column's texts, indexed by row counted from 1)."""
        listed = values.iloc[: MOST_REFUSALS - len(self.refusals)]
        for row, value in listed.items():
            self.refuse(file, rule, int(str(row)), column, str(value))
        self.refused += len(values) - len(listed)

    def note(self, code: str, text: str, rows: int | pd.Index | Sequence[str], file: str = "") -> None:
        """Add rows to a note; nothing happens for no rows.

        `rows` is their number, their numbers in `file` (an index), or their places in words (“lb.csv row 12”).
        """
        number = rows if isinstance(rows, int) else len(rows)
        if number:
            noted = self.noted.setdefault((code, text), _Noted())
            noted.rows += number
            noted.places += islice(_places(rows, file), MOST_PLACES - len(noted.places))

    def leave_out(self, kind: str, reason: str, rows: int) -> None:
        """Count rows of one of KINDS or KIND_OF_TABLE that are read and not stored; nothing happens for zero rows."""
        if rows:
            self.left_out[kind][reason] += rows

    def raise_refusals(self, since: int = 0) -> None:
        """DeliveryRefusedError with everything found so far, when more than the `since` reasons known earlier were found."""
        if self.refused <= since:
            return
        if self.refused > len(self.refusals):
            more = Refusal("delivery", f"and {self.refused - len(self.refusals)} more reasons that are not listed")
            raise DeliveryRefusedError([*self.refusals, more])
        raise DeliveryRefusedError(self.refusals)

    def report(self, stored: Mapping[str, int]) -> DeliveryReport:
        """The finished report; `stored` gives the number of rows stored of each kind. Beside KINDS it has the kinds that were read."""
        kinds = [kind for kind in self.left_out if kind in KINDS or self.read[kind] or stored.get(kind, 0)]
        tallies = {kind: Tally(self.read[kind], stored.get(kind, 0), dict(self.left_out[kind])) for kind in kinds}
        notes = tuple(ReportNote(code, text, noted.rows, tuple(noted.places)) for (code, text), noted in self.noted.items())
        return DeliveryReport(tuple(self.files), tallies, notes)


def _places(rows: int | pd.Index | Sequence[str], file: str) -> Iterator[str]:
    if isinstance(rows, pd.Index):
        yield from (f"{file} row {row}" for row in rows)
    elif not isinstance(rows, int):
        yield from rows
