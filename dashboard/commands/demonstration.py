"""Commands that make the synthetic studies and prepare the database."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.commands.audit import note_done
from dashboard.commands.terminal import describe_snapshot, find_protocol, opened_repository, say
from dashboard.demonstration import DEMONSTRATION_STUDY, POOLED_STUDY, STUDIES, load_demonstration
from dashboard.errors import WrongUseError
from dashboard.settings import Settings

SIZE = 10


def migrate_database(_parsed: argparse.Namespace, settings: Settings) -> None:
    """Bring the database to the newest schema."""
    with opened_repository(settings):
        say("the database has the newest schema")


def load_demo(parsed: argparse.Namespace, settings: Settings) -> None:
    """Publish the synthetic studies, each unless it has data."""
    size = _size_of(parsed)
    with opened_repository(settings) as repository:
        for study in (parsed.study,) if parsed.study else STUDIES:
            loaded = load_demonstration(repository, find_protocol(settings, study), size)
            for snapshot in loaded:
                note_done(repository, "publish", snapshot.study, snapshot.cut, label=snapshot.label)
                say(f"{study}: {describe_snapshot(snapshot)}")
            if not loaded:
                say(f"{study}: the demonstration is not loaded: the study has data already")


def write_demo(parsed: argparse.Namespace, settings: Settings) -> None:
    """Write a synthetic study as files."""
    size, seed = _size_of(parsed), parsed.seed
    if parsed.study == POOLED_STUDY:
        title, files = _write_pooled(parsed.folder, seed)
    else:
        title, files = _write_trial(parsed.folder, size, seed)
    say(f"SYNTHETIC {title}:")
    print("\n".join(str(file) for file in files))


def _write_trial(folder: Path, size: int, seed: int | None) -> tuple[str, list[Path]]:
    from dashboard.simulate.trial import SEED, write_trial

    chosen = SEED if seed is None else seed
    return f"trial with {size} participants per cohort, seed {chosen}", write_trial(folder, size, chosen)


def _write_pooled(folder: Path, seed: int | None) -> tuple[str, list[Path]]:
    from dashboard.simulate.pooled.targets import PARTICIPANTS
    from dashboard.simulate.pooled.trial import SEED, write_pooled

    chosen = SEED if seed is None else seed
    return f"pooled analysis with {PARTICIPANTS} participants, seed {chosen}", write_pooled(folder, chosen)


def _size_of(parsed: argparse.Namespace) -> int:
    """The participants per cohort asked for; WrongUseError where the study has its own number."""
    size: int | None = parsed.participants_per_cohort
    if size is not None and parsed.study == POOLED_STUDY:
        sentence = f"--participants-per-cohort belongs to {DEMONSTRATION_STUDY}: {POOLED_STUDY} has the participants of its source"
        raise WrongUseError(sentence)
    return SIZE if size is None else size
