"""One row of each further table of a snapshot, for tests that need no reader."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard.study.columns import RECORD_TABLES
from data_access.content_hash import canonical

SPAN = {"start_day": 3, "start_precision": "day", "end_day": pd.NA, "end_precision": "", "ongoing": True}
ROWS: dict[str, dict[str, Any]] = {
    "adverse_event": {
        "term": "Pyrexia", "reported_term": "fever, “high”\ttwice", "body_system": "General", "category": "", **SPAN, "grade": "2",
        "severity": "MODERATE", "grading_scale": "CTCAE v5.0", "serious": "N", "relation": "POSSIBLE", "action": "", "outcome": "",
    },
    "medication": {
        "name": "PREDNISONE", "reported_name": "Prednisone", "drug_class": "", "indication": "", "dose_text": "20 mg", **SPAN,
        "start_precision": "month",
    },
    "finding": {
        "domain": "IS", "test": "ADA_BAB", "label": "Binding antibody", "category": "", "object": "NT-I7", "day": pd.NA, "time": "",
        "timepoint": "", "visit_label": "WEEK 36", "value": float("nan"), "below_loq": False, "limit": 0.031, "after_dose": False,
        "marked_unscheduled": False, "value_text": "POSITIVE", "unit_text": "",
    },
    "attendance": {
        "visit_label": "WEEK 36", "start_day": 252, "end_day": pd.NA, "occurred": "N", "reason": "a\\b\nc", "marked_unscheduled": False,
    },
    "milestone": {
        "category": "PROTOCOL MILESTONE", "subcategory": "", "term": "INFORMED CONSENT OBTAINED", "reported_term": "ünïcode", "day": -30,
        "precision": "day",
    },
    "time_to_event": {"parameter": "PFS", "label": "Progression-free survival", "days": 547.5, "event": True, "description": "RELAPSE"},
    "claim": {"analyte": "cd4", "day": 14, "quantity": "change", "value": -3.25, "value_text": "-3.25"},
    "trait": {"trait": "blasts", "value": 20.5, "value_text": "20.5"},
    "dose_adjustment": {"day": 84, "reason": "DELAYED: “herpes\tzoster”"},
}  # fmt: skip


def one_of_each(*participants: str) -> dict[str, pd.DataFrame]:
    """Every further table with one row per participant, conformed and in canonical order."""
    return {
        table: canonical(
            table,
            pd.DataFrame(
                [{"participant": who, **ROWS[table], "source_file": table, "source_row": row} for row, who in enumerate(participants, 1)]
            ),
        )
        for table in RECORD_TABLES
    }
