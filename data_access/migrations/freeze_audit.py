"""Triggers for the audit: rows are added at its end, in order, and never changed or removed."""

from __future__ import annotations

from collections.abc import Iterator

TABLE = "audit_event"
REFUSAL = "the audit is only added to, at its end"


def statements(dialect: str) -> Iterator[str]:
    """The CREATE statements of the engine called `dialect`, in order."""
    yield from _sqlite() if dialect == "sqlite" else _postgresql()


def _sqlite() -> Iterator[str]:
    """REPLACE removes rows without a trigger where `recursive_triggers` is off; so a number that exists is refused before."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    yield f"CREATE TRIGGER freeze_{TABLE}_update BEFORE UPDATE ON {TABLE} {refuse}"
    yield f"CREATE TRIGGER freeze_{TABLE}_delete BEFORE DELETE ON {TABLE} {refuse}"
    last = f"(SELECT coalesce(max(seq), 0) FROM {TABLE})"  # noqa: S608 constants of this module
    before = f"coalesce((SELECT hash FROM {TABLE} ORDER BY seq DESC LIMIT 1), '{'0' * 64}')"  # noqa: S608 constants of this module
    yield f"CREATE TRIGGER freeze_{TABLE}_insert BEFORE INSERT ON {TABLE} WHEN NEW.seq <> {last} + 1 OR NEW.previous <> {before} {refuse}"


def _postgresql() -> Iterator[str]:
    raised = f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'"
    yield f"CREATE FUNCTION freeze_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raised}; END $$"
    last = f"SELECT coalesce(max(seq), 0) FROM {TABLE}"  # noqa: S608 constants of this module
    before = f"SELECT hash FROM {TABLE} ORDER BY seq DESC LIMIT 1"  # noqa: S608 constants of this module
    out_of_order = f"NEW.seq <> ({last}) + 1 OR NEW.previous <> coalesce(({before}), '{'0' * 64}')"
    yield (
        "CREATE FUNCTION freeze_audit_end() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {out_of_order} THEN {raised}; END IF; RETURN NEW; END $$"
    )
    yield f"CREATE TRIGGER freeze_{TABLE}_change BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION freeze_audit()"
    yield f"CREATE TRIGGER freeze_{TABLE}_insert BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION freeze_audit_end()"
    yield f"CREATE TRIGGER freeze_{TABLE}_truncate BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION freeze_audit()"
