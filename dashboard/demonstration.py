"""The demonstration: a synthetic trial, written as a delivery and read by the real importer at two data cuts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot
from data_access.locking import import_lock
from data_access.repository import SqlRepository

DEMONSTRATION_STUDY = "nct05600920"
# Who delivers and publishes it, where other data cuts name a person.
PERSON = "demonstration"


def load_demonstration(repository: SqlRepository, protocol: StudyProtocol, participants_per_cohort: int = 10) -> list[Snapshot]:
    """Publish the interim and the final cut of the synthetic trial, unless the study already has a snapshot of any kind."""
    with import_lock(repository.engine):
        if repository.list_all(protocol.key):
            return []
        # The simulation takes longer to import than this question takes to answer, and it is asked at every `make run`.
        from dashboard.simulate.trial import FINAL_CUT, INTERIM_CUT, write_trial

        cuts = (("Week-36 interim", INTERIM_CUT), ("Final", FINAL_CUT))
        with TemporaryDirectory() as folder:
            write_trial(Path(folder), participants_per_cohort)
            return [_publish(repository, protocol, Path(folder), label, cut) for label, cut in cuts]


def _publish(repository: SqlRepository, protocol: StudyProtocol, folder: Path, label: str, cut: date) -> Snapshot:
    from data_access.delivery import read_delivery

    draft = repository.store_draft(read_delivery(protocol, [folder], cut), label, by=PERSON)
    return repository.publish(draft.study, draft.content_hash, by=PERSON)
