"""Commands that write a backup of the database and restore one."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard import __version__
from dashboard.commands.terminal import say
from dashboard.delivering.person import read_person
from dashboard.settings import Settings
from data_access.audit import SqlAudit
from data_access.backup.manifest import Manifest
from data_access.backup.restoring import restore_backup
from data_access.backup.writing import require_head, write_backup
from data_access.opening import opened_engine
from data_access.report import describe_number
from data_access.repository import utc_now


def take_folder(parser: argparse.ArgumentParser) -> None:
    """Which folder."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the folder of the backup")


def back_up(parsed: argparse.Namespace, settings: Settings) -> None:
    """Write everything the database holds into a new folder."""
    with opened_engine(settings.database) as engine:
        require_head(engine)
        # Whoever has a backup has everything, so it is an export like any other, and stands in the backup itself.
        SqlAudit(engine).write("export", read_person(), detail={"format": "backup"})
        manifest, digest = write_backup(engine, parsed.folder, __version__, utc_now())
    say(f"backed up and verified: {_describe(manifest)}")
    print(f"{parsed.folder}  {digest}")


def restore(parsed: argparse.Namespace, settings: Settings) -> None:
    """Load a backup into an empty database and verify it."""
    with opened_engine(settings.database) as engine:
        manifest = restore_backup(engine, parsed.folder)
        # After the rows of the backup, whose chain it continues.
        SqlAudit(engine).write("restore", read_person(), detail={"format": "backup", "name": parsed.folder.name})
    say(f"restored and verified: {_describe(manifest)}")
    for snapshot in manifest.snapshots:
        named = (snapshot.content_hash[:10], snapshot.content_hash, snapshot.status, snapshot.study)
        print("  ".join((*named, "the stored rows are the imported rows")))


def _describe(manifest: Manifest) -> str:
    rows = sum(table.rows for table in manifest.tables.values())
    sizes = [describe_number(len(manifest.snapshots), "snapshot"), describe_number(rows, "row")]
    audit = f"the audit has {describe_number(manifest.audit_rows, 'row')} and ends with {manifest.audit_head}"
    return f"{', '.join(sizes)}; schema {manifest.revision}, version {manifest.program}; {audit}"
