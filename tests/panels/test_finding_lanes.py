"""Findings of a participant as marks: which lane each stands in, and what it says."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard.endpoints import participant_tracks as tracks
from dashboard.panels.finding_lanes import mark_findings
from dashboard.study.columns import FINDING_COLUMNS, conform

ITEM = {"domain": "QS", "category": "EQ-5D-5L", "object": ""}


def finding(row: int, label: str, value: float, day: int = 1, **other: Any) -> dict[str, Any]:
    texts = dict.fromkeys(("test", "category", "object", "time", "timepoint", "visit_label", "value_text", "unit_text"), "")
    numbers = {"value": value, "limit": float("nan"), "below_loq": False, "after_dose": False, "marked_unscheduled": False}
    source = {"source_file": "f", "source_row": row}
    return texts | numbers | source | {"participant": "P1", "domain": "FA", "label": label, "day": day} | other


def lanes(*found: dict[str, Any]) -> list[tuple[str, float, str, str]]:
    """Lane, day, sentence and text of each mark."""
    findings = conform(pd.DataFrame(found), FINDING_COLUMNS)
    names = ["day", "value", "source_file", "source_row"]
    entries = findings[names].assign(kind=tracks.FINDING, what=findings["label"], words="")
    marks = mark_findings(entries, findings, lambda entry: f"{entry.what} {entry.value:g}")
    return [(lane, day, sentence, text) for _, lane, (_, day, sentence, text) in marks]


def test_what_was_tested_stands_before_the_test() -> None:
    assert lanes(finding(1, "Lesion Count", 2, object="HPV LESION")) == [("HPV lesion: Lesion Count", 1, "Lesion Count 2", "2")]


def test_a_label_that_ends_in_parentheses_is_not_turned_round() -> None:
    assert lanes(finding(1, "Lesion area (sum)", 2))[0][0] == "Lesion area (sum)"
    assert lanes(finding(1, "Area (sum)", 2, object="HPV LESION"))[0][0] == "HPV lesion: Area (sum)"


def test_items_of_one_questionnaire_share_a_lane_and_those_of_a_day_a_mark() -> None:
    items = [finding(1, "Mobility", 2, **ITEM), finding(2, "Pain", 3, **ITEM), finding(3, "Pain", 1, day=30, **ITEM)]
    assert lanes(*items) == [("EQ-5D-5L", 1, "Mobility 2 · Pain 3", "2 items"), ("EQ-5D-5L", 30, "Pain 1", "1")]
