"""The command line. Results go to standard output, messages to standard error.

Exit codes: 0 done, 2 wrong use, 3 input refused (nothing stored), 4 environment (disk, database), 5 another import is running.
A command is one `Command` in COMMANDS: its arguments and a function of the parsed arguments and the environment.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.commands import accounts, arguments, audit, backup, deliveries, demonstration, saved_views, snapshots
from dashboard.commands.terminal import say
from dashboard.errors import (
    BackupRefusedError,
    DefinitionError,
    DeliveryRefusedError,
    ImportBusyError,
    LymphotraceError,
    NotFoundError,
    SettingsError,
    SnapshotStateError,
    StorageError,
    WrongUseError,
)
from dashboard.settings import Settings, read_settings

DONE, WRONG_USE, REFUSED, ENVIRONMENT, BUSY = 0, 2, 3, 4, 5
EXIT_CODES: tuple[tuple[type[LymphotraceError], int], ...] = (
    (DeliveryRefusedError, REFUSED),
    (BackupRefusedError, REFUSED),
    (ImportBusyError, BUSY),
    (StorageError, ENVIRONMENT),
    (SettingsError, WRONG_USE),
    (DefinitionError, WRONG_USE),
    (NotFoundError, WRONG_USE),
    (SnapshotStateError, WRONG_USE),
    (WrongUseError, WRONG_USE),
)


@dataclass(frozen=True)
class Command:
    """One command: name, help sentence, how its arguments are declared, and what it does."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Settings], None]


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command named by `arguments` with the settings of `environment`; returns the exit code."""
    try:
        parsed = build_parser(arguments).parse_args(arguments)
    except SystemExit as stop:
        return WRONG_USE if stop.code else DONE
    try:
        parsed.command.run(parsed, read_settings(environment))
    except LymphotraceError as error:
        say(str(error))
        return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), ENVIRONMENT)
    return DONE


def build_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of all COMMANDS, with the arguments of the command that `arguments` name."""
    parser = argparse.ArgumentParser(prog="python -m dashboard", description="Lymphotrace: imports, snapshots and exports.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        part = commands.add_parser(command.name, help=command.help, description=command.help)
        if command.name in arguments:
            command.arguments(part)
        part.set_defaults(command=command)
    return parser


COMMANDS: tuple[Command, ...] = (
    Command("import", "read one delivery into a draft snapshot", arguments.take_import, deliveries.import_delivery),
    Command("check", "read one delivery and report, store nothing", arguments.take_delivery, deliveries.check_delivery),
    Command(
        "map", "what of a delivery the study definition knows, and the lines it lacks", arguments.take_mapping, deliveries.map_delivery
    ),
    Command("snapshots", "list the snapshots of a study", arguments.take_study, snapshots.list_snapshots),
    Command("publish", "freeze a draft and show it to readers", arguments.take_snapshot, snapshots.publish_snapshot),
    Command("withdraw", "hide a published snapshot", arguments.take_withdrawal, snapshots.withdraw_snapshot),
    Command("release", "let roles see a published snapshot", arguments.take_release, accounts.run_release),
    Command("verify", "recompute the content hashes of stored snapshots", arguments.take_verification, snapshots.verify_snapshots),
    Command(
        "diff",
        "what changed between two snapshots, from headline results to records",
        arguments.take_two_snapshots,
        snapshots.compare_snapshots,
    ),
    Command(
        "write-delivery",
        "write a published snapshot as files of the simple delivery format",
        arguments.take_writing,
        snapshots.write_delivery,
    ),
    Command("export", "write the table a page shows to standard output", arguments.take_export, snapshots.export_table),
    Command("demo", "write a synthetic study as SDTM files into a folder", arguments.take_demonstration, demonstration.write_demo),
    Command("load-demo", "publish the synthetic studies, each unless it has data", arguments.take_size, demonstration.load_demo),
    Command("account", "add, list, disable accounts; set passwords", arguments.take_account, accounts.run_account),
    Command("role", "grant or revoke a role", arguments.take_role, accounts.run_role),
    Command("session", "list or end sessions", arguments.take_session, accounts.run_session),
    Command("saved-views", "list the saved views of a study, or revoke one", saved_views.take_act, saved_views.run_saved_views),
    Command("audit", "verify the audit, or ask it who saw and did what", audit.take_audit, audit.run_audit),
    Command("backup", "write everything the database holds into a new folder, and verify it", backup.take_folder, backup.back_up),
    Command("restore", "load a backup into an empty database, and verify it", backup.take_folder, backup.restore),
    Command("migrate", "bring the database to the newest schema", arguments.take_nothing, demonstration.migrate_database),
)
