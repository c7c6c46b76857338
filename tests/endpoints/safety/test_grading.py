from __future__ import annotations

import pandas as pd
import pytest

from dashboard.endpoints.safety.grading import list_scales
from dashboard.study.safety import ScaleMapping
from tests.endpoints.safety.trial import analyse, derived, event, people, study

ONE = people(a="240")


@pytest.mark.parametrize(
    ("grade", "severity", "scale", "level", "label"),
    [
        ("3", "", "ctcae V5", 3, "CTCAE v5.0"),
        ("3", "MILD", "DAIDS v2.1", 3, "DAIDS 2.1"),
        ("2", "", "House scale", 2, "House scale"),
        ("2", "", "", 2, "Scale not stated"),
        ("", "SEVERE", "", 3, "Severity (mild, moderate, severe)"),
        ("", "MODERATE", "CTCAE v5.0", 2, "Severity (mild, moderate, severe)"),
        ("", "", "CTCAE v5.0", None, "CTCAE v5.0"),
        ("", "", "", None, "Not graded"),
    ],
)
def test_a_level_stands_on_the_scale_it_was_given_on(grade: str, severity: str, scale: str, level: int | None, label: str) -> None:
    found = derived(analyse(ONE), event("a", grade=grade, severity=severity, grading_scale=scale)).iloc[0]
    assert (found["level"] if level else pd.isna(found["level"])) == (level or True)
    assert found["scale"] == label


def test_only_a_mapping_of_the_definition_moves_a_grade_to_another_scale() -> None:
    daids = ScaleMapping(from_scale="daids-2-1", to_scale="ctcae-5", grades=(1, 2, 3, 3), source="made for this test")
    words = ScaleMapping(from_scale="severity", to_scale="ctcae-5", grades=(1, 2, 3), source="made for this test")
    events = derived(
        analyse(ONE, using=study(mappings=(daids, words))),
        event("a", grade="4", grading_scale="DAIDS 2.1"),
        event("a", grade="5", grading_scale="DAIDS 2.1"),
        event("a", grade="", severity="SEVERE", grading_scale=""),
        event("a", grade="", severity="FATAL", grading_scale=""),
        event("a", grade="4", grading_scale="House scale"),
    )
    # A grade that the mapping does not reach stays on its own scale.
    assert events["level"].tolist() == [3, 5, 3, 5, 4]
    severity = "Severity (mild, moderate, severe)"
    assert events["scale"].tolist() == ["CTCAE v5.0", "DAIDS 2.1", "CTCAE v5.0", severity, "House scale"]
    assert events["grading_scale"].tolist()[0] == "DAIDS 2.1"


def test_the_scales_in_use_are_listed_most_used_first() -> None:
    rows = [event("a", grading_scale=scale) for scale in ("B", "A", "CTCAE v5.0", "CTCAE v5.0")] + [event("a", grade="", grading_scale="C")]
    assert list_scales(derived(analyse(ONE), *rows)) == ("CTCAE v5.0", "A", "B")
