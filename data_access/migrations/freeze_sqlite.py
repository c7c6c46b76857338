"""Triggers for SQLite: what is published can be withdrawn and nothing else.

The triggers before INSERT refuse REPLACE also on a connection without `recursive_triggers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

ROW_TABLES = ("participant", "count", "dose")
FROZEN = (
    "id", "study", "content_hash", "label", "cut_date", "synthetic", "created_at", "published_at", "participants", "records",
    "definition_hash", "report",
)  # fmt: skip
REFUSAL = "SELECT RAISE(ABORT, 'a published snapshot is never edited')"


def statements() -> Iterator[str]:
    """The CREATE TRIGGER statements of revision r0001, in order."""
    for table in ROW_TABLES:
        yield from row_statements(table)
    yield snapshot_update(FROZEN)
    yield _trigger("snapshot", "delete", "BEFORE DELETE ON snapshot WHEN OLD.status <> 'draft'")
    taken = "id = NEW.id OR (study = NEW.study AND content_hash = NEW.content_hash)"
    frozen = f"EXISTS (SELECT 1 FROM snapshot WHERE ({taken}) AND status <> 'draft')"  # noqa: S608 constants of this module
    yield _trigger("snapshot", "insert", f"BEFORE INSERT ON snapshot WHEN {frozen}")


def row_statements(table: str) -> Iterator[str]:
    """The triggers that freeze the rows of one table."""
    yield _on_row(table, "INSERT", "NEW")
    yield _on_row(table, "DELETE", "OLD")
    yield _on_row(table, "UPDATE", "OLD", "NEW")


def snapshot_update(columns: Iterable[str]) -> str:
    """The trigger that lets a snapshot go from published to withdrawn and change none of `columns`."""
    same = " AND ".join(f"OLD.{name} IS NEW.{name}" for name in columns)
    withdrawal = f"OLD.status = 'published' AND NEW.status = 'withdrawn' AND {same}"
    return _trigger("snapshot", "update", f"BEFORE UPDATE ON snapshot WHEN OLD.status <> 'draft' AND NOT ({withdrawal})")


def replace_snapshot_update(columns: Iterable[str]) -> Iterator[str]:
    """The statements that put the trigger of `snapshot_update` in the place of an older one."""
    yield "DROP TRIGGER freeze_snapshot_update"
    yield snapshot_update(columns)


def _on_row(table: str, act: str, *versions: str) -> str:
    status = "(SELECT status FROM snapshot WHERE id = {}.snapshot_id)"
    frozen = " OR ".join(f"{status.format(version)} <> 'draft'" for version in versions)
    return _trigger(table, act.lower(), f'BEFORE {act} ON "{table}" WHEN {frozen}')


def _trigger(table: str, act: str, condition: str) -> str:
    return f"CREATE TRIGGER freeze_{table}_{act} {condition} BEGIN {REFUSAL}; END"
