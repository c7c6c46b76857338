"""Two addresses for whoever runs the server: is the process alive, and can it answer a reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, jsonify

from dashboard.errors import StorageError


@dataclass(frozen=True)
class Readiness:
    """What is needed to answer a reader.

    `migration` is the schema revision of the database (missing when it was never migrated), `head` the revision the
    program needs, `snapshot` the full content hash of the newest published snapshot (missing when there is none;
    a server without data is ready: it says on its pages that there is nothing yet).
    """

    migration: str | None
    head: str
    snapshot: str | None

    @property
    def ready(self) -> bool:
        """Whether the database has exactly the schema this program was written for."""
        return self.migration == self.head


def register_health(server: Flask, read_readiness: Callable[[], Readiness]) -> None:
    """Add `/healthz` (always 200 while the process answers) and `/readyz` (200 ready, 503 not).

    `read_readiness` asks the database at every call and raises StorageError when it cannot be reached. The reason
    goes to the log and not into the answer, which anybody may read.
    """

    @server.get("/healthz")
    def answer_health() -> Response:
        return jsonify(status="ok")

    @server.get("/readyz")
    def answer_readiness() -> tuple[Response, int]:
        try:
            state = read_readiness()
        except StorageError as error:
            server.logger.error("not ready: %s", error)
            return jsonify(status="not ready", database="unreachable"), 503
        body = jsonify(
            status="ready" if state.ready else "not ready",
            database="reachable",
            migration=state.migration,
            migration_head=state.head,
            snapshot=state.snapshot,
        )
        return body, 200 if state.ready else 503
