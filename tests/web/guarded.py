"""The application with readers who sign in: accounts of every role, a clock that stands, and the events that are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from dash import Dash
from flask.testing import FlaskClient

from dashboard.access.audit_port import NOTHING, AuditTrail
from dashboard.access.passwords import Passwords
from dashboard.access.readers import EVERYWHERE, Role
from dashboard.errors import StorageError
from dashboard.factory import create_app
from dashboard.settings import Settings
from dashboard.study.snapshot import Snapshot
from dashboard.web.gate import Access
from data_access.access_memory import InMemoryAccounts, InMemoryAttempts, InMemoryReleases, InMemorySessions
from data_access.repository import SqlRepository

STUDY, OTHER = "nct05600920", "cdiscpilot01"
SECRET = "a secret of more than thirty-two characters"  # noqa: S105
PASSWORD = "quiet meadow turbine kettle"  # noqa: S105
OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
# Who there is: the roles by place.
PEOPLE: Mapping[str, Mapping[str, tuple[Role, ...]]] = {
    "ivy": {STUDY: ("investigator",)},
    "dora": {STUDY: ("dsmb",)},
    "stan": {STUDY: ("statistician",)},
    "adam": {EVERYWHERE: ("admin",)},
    "nora": {},
    "odd": {OTHER: ("investigator", "dsmb", "statistician")},
}


@dataclass
class Trail:
    """An AuditTrail that keeps its events, or fails."""

    events: list[tuple[str, str, str, str, dict[str, str]]] = field(default_factory=list)
    broken: bool = False

    def write(self, action: str, reader: str, study: str = "", cut: str = "", detail: Mapping[str, str] = NOTHING) -> None:
        if self.broken:
            raise StorageError("the disk is full")
        self.events.append((action, reader, study, cut, dict(detail)))

    @property
    def actions(self) -> list[tuple[str, str]]:
        """What was done by whom, in order."""
        return [(action, reader) for action, reader, *_ in self.events]


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = datetime(2026, 3, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class House:
    """The application and everything behind its door. `interim` is released to both roles, `final` to the board alone."""

    app: Dash
    access: Access
    trail: Trail
    clock: Clock
    interim: Snapshot
    final: Snapshot

    def client(self, name: str = "") -> FlaskClient:
        """A browser, signed in as `name`."""
        browser = self.app.server.test_client()
        if name:
            answer = self.sign_in(browser, name)
            assert answer.status_code == 303, answer.text
        return browser

    def sign_in(self, browser: FlaskClient, name: str, password: str = PASSWORD, **fields: str) -> Any:
        """Send the form as the page does."""
        return browser.post("/sign-in", data={"name": name, "password": password, **fields}, headers=OWN)


def build_house(settings: Settings, repository: SqlRepository, trail: AuditTrail | None = None, **further: Any) -> House:
    """The application on `repository`, whose first two cuts are the demonstration's; events go to `trail`, or are kept."""
    clock, kept = Clock(), Trail()
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    sessions, releases = InMemorySessions(), InMemoryReleases(repository)  # type: ignore[arg-type]
    accounts = InMemoryAccounts(sessions, clock)
    access = Access(accounts, sessions, InMemoryAttempts(), releases, trail or kept, clock, passwords)
    for name, places in PEOPLE.items():
        accounts.add(name, passwords.hash(PASSWORD))
        for place, roles in places.items():
            for role in roles:
                accounts.grant(name, role, place, "test")
    final, interim = repository.list_published(STUDY)[:2]
    releases.release(interim, ["dsmb", "investigator"], False, "test")
    releases.release(final, ["dsmb"], False, "test")
    chosen = settings.model_copy(update={"auth": "password", "secret_key": SECRET, **further})
    return House(create_app(chosen, repository, access), access, kept, clock, interim, final)
