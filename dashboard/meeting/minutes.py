"""The minutes of a meeting as a document: people, agenda, every decision and comment with the view on which it was made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.meeting.desk import AgendaItem, ItemState, Written
from dashboard.meeting.records import Kind, Meeting, Person, ShownView
from dashboard.meeting.rules import describe_kind
from dashboard.printing.document import About, Document, Linked, Listing, Part, Section, Sentence, Table
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot
from dashboard.view.fingerprint import compute_fingerprint

CODE_DIGITS = 8
STATES: dict[ItemState, str] = {
    "open": "",
    "differs": "shows other numbers now than when it was saved",
    "ended": "revoked or expired",
    "absent": "does not exist",
}
ABSENT = "A view that does not exist"


@dataclass(frozen=True)
class Held:
    """A meeting with everything that one reader may know of it. `cut` is its data cut, `code` the version of the program now."""

    meeting: Meeting
    cut: Snapshot
    reader: str
    people: Sequence[Person]
    agenda: Sequence[AgendaItem]
    entries: Sequence[Written]
    code: str


@dataclass(frozen=True)
class Naming:
    """How a view is named: the words of its page, and its whole address."""

    page: Callable[[ShownView], str]
    address: Callable[[ShownView], str]


def compose_minutes(held: Held, protocol: StudyProtocol, naming: Naming) -> Document:
    """The minutes for the reader of `held`; equal meetings give equal documents."""
    about = _describe_meeting(held, protocol)
    people = Table("People", ("Name", "Came (UTC)", "Last there (UTC)"), tuple(_person(held.meeting, one) for one in held.people))
    agenda = Table("Agenda", ("No.", "Saved view", "Page", "View", "Note"), tuple(_item(item, naming) for item in held.agenda))
    none = Sentence("None.")
    return Document(
        about,
        (
            Section("Decisions", *_split(_sections(held, naming, "decision"), none)),
            Section("Comments", *_split(_sections(held, naming, "comment"), none)),
            Section("Agenda", (agenda,)),
            Section("People", (people,) if held.people else (none,)),
        ),
    )


def _split(sections: tuple[Section, ...], otherwise: Sentence) -> tuple[tuple[Part, ...], tuple[Section, ...]]:
    return ((), sections) if sections else ((otherwise,), ())


def compute_record(held: Held) -> str:
    """Eight characters of what was decided and said: two prints with the same characters hold the same entries."""
    entries = [(one.entry.number, one.entry.kind, one.entry.author, one.entry.words, one.entry.shown.fingerprint) for one in held.entries]
    return compute_fingerprint(held.meeting.study, held.meeting.id, json.dumps(entries, ensure_ascii=False), "")


def _describe_meeting(held: Held, protocol: StudyProtocol) -> About:
    meeting, record = held.meeting, compute_record(held)
    ended = f"{tell_time(meeting.closed_at)} by {meeting.closed_by}" if meeting.closed_at else "not yet: these minutes are a draft"
    facts = (
        ("Study", f"{protocol.study.registry_id} {protocol.study.short_title}"),
        ("Data cut", describe_cut(held.cut)),
        ("Opened", f"{tell_time(meeting.opened_at)} by {meeting.opened_by}"),
        ("Closed", ended),
        ("Chair", meeting.chair),
        ("Record", f"{record}: two prints with these eight characters hold the same decisions and comments"),
        ("Printed for", f"{held.reader}; holds what was decided and said on views that {held.reader} may see"),
    )
    study, running = f"{protocol.study.registry_id} {protocol.study.short_title}", f"Record {record}"
    title, synthetic = f"Minutes: {meeting.title}", held.cut.synthetic
    return About(title, study, f"Data cut {describe_cut(held.cut)}", running, meeting.opened_at.date(), synthetic, facts)


def _sections(held: Held, naming: Naming, kind: Kind) -> tuple[Section, ...]:
    chosen = [one for one in held.entries if one.entry.kind == kind]
    return tuple(Section(describe_kind(kind, one.entry.number), _tell_entry(one, held, naming)) for one in chosen)


def _tell_entry(one: Written, held: Held, naming: Naming) -> tuple[Part, ...]:
    entry, shown = one.entry, one.entry.shown
    place = next((item.place for item in held.agenda if item.view is not None and item.view.id == shown.link), None)
    of_agenda = f", item {place} of the agenda" if place else ""
    facts: list[str | Linked] = [
        f"By {entry.author}, {tell_time(entry.written_at)}",
        f"On view {shown.fingerprint}: {naming.page(shown)}{of_agenda}",
        f"Selection: {entry.selection}",
        f"Data cut: {describe_cut(one.cut)}",
        Linked("Address: ", naming.address(shown)),
    ]
    return (*(Sentence(line) for line in _paragraphs(entry.words)), Listing((*facts, *_warn(one, held.code))))


def _paragraphs(words: str) -> Iterable[str]:
    return (line for line in words.splitlines() if line.strip())


def _warn(one: Written, code: str) -> list[str]:
    """What a reader who follows the address now must know."""
    if one.entry.code == code:
        return []
    was, now = one.entry.code[:CODE_DIGITS], code[:CODE_DIGITS]
    return [f"The program was changed since (version {was} then, {now} now): the address may show other numbers and another fingerprint"]


def _person(meeting: Meeting, person: Person) -> tuple[str, ...]:
    name = f"{person.name} (chair)" if person.name == meeting.chair else person.name
    return (name, tell_time(person.joined_at, ""), tell_time(person.seen_at, ""))


def _item(item: AgendaItem, naming: Naming) -> tuple[str, ...]:
    view = item.view
    if view is None:
        return (str(item.place), ABSENT, "", "", "")
    shown = ShownView(view.content_hash, view.page, view.subject, view.query, view.fingerprint, view.id)
    return (str(item.place), view.name, naming.page(shown), view.fingerprint, STATES[item.state])


def describe_cut(cut: Snapshot) -> str:
    """“Week-36 interim, 2026-01-28, 0123456789”, and that it was withdrawn, if it was."""
    withdrawn = ", withdrawn" if cut.status == "withdrawn" else ""
    return f"{cut.label or 'without a label'}, {cut.cut_date.isoformat()}, {cut.cut}{withdrawn}"


def tell_time(at: datetime, zone: str = " UTC") -> str:
    """“2026-03-01 08:05 UTC”."""
    return f"{at:%Y-%m-%d %H:%M}{zone}"
