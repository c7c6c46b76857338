"""Commands on stored snapshots."""

from __future__ import annotations

import argparse
import sys

from dashboard.commands.audit import note_done
from dashboard.commands.terminal import CHANGES_SHOWN, SNAPSHOT_PARTS, describe_snapshot, find_protocol, opened_repository, say
from dashboard.delivering.person import read_person
from dashboard.errors import WrongUseError
from dashboard.settings import Settings
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.definitions import read_definitions
from data_access.report import describe_number
from data_access.selection import validate_comparison, validate_publication, validate_withdrawal


def list_snapshots(parsed: argparse.Namespace, settings: Settings) -> None:
    """Print every snapshot of a study; a person at a terminal sees what the parts are, a script gets the lines alone."""
    find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository:
        found = repository.list_all(parsed.study)
    if found and sys.stdout.isatty():
        print(SNAPSHOT_PARTS)
    for snapshot in found:
        print(describe_snapshot(snapshot))


def publish_snapshot(parsed: argparse.Namespace, settings: Settings) -> None:
    """Freeze a draft and show it to readers."""
    find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository:
        found = repository.find_any(parsed.study, parsed.id)
        validate_publication(found)
        note_done(repository, "publish", parsed.study, found.cut)
        say(describe_snapshot(repository.publish(parsed.study, parsed.id, by=read_person())))


def withdraw_snapshot(parsed: argparse.Namespace, settings: Settings) -> None:
    """Hide a published snapshot."""
    find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository:
        found = repository.find_any(parsed.study, parsed.id)
        validate_withdrawal(found, parsed.why)
        note_done(repository, "withdraw", parsed.study, found.cut, reason=parsed.why)
        say(describe_snapshot(repository.withdraw(parsed.study, parsed.id, parsed.why, by=read_person())))


def verify_snapshots(parsed: argparse.Namespace, settings: Settings) -> None:
    """Recompute checksums and content hashes."""
    find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository:
        for snapshot in [repository.find_any(parsed.study, parsed.id)] if parsed.id else repository.list_all(parsed.study):
            repository.verify(snapshot)
            print(f"{snapshot.cut}  {snapshot.content_hash}  the stored rows are the imported rows")


def compare_snapshots(parsed: argparse.Namespace, settings: Settings) -> None:
    """Print what changed between two snapshots."""
    from dashboard.changes import compare_published
    from dashboard.endpoints.changes.cuts import describe_changes
    from dashboard.workspace import Workspace

    protocol = find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository:
        before, after = (repository.find_any(parsed.study, part) for part in (parsed.before, parsed.after))
        for snapshot in (before, after):
            validate_comparison(snapshot)
        changes = compare_published(Workspace({protocol.key: protocol}, repository).archive(protocol), before, after)
    print(describe_changes(changes, None if parsed.all else CHANGES_SHOWN), end="")


def write_delivery(parsed: argparse.Namespace, settings: Settings) -> None:
    """Write a published snapshot as a simple delivery."""
    from data_access.simple_export import write_simple

    find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository:
        snapshot = repository.find(parsed.study, repository.find_any(parsed.study, parsed.id).cut if parsed.id else None)
        records = {table: repository.load_records(snapshot, table) for table in RECORD_TABLES}
        note_done(repository, "export", snapshot.study, snapshot.cut, page="data", format="delivery")
        files = write_simple(repository.load(snapshot), records, parsed.folder)
    say(f"{'SYNTHETIC data: ' if snapshot.synthetic else ''}{describe_snapshot(snapshot)}")
    print("\n".join(str(file) for file in files))


def export_table(parsed: argparse.Namespace, settings: Settings) -> None:
    """Write the table of a view to standard output."""
    from dashboard.exports import write_csv, write_json, write_parquet
    from dashboard.tables import TABLES, is_comparison
    from dashboard.workspace import Workspace

    query = "&".join(part for part in (parsed.query.removeprefix("?"), f"cut={parsed.cut}" if parsed.cut else "") if part)
    with opened_repository(settings) as repository:
        workspace = Workspace(read_definitions(settings.studies), repository)
        scene, problems = workspace.open(parsed.study, query, compares=is_comparison(parsed.table))
        if problems:
            raise WrongUseError("\n".join(problems))
        rows = TABLES[parsed.table].make(scene)
        note_done(repository, "export", parsed.study, scene.snapshot.cut, table=parsed.table, query=scene.query, format=parsed.format)
    kind = "SYNTHETIC data, " if scene.snapshot.synthetic else ""
    say(f"{kind}{describe_number(len(rows), 'row')}; {describe_snapshot(scene.snapshot)}; view: {scene.query}")
    write = {"csv": lambda: write_csv(rows).encode(), "json": lambda: write_json(rows).encode(), "parquet": lambda: write_parquet(rows)}
    sys.stdout.buffer.write(write[parsed.format]())
