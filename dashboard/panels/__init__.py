"""The panels, each a summary and a drawing, listed once. What is drawn is what is exported, printed and tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.figures.adverse_events import draw_overview, draw_terms
from dashboard.figures.antibodies import draw_ada
from dashboard.figures.calendar import draw_calendar
from dashboard.figures.concentrations import draw_concentrations
from dashboard.figures.exposure import draw_escalation, draw_exposure
from dashboard.figures.findings import draw_findings
from dashboard.figures.grade_shift import draw_shift
from dashboard.figures.participant import draw_participant, measure_participant
from dashboard.figures.peaks import draw_peaks, draw_response
from dashboard.figures.responders import draw_responders, draw_sweep
from dashboard.figures.ribbon import draw_ribbon
from dashboard.figures.style import Figure
from dashboard.figures.survival import draw_reached
from dashboard.figures.time_above import draw_time_above
from dashboard.figures.trajectory import draw_trajectory
from dashboard.panels.adverse_events import describe_overview, describe_terms, summarise_overview_panel, summarise_term_panel
from dashboard.panels.antibodies import describe_ada, summarise_ada_panel
from dashboard.panels.calendar import describe_calendar, summarise_calendar_panel
from dashboard.panels.concentrations import describe_pk, summarise_pk_panel
from dashboard.panels.describe import (
    Words,
    describe_participant,
    describe_reached,
    describe_responders,
    describe_ribbon,
    describe_sweep,
    describe_time_above,
    describe_trajectory,
)
from dashboard.panels.exposure import describe_board, describe_exposure, summarise_escalation_panel, summarise_exposure_panel
from dashboard.panels.findings import describe_findings, summarise_finding_panel
from dashboard.panels.grade_shift import describe_shift, summarise_shift_panel
from dashboard.panels.participants import summarise_participant
from dashboard.panels.peaks import describe_cmax, describe_response, summarise_cmax_panel, summarise_response_panel
from dashboard.panels.reached import summarise_reached_panel
from dashboard.panels.ribbon import summarise_ribbon_panel
from dashboard.panels.thresholds import summarise_responder_panel, summarise_sweep_panel, summarise_time_above_panel
from dashboard.panels.trajectory import summarise_trajectory
from dashboard.scene import Scene
from dashboard.study.protocol import StudyProtocol

NO_SUBJECT = "-"


@dataclass(frozen=True)
class Panel:
    """A panel: its title, the summary of a scene, the drawing of the summary, and the words under it.

    `subject` is what the panel is about where a page has several of a kind: an analyte, a participant; else NO_SUBJECT.
    `tables` are the tables whose rows the panel draws; `rows` is how many rows a figure with a row per participant has.
    """

    key: str
    page: str
    title: Callable[[StudyProtocol, str, str], str]
    summarise: Callable[[Scene, str], Any]
    draw: Callable[[Any], Figure]
    describe: Callable[[Any, Scene], Words]
    tables: tuple[str, ...]
    by_analyte: bool = False
    rows: Callable[[Any], int] = lambda summary: 0


def _trajectory_title(protocol: StudyProtocol, subject: str, x: str) -> str:
    axis = {"visit": "planned visit", "dose": "days since the latest dose"}.get(x, f"{x}s since {protocol.study.day_zero}")
    return f"{protocol.analyte(subject).short} by {axis}"


def _endpoint_title(words: str) -> Callable[[StudyProtocol, str, str], str]:
    return lambda protocol, subject, x: words.format(analyte=protocol.analyte(protocol.endpoint.analyte).short)


def _plain_title(words: str) -> Callable[[StudyProtocol, str, str], str]:
    return lambda protocol, subject, x: words


PANELS: Mapping[str, Panel] = {
    panel.key: panel
    for panel in (
        Panel(
            "trajectory",
            "trajectories",
            _trajectory_title,
            summarise_trajectory,
            draw_trajectory,
            describe_trajectory,
            ("trajectories", "trajectory-summary"),
            by_analyte=True,
        ),
        Panel(
            "responders",
            "thresholds",
            _endpoint_title("{analyte} responders by cohort"),
            summarise_responder_panel,
            draw_responders,
            describe_responders,
            ("responders",),
        ),
        Panel(
            "sweep",
            "thresholds",
            _endpoint_title("{analyte} responders against the threshold"),
            summarise_sweep_panel,
            draw_sweep,
            describe_sweep,
            ("responder-sweep",),
        ),
        Panel(
            "time-above",
            "thresholds",
            _endpoint_title("Days with {analyte} above the thresholds"),
            summarise_time_above_panel,
            draw_time_above,
            describe_time_above,
            ("time-above", "time-above-summary"),
        ),
        Panel(
            "reached",
            "thresholds",
            _endpoint_title("Time to the first {analyte} at or above the thresholds"),
            summarise_reached_panel,
            draw_reached,
            describe_reached,
            ("time-to-threshold",),
        ),
        Panel(
            "ribbon",
            "thresholds",
            _endpoint_title("{analyte} above the thresholds by participant"),
            summarise_ribbon_panel,
            draw_ribbon,
            describe_ribbon,
            ("threshold-spans", "time-above"),
            rows=lambda summary: len(summary.participants),
        ),
        Panel(
            "participant",
            "participant",
            lambda protocol, subject, x: f"Counts of participant {subject}, and everything else with a day",
            summarise_participant,
            draw_participant,
            describe_participant,
            ("trajectories", "participant-events"),
            # In units of 20 pixels.
            rows=lambda summary: -(-measure_participant(summary) // 20),
        ),
        Panel(
            "events-overview",
            "safety",
            _plain_title("Participants with adverse events by cohort"),
            summarise_overview_panel,
            draw_overview,
            describe_overview,
            ("adverse-event-summary", "adverse-events"),
        ),
        Panel(
            "events-terms",
            "safety",
            _plain_title("Adverse events by body system and term, at the worst grade"),
            summarise_term_panel,
            draw_terms,
            describe_terms,
            ("adverse-event-terms", "adverse-event-grades", "adverse-events"),
            rows=lambda summary: len(summary.rows),
        ),
        Panel(
            "lab-shift",
            "safety",
            _plain_title("Laboratory grades of the counts, from baseline to worst and last"),
            summarise_shift_panel,
            draw_shift,
            describe_shift,
            ("lab-shift",),
        ),
        Panel(
            "exposure",
            "safety",
            _plain_title("Doses given against planned, with adverse events"),
            summarise_exposure_panel,
            draw_exposure,
            describe_exposure,
            ("exposure", "exposure-summary", "dosing-weight"),
            rows=lambda summary: len(summary.swimmers),
        ),
        Panel(
            "escalation",
            "safety",
            _plain_title("Dose escalation board"),
            summarise_escalation_panel,
            draw_escalation,
            describe_board,
            ("escalation",),
        ),
        Panel(
            "ada",
            "exploratory",
            _plain_title("Antibodies to the drug by cohort"),
            summarise_ada_panel,
            draw_ada,
            describe_ada,
            ("ada-summary", "ada"),
        ),
        Panel(
            "pk",
            "exploratory",
            _plain_title("Concentration by days since the latest dose"),
            summarise_pk_panel,
            draw_concentrations,
            describe_pk,
            ("pk", "pk-summary"),
        ),
        Panel(
            "cmax",
            "exploratory",
            _plain_title("Highest concentration (Cmax) by dose and cohort"),
            summarise_cmax_panel,
            draw_peaks,
            describe_cmax,
            ("cmax", "cmax-summary", "dose-proportionality"),
        ),
        Panel(
            "exposure-response",
            "exploratory",
            _plain_title("Highest fold of a count against Cmax"),
            summarise_response_panel,
            draw_response,
            describe_response,
            ("exposure-response", "exposure-response-summary"),
        ),
        Panel(
            "findings",
            "exploratory",
            _plain_title("Findings against baseline by visit"),
            summarise_finding_panel,
            draw_findings,
            describe_findings,
            ("findings", "finding-summary", "finding-transitions"),
        ),
        Panel(
            "calendar",
            "data/quality",
            lambda protocol, subject, x: "Planned visits by participant",
            summarise_calendar_panel,
            draw_calendar,
            describe_calendar,
            ("visit-calendar", "visit-windows"),
            rows=lambda summary: summary.shown,
        ),
    )
}


def page_panels(page: str, protocol: StudyProtocol) -> list[tuple[Panel, str]]:
    """The panels of a page with their subjects, in the order they stand."""
    return [
        (panel, subject)
        for panel in PANELS.values()
        if panel.page == page
        for subject in (protocol.analyte_keys if panel.by_analyte else (NO_SUBJECT,))
    ]
