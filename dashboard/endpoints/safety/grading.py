"""Grade and scale of an adverse event. Grades of two scales are only joined by a mapping that the study definition names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import encode_integers
from dashboard.endpoints.safety.wording import plain_word
from dashboard.study.safety import SEVERITY, SEVERITY_KEY, Safety

SEVERITY_SCALE = SEVERITY.label
NO_SCALE, NOT_GRADED = "Scale not stated", "Not graded"
SEVERITIES = {"mild": 1, "moderate": 2, "severe": 3, "life threatening": 4, "life-threatening": 4, "fatal": 5, "death": 5}


def derive_levels(events: pd.DataFrame, safety: Safety) -> dict[str, pd.api.extensions.ExtensionArray]:
    """Columns level (Int64, 1 to 5, missing for none) and scale (str) of ADVERSE_EVENT_COLUMNS rows.

    The delivered grade on the delivered scale: the label of the definition where it knows the name, else the name as delivered,
    NO_SCALE for a grade without one. Without a grade the severity in words counts on SEVERITY_SCALE; without either the level is
    missing, and a scale that was not delivered is NOT_GRADED. Then the mappings of the definition are applied, once each event.
    """
    triples = list(zip(events["grade"], events["severity"], events["grading_scale"], strict=True))
    known = {(grade, severity, scale): _read_level(grade, severity, scale, safety) for grade, severity, scale in set(triples)}
    read = [known[triple] for triple in triples]
    level = np.array([found[0] for found in read], dtype=np.int64)
    return {"level": encode_integers(level, level > 0), "scale": pd.array([found[1] for found in read], dtype="str")}


def list_scales(events: pd.DataFrame) -> tuple[str, ...]:
    """The scales on which at least one of the events (EVENT_COLUMNS) has a grade, most used first, then by name."""
    used = events.loc[events["level"].notna(), "scale"].value_counts()
    return tuple(sorted(used.index, key=lambda scale: (-used[scale], scale)))


def _read_level(grade: str, severity: str, scale: str, safety: Safety) -> tuple[int, str]:
    known = {plain_word(name): part.key for part in safety.scales for name in (part.label, *part.names)}
    key, label = known.get(plain_word(scale), ""), scale
    if grade:
        level, label = int(grade), scale or NO_SCALE
    elif level := SEVERITIES.get(plain_word(severity), 0):
        key, label = SEVERITY_KEY, SEVERITY_SCALE
    else:
        label = scale or NOT_GRADED
    for mapping in safety.mappings:
        if mapping.from_scale == key and level <= len(mapping.grades):
            mapped = mapping.grades[level - 1] if level else 0
            return mapped, safety.scale(mapping.to_scale).label
    return level, (safety.scale(key).label if key else label)
