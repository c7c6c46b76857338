"""The demonstrations: synthetic studies, written as deliveries and read by the real importer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot
from data_access.locking import import_lock
from data_access.repository import SqlRepository

DEMONSTRATION_STUDY, POOLED_STUDY = "nct05600920", "ns7car"
STUDIES = (DEMONSTRATION_STUDY, POOLED_STUDY)
# Who delivers and publishes it, where other data cuts name a person.
PERSON = "demonstration"
Cuts = list[tuple[str, date]]


def load_demonstration(repository: SqlRepository, protocol: StudyProtocol, participants_per_cohort: int = 10) -> list[Snapshot]:
    """Publish the data cuts of a synthetic study, unless the study already has a snapshot of any kind.

    `protocol` is that of one of STUDIES. The pooled study has the participants of its source, however many are asked for.
    """
    if protocol.key == POOLED_STUDY:
        return _load(repository, protocol, _write_pooled)
    return _load(repository, protocol, lambda folder: _write_trial(folder, participants_per_cohort))


def _load(repository: SqlRepository, protocol: StudyProtocol, write: Callable[[Path], Cuts]) -> list[Snapshot]:
    """`write` writes the delivery into a folder and says at which cuts it is read."""
    with import_lock(repository.engine):
        if repository.list_all(protocol.key):
            return []
        with TemporaryDirectory() as folder:
            return [_publish(repository, protocol, Path(folder), label, cut) for label, cut in write(Path(folder))]


# A simulation takes longer to import than it takes to ask whether it is needed, which every `make run` does.
def _write_trial(folder: Path, participants_per_cohort: int) -> Cuts:
    from dashboard.simulate.trial import FINAL_CUT, INTERIM_CUT, write_trial

    write_trial(folder, participants_per_cohort)
    return [("Week-36 interim", INTERIM_CUT), ("Final", FINAL_CUT)]


def _write_pooled(folder: Path) -> Cuts:
    from dashboard.simulate.pooled.targets import CUT
    from dashboard.simulate.pooled.trial import write_pooled

    write_pooled(folder)
    return [("Pooled analysis", CUT)]


def _publish(repository: SqlRepository, protocol: StudyProtocol, folder: Path, label: str, cut: date) -> Snapshot:
    from data_access.delivery import read_delivery

    draft = repository.store_draft(read_delivery(protocol, [folder], cut), label, by=PERSON)
    return repository.publish(draft.study, draft.content_hash, by=PERSON)
