"""The arguments of the commands."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from dashboard.access.readers import ROLES
from dashboard.commands.terminal import CHANGES_SHOWN


def take_study(parser: argparse.ArgumentParser) -> None:
    """Which study."""
    parser.add_argument("study", metavar="STUDY", help="key of the study definition")


def take_delivery(parser: argparse.ArgumentParser) -> None:
    """Which delivery, and its data cut."""
    take_study(parser)
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="folder, files or zip of one delivery")
    parser.add_argument(
        "--cut-date", metavar="D", type=_calendar_date, help="date of the data cut, YYYY-MM-DD; default: latest date delivered"
    )


def take_import(parser: argparse.ArgumentParser) -> None:
    """Which delivery, and what becomes of it."""
    take_delivery(parser)
    parser.add_argument("--label", metavar="L", default="", help="a name people will see")
    parser.add_argument("--publish", action="store_true", help="show the snapshot to readers at once")


def take_snapshot(parser: argparse.ArgumentParser) -> None:
    """Which snapshot."""
    take_study(parser)
    parser.add_argument("id", metavar="ID", help="the snapshot's id, or its first digits")


def take_withdrawal(parser: argparse.ArgumentParser) -> None:
    """Which snapshot, and why."""
    take_snapshot(parser)
    parser.add_argument("--why", required=True, help="the reason, which readers will see")


def take_verification(parser: argparse.ArgumentParser) -> None:
    """Which snapshot, or all of them."""
    take_study(parser)
    parser.add_argument("id", metavar="ID", nargs="?", help="the snapshot's id, or its first digits; default: all")


def take_two_snapshots(parser: argparse.ArgumentParser) -> None:
    """Which two snapshots."""
    take_study(parser)
    parser.add_argument("before", metavar="ID1", help="the earlier snapshot's id, or its first digits")
    parser.add_argument("after", metavar="ID2", help="the later snapshot's id, or its first digits")
    parser.add_argument("--all", action="store_true", help=f"list every changed record, not only the first {CHANGES_SHOWN}")


def take_mapping(parser: argparse.ArgumentParser) -> None:
    """Which delivery."""
    take_study(parser)
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="folder, files or zip of one delivery")


def take_writing(parser: argparse.ArgumentParser) -> None:
    """Which snapshot, and where to."""
    take_study(parser)
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where the files go")
    parser.add_argument("id", metavar="ID", nargs="?", help="the published snapshot's id, or its first digits; default: the newest")


def take_size(parser: argparse.ArgumentParser) -> None:
    """How many participants, of which synthetic study."""
    from dashboard.demonstration import STUDIES

    parser.add_argument("--study", metavar="STUDY", choices=STUDIES, help=f"one of {', '.join(STUDIES)}; default: all of them")
    parser.add_argument("--participants-per-cohort", metavar="N", type=_positive, help="of nct05600920 only; default: 10")


def take_demonstration(parser: argparse.ArgumentParser) -> None:
    """Which synthetic study, how large, from which seed, and where to."""
    from dashboard.demonstration import STUDIES

    parser.add_argument(
        "--study", metavar="STUDY", choices=STUDIES, default=STUDIES[0], help=f"one of {', '.join(STUDIES)}; default: {STUDIES[0]}"
    )
    parser.add_argument("--participants-per-cohort", metavar="N", type=_positive, help="of nct05600920 only; default: 10")
    parser.add_argument("--seed", metavar="S", type=int, help="the same seed writes the same bytes; default: the study's own")
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", type=Path, default=Path("var/demo"), help="where the files go; default: var/demo"
    )


def take_export(parser: argparse.ArgumentParser) -> None:
    """Which table of which view, and in which format."""
    from dashboard.tables import TABLES

    take_study(parser)
    parser.add_argument("table", metavar="TABLE", choices=sorted(TABLES), help=f"one of {', '.join(sorted(TABLES))}")
    parser.add_argument("--cut", metavar="ID", default="", help="ten digits of a published snapshot; default: the newest")
    parser.add_argument("--query", metavar="Q", default="", help="a view as its address writes it, such as cohort=240&sex=F")
    parser.add_argument("--format", choices=("csv", "json", "parquet"), default="csv")


def take_account(parser: argparse.ArgumentParser) -> None:
    """What is done with which account."""
    acts = parser.add_subparsers(required=True, dest="act", metavar="ACT")
    adding = acts.add_parser("add", help="a new account; its password is asked for, or read from standard input")
    adding.add_argument("--without-password", action="store_true", help="provider or reverse proxy name the reader; no password is right")
    acts.add_parser("list", help="every account with its roles")
    others = [acts.add_parser(name, help=words) for name, words in ACCOUNT_ACTS.items()]
    for act in (adding, *others):
        act.add_argument("name", metavar="NAME", help="letters, digits and . _ @ + -")


ACCOUNT_ACTS = {
    "password": "another password; ends the account's sessions",
    "disable": "no signing in any more; ends the account's sessions",
    "enable": "signing in again",
}


def take_role(parser: argparse.ArgumentParser) -> None:
    """Which role of which account, and where."""
    acts = parser.add_subparsers(required=True, dest="act", metavar="ACT")
    for name, words in (("grant", "give a role"), ("revoke", "take a role away")):
        act = acts.add_parser(name, help=words)
        act.add_argument("name", metavar="NAME", help="the account")
        act.add_argument("role", metavar="ROLE", choices=ROLES, help=f"one of {', '.join(ROLES)}")
        act.add_argument("study", metavar="STUDY", nargs="?", help="key of the study definition; admin belongs to no study")


def take_session(parser: argparse.ArgumentParser) -> None:
    """Which sessions."""
    acts = parser.add_subparsers(required=True, dest="act", metavar="ACT")
    acts.add_parser("list", help="who is signed in, since when")
    acts.add_parser("revoke", help="end sessions").add_argument("which", metavar="NAME", help="an account, or the name of one session")


def take_release(parser: argparse.ArgumentParser) -> None:
    """Which snapshot, and to whom."""
    take_snapshot(parser)
    parser.add_argument("--to", metavar="ROLES", default="", help="investigator, dsmb, or both with a comma between")
    parser.add_argument("--final", action="store_true", help="where the interim policy is closed: these roles see cohorts from now on")
    parser.add_argument("--no-longer-to", metavar="ROLES", default="", help="roles that see the snapshot no more")


def _positive(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is no whole number above 0")
    return int(value)


def take_nothing(_parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments."""


def _calendar_date(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value!r} is no date (YYYY-MM-DD)") from error
