"""Saved views, and who opened them, in a database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, insert, select, update

from dashboard.saved.views import OPENINGS_SHOWN, HeadlineNumber, Opening, Openings, SavedView
from data_access.saved_tables import OpeningRow, SavedViewRow
from data_access.transactions import transaction


class SqlSavedViews:
    """The SavedViewStore of SQLite and PostgreSQL. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, view: SavedView) -> None:
        """Keep a new view; StorageError for an id that is taken."""
        headlines = json.dumps([[one.label, one.cohort, one.text] for one in view.headlines], ensure_ascii=False)
        self._write(insert(SavedViewRow).values({**vars(view), "headlines": headlines}))

    def find(self, view_id: str) -> SavedView | None:
        """The view of this id, or None."""
        with transaction(self._engine) as connection:
            row = connection.execute(select(SavedViewRow.__table__).where(SavedViewRow.id == view_id)).one_or_none()
            return None if row is None else _view(row)

    def list(self, study: str) -> Sequence[SavedView]:
        """Every view of a study, the newest first."""
        wanted = select(SavedViewRow.__table__).where(SavedViewRow.study == study)
        with transaction(self._engine) as connection:
            return [_view(row) for row in connection.execute(wanted.order_by(SavedViewRow.created_at.desc(), SavedViewRow.id))]

    def revoke(self, view_id: str, by: str, at: datetime) -> None:
        """Revoke a view; one that is revoked already keeps its first date."""
        still_open = (SavedViewRow.id == view_id) & SavedViewRow.revoked_at.is_(None)
        self._write(update(SavedViewRow).where(still_open).values(revoked_at=at, revoked_by=by))

    def note_opening(self, view_id: str, by: str, at: datetime) -> None:
        """Write that somebody opened a view; StorageError for a view that does not exist."""
        self._write(insert(OpeningRow).values(view_id=view_id, opened_by=by, opened_at=at))

    def openings(self, study: str) -> Mapping[str, Openings]:
        """Who opened the views of a study, by id; at most OPENINGS_SHOWN of each."""
        order = (OpeningRow.opened_at.desc(), OpeningRow.id.desc())
        place = func.row_number().over(partition_by=OpeningRow.view_id, order_by=order).label("place")
        total = func.count().over(partition_by=OpeningRow.view_id).label("total")
        numbered = (
            select(OpeningRow.view_id, OpeningRow.opened_at, OpeningRow.opened_by, place, total)
            .join(SavedViewRow, SavedViewRow.id == OpeningRow.view_id)
            .where(SavedViewRow.study == study)
            .subquery()
        )
        wanted = select(numbered).where(numbered.c.place <= OPENINGS_SHOWN).order_by(numbered.c.view_id, numbered.c.place)
        found: dict[str, Openings] = {}
        with transaction(self._engine) as connection:
            for row in connection.execute(wanted):
                before = found.get(row.view_id, Openings()).newest
                found[row.view_id] = Openings(row.total, (*before, Opening(row.opened_at, row.opened_by)))
        return found

    def _write(self, statement: Any) -> None:
        with transaction(self._engine, write=True) as connection:
            connection.execute(statement)


def _view(row: Any) -> SavedView:
    headlines = tuple(HeadlineNumber(*one) for one in json.loads(row.headlines))
    return SavedView(**{**row._mapping, "headlines": headlines})
