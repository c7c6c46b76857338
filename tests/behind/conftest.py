"""The demonstration and the CDISC pilot, each as a workspace whose cells can be walked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.behind import doses, events, exploring, laboratory, onset, responding, scoring
from dashboard.simulate.trial import FINAL_CUT, write_trial
from dashboard.study.definitions import read_definitions
from dashboard.workspace import Workspace
from data_access.delivery import Delivery, read_delivery
from data_access.memory import InMemoryRepository
from tests.data_access.deliveries import pilot_domain, write_pilot

DEMONSTRATION, PILOT = "nct05600920", "cdiscpilot01"
# What every cell of a view asks for again: functions of the scene alone.
SHARED = (
    "table_", "select_changes", "select_concentrations", "find_emergent", "find_graded", "find_shown", "find_at_risk", "find_events",
    "find_scale",
)  # fmt: skip
MODULES = (doses, events, exploring, laboratory, onset, responding, scoring)


def publish(delivery: Delivery) -> Workspace:
    """A workspace with that delivery as its newest data cut."""
    repository = InMemoryRepository()
    draft = repository.store_draft(delivery, "Final", by="test")
    repository.publish(draft.study, draft.content_hash, by="test")
    return Workspace(read_definitions(), repository)


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The synthetic trial at its final cut."""
    folder = tmp_path_factory.mktemp("trial")
    write_trial(folder)
    return publish(read_delivery(read_definitions()[DEMONSTRATION], [folder], FINAL_CUT))


@pytest.fixture(scope="session")
def pilot_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CDISC pilot as CSV files, with its adverse events."""
    folder = write_pilot(tmp_path_factory.mktemp("pilot") / "csv", "csv")
    pilot_domain("ae").to_csv(folder / "ae.csv", index=False)
    return folder


@pytest.fixture(scope="session")
def pilot(pilot_folder: Path) -> Workspace:
    """The CDISC pilot with its adverse events."""
    return publish(read_delivery(read_definitions()[PILOT], [pilot_folder]))


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes each table of a scene once, however many of its cells are asked for."""

    def once(make: Callable[..., Any]) -> Callable[..., Any]:
        made: dict[tuple[int, Any], Any] = {}
        kept: list[Any] = []

        def remember(scene: Any, *choices: Any) -> Any:
            key = (id(scene), choices)
            if key not in made:
                kept.append(scene)
                made[key] = make(scene, *choices)
            return made[key]

        return remember

    for module in MODULES:
        for name in [name for name in vars(module) if name.startswith(SHARED)]:
            monkeypatch.setattr(module, name, once(getattr(module, name)))
