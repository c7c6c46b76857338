"""Schema history, applied by the program itself: one line of revisions for SQLite and PostgreSQL.

There is no `env.py`: the revisions run inside `migrate`, so that importing any module of the product does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.errors import StorageError
from data_access import access_tables, audit_table, meeting_tables, saved_tables  # noqa: F401 their tables belong to the schema
from data_access.engine import WRITING, sqlite_file
from data_access.locking import MIGRATION_LOCK, file_lock
from data_access.tables import Base


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction; safe when several processes start at once.

    StorageError when the database does not answer or was written by a newer version of the product.
    """
    with migration(engine) as connection:
        run_revisions(connection)


@contextmanager
def migration(engine: Engine) -> Iterator[Connection]:
    """One transaction in which the schema may be changed, by one process at a time; StorageError when the database does not do it."""
    file = sqlite_file(engine)
    try:
        with ExitStack() as held:
            if file is not None:
                held.enter_context(file_lock(file.with_name(file.name + ".migration-lock"), wait=True))
                with engine.connect() as connection:
                    connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
            connection = held.enter_context(engine.connect().execution_options(**WRITING))
            held.enter_context(connection.begin())
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            yield connection
    except DBAPIError as error:
        raise StorageError(f"the database cannot be prepared: {error.orig}{f' ({file})' if file else ''}") from error


def migration_head_matches(engine: Engine) -> bool:
    """Whether the schema of the database is the one this version of the product was written for."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == _script().get_current_head()


def read_revisions(engine: Engine) -> tuple[str | None, str]:
    """The schema revision of the database (None: never migrated) and the newest one; StorageError without an answer."""
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise StorageError(f"the database does not answer: {error.orig}") from error
    return found, str(_script().get_current_head())


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))


def list_revisions() -> tuple[str, ...]:
    """Every revision this version of the product knows, the newest first."""
    return tuple(revision.revision for revision in _script().walk_revisions())


def run_revisions(connection: Connection, destination: str = "head") -> None:
    """Bring the schema up to `destination`, inside the transaction of `connection`; StorageError for a newer database."""
    script = _script()
    current = MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise StorageError(f"the database was written by a newer version of the product (its schema is {current}); use that version")

    def steps(revision: str, _context: MigrationContext) -> list[RevisionStep]:
        return list(script._upgrade_revs(destination, revision))

    with EnvironmentContext(Config(), script, fn=steps, destination_rev=destination) as environment:
        environment.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=True)
        with environment.begin_transaction():
            environment.run_migrations()
