"""The review of a locked scene, in the order in which a monitoring board works: sections of panels, facts and listings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dashboard.interim.listings import (
    NO_EVENTS,
    Listing,
    describe_delivery,
    describe_lock,
    list_changes,
    list_delays,
    list_every_event,
    list_flags,
    list_participants,
    list_queries,
    list_serious,
    open_listings,
)
from dashboard.panels import NO_SUBJECT
from dashboard.scene import Scene
from dashboard.study.protocol import StudyProtocol
from dashboard.view.state import ViewState

__all__ = [
    "Listing", "Plan", "Section", "choose_lock", "compose_review", "count_listed", "describe_lock", "describe_lock_shortly",
    "open_listings", "plan_review",
]  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A part of the review: listings, then panels (key and subject), in this order."""

    title: str
    listings: tuple[Listing, ...] = ()
    panels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Plan:
    """A part of the review whose listings are written one by one, because a reader waits only for what is in sight."""

    title: str
    write: tuple[Callable[[], Listing], ...] = ()
    panels: tuple[tuple[str, str], ...] = ()

    def compose(self) -> Section:
        """The part with its listings."""
        return Section(self.title, tuple(write() for write in self.write), self.panels)


def choose_lock(protocol: StudyProtocol, view: ViewState) -> ViewState:
    """The view of the review: locked to its own period, else to the interim's, which ends at the first milestone of the study."""
    if view.locked:
        return view
    interim = protocol.milestones[0].visit if protocol.milestones else protocol.periods[0].last_visit
    first = next((period.key for period in protocol.periods if period.last_visit == interim), protocol.periods[0].key)
    return replace(view, until=first)


def describe_lock_shortly(scene: Scene) -> str:
    """Which records a locked scene shows, for those who choose between locks."""
    period, cut = scene.protocol.period(scene.view.until).label, scene.snapshot
    return f"Records {period} of the data cut {cut.label or cut.cut}. What the data cut holds beyond is left out everywhere on this page."


def plan_review(scene: Scene) -> tuple[Plan, ...]:
    """The sections of the review of a locked scene, listings still to be written; one about records that the data cut lacks says so."""
    return (
        _plan("Data cut", scene, describe_delivery, list_queries, list_changes),
        _plan("Accrual, disposition and data maturity", scene, panels=_plain("accrual", "maturity")),
        _plan("Doses given, missed and late", scene, list_delays, panels=_plain("exposure")),
        _plan("Demography and baseline counts", scene, panels=_plain("demography")),
        _plan_events(scene),
        _plan("Laboratory grades", scene, panels=_plain("lab-shift")),
        _plan("Counts over time", scene, panels=tuple(("trajectory", key) for key in scene.protocol.analyte_keys)),
        _plan("Thresholds", scene, panels=_plain("responders", "time-above", "reached")),
        *_plan_response(scene),
        _plan_findings(scene),
        _plan("Deviations and missing visits", scene, list_flags, panels=_plain("calendar")),
        _plan("Listings", scene, list_participants, list_every_event),
    )


def compose_review(scene: Scene) -> tuple[Section, ...]:
    """The sections of the review of a locked scene, listings written."""
    return tuple(plan.compose() for plan in plan_review(scene))


def _plan(title: str, scene: Scene, *listings: Callable[[Scene], Listing], panels: tuple[tuple[str, str], ...] = ()) -> Plan:
    return Plan(title, tuple(partial(write, scene) for write in listings), panels)


def _plain(*keys: str) -> tuple[tuple[str, str], ...]:
    return tuple((key, NO_SUBJECT) for key in keys)


def _plan_events(scene: Scene) -> Plan:
    if not scene.holds("adverse_event"):
        return _plan("Adverse events", scene, lambda _: Listing("Adverse events", (), (), NO_EVENTS))
    return _plan("Adverse events", scene, list_serious, panels=_plain("events-overview", "events-terms", "escalation"))


def _plan_response(scene: Scene) -> tuple[Plan, ...]:
    """The responses of a study whose definition names them, where there are any."""
    if not scene.has_responses:
        return ()
    keys = ("response-rates", "response-forest", "response-comparison", "response-best", "response-sizes", "response-courses")
    return (_plan("Response", scene, panels=_plain(*keys)),)


def _plan_findings(scene: Scene) -> Plan:
    title = "Antibodies and concentrations"
    if not scene.holds("finding"):
        return _plan(title, scene, lambda _: Listing(title, (), (), "The data cut has no antibodies and no concentrations."))
    return _plan(title, scene, panels=_plain("ada", "pk"))


def count_listed(sections: Sequence[Section]) -> int:
    """How many rows the listings of a review have in all."""
    return sum(len(listing.rows) for section in sections for listing in section.listings)
