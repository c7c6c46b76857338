"""The view: every choice a reader can make, in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.study.choices import BaselineRule, Denominator, IntervalMethod, Measure, ResponseRule, Rule, Who
from dashboard.study.protocol import StudyProtocol


@dataclass(frozen=True)
class ViewState:
    """One view of one study. An empty tuple means “all”; `cut` None means the newest published data cut.

    Ages are whole years, both ends included; thresholds are cells/µL in ascending order; `gap` is the gap cap in
    days, None for no cap. Fields carry the names of the query keys.
    """

    cut: str | None
    cohort: tuple[str, ...]
    sex: tuple[str, ...]
    age: tuple[int | None, int | None]
    stratum: tuple[str, ...]
    base: BaselineRule
    period: str
    until: str
    analyte: tuple[str, ...]
    measure: Measure
    scale: str
    x: str
    show: tuple[str, ...]
    band: str
    unscheduled: str
    threshold: tuple[float, ...]
    rule: Rule
    gap: int | None
    who: Who
    respond: ResponseRule
    visit: str
    n: Denominator
    ci: IntervalMethod
    related: str
    grade: str
    grading: str
    align: str
    mark: str
    flag: str
    against: str
    of: str
    sort: str
    where: str

    @property
    def locked(self) -> bool:
        """Whether records end with a period, whatever the data cut holds beyond."""
        return self.until != "none"

    def analytes(self, protocol: StudyProtocol) -> tuple[str, ...]:
        """The analytes shown: those chosen, or all of the study."""
        return self.analyte or protocol.analyte_keys

    def cohorts(self, protocol: StudyProtocol) -> tuple[str, ...]:
        """The cohorts shown: those chosen, or all of the study."""
        return self.cohort or protocol.cohort_keys


def default_view(protocol: StudyProtocol, cut: str | None = None) -> ViewState:
    """The view of an address without query keys."""
    return ViewState(
        cut=cut,
        cohort=(),
        sex=(),
        age=(None, None),
        stratum=(),
        base="last",
        period=protocol.periods[0].key,
        until="none",
        analyte=(),
        measure="value",
        scale="linear",
        x="week",
        show=("lines", "median"),
        band="iqr",
        unscheduled="yes",
        threshold=tuple(sorted(protocol.endpoint.thresholds)),
        rule="linear",
        gap=protocol.endpoint.gap_cap,
        who="eligible",
        respond="at-visit",
        visit=protocol.endpoint.visit,
        n="observed",
        ci="exact",
        related="any",
        grade="any",
        grading="most",
        align="first",
        mark="none",
        flag="",
        against="",
        of="",
        sort="",
        where="",
    )
