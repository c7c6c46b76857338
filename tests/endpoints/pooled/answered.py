"""A response section, and findings and milestones from short rows, over the builders of the first study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.study.columns import FINDING_COLUMNS, MILESTONE_COLUMNS
from dashboard.study.pooled import Response, Survival

RESPONSE = Response.model_validate(
    {
        "test": "BESTRESP",
        "not_evaluable": ("NE",),
        "categories": tuple(
            {"key": key, "label": label, "codes": codes}
            for key, label, codes in (
                ("cr", "CR", ("CR",)),
                ("cri", "CRi", ("CRi",)),
                ("pr", "PR", ("PR",)),
                ("sd", "SD", ("SD",)),
                ("pd", "PD", ("PD",)),
            )
        ),
        "rates": (
            {"key": "orr", "label": "Overall response", "categories": ("cr", "cri", "pr")},
            {"key": "cr-cri", "label": "Complete remission", "categories": ("cr", "cri")},
        ),
        "assessment_test": "OVRLRESP",
        "size_test": "SPDCHG",
    }
)
SURVIVAL = Survival.model_validate(
    {
        "milestones": tuple(
            {"key": key, "label": key.capitalize(), "codes": codes}
            for key, codes in (
                ("transplant", ("STEM CELL TRANSPLANT",)),
                ("relapse", ("RELAPSE",)),
                ("progression", ("PROGRESSION",)),
                ("death", ("DEATH",)),
                ("contact", ("LAST CONTACT",)),
            )
        ),
        "endpoints": ({"key": "os", "label": "Overall survival", "events": ("death",)},),
        "relapse": "relapse",
        "censor": "transplant",
        "contact": "contact",
    }
)


def findings(*rows: tuple[str, str, int | None, str | float]) -> pd.DataFrame:
    """Findings as (participant, test, day, word or number): responses of domain RS, sizes of TR."""
    filled = [
        {
            "participant": participant,
            "domain": "TR" if test == "SPDCHG" else "RS",
            "test": test,
            "day": day,
            "value": word if isinstance(word, float) else None,
            "value_text": word if isinstance(word, str) else f"{word:g}",
            "source_file": "rs.csv",
        }
        for participant, test, day, word in rows
    ]
    return _fill(filled, FINDING_COLUMNS)


def milestones(*rows: tuple[str, str, int | None]) -> pd.DataFrame:
    """Milestones as (participant, term, day)."""
    filled = [{"participant": name, "term": term, "day": day, "precision": "day", "source_file": "ds.csv"} for name, term, day in rows]
    return _fill(filled, MILESTONE_COLUMNS)


def _fill(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    blank = {column: {"str": "", "bool": False}.get(kind) for column, kind in columns.items()}
    filled = [blank | {"source_row": place} | dict(row) for place, row in enumerate(rows, 1)]
    return pd.DataFrame(filled, columns=list(columns)).astype(dict(columns))
