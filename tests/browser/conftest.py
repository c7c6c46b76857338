"""The served product with the CDISC pilot imported beside the demonstration."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.data_access.deliveries import write_pilot
from tests.serving import Served, run_command


@pytest.fixture(scope="session")
def served_with_pilot(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """The server after the pilot was imported as its documentation says, while it ran."""
    folder: Path = write_pilot(tmp_path_factory.mktemp("pilot") / "csv", "csv")
    run_command("import", "cdiscpilot01", str(folder), "--label", "Pilot", "--publish", environment=served.environment)
    return served
