"""The choices of the response page that follow from the study definition, as pairs of value and words."""

from __future__ import annotations

from dashboard.study.groupings import TRIAL
from dashboard.study.protocol import StudyProtocol

Pairs = tuple[tuple[str, str], ...]
# So many participants stand in one part of a figure with a row for each.
PART_ROWS = 60
_PARTS = 10


def list_comparisons(protocol: StudyProtocol) -> Pairs:
    """Every cohort, then every category of every delivered grouping but the trials: each can be compared with the others of its kind."""
    whole = protocol.whole
    cohorts = tuple((f"{whole.study.cohort_key}.{part.key}", f"{whole.study.cohort_word}: {part.label}") for part in whole.cohorts)
    return cohorts + tuple(
        (f"{grouping.key}.{category.key}", f"{grouping.label}: {category.label}")
        for grouping in whole.delivered_groupings
        if grouping.key != TRIAL
        for category in grouping.categories
    )


def list_parts() -> Pairs:
    """Everybody in one figure, or rows 1 to 60, 61 to 120, ..."""
    spans = ((part, f"rows {(part - 1) * PART_ROWS + 1} to {part * PART_ROWS}") for part in range(1, _PARTS + 1))
    return (("all", "everybody"), *((str(part), words) for part, words in spans))
