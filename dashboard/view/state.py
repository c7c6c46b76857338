"""The view: every choice a reader can make, in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.study.choices import BaselineRule, Denominator, IntervalMethod, Measure, ResponseRule, Rule, Who
from dashboard.study.protocol import StudyProtocol
from dashboard.view.response_choices import list_comparisons

# The page that compares two data cuts, whatever the choices: its view names both.
CHANGES_PAGE = "data/changes"


@dataclass(frozen=True)
class ViewState:
    """One view of one study. An empty tuple means “all”; `cut` None means the newest published data cut.

    Ages are whole years, both ends included; thresholds are cells/µL in ascending order; `gap` is the gap cap in
    days, None for no cap. `cohort` are categories of what `by` names; `having` are `grouping.category`. Fields carry the names of the
    query keys.
    """

    cut: str | None
    by: str
    cohort: tuple[str, ...]
    sex: tuple[str, ...]
    age: tuple[int | None, int | None]
    stratum: tuple[str, ...]
    having: tuple[str, ...]
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
    after: str
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
    curves: str
    censor: str
    landmark: str
    unit: str
    among: str
    compare: str
    order: str
    part: str
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


# The defaults that are the same in every study.
_USUAL: dict[str, Any] = {
    "cohort": (),
    "sex": (),
    "age": (None, None),
    "stratum": (),
    "having": (),
    "base": "last",
    "until": "none",
    "analyte": (),
    "measure": "value",
    "scale": "linear",
    "x": "week",
    "show": ("lines", "median"),
    "band": "iqr",
    "unscheduled": "yes",
    "after": "marked",
    "rule": "linear",
    "who": "eligible",
    "respond": "at-visit",
    "n": "observed",
    "ci": "exact",
    "related": "any",
    "grade": "any",
    "grading": "most",
    "align": "first",
    "curves": "group",
    "censor": "no",
    "landmark": "none",
    "unit": "day",
    "among": "evaluable",
    "order": "time",
    "part": "all",
    "mark": "none",
    "flag": "",
    "against": "",
    "of": "",
    "sort": "",
    "where": "",
}


def default_view(protocol: StudyProtocol, cut: str | None = None) -> ViewState:
    """The view of an address without query keys."""
    return ViewState(
        cut=cut,
        by=protocol.study.cohort_key,
        period=protocol.periods[0].key,
        threshold=tuple(sorted(protocol.endpoint.thresholds)),
        gap=protocol.endpoint.gap_cap,
        visit=protocol.endpoint.visit,
        compare=list_comparisons(protocol)[0][0],
        **_USUAL,
    )
