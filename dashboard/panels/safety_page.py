"""The panels of the safety page, in the order they stand."""

from __future__ import annotations

from dashboard.figures.adverse_events import draw_overview, draw_terms, measure_terms
from dashboard.figures.exposure import draw_escalation, draw_exposure
from dashboard.figures.grade_shift import draw_shift
from dashboard.figures.onset import draw_onset
from dashboard.figures.syndromes import draw_days, draw_grades
from dashboard.figures.weeks import draw_weeks
from dashboard.panels.adverse_events import describe_overview, summarise_overview_panel
from dashboard.panels.escalation import describe_board, summarise_escalation_panel
from dashboard.panels.event_terms import describe_terms, summarise_term_panel
from dashboard.panels.exposure import describe_exposure, summarise_exposure_panel
from dashboard.panels.grade_shift import describe_shift, summarise_shift_panel
from dashboard.panels.onset import describe_onset, summarise_onset_panel
from dashboard.panels.panel import Panel, plain_title
from dashboard.panels.syndrome_days import describe_days, summarise_day_panel
from dashboard.panels.syndromes import describe_grades, name_panel, summarise_grade_panel
from dashboard.panels.weeks import describe_weeks, summarise_week_panel
from dashboard.syndromes import list_syndrome_keys

SAFETY_PANELS: tuple[Panel, ...] = (
    Panel(
        "events-overview",
        "safety",
        plain_title("Participants with adverse events by cohort"),
        summarise_overview_panel,
        draw_overview,
        describe_overview,
        ("adverse-event-summary", "adverse-events"),
    ),
    Panel(
        "events-terms",
        "safety",
        plain_title("Adverse events by body system and term, at the worst grade"),
        summarise_term_panel,
        draw_terms,
        describe_terms,
        ("adverse-event-terms", "adverse-event-grades", "adverse-events"),
        rows=measure_terms,
    ),
    Panel(
        "events-onset",
        "safety",
        plain_title("Onset of adverse events after the latest dose"),
        summarise_onset_panel,
        draw_onset,
        describe_onset,
        ("adverse-event-onset", "adverse-event-onset-list"),
    ),
    Panel(
        "events-weeks",
        "safety",
        plain_title("Worst grade by participant and week"),
        summarise_week_panel,
        draw_weeks,
        describe_weeks,
        ("adverse-event-weeks", "adverse-events"),
        rows=lambda summary: summary.people,
    ),
    Panel(
        "syndrome-grades",
        "safety",
        name_panel("worst grade by cohort"),
        summarise_grade_panel,
        draw_grades,
        describe_grades,
        ("crs-icans", "crs-icans-summary"),
        rows=lambda summary: len(summary.bars),
        subjects=list_syndrome_keys,
    ),
    Panel(
        "syndrome-days",
        "safety",
        name_panel("days and treatment"),
        summarise_day_panel,
        draw_days,
        describe_days,
        ("crs-icans", "syndrome-times"),
        rows=lambda summary: len(summary.rows),
        subjects=list_syndrome_keys,
    ),
    Panel(
        "lab-shift",
        "safety",
        plain_title("Laboratory grades of the counts, from baseline to worst and last"),
        summarise_shift_panel,
        draw_shift,
        describe_shift,
        ("lab-shift",),
    ),
    Panel(
        "exposure",
        "safety",
        plain_title("Doses given against planned, with adverse events"),
        summarise_exposure_panel,
        draw_exposure,
        describe_exposure,
        ("exposure", "exposure-summary", "dosing-weight"),
        rows=lambda summary: len(summary.swimmers),
    ),
    Panel(
        "escalation",
        "safety",
        plain_title("Dose escalation board"),
        summarise_escalation_panel,
        draw_escalation,
        describe_board,
        ("escalation",),
    ),
)
