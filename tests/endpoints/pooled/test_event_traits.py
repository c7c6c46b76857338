from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from dashboard.endpoints.pooled.event_traits import derive_event_traits
from dashboard.study.groupings import Category, Grouping, validate_sources
from tests.endpoints.pooled.answered import milestones
from tests.endpoints.safety.trial import build_events, event
from tests.panels.pooled import Person, build_people, open_pooled, pooled_protocol


def crs(start_day: int | None, **changes: Any) -> dict[str, Any]:
    return {"start_day": start_day, "term": "Cytokine release syndrome", "grading_scale": "ASTCT 2019", "grade": "2", **changes}


PEOPLE = [
    Person("P1", events=[crs(2, grade="1"), crs(4, grade="3")], milestones=[("STEM CELL TRANSPLANT", 57)]),
    Person("P2", milestones=[("STEM CELL TRANSPLANT", -300)]),
    Person("P3", events=[crs(3, grade="")]),
    Person("P4", events=[crs(3, grade="4", grading_scale="LEE 2014")]),
    Person("P5", events=[crs(-20, end_day=-12)]),
    Person("P6", infused=False),
]


def values(key: str) -> dict[str, float]:
    data = build_people(PEOPLE)
    events = build_events([event(p.name, **told) for p in PEOPLE for told in p.events])
    records = {"adverse_event": events, "milestone": milestones(*((p.name, term, day) for p in PEOPLE for term, day in p.milestones))}
    rows = derive_event_traits(data.participants, records.__getitem__, pooled_protocol())
    own = rows[rows["trait"] == key]
    return dict(zip(own["participant"], own["value"], strict=True))


def test_the_worst_grade_on_the_scale_of_the_syndrome_counts() -> None:
    # P3 is not graded and P4 graded on another scale: no value. P5 had it before day 0. P6 was never infused.
    assert values("crs") == {"P1": 3.0, "P2": 0.0, "P5": 0.0}


def test_a_milestone_counts_after_day_zero_only() -> None:
    assert values("later-transplant") == {"P1": 1.0, "P2": 0.0, "P3": 0.0, "P4": 0.0, "P5": 0.0}


def test_without_events_nobody_has_one() -> None:
    data = build_people([Person("P1")])
    none = {"adverse_event": build_events([]), "milestone": milestones()}
    rows = derive_event_traits(data.participants, none.__getitem__, pooled_protocol())
    assert rows[["trait", "value"]].to_numpy().tolist() == [["crs", 0.0], ["later-transplant", 0.0]]


def ranges() -> tuple[Category, ...]:
    return (Category(key="no", label="no", high=1.0), Category(key="yes", label="yes", low=1.0))


@pytest.mark.parametrize("sources", [{}, {"column": "A", "syndrome": "crs"}, {"syndrome": "crs", "milestone": "death"}])
def test_a_grouping_has_one_source(sources: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="needs one of column, syndrome, milestone"):
        Grouping(key="a", label="A", categories=ranges(), **sources)


def test_derived_values_are_numbers() -> None:
    with pytest.raises(ValidationError, match="ranges of numbers"):
        Grouping(key="a", label="A", syndrome="crs", categories=(Category(key="no", label="no", codes=("N",)),))


def test_a_derived_grouping_names_what_the_study_has() -> None:
    grouping = Grouping(key="a", label="A", syndrome="flu", categories=ranges())
    with pytest.raises(ValueError, match=r"groupings.a.syndrome: “flu” is none of crs"):
        validate_sources((grouping,), ("crs",), ())


def test_every_page_can_be_split_by_it() -> None:
    scene = open_pooled(PEOPLE[:2], by="later-transplant")
    assert pd.Series(scene.analysis.participants["cohort"]).tolist() == ["not-reported", "not-reported"]
    assert "later-transplant" in pooled_protocol().by_keys
