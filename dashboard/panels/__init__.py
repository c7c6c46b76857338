"""The panels, each a summary and a drawing, listed once. What is drawn is what is exported, printed and tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.figures.calendar import draw_calendar
from dashboard.figures.participant import draw_participant
from dashboard.figures.responders import draw_responders, draw_sweep
from dashboard.figures.ribbon import draw_ribbon
from dashboard.figures.style import Figure
from dashboard.figures.survival import draw_reached
from dashboard.figures.time_above import draw_time_above
from dashboard.figures.trajectory import draw_trajectory
from dashboard.panels.calendar import describe_calendar, summarise_calendar_panel
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
from dashboard.panels.participants import summarise_participant
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
            lambda protocol, subject, x: f"Counts of participant {subject}",
            summarise_participant,
            draw_participant,
            describe_participant,
            ("trajectories",),
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
