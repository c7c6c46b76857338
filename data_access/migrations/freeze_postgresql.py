"""Triggers for PostgreSQL: what is published can be withdrawn and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

ROW_TABLES = ("participant", "count", "dose")
FROZEN = (
    "id", "study", "content_hash", "label", "cut_date", "synthetic", "created_at", "published_at", "participants", "records",
    "definition_hash", "report",
)  # fmt: skip
REFUSAL = "RAISE EXCEPTION 'a published snapshot is never edited' USING ERRCODE = 'integrity_constraint_violation'"


def statements() -> Iterator[str]:
    """The CREATE FUNCTION and CREATE TRIGGER statements of revision r0001, in order."""
    yield from _functions()
    for table in ROW_TABLES:
        yield from _freeze_rows(table)
    yield "CREATE TRIGGER freeze_snapshot_change BEFORE UPDATE OR DELETE ON snapshot FOR EACH ROW EXECUTE FUNCTION freeze_snapshot()"
    for table in ("snapshot", *ROW_TABLES):
        yield _freeze_truncate(table)


def row_statements(table: str) -> Iterator[str]:
    """The triggers that freeze the rows of one table."""
    yield from _freeze_rows(table)
    yield _freeze_truncate(table)


def replace_snapshot_update(columns: Iterable[str]) -> Iterator[str]:
    """The statement after which a snapshot may go from published to withdrawn and change none of `columns`."""
    yield _snapshot_function(columns).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


def _freeze_rows(table: str) -> Iterator[str]:
    yield f'CREATE TRIGGER freeze_{table}_change BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION freeze_row()'
    yield (
        f'CREATE TRIGGER freeze_{table}_insert AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS added '
        "FOR EACH STATEMENT EXECUTE FUNCTION freeze_insert()"
    )


def _freeze_truncate(table: str) -> str:
    return f'CREATE TRIGGER freeze_{table}_truncate BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION freeze_truncate()'


def _functions() -> Iterator[str]:
    yield _function(
        "freeze_row",
        "IF EXISTS (SELECT 1 FROM snapshot WHERE id = OLD.snapshot_id AND status <> 'draft') THEN {refuse}; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; "
        "IF EXISTS (SELECT 1 FROM snapshot WHERE id = NEW.snapshot_id AND status <> 'draft') THEN {refuse}; END IF; RETURN NEW;",
    )
    # One look per statement, not per row: a bulk load adds a million rows in one statement.
    yield _function(
        "freeze_insert",
        "IF EXISTS (SELECT 1 FROM snapshot WHERE status <> 'draft' AND id IN (SELECT snapshot_id FROM added)) THEN {refuse}; END IF; "
        "RETURN NULL;",
    )
    yield _snapshot_function(FROZEN)
    yield _function("freeze_truncate", "IF EXISTS (SELECT 1 FROM snapshot WHERE status <> 'draft') THEN {refuse}; END IF; RETURN NULL;")


def _snapshot_function(columns: Iterable[str]) -> str:
    same = " AND ".join(f"OLD.{name} IS NOT DISTINCT FROM NEW.{name}" for name in columns)
    return _function(
        "freeze_snapshot",
        "IF OLD.status = 'draft' THEN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END IF; "
        "IF TG_OP = 'DELETE' THEN {refuse}; END IF; "
        f"IF OLD.status = 'published' AND NEW.status = 'withdrawn' AND {same} THEN RETURN NEW; END IF; {{refuse}};",
    )


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body.replace('{refuse}', REFUSAL)} END $$"
