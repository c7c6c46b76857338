"""Sentences and tables under the curves of the survival page. Every number comes from the summary that is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.endpoints.pooled.sightings import DEATH
from dashboard.endpoints.pooled.times import find_relapse_events
from dashboard.endpoints.survival import KaplanMeier
from dashboard.figures.survival_curves import MONTH
from dashboard.panels.cells import CellPart, LinkedText, link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_people, describe_scene
from dashboard.panels.survival_curves import TO_TRANSPLANT, GroupRow, LogRankRow, SurvivalSummary
from dashboard.panels.survival_times import find_endpoint
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words, join_words, lower_first

UNIT_NAMES = {"day": "days", "month": "months"}
AS_REPORTED = (
    "The source reports a median of {value:g} {unit} with the range {low:g} to {high:g}: without an interval that is no Kaplan–Meier "
    "median, so it stands on the overview as reported, and not here."
)


def describe_survival(summary: SurvivalSummary, scene: Scene) -> Words:
    """Method, events, censoring, tests and selection; n, events, median and survival at the landmarks by group."""
    if scene.protocol.survival is None or not summary.rows:
        return Words(f"{summary.figure.message} {describe_scene(scene)}", "nothing shown")
    method = (
        f"{_measure(summary, scene)} (Kaplan–Meier). Shaded: 95 % log-log interval where n ≥ 5; ticks: participants censored, dots: events "
        "(a click opens the participant). Median with its interval by Brookmeyer and Crowley; “–”: not reached."
    )
    parts = [method, *_describe_times(summary, scene), *describe_tests(summary.tests, scene), _note_reported(summary, scene)]
    header = (scene.protocol.study.cohort_word, "n", "Events", f"Median, {UNIT_NAMES[scene.view.unit]} (95{NO_BREAK}% interval)")
    days = [f"Day {day + (summary.landmark or 0):g} · at risk" for day in summary.rows[0].at.day]
    caption = " ".join(part for part in (*parts, describe_scene(scene)) if part)
    rows = tuple(_row(summary, row, scene) for row in summary.rows)
    shown = f"{count_words(summary.n, 'participant')} in the curves"
    return Words(caption, shown, describe_people(summary.left_out), LEFT_OUT, (*header, *days), rows)


def _measure(summary: SurvivalSummary, scene: Scene) -> str:
    """What the curve is the share of."""
    survival = scene.protocol.survival
    if survival is None:
        return summary.label
    labels = {part.key: lower_first(part.label) for part in survival.milestones}
    endpoint = find_endpoint(scene.protocol, summary.endpoint)
    if endpoint is not None:
        return f"{summary.label}, the share still without {join_words([labels[key] for key in endpoint.events], 'or')}"
    events = [labels[key] for key in (*find_relapse_events(survival), DEATH) if key in labels]
    return f"{summary.label}: the share of those who responded still without {join_words(events, 'or')}, from the first response on"


def _describe_times(summary: SurvivalSummary, scene: Scene) -> list[str]:
    view, words = scene.view, []
    if summary.delivered:
        words.append("The times are those that the delivery states; it has no dates of events, so their censoring cannot be chosen.")
    elif ending := name_ending(scene):
        words.append(describe_censoring(view.censor, ending))
    if summary.landmark is not None:
        words.append(f"Only who was event-free and under observation after day {summary.landmark:g}; time is counted from that day.")
        words.append(f"The days of the table are those since the {scene.protocol.study.day_zero}.")
    if view.unit == "month":
        words.append(f"1 month = {MONTH:.2f} days.")
    return words


def name_ending(scene: Scene) -> str:
    """The milestone at which times can be ended, inside a sentence; "" without one."""
    survival = scene.protocol.survival
    return next((lower_first(part.label) for part in survival.milestones if part.key == survival.censor), "") if survival else ""


def describe_censoring(censor: str, ending: str) -> str:
    """When a time ends without an event."""
    return {
        "no": f"A time without event ends at the last contact; a {ending} does not end it.",
        "yes": f"A time without event ends at the {ending}, else at the last contact.",
        "both": f"Thick: a time without event ends at the last contact. Thin and dotted: it ends at the {ending} already.",
    }[censor]


def describe_tests(tests: Sequence[LogRankRow], scene: Scene) -> list[str]:
    """The log-rank tests in words; none with fewer than two groups."""
    told = [test for test in tests if np.isfinite(test.result.p_value)]
    if not told:
        return []
    several = len({test.censor for test in tests}) > 1
    words = []
    for test in told:
        how = "stratified by trial" if test.stratified_by else f"of {test.groups} groups"
        ended = {"no": ", up to the last contact", "yes": ", ended at the transplant"}[test.censor] if several else ""
        degrees = count_words(test.result.degrees_of_freedom, "degree")
        words.append(f"{how}{ended}: χ² = {test.result.statistic:.2f}, {degrees} of freedom, {describe_p(test.result.p_value)}")
    return [f"Log-rank test {'; '.join(words)}. The groups were not made by chance, and nothing is adjusted for."]


def describe_p(p_value: float) -> str:
    """A p-value with as many digits as it bears."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}" if p_value < 0.1 else f"p = {p_value:.2f}"


def _note_reported(summary: SurvivalSummary, scene: Scene) -> str:
    """Medians of a source that give a range and no interval, in words."""
    about = [figure for figure in scene.protocol.reported if summary.endpoint in figure.measure.split(".") and figure.low is not None]
    return " ".join(AS_REPORTED.format(value=part.value, low=part.low, high=part.high, unit=part.unit) for part in about)


def _row(summary: SurvivalSummary, row: GroupRow, scene: Scene) -> tuple[str, ...]:
    def link(text: str, what: str, day: float | None = None) -> LinkedText:
        return link_cell(text, encode_cell("survival", summary.endpoint, row.censor, what, "" if day is None else f"{day:g}", row.cohort))

    label = row.label if row.censor == "no" or summary.delivered else f"{row.label}{TO_TRANSPLANT}"
    at = [
        _at(row, place, link(str(row.at.at_risk[place]), "at-risk", day + (summary.landmark or 0)))
        for place, day in enumerate(row.at.day.tolist())
    ]
    return label, link(str(row.n), "n"), link(str(row.events), "events"), describe_median(row.curve, scene.view.unit, row.n), *at


def _at(row: GroupRow, place: int, at_risk: LinkedText) -> str:
    """Survival in percent with its interval, and the number at risk; alone where the curve says nothing."""
    survival = row.at.survival[place]
    if not row.n or np.isnan(survival):
        return "–"
    text = describe_share(survival, row.at.lower[place], row.at.upper[place])
    return LinkedText((CellPart(f"{text}{NO_BREAK}·{NO_BREAK}"), *at_risk.parts))


def describe_share(value: float, lower: float, upper: float) -> str:
    """A share in percent with its interval, where it has one."""
    limits = f" ({100 * lower:.0f} to {100 * upper:.0f})" if np.isfinite(lower) and np.isfinite(upper) else ""
    return f"{100 * value:.0f} %{limits}".replace(" ", NO_BREAK)


def describe_median(curve: KaplanMeier, unit: str, n: int) -> str:
    """A median time with its interval; a limit or median that the curve does not reach is “–”."""
    if not n:
        return "–"
    if np.isnan([curve.median, curve.median_lower, curve.median_upper]).all():
        return "not reached"
    middle, lower, upper = (describe_time(value, unit) for value in (curve.median, curve.median_lower, curve.median_upper))
    return f"{middle} ({lower} to {upper})".replace(" ", NO_BREAK)


def describe_time(days: float, unit: str) -> str:
    """A time in the unit of the view."""
    if np.isnan(days):
        return "–"
    return f"{days / MONTH:.1f}" if unit == "month" else f"{days:g}"
