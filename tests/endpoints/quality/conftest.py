"""Both cuts of the demonstration, as a reader gets them, with their attendance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pytest

from dashboard.demonstration import DEMONSTRATION_STUDY, load_demonstration
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.factory import open_repository
from dashboard.settings import Settings
from tests.endpoints.builders import protocol


@dataclass(frozen=True)
class Cut:
    """One data cut of the demonstration."""

    analysis: Analysis
    attendance: pd.DataFrame


@pytest.fixture(scope="session")
def demonstration_cuts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Cut]]:
    """The cuts by name: `interim` and `final`."""
    repository = open_repository(Settings(var=tmp_path_factory.mktemp("quality")))
    load_demonstration(repository, protocol())
    final, interim = repository.list_published(DEMONSTRATION_STUDY)
    yield {
        name: Cut(derive_analysis(repository.load(snapshot), protocol(), "last"), repository.load_records(snapshot, "attendance"))
        for name, snapshot in (("interim", interim), ("final", final))
    }
    repository.engine.dispose()
