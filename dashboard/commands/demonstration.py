"""Commands that make the synthetic study and prepare the database."""

from __future__ import annotations

import argparse

from dashboard.commands.audit import note_done
from dashboard.commands.terminal import describe_snapshot, find_protocol, opened_repository, say
from dashboard.demonstration import DEMONSTRATION_STUDY, load_demonstration
from dashboard.settings import Settings


def migrate_database(_parsed: argparse.Namespace, settings: Settings) -> None:
    """Bring the database to the newest schema."""
    with opened_repository(settings):
        say("the database has the newest schema")


def load_demo(parsed: argparse.Namespace, settings: Settings) -> None:
    """Publish the synthetic study, unless the study has data."""
    protocol = find_protocol(settings, DEMONSTRATION_STUDY)
    with opened_repository(settings) as repository:
        loaded = load_demonstration(repository, protocol, parsed.participants_per_cohort)
        for snapshot in loaded:
            note_done(repository, "publish", snapshot.study, snapshot.cut, label=snapshot.label)
    say("\n".join(describe_snapshot(snapshot) for snapshot in loaded) or "the demonstration is not loaded: the study has data already")


def write_demo(parsed: argparse.Namespace, settings: Settings) -> None:
    """Write the synthetic study as files."""
    from dashboard.simulate.trial import write_trial

    files = write_trial(parsed.folder, parsed.participants_per_cohort, parsed.seed)
    say(f"SYNTHETIC trial with {parsed.participants_per_cohort} participants per cohort, seed {parsed.seed}:")
    print("\n".join(str(file) for file in files))
