"""Triggers for the decisions and comments of meetings: rows are added and never changed or removed."""

from __future__ import annotations

from collections.abc import Iterator

TABLE = "meeting_entry"
REFUSAL = "decisions and comments are only added"


def statements(dialect: str) -> Iterator[str]:
    """The CREATE statements of the engine called `dialect`, in order."""
    yield from _sqlite() if dialect == "sqlite" else _postgresql()


def _sqlite() -> Iterator[str]:
    """REPLACE removes rows without a trigger where `recursive_triggers` is off; so a number that exists is refused before."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    yield f"CREATE TRIGGER freeze_{TABLE}_update BEFORE UPDATE ON {TABLE} {refuse}"
    yield f"CREATE TRIGGER freeze_{TABLE}_delete BEFORE DELETE ON {TABLE} {refuse}"
    taken = f"SELECT 1 FROM {TABLE} WHERE meeting_id = NEW.meeting_id AND number = NEW.number"  # noqa: S608 constants of this module
    yield f"CREATE TRIGGER freeze_{TABLE}_insert BEFORE INSERT ON {TABLE} WHEN EXISTS ({taken}) {refuse}"


def _postgresql() -> Iterator[str]:
    raised = f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'"
    yield f"CREATE FUNCTION freeze_meeting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raised}; END $$"
    yield f"CREATE TRIGGER freeze_{TABLE}_change BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION freeze_meeting()"
    yield f"CREATE TRIGGER freeze_{TABLE}_truncate BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION freeze_meeting()"
