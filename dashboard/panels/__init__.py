"""The panels, each a summary and a drawing, listed once. What is drawn is what is exported, printed and tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dashboard.figures.antibodies import draw_ada
from dashboard.figures.calendar import draw_calendar
from dashboard.figures.concentrations import draw_concentrations
from dashboard.figures.findings import draw_findings
from dashboard.figures.interim import draw_accrual, draw_demography, draw_maturity, measure_demography
from dashboard.figures.participant import draw_participant, measure_participant
from dashboard.figures.peaks import draw_peaks, draw_response
from dashboard.figures.responders import draw_responders, draw_sweep
from dashboard.figures.ribbon import draw_ribbon
from dashboard.figures.survival import draw_reached
from dashboard.figures.time_above import draw_time_above
from dashboard.figures.titres import draw_titres
from dashboard.figures.trajectory import draw_trajectory
from dashboard.panels.ada_courses import describe_ada_courses, draw_ada_courses, summarise_ada_course_panel
from dashboard.panels.antibodies import describe_ada, summarise_ada_panel
from dashboard.panels.calendar import describe_calendar, summarise_calendar_panel
from dashboard.panels.concentrations import describe_pk, summarise_pk_panel
from dashboard.panels.describe import (
    describe_participant,
    describe_reached,
    describe_responders,
    describe_ribbon,
    describe_sweep,
    describe_time_above,
    describe_trajectory,
)
from dashboard.panels.findings import describe_findings, summarise_finding_panel
from dashboard.panels.interim import (
    describe_accrual,
    describe_demography,
    describe_maturity,
    summarise_accrual_panel,
    summarise_demography_panel,
    summarise_maturity_panel,
)
from dashboard.panels.panel import Panel, plain_title
from dashboard.panels.participants import summarise_participant
from dashboard.panels.peaks import describe_cmax, describe_response, summarise_cmax_panel, summarise_response_panel
from dashboard.panels.questionnaires import describe_questionnaires, draw_questionnaires, summarise_questionnaire_panel
from dashboard.panels.reached import summarise_reached_panel
from dashboard.panels.recovery_page import RECOVERY_PANELS
from dashboard.panels.response_page import RESPONSE_PANELS
from dashboard.panels.ribbon import summarise_ribbon_panel
from dashboard.panels.safety_page import SAFETY_PANELS
from dashboard.panels.survival_page import SURVIVAL_PANELS
from dashboard.panels.thresholds import summarise_responder_panel, summarise_sweep_panel, summarise_time_above_panel
from dashboard.panels.titres import ROWS_EACH, describe_titres, summarise_titre_panel
from dashboard.panels.trajectory import summarise_trajectory
from dashboard.panels.visit_words import name_groups
from dashboard.study.protocol import StudyProtocol

__all__ = ["NO_SUBJECT", "PANELS", "Panel", "page_panels"]

NO_SUBJECT = "-"


def _trajectory_title(protocol: StudyProtocol, subject: str, x: str) -> str:
    axis = {"visit": "planned visit", "dose": "days since the latest dose"}.get(x, f"{x}s since {protocol.study.day_zero}")
    return f"{protocol.analyte(subject).short} by {axis}"


def _endpoint_title(words: str) -> Callable[[StudyProtocol, str, str], str]:
    return lambda protocol, subject, x: words.format(
        analyte=protocol.analyte(protocol.endpoint.analyte).short, groups=name_groups(protocol)
    )


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
        *RECOVERY_PANELS,
        Panel(
            "responders",
            "thresholds",
            _endpoint_title("{analyte} responders by {groups}"),
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
        *SAFETY_PANELS,
        *RESPONSE_PANELS,
        *SURVIVAL_PANELS,
        Panel(
            "ada",
            "exploratory",
            plain_title("Antibodies to the drug by cohort"),
            summarise_ada_panel,
            draw_ada,
            describe_ada,
            ("ada-summary", "ada"),
        ),
        Panel(
            "ada-counts",
            "exploratory",
            plain_title("Counts by antibodies to the drug"),
            summarise_ada_course_panel,
            draw_ada_courses,
            describe_ada_courses,
            ("ada-counts", "ada-count-summary"),
        ),
        Panel(
            "pk",
            "exploratory",
            plain_title("Concentration by days since the latest dose"),
            summarise_pk_panel,
            draw_concentrations,
            describe_pk,
            ("pk", "pk-summary"),
        ),
        Panel(
            "cmax",
            "exploratory",
            plain_title("Highest concentration (Cmax) by dose and cohort"),
            summarise_cmax_panel,
            draw_peaks,
            describe_cmax,
            ("cmax", "cmax-summary", "dose-proportionality"),
        ),
        Panel(
            "exposure-response",
            "exploratory",
            plain_title("Highest fold of a count against Cmax"),
            summarise_response_panel,
            draw_response,
            describe_response,
            ("exposure-response", "exposure-response-summary"),
        ),
        Panel(
            "titres",
            "exploratory",
            plain_title("Autoantibody titres by visit"),
            summarise_titre_panel,
            draw_titres,
            describe_titres,
            ("titre-summary", "findings"),
            rows=lambda summary: ROWS_EACH * len(summary.series),
        ),
        Panel(
            "questionnaires",
            "exploratory",
            plain_title("Questionnaire scores as change from baseline"),
            summarise_questionnaire_panel,
            draw_questionnaires,
            describe_questionnaires,
            ("questionnaire-summary", "findings"),
            rows=lambda summary: ROWS_EACH * len(summary.figure.plots),
        ),
        Panel(
            "findings",
            "exploratory",
            plain_title("Findings against baseline by visit"),
            summarise_finding_panel,
            draw_findings,
            describe_findings,
            ("findings", "finding-summary", "finding-transitions"),
        ),
        Panel(
            "accrual",
            "interim",
            plain_title("Accrual and disposition by cohort"),
            summarise_accrual_panel,
            draw_accrual,
            describe_accrual,
            ("accrual",),
        ),
        Panel(
            "maturity",
            "interim",
            plain_title("What became of each planned visit"),
            summarise_maturity_panel,
            draw_maturity,
            describe_maturity,
            ("data-maturity", "visit-calendar"),
        ),
        Panel(
            "demography",
            "interim",
            plain_title("Demography and baseline counts"),
            summarise_demography_panel,
            draw_demography,
            describe_demography,
            ("demography",),
            rows=measure_demography,
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
    return [(panel, subject) for panel in PANELS.values() if panel.page == page for subject in _list_subjects(panel, protocol)]


def _list_subjects(panel: Panel, protocol: StudyProtocol) -> Sequence[str]:
    if panel.subjects is not None:
        return panel.subjects(protocol)
    return protocol.analyte_keys if panel.by_analyte else (NO_SUBJECT,)
