"""The database tables: one row per snapshot, the rows of its participants, counts, doses and further records, and these rows packed.

Rows of a snapshot carry `position`, their place in canonical order, and `checksum`, a CRC-32 by which `verify` names
the first altered row. The triggers that freeze published snapshots stand in the migrations.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import REAL, TypeDecorator, TypeEngine

from dashboard.study.columns import CLAIMS, PRECISIONS, RECORD_TABLES, STATUSES

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLITE = {"sqlite_strict": True}
SQLITE_ROWS = {"sqlite_strict": True, "sqlite_with_rowid": False}

# STRICT tables of SQLite know INTEGER, REAL and TEXT only.
WHOLE: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
NUMBER: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")
FLAG: TypeEngine[Any] = Boolean().with_variant(Integer(), "sqlite")


class IsoDate(TypeDecorator[date]):
    """A calendar date stored as text, so that both engines hold and order the same value."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """The ISO 8601 text of a date."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        """The date of an ISO 8601 text."""
        return None if value is None else date.fromisoformat(value)


class IsoInstant(TypeDecorator[datetime]):
    """An instant stored as UTC text with microseconds; a time without zone is refused."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """The UTC text of an instant; ValueError for a time without zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """The instant of a stored text, in UTC."""
        return None if value is None else datetime.fromisoformat(value)


class Base(DeclarativeBase):
    """Holds the naming convention of constraints, by which migrations find them on every engine."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        int: WHOLE,
        float: NUMBER,
        bool: FLAG,
        date: IsoDate(),
        datetime: IsoInstant(),
    }


class SnapshotRow(Base):
    """One delivery, named by the hash of its content."""

    __tablename__ = "snapshot"
    __table_args__ = (
        UniqueConstraint("study", "content_hash"),
        CheckConstraint("status IN ('draft', 'published', 'withdrawn')", name="status"),
        CheckConstraint("length(content_hash) = 64", name="content_hash"),
        CheckConstraint("length(cut_date) = 10", name="cut_date"),
        CheckConstraint("status = 'draft' OR published_at IS NOT NULL", name="published_at"),
        CheckConstraint("status <> 'withdrawn' OR (withdrawn_at IS NOT NULL AND withdrawn_reason <> '')", name="withdrawn"),
        CheckConstraint("participants >= 0 AND records >= 0", name="sizes"),
        SQLITE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study: Mapped[str]
    content_hash: Mapped[str]
    label: Mapped[str]
    cut_date: Mapped[date]
    status: Mapped[str]
    synthetic: Mapped[bool]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str]
    participants: Mapped[int]
    records: Mapped[int]
    definition_hash: Mapped[str]
    report: Mapped[str]
    created_by: Mapped[str] = mapped_column(server_default="")
    published_by: Mapped[str] = mapped_column(server_default="")
    withdrawn_by: Mapped[str] = mapped_column(server_default="")


class ParticipantRow(Base):
    """One enrolled participant of one snapshot."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("snapshot_id", "participant"),
        CheckConstraint("sex IN ('F', 'M', 'U')", name="sex"),
        CheckConstraint("age BETWEEN 0 AND 90", name="age"),
        CheckConstraint("last_day <= cut_day", name="last_day"),
        CheckConstraint(f"status IN ({', '.join(repr(status) for status in STATUSES)})", name="status"),
        SQLITE_ROWS,
    )

    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshot.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    participant: Mapped[str]
    cohort: Mapped[str]
    sex: Mapped[str]
    age: Mapped[int | None]
    dosed: Mapped[bool]
    cut_day: Mapped[int | None]
    last_day: Mapped[int | None]
    status: Mapped[str]
    checksum: Mapped[int]


class PackedRow(Base):
    """One part of the rows of a table of one snapshot, compressed (see `packing`)."""

    __tablename__ = "packed_rows"
    __table_args__ = (SQLITE,)

    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshot.id"), primary_key=True, autoincrement=False)
    table_name: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parts: Mapped[int]
    digest: Mapped[str]
    content: Mapped[bytes]


OF_PARTICIPANT = ("snapshot_id", "participant"), ("participant.snapshot_id", "participant.participant")


class CountRow(Base):
    """One delivered count with a value, in cells/µL."""

    __tablename__ = "count"
    __table_args__ = (ForeignKeyConstraint(*OF_PARTICIPANT), CheckConstraint("value >= 0", name="value"), SQLITE_ROWS)

    snapshot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    participant: Mapped[str]
    analyte: Mapped[str]
    day: Mapped[int | None]
    value: Mapped[float]
    below_loq: Mapped[bool]
    after_dose: Mapped[bool]
    marked_unscheduled: Mapped[bool]
    visit_label: Mapped[str]
    value_text: Mapped[str]
    unit_text: Mapped[str]
    source_file: Mapped[str]
    source_row: Mapped[int]
    checksum: Mapped[int]


class DoseRow(Base):
    """One dose given."""

    __tablename__ = "dose"
    __table_args__ = (
        ForeignKeyConstraint(*OF_PARTICIPANT),
        UniqueConstraint("snapshot_id", "participant", "dose_number"),
        CheckConstraint("dose_number >= 1", name="dose_number"),
        CheckConstraint("amount >= 0", name="amount"),
        SQLITE_ROWS,
    )

    snapshot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    participant: Mapped[str]
    dose_number: Mapped[int]
    day: Mapped[int]
    amount: Mapped[float | None]
    amount_unit: Mapped[str]
    source_file: Mapped[str]
    source_row: Mapped[int]
    checksum: Mapped[int]


def _one_of(name: str, words: tuple[str, ...]) -> tuple[str, str]:
    return name, f"{name} IN ({', '.join(repr(word) for word in words)})"


_PRECISION = [_one_of("start_precision", PRECISIONS), _one_of("end_precision", PRECISIONS), ("ongoing", "NOT ongoing OR end_day IS NULL")]
RECORD_CHECKS: dict[str, list[tuple[str, str]]] = {
    "adverse_event": [*_PRECISION, _one_of("grade", ("", "1", "2", "3", "4", "5")), _one_of("serious", ("", "Y", "N"))],
    "medication": _PRECISION,
    "attendance": [_one_of("occurred", ("", "Y", "N"))],
    "milestone": [_one_of("precision", PRECISIONS)],
    "claim": [_one_of("quantity", CLAIMS)],
}
_COLUMN_OF_KIND: dict[str, tuple[TypeEngine[Any], bool]] = {
    "str": (Text(), False),
    "int64": (WHOLE, False),
    "Int64": (WHOLE, True),
    "float64": (NUMBER, True),
    "bool": (FLAG, False),
}


def _declare_records(table: str, kinds: dict[str, str]) -> Table:
    """The table of one of `study.columns.RECORD_TABLES`: its columns between those that every table of rows has."""
    columns = [(name, *_COLUMN_OF_KIND[kind]) for name, kind in kinds.items()]
    return Table(
        table,
        Base.metadata,
        *(Column(name, WHOLE, primary_key=True, autoincrement=False) for name in ("snapshot_id", "position")),
        *(Column(name, kind, nullable=nullable) for name, kind, nullable in columns),
        Column("checksum", WHOLE, nullable=False),
        ForeignKeyConstraint(*OF_PARTICIPANT),
        *(CheckConstraint(rule, name=name) for name, rule in RECORD_CHECKS.get(table, [])),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


RECORDS = {table: _declare_records(table, kinds) for table, (kinds, _) in RECORD_TABLES.items()}
