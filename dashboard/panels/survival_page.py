"""The panels of the survival page, in the order they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dashboard.endpoints.pooled.times import RESPONSE_DURATION
from dashboard.figures.survival_curves import draw_curves
from dashboard.panels.panel import Panel, plain_title
from dashboard.panels.survival_curves import summarise_survival_panel
from dashboard.panels.survival_follow_up import describe_follow_up, summarise_follow_up_panel
from dashboard.panels.survival_incidence import describe_incidence, describe_relapse, summarise_incidence_panel, summarise_relapse_panel
from dashboard.panels.survival_landmark import describe_landmark, summarise_landmark_panel
from dashboard.panels.survival_times import list_endpoints
from dashboard.panels.survival_words import describe_survival
from dashboard.study.protocol import StudyProtocol

# As many rows of numbers fit under the axis of a card of the usual height.
FEW_ROWS = 6


def _title(words: str) -> Callable[[StudyProtocol, str, str], str]:
    return lambda protocol, subject, x: words.format(label=list_endpoints(protocol).get(subject, "Survival"))


def _subjects(protocol: StudyProtocol) -> Sequence[str]:
    return tuple(list_endpoints(protocol))


def _from_day_zero(protocol: StudyProtocol) -> Sequence[str]:
    return tuple(key for key in list_endpoints(protocol) if key != RESPONSE_DURATION)


def _risk_rows(summary: Any) -> int:
    """How many rows of numbers stand under the axis, when they are so many that the card must make room for them."""
    rows = sum(len(curve.at_risk) > 0 for curve in summary.figure.curves)
    return rows if rows > FEW_ROWS else 0


SURVIVAL_PANELS = (
    Panel(
        "survival",
        "survival",
        _title("{label}"),
        summarise_survival_panel,
        lambda summary: draw_curves(summary.figure),
        describe_survival,
        ("survival-curve", "survival-summary", "survival-tests", "survival"),
        rows=_risk_rows,
        subjects=_subjects,
    ),
    Panel(
        "survival-landmark",
        "survival",
        _title("{label} from a landmark on, by transplant before it"),
        summarise_landmark_panel,
        lambda summary: draw_curves(summary.figure),
        describe_landmark,
        ("survival",),
        rows=_risk_rows,
        subjects=_from_day_zero,
    ),
    Panel(
        "survival-follow-up",
        "survival",
        plain_title("Follow-up by trial"),
        summarise_follow_up_panel,
        lambda summary: draw_curves(summary.figure),
        describe_follow_up,
        ("survival-follow-up", "survival"),
        rows=_risk_rows,
    ),
    Panel(
        "incidence",
        "survival",
        plain_title("First event: relapse, death or transplant"),
        summarise_incidence_panel,
        lambda summary: draw_curves(summary.figure),
        describe_incidence,
        ("cumulative-incidence",),
        rows=_risk_rows,
    ),
    Panel(
        "incidence-relapse",
        "survival",
        plain_title("Relapse by group, with death and transplant competing"),
        summarise_relapse_panel,
        lambda summary: draw_curves(summary.figure),
        describe_relapse,
        ("cumulative-incidence",),
        rows=_risk_rows,
    ),
)
