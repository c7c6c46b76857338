"""Triggers of revision r0001 for SQLite: what is published can be withdrawn and nothing else.

The triggers before INSERT refuse REPLACE also on a connection without `recursive_triggers`.
"""

from __future__ import annotations

from collections.abc import Iterator

ROW_TABLES = ("participant", "count", "dose")
FROZEN = (
    "id", "study", "content_hash", "label", "cut_date", "synthetic", "created_at", "published_at", "participants", "records",
    "definition_hash", "report",
)  # fmt: skip
REFUSAL = "SELECT RAISE(ABORT, 'a published snapshot is never edited')"


def statements() -> Iterator[str]:
    """The CREATE TRIGGER statements, in order."""
    for table in ROW_TABLES:
        yield _on_row(table, "INSERT", "NEW")
        yield _on_row(table, "DELETE", "OLD")
        yield _on_row(table, "UPDATE", "OLD", "NEW")
    same = " AND ".join(f"OLD.{name} IS NEW.{name}" for name in FROZEN)
    withdrawal = f"OLD.status = 'published' AND NEW.status = 'withdrawn' AND {same}"
    yield _trigger("snapshot", "update", f"BEFORE UPDATE ON snapshot WHEN OLD.status <> 'draft' AND NOT ({withdrawal})")
    yield _trigger("snapshot", "delete", "BEFORE DELETE ON snapshot WHEN OLD.status <> 'draft'")
    taken = "id = NEW.id OR (study = NEW.study AND content_hash = NEW.content_hash)"
    frozen = f"EXISTS (SELECT 1 FROM snapshot WHERE ({taken}) AND status <> 'draft')"  # noqa: S608 constants of this module
    yield _trigger("snapshot", "insert", f"BEFORE INSERT ON snapshot WHEN {frozen}")


def _on_row(table: str, act: str, *versions: str) -> str:
    status = "(SELECT status FROM snapshot WHERE id = {}.snapshot_id)"
    frozen = " OR ".join(f"{status.format(version)} <> 'draft'" for version in versions)
    return _trigger(table, act.lower(), f'BEFORE {act} ON "{table}" WHEN {frozen}')


def _trigger(table: str, act: str, condition: str) -> str:
    return f"CREATE TRIGGER freeze_{table}_{act} {condition} BEGIN {REFUSAL}; END"
