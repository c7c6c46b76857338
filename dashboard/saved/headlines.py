"""The headline numbers of a view, under its own choices and among its own participants; and two sets of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard.endpoints.changes.headlines import Choices, default_choices
from dashboard.endpoints.changes.results import describe_results
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.saved.views import HeadlineNumber
from dashboard.scene import Scene

EVERYONE, ABSENT = "All selected", "not computed"


@dataclass(frozen=True)
class ComparedNumber:
    """One headline when the view was saved and now."""

    label: str
    cohort: str
    then: str
    now: str

    @property
    def differs(self) -> bool:
        """Whether the two are told in different words."""
        return self.then != self.now


def choose_rules(scene: Scene) -> Choices:
    """The rules of the view; results by visit also at the view's own, and at no visit behind its lock."""
    view, protocol = scene.view, scene.protocol
    default = default_choices(protocol)
    seen = {visit.key for visit in protocol.period_visits(view.until)} if view.locked else set(protocol.visit_keys)
    wanted = ({*default.visits} & seen) | {view.visit}
    return replace(
        default,
        thresholds=tuple(sorted(view.threshold)) or default.thresholds,
        visits=tuple(key for key in protocol.visit_keys if key in wanted),
        period=view.period,
        rule=view.rule,
        gap=view.gap,
        who=view.who,
        respond=view.respond,
        denominator=view.n,
    )


def summarise_headlines(scene: Scene) -> tuple[HeadlineNumber, ...]:
    """The headline numbers of a view for everyone it selects, and for each of its cohorts."""
    protocol = scene.protocol
    shown = [*(scene.view.cohort or protocol.cohort_keys), ALL_COHORTS]
    names = {cohort.key: cohort.label for cohort in protocol.cohorts} | {ALL_COHORTS: EVERYONE}
    told = describe_results(scene.analysis, choose_rules(scene), scene.selection.mask)
    return tuple(HeadlineNumber(label, names[cohort], text) for label, cohort, text in told if cohort in shown)


def compare_headlines(then: Sequence[HeadlineNumber], now: Sequence[HeadlineNumber]) -> tuple[ComparedNumber, ...]:
    """Every headline of both, in the order in which they were saved; what one of them lacks is ABSENT there."""
    before, after = ({(one.label, one.cohort): one.text for one in side} for side in (then, now))
    return tuple(ComparedNumber(*key, before.get(key, ABSENT), after.get(key, ABSENT)) for key in dict.fromkeys([*before, *after]))
