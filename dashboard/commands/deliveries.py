"""Commands that read deliveries."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dashboard.commands.audit import note_done
from dashboard.commands.terminal import describe_snapshot, find_protocol, opened_repository, say
from dashboard.delivering.person import read_person
from dashboard.settings import Settings

if TYPE_CHECKING:
    from data_access.delivery import Delivery


def _read(parsed: argparse.Namespace, settings: Settings) -> Delivery:
    from dashboard.delivering.reading import validate_cut_date
    from dashboard.draft_quality import add_flags
    from data_access.delivery import read_delivery
    from data_access.progress import TerminalProgress

    protocol = find_protocol(settings, parsed.study)
    with TerminalProgress(sys.stderr) as progress:
        delivery = read_delivery(protocol, parsed.paths, parsed.cut_date, progress)
        progress("looking for quality flags", 0, None)
        delivery = add_flags(protocol, delivery)
    say(delivery.report.describe())
    validate_cut_date(delivery, parsed.cut_date, datetime.now(UTC).date())
    return delivery


def import_delivery(parsed: argparse.Namespace, settings: Settings) -> None:
    """Read one delivery into a draft, and publish it when asked to."""
    from data_access.locking import import_lock
    from data_access.progress import TerminalProgress
    from data_access.selection import describe_existing

    find_protocol(settings, parsed.study)
    with opened_repository(settings) as repository, import_lock(repository.engine):
        delivery = _read(parsed, settings)
        with TerminalProgress(sys.stderr) as progress:
            snapshot = repository.store_draft(delivery, parsed.label, by=read_person(), progress=progress)
        note_done(repository, "deliver", snapshot.study, snapshot.cut, label=parsed.label)
        for sentence in describe_existing(snapshot, parsed.label):
            say(sentence)
        if parsed.publish:
            note_done(repository, "publish", snapshot.study, snapshot.cut)
            snapshot = repository.publish(snapshot.study, snapshot.content_hash, by=read_person())
    say(describe_snapshot(snapshot))
    print(snapshot.cut)


def check_delivery(parsed: argparse.Namespace, settings: Settings) -> None:
    """Read one delivery and say what was found; store nothing."""
    delivery = _read(parsed, settings)
    say(f"the delivery can be imported; its data cut is {delivery.cut_date.isoformat()}; nothing was stored")


def map_delivery(parsed: argparse.Namespace, settings: Settings) -> None:
    """Print what of a delivery the definition knows, and what it lacks."""
    from data_access.mapping import describe_mapping
    from data_access.text_tables import read_text_tables

    print(describe_mapping(find_protocol(settings, parsed.study), read_text_tables(parsed.paths).tables))
