"""What is hidden has no name: studies and data cuts as the asking reader has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pandas as pd
import pytest

from dashboard.access.ports import NOT_RELEASED, Release
from dashboard.access.readers import Reader, Role
from dashboard.access.visibility import Presence, VisibleSnapshots, VisibleStudies, nobody_asks, sees_cut
from dashboard.errors import NotFoundError, WithdrawnError
from dashboard.study.definitions import read_definitions
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, StudyData, select_published

STUDY, OTHER = "nct05600920", "cdiscpilot01"
PROTOCOLS = read_definitions()


def cut(letter: str, day: int, status: str = "published", study: str = STUDY) -> Snapshot:
    at = datetime(2026, 1, day, tzinfo=UTC)
    return Snapshot(study, letter * 64, letter, date(2026, 1, day), status, True, at, at)  # type: ignore[arg-type]


NEWEST, BOARD_ONLY, OPEN, DRAFT = cut("d", 4), cut("c", 3), cut("a", 1), cut("e", 5, "draft")
WITHDRAWN = replace(cut("b", 2, "withdrawn"), withdrawn_at=datetime(2026, 1, 9, tzinfo=UTC), withdrawn_reason="Wrong units.")


class Shelf:
    """A repository of a few data cuts without rows."""

    def list_published(self, study: str) -> list[Snapshot]:
        return [NEWEST, BOARD_ONLY, OPEN] if study == STUDY else [cut("f", 1, study=study)]

    def list_all(self, study: str) -> list[Snapshot]:
        return [DRAFT, *self.list_published(study)]

    def list_withdrawn(self, study: str) -> list[Snapshot]:
        return [WITHDRAWN] if study == STUDY else []

    def find(self, study: str, name: str | None) -> Snapshot:
        return select_published(self.list_published(study), study, name)

    def load(self, snapshot: Snapshot) -> StudyData:
        return StudyData(snapshot, pd.DataFrame(), pd.DataFrame(), pd.DataFrame())

    def load_records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        return pd.DataFrame()


class Releases:
    """NEWEST to nobody, BOARD_ONLY to the board, OPEN to both; counts how often it is asked."""

    asked = 0

    def read(self, study: str) -> dict[str, Release]:
        self.asked += 1
        board, both = frozenset[Role]({"dsmb"}), frozenset[Role]({"dsmb", "investigator"})
        return {BOARD_ONLY.content_hash: Release(board), OPEN.content_hash: Release(both)}


def of(*roles: Role, study: str = STUDY) -> Reader:
    return Reader("ada", {study: frozenset(roles)})


def visible(reader: Reader, protocols: dict[str, StudyProtocol] | None = None) -> VisibleSnapshots:
    presence = Presence(reader)
    return VisibleSnapshots(protocols or dict(PROTOCOLS), Shelf(), Releases(), lambda: presence)  # type: ignore[arg-type]


SEEN = {
    "investigator": [OPEN],
    "dsmb": [BOARD_ONLY, OPEN],
    "statistician": [NEWEST, BOARD_ONLY, OPEN],
}


@pytest.mark.parametrize("role", SEEN)
def test_a_role_sees_what_is_released_to_it_and_a_statistician_all(role: Role) -> None:
    repository = visible(of(role))
    assert list(repository.list_published(STUDY)) == SEEN[role]
    assert repository.find(STUDY, None) == SEEN[role][0]
    assert [cut.content_hash for cut in SEEN[role]] == list(repository.audience(STUDY))


@pytest.mark.parametrize(
    ("role", "hidden"), [(role, cut) for role, cut in product(SEEN, (NEWEST, BOARD_ONLY, OPEN)) if cut not in SEEN[role]]
)
def test_a_hidden_cut_cannot_be_told_from_one_that_does_not_exist(role: Role, hidden: Snapshot) -> None:
    repository = visible(of(role))
    with pytest.raises(NotFoundError) as of_hidden:
        repository.find(STUDY, hidden.cut)
    with pytest.raises(NotFoundError) as of_none:
        repository.find(STUDY, "0" * 10)
    assert str(of_hidden.value).replace(hidden.cut, "0" * 10) == str(of_none.value)
    assert not any(other.cut in str(of_none.value) for other in (NEWEST, BOARD_ONLY, OPEN) if other not in SEEN[role])


@pytest.mark.parametrize("role", ["investigator", "dsmb"])
def test_the_rows_of_a_hidden_cut_are_not_read_even_by_its_snapshot(role: Role) -> None:
    repository = visible(of(role))
    for read in (repository.load, lambda snapshot: repository.load_records(snapshot, "finding")):
        read(OPEN)
        with pytest.raises(NotFoundError):
            read(NEWEST)


def test_drafts_are_listed_for_those_who_deliver() -> None:
    assert list(visible(of("statistician")).list_all(STUDY)) == [DRAFT, NEWEST, BOARD_ONLY, OPEN]
    assert list(visible(of("dsmb")).list_all(STUDY)) == SEEN["dsmb"]


@pytest.mark.parametrize("role", SEEN)
def test_a_role_in_another_study_shows_nothing_of_this_one(role: Role) -> None:
    repository = visible(of(role, study=OTHER))
    assert list(repository.list_published(STUDY)) == []
    assert list(repository.list_all(STUDY)) == []
    with pytest.raises(NotFoundError):
        repository.load(OPEN)


def test_a_study_that_is_not_defined_has_nothing() -> None:
    assert list(visible(of("statistician", study="unknown")).list_published("unknown")) == []


def test_the_releases_are_read_once_in_a_request() -> None:
    releases, presence = Releases(), Presence(of("dsmb"))
    repository = VisibleSnapshots(PROTOCOLS, Shelf(), releases, lambda: presence)  # type: ignore[arg-type]
    for _ in range(3):
        repository.find(STUDY, None)
        repository.load(OPEN)
    assert releases.asked == 1


def test_studies_without_a_role_are_not_in_the_mapping() -> None:
    studies = VisibleStudies(PROTOCOLS, lambda: Presence(of("dsmb")))
    assert list(studies) == [STUDY]
    assert len(studies) == 1
    assert studies[STUDY] is PROTOCOLS[STUDY]
    assert OTHER not in studies
    assert studies.get(OTHER) is None
    assert dict(studies.items()) == {STUDY: PROTOCOLS[STUDY]}


def test_outside_of_a_request_there_is_nothing() -> None:
    assert list(VisibleStudies(PROTOCOLS, nobody_asks)) == []
    assert list(VisibleSnapshots(PROTOCOLS, Shelf(), Releases(), nobody_asks).list_published(STUDY)) == []  # type: ignore[arg-type]


BOTH = frozenset[Role]({"dsmb", "investigator"})
CLOSED = PROTOCOLS[STUDY].model_copy(update={"interim": "closed"})


@pytest.mark.parametrize(
    ("role", "release", "sees"),
    [
        ("investigator", NOT_RELEASED, False),
        ("investigator", Release(BOTH), False),
        ("investigator", Release(BOTH, BOTH), True),
        ("investigator", Release(BOTH, frozenset({"dsmb"})), False),
        ("statistician", NOT_RELEASED, False),
        ("statistician", Release(BOTH), False),
        ("statistician", Release(BOTH, BOTH), True),
        ("dsmb", NOT_RELEASED, False),
        ("dsmb", Release(BOTH), True),
        ("dsmb", Release(frozenset({"investigator"})), False),
    ],
)
def test_in_a_closed_study_only_the_board_sees_a_cut_before_its_final_release(role: Role, release: Release, sees: bool) -> None:
    assert sees_cut(of(role), CLOSED, release) is sees


def test_in_a_closed_study_the_drafts_are_not_listed_for_who_must_not_see_cohorts() -> None:
    closed = {**PROTOCOLS, STUDY: CLOSED}
    assert list(visible(of("statistician"), closed).list_all(STUDY)) == []
    assert DRAFT in visible(of("statistician", "dsmb"), closed).list_all(STUDY)


class OnceReleased(Releases):
    """The withdrawn data cut was released to the board."""

    def read(self, study: str) -> dict[str, Release]:
        return {**super().read(study), WITHDRAWN.content_hash: Release(frozenset({"dsmb"}))}


def told_of_withdrawn(role: Role, releases: Releases | None = None) -> NotFoundError:
    presence = Presence(of(role))
    repository = VisibleSnapshots(PROTOCOLS, Shelf(), releases or OnceReleased(), lambda: presence)  # type: ignore[arg-type]
    with pytest.raises(NotFoundError) as told:
        repository.find(STUDY, WITHDRAWN.cut)
    return told.value


@pytest.mark.parametrize(("role", "releases"), [("investigator", OnceReleased()), ("investigator", Releases()), ("dsmb", Releases())])
def test_a_withdrawn_cut_that_was_not_released_cannot_be_told_from_one_that_does_not_exist(role: Role, releases: Releases) -> None:
    with pytest.raises(NotFoundError) as of_none:
        visible(of(role)).find(STUDY, "0" * 10)
    told = told_of_withdrawn(role, releases)
    assert type(told) is NotFoundError
    assert str(told).replace(WITHDRAWN.cut, "0" * 10) == str(of_none.value)


def test_who_saw_a_cut_is_told_that_it_was_withdrawn_and_who_delivers_why() -> None:
    sentence = "The data cut b of 2026-01-02 (bbbbbbbbbb) was withdrawn on 2026-01-09"
    board, deliverer = told_of_withdrawn("dsmb"), told_of_withdrawn("statistician")
    assert type(board) is type(deliverer) is WithdrawnError
    assert str(board) == f"{sentence}. There are: cccccccccc, aaaaaaaaaa."
    assert str(deliverer) == f"{sentence}: Wrong units. There are: dddddddddd, cccccccccc, aaaaaaaaaa."


def test_a_withdrawn_cut_of_a_closed_study_is_told_to_the_board_and_not_to_who_saw_pooled_figures() -> None:
    closed = {**PROTOCOLS, STUDY: CLOSED}
    for role, told in (("dsmb", [WITHDRAWN.cut]), ("statistician", [])):
        presence = Presence(of(role))  # type: ignore[arg-type]
        repository = VisibleSnapshots(closed, Shelf(), OnceReleased(), lambda presence=presence: presence)  # type: ignore[arg-type, misc]
        assert [cut.cut for cut in repository.list_withdrawn(STUDY)] == told


def test_the_rows_of_a_withdrawn_cut_stay_hidden_from_who_saw_it() -> None:
    presence = Presence(of("dsmb"))
    repository = VisibleSnapshots(PROTOCOLS, Shelf(), OnceReleased(), lambda: presence)  # type: ignore[arg-type]
    assert WITHDRAWN.cut in [cut.cut for cut in repository.list_withdrawn(STUDY)]
    with pytest.raises(NotFoundError):
        repository.load(WITHDRAWN)
