"""Commands on the audit: is it whole, and what does it say."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict

from dashboard.audit.chain import Record, validate_hash, verify_chain
from dashboard.audit.names import find_cut, find_participant, find_study, find_user
from dashboard.audit.questions import (
    DENIED,
    EXPORTS,
    AuditStore,
    Question,
    ask_cut,
    ask_user,
    read_since,
    read_until,
    validate_action,
)
from dashboard.audit.rows import COLUMNS, list_cells
from dashboard.commands.terminal import find_protocol, opened_repository, say
from dashboard.delivering.person import read_person
from dashboard.settings import Settings
from dashboard.study.definitions import read_definitions
from data_access.audit import SqlAudit
from data_access.report import describe_number
from data_access.repository import SqlRepository


def note_done(repository: SqlRepository, action: str, study: str, cut: str, **detail: str) -> None:
    """Write into the audit what whoever gives the command does to a data cut."""
    SqlAudit(repository.engine).write(action, read_person(), study, cut, detail)


def run_audit(parsed: argparse.Namespace, settings: Settings) -> None:
    """Verify the chain, print its head, or answer a question."""
    with opened_repository(settings) as repository:
        store = SqlAudit(repository.engine)
        if parsed.act == "verify":
            _verify(store, parsed)
        elif parsed.act == "head":
            head = store.head()
            print(f"{head.seq} {head.hash}")
        elif parsed.act == "participant":
            _answer_participant(store, repository, parsed, settings)
        else:
            _write(parsed.format, ((record, "") for record in store.find(QUESTIONS[parsed.act](store, parsed, settings))))


def _verify(store: AuditStore, parsed: argparse.Namespace) -> None:
    head = verify_chain(store.every(), [validate_hash(text) for text in parsed.head])
    say(f"the audit is whole: {describe_number(head.seq, 'row')}")
    if not parsed.head:
        say("whether its end was removed can only be seen with a hash that was noted before: audit verify --head HASH")
    print(f"{head.seq} {head.hash}")


def _answer_participant(store: AuditStore, repository: SqlRepository, parsed: argparse.Namespace, settings: Settings) -> None:
    # What draws and tabulates takes a second to import, and only this question needs it.
    from dashboard.sight import Sight, ask_participant
    from dashboard.workspace import Workspace

    find_protocol(settings, parsed.study)
    participant = find_participant(store, parsed.study, parsed.participant)
    sight = Sight(Workspace(read_definitions(settings.studies), repository), parsed.study, participant)
    _write(parsed.format, ((sighting.record, sighting.how) for sighting in sight.find(store, ask_participant(parsed.study))))


def _ask_list(store: AuditStore, parsed: argparse.Namespace, settings: Settings) -> Question:
    action, since, until = validate_action(parsed.action), read_since(parsed.since), read_until(parsed.until)
    study = parsed.study and find_study(store, parsed.study, read_definitions(settings.studies))
    return Question(study, parsed.user and find_user(store, parsed.user), action, since=since, until=until)


def _ask_user(store: AuditStore, parsed: argparse.Namespace, settings: Settings) -> Question:
    since, until = read_since(parsed.since), read_until(parsed.until)
    return ask_user(find_user(store, parsed.user), since, until)


def _ask_cut(store: AuditStore, parsed: argparse.Namespace, settings: Settings) -> Question:
    find_protocol(settings, parsed.study)
    before = read_since(parsed.before)
    return ask_cut(parsed.study, find_cut(store, parsed.study, parsed.cut), before)


def _ask_exports(store: AuditStore, parsed: argparse.Namespace, settings: Settings) -> Question:
    return Question(actions=EXPORTS, since=read_since(parsed.since), until=read_until(parsed.until))


def _ask_denied(store: AuditStore, parsed: argparse.Namespace, settings: Settings) -> Question:
    return Question(actions=DENIED, since=read_since(parsed.since), until=read_until(parsed.until))


QUESTIONS: dict[str, Callable[[AuditStore, argparse.Namespace, Settings], Question]] = {
    "list": _ask_list,
    "user": _ask_user,
    "cut": _ask_cut,
    "exports": _ask_exports,
    "denied": _ask_denied,
}


def _write(form: str, found: Iterable[tuple[Record, str]]) -> None:
    """The rows found, newest first, to standard output; how many there are, to standard error."""
    shown = 0
    if form == "csv":
        print(",".join(COLUMNS))
    for record, how in found:
        shown += 1
        WRITERS[form](record, how)
    say(describe_number(shown, "row"))


def _write_line(record: Record, how: str) -> None:
    told = "  ".join(f"{name}={value}" for name, value in record.details.items())
    parts = (str(record.seq), record.at[:19], record.reader or "(nobody)", record.action, record.study, record.cut, how, told)
    print("  ".join(part for part in parts if part))


def _write_row(record: Record, how: str) -> None:
    csv.writer(sys.stdout, lineterminator="\n").writerow(list_cells(record, how))


def _write_object(record: Record, how: str) -> None:
    print(json.dumps({**asdict(record), "how": how, "detail": dict(record.details)}, ensure_ascii=False))


WRITERS: dict[str, Callable[[Record, str], None]] = {"text": _write_line, "csv": _write_row, "json": _write_object}


def take_audit(parser: argparse.ArgumentParser) -> None:
    """Which question, and about whom."""
    acts = parser.add_subparsers(required=True, dest="act", metavar="ACT")
    verify = acts.add_parser("verify", help="find the first row that was altered, removed, added or moved")
    verify.add_argument("--head", metavar="HASH", action="append", default=[], help="a hash noted earlier, which the chain must hold")
    acts.add_parser("head", help="number and hash of the newest row, to be noted outside of the database")
    listing = acts.add_parser("list", help="every row, or those of a study, a user, an action, a time")
    for name in ("study", "user", "action"):
        listing.add_argument(f"--{name}", metavar=name.upper(), default="")
    participant = acts.add_parser("participant", help="who saw a participant")
    participant.add_argument("study", metavar="STUDY")
    participant.add_argument("participant", metavar="PARTICIPANT")
    user = acts.add_parser("user", help="what a user did and saw")
    user.add_argument("user", metavar="USER")
    cut = acts.add_parser("cut", help="who saw a data cut")
    cut.add_argument("study", metavar="STUDY")
    cut.add_argument("cut", metavar="CUT", help="ten digits of the data cut")
    cut.add_argument("--before", metavar="D", default="", help="only before this day or time, in UTC")
    timed = [listing, user, acts.add_parser("exports", help="everything that was exported"), _add_denied(acts)]
    for act in timed:
        act.add_argument("--from", dest="since", metavar="D", default="", help="from this day or time on, in UTC")
        act.add_argument("--to", dest="until", metavar="D", default="", help="to the end of this day, or before this time, in UTC")
    for act in (*timed, participant, cut):
        act.add_argument("--format", choices=("text", "csv", "json"), default="text", help="default: text; json is one object a line")


def _add_denied(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    return acts.add_parser("denied", help="everything that was refused, failed sign-ins included")
