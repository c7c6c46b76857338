"""The command line. Results go to standard output, messages to standard error.

Exit codes: 0 done, 2 wrong use, 3 input refused (nothing stored), 4 environment (disk, database), 5 another import is running.
A command is one `Command` in COMMANDS: its arguments and a function of the parsed arguments and the environment.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.demonstration import DEMONSTRATION_STUDY, load_demonstration
from dashboard.errors import (
    DefinitionError,
    DeliveryRefusedError,
    ImportBusyError,
    LymphotraceError,
    NotFoundError,
    Refusal,
    SettingsError,
    SnapshotStateError,
    StorageError,
    WrongUseError,
)
from dashboard.settings import Settings, read_settings
from dashboard.study.definitions import read_definitions
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot
from data_access.opening import open_repository

if TYPE_CHECKING:
    from data_access.delivery import Delivery
    from data_access.repository import SqlRepository

# A command imports what it alone needs when it runs, because `make run` runs one at every start.
DONE, WRONG_USE, REFUSED, ENVIRONMENT, BUSY = 0, 2, 3, 4, 5
EXIT_CODES: tuple[tuple[type[LymphotraceError], int], ...] = (
    (DeliveryRefusedError, REFUSED),
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


def say(message: str) -> None:
    """A message for the person at the terminal, to standard error."""
    print(message, file=sys.stderr)


def find_protocol(settings: Settings, study: str) -> StudyProtocol:
    """The definition of `study`; NotFoundError names the studies there are."""
    protocols = read_definitions(settings.studies)
    if study not in protocols:
        raise NotFoundError("study", study, sorted(protocols))
    return protocols[study]


def describe_snapshot(snapshot: Snapshot) -> str:
    """One line for a snapshot: id, state, cut date, sizes, label."""
    kind = "synthetic" if snapshot.synthetic else "real"
    sizes = f"{snapshot.participants} participants, {snapshot.records} counts"
    withdrawn = f" (withdrawn: {snapshot.withdrawn_reason})" if snapshot.withdrawn_reason else ""
    parts = [snapshot.cut, snapshot.status, snapshot.cut_date.isoformat(), sizes, kind, snapshot.label]
    return "  ".join(part for part in parts if part) + withdrawn


@contextmanager
def opened_repository(settings: Settings) -> Iterator[SqlRepository]:
    """The repository for the time of one command."""
    repository = open_repository(settings.database)
    try:
        yield repository
    finally:
        repository.engine.dispose()


def _read(parsed: argparse.Namespace, settings: Settings) -> Delivery:
    from data_access.delivery import read_delivery

    delivery = read_delivery(find_protocol(settings, parsed.study), parsed.paths, parsed.cut_date)
    say(delivery.report.describe())
    if parsed.cut_date is None and delivery.cut_date > datetime.now(UTC).date():
        rule = "the latest date delivered would become the data cut, but lies in the future; correct it or give the cut with --cut-date"
        raise DeliveryRefusedError([Refusal("delivery", rule, value=delivery.cut_date.isoformat())])
    return delivery


def _import(parsed: argparse.Namespace, settings: Settings) -> None:
    from data_access.locking import import_lock

    find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository, import_lock(repository.engine):
        snapshot = repository.store_draft(_read(parsed, settings), parsed.label)
        if parsed.publish:
            snapshot = repository.publish(snapshot.study, snapshot.content_hash)
    say(describe_snapshot(snapshot))
    print(snapshot.cut)


def _check(parsed: argparse.Namespace, settings: Settings) -> None:
    delivery = _read(parsed, settings)
    say(f"the delivery can be imported; its data cut is {delivery.cut_date.isoformat()}; nothing was stored")


def _snapshots(parsed: argparse.Namespace, settings: Settings) -> None:
    find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository:
        for snapshot in repository.list_all(parsed.study):
            print(describe_snapshot(snapshot))


def _publish(parsed: argparse.Namespace, settings: Settings) -> None:
    find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository:
        say(describe_snapshot(repository.publish(parsed.study, parsed.id)))


def _withdraw(parsed: argparse.Namespace, settings: Settings) -> None:
    find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository:
        say(describe_snapshot(repository.withdraw(parsed.study, parsed.id, parsed.why)))


def _verify(parsed: argparse.Namespace, settings: Settings) -> None:
    find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository:
        for snapshot in [repository.find_any(parsed.study, parsed.id)] if parsed.id else repository.list_all(parsed.study):
            repository.verify(snapshot)
            print(f"{snapshot.cut}  {snapshot.content_hash}  the stored rows are the imported rows")


def _migrate(_parsed: argparse.Namespace, settings: Settings) -> None:
    with opened_repository(settings):
        say("the database has the newest schema")


def _load_demo(parsed: argparse.Namespace, settings: Settings) -> None:
    protocol = find_protocol(settings, DEMONSTRATION_STUDY)
    with opened_repository(settings) as repository:
        loaded = load_demonstration(repository, protocol, parsed.participants_per_cohort)
    say("\n".join(describe_snapshot(snapshot) for snapshot in loaded) or "the demonstration is not loaded: the study has data already")


def _demo(parsed: argparse.Namespace, settings: Settings) -> None:
    from dashboard.simulate.trial import write_trial

    files = write_trial(parsed.folder, parsed.participants_per_cohort, parsed.seed)
    say(f"SYNTHETIC trial with {parsed.participants_per_cohort} participants per cohort, seed {parsed.seed}:")
    print("\n".join(str(file) for file in files))


def _export(parsed: argparse.Namespace, settings: Settings) -> None:
    from dashboard.exports import write_csv, write_json, write_parquet
    from dashboard.tables import TABLES
    from dashboard.workspace import Workspace

    workspace = Workspace(read_definitions(settings.studies), open_repository(settings.database))
    query = "&".join(part for part in (parsed.query.removeprefix("?"), f"cut={parsed.cut}" if parsed.cut else "") if part)
    scene, problems = workspace.open(parsed.study, query)
    if problems:
        raise WrongUseError("\n".join(problems))
    rows = TABLES[parsed.table].make(scene)
    kind = "SYNTHETIC data, " if scene.snapshot.synthetic else ""
    say(f"{kind}{len(rows)} rows; {describe_snapshot(scene.snapshot)}; view: {scene.query}")
    write = {"csv": lambda: write_csv(rows).encode(), "json": lambda: write_json(rows).encode(), "parquet": lambda: write_parquet(rows)}
    sys.stdout.buffer.write(write[parsed.format]())


def _study(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", metavar="STUDY", help="key of the study definition")


def _delivery(parser: argparse.ArgumentParser) -> None:
    _study(parser)
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="folder or files of one delivery")
    parser.add_argument(
        "--cut-date", metavar="D", type=_calendar_date, help="date of the data cut, YYYY-MM-DD; default: latest date delivered"
    )


def _importing(parser: argparse.ArgumentParser) -> None:
    _delivery(parser)
    parser.add_argument("--label", metavar="L", default="", help="a name people will see")
    parser.add_argument("--publish", action="store_true", help="show the snapshot to readers at once")


def _one_snapshot(parser: argparse.ArgumentParser) -> None:
    _study(parser)
    parser.add_argument("id", metavar="ID", help="the snapshot's id, or its first digits")


def _withdrawal(parser: argparse.ArgumentParser) -> None:
    _one_snapshot(parser)
    parser.add_argument("--why", required=True, help="the reason, which readers will see")


def _verification(parser: argparse.ArgumentParser) -> None:
    _study(parser)
    parser.add_argument("id", metavar="ID", nargs="?", help="the snapshot's id, or its first digits; default: all")


def _size(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--participants-per-cohort", metavar="N", type=_positive, default=10, help="default: 10")


def _demonstration(parser: argparse.ArgumentParser) -> None:
    _size(parser)
    parser.add_argument("--seed", metavar="S", type=int, default=20241106, help="the same seed writes the same bytes; default: 20241106")
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", type=Path, default=Path("var/demo"), help="where the files go; default: var/demo"
    )


def _exporting(parser: argparse.ArgumentParser) -> None:
    from dashboard.tables import TABLES

    _study(parser)
    parser.add_argument("table", metavar="TABLE", choices=sorted(TABLES), help=f"one of {', '.join(sorted(TABLES))}")
    parser.add_argument("--cut", metavar="ID", default="", help="ten digits of a published snapshot; default: the newest")
    parser.add_argument("--query", metavar="Q", default="", help="a view as its address writes it, such as cohort=240&sex=F")
    parser.add_argument("--format", choices=("csv", "json", "parquet"), default="csv")


def _positive(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is no whole number above 0")
    return int(value)


def _nothing(_parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments."""


def _calendar_date(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value!r} is no date (YYYY-MM-DD)") from error


COMMANDS: tuple[Command, ...] = (
    Command("import", "read one delivery into a draft snapshot", _importing, _import),
    Command("check", "read one delivery and report, store nothing", _delivery, _check),
    Command("snapshots", "list the snapshots of a study", _study, _snapshots),
    Command("publish", "freeze a draft and show it to readers", _one_snapshot, _publish),
    Command("withdraw", "hide a published snapshot", _withdrawal, _withdraw),
    Command("verify", "recompute the content hashes of stored snapshots", _verification, _verify),
    Command("export", "write the table a page shows to standard output", _exporting, _export),
    Command("demo", "write the synthetic study as SDTM files into a folder", _demonstration, _demo),
    Command("load-demo", "publish the synthetic study, unless the study has data", _size, _load_demo),
    Command("migrate", "bring the database to the newest schema", _nothing, _migrate),
)
