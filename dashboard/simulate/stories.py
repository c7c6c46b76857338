"""Who covers which path: participants with a story, chosen by cohort and number, never by chance.

`cohort` counts the cohorts of the definition from 0. A story exists when its cohort exists and has enough participants. STORIES tell
the course: doses, visits, samples. RECORDED tell what is recorded beside the course, and leave visits and chance as they are.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Story:
    """One participant whose course is told in advance."""

    key: str
    cohort: int
    number: int
    sentence: str


STORIES = (
    Story("time-points", 0, 2, "Sampled before and after the dose on every dose day."),
    Story("delayed-dose", 0, 3, "The second dose is three weeks late; the visits around it move, weeks 36, 48 and 60 do not."),
    Story("no-baseline", 0, 5, "Dosed, but every sample up to the first dose was spoilt: no baseline."),
    Story("near-limit", 0, 6, "CD4 at the limit of quantification: some counts are reported as below it."),
    Story("lost", 0, 8, "Lost to follow-up between weeks 36 and 48."),
    Story("above-bound", 0, 10, "CD4 baseline of 300 or more: eligible on counts of the past."),
    Story("two-samples", 1, 2, "Two samples within one day at one visit, and two values for one and the same time at another."),
    Story("remote-laboratory", 1, 3, "Every sample goes to the remote laboratory, with its own units and reference ranges."),
    Story("missed-dose", 1, 4, "The third dose is missed after a liver enzyme rise; follow-up goes on."),
    Story("above-bound", 1, 6, "CD4 baseline of 300 or more: eligible on counts of the past."),
    Story("withdrew", 1, 7, "Withdrew consent after the second dose."),
    Story("unscheduled", 1, 8, "Two unscheduled visits, one far from every planned one."),
    Story("screening-only", 1, 10, "Has screening data only."),
    Story("above-bound", 2, 3, "CD4 baseline of 300 or more: eligible on counts of the past."),
    Story("late-visit", 2, 4, "Comes so late for week 36 that the day lies in the window of week 48."),
    Story("died", 2, 5, "Dies of an infection after the third dose."),
    Story("missed-visits", 2, 6, "Misses two planned visits."),
    Story("steroid", 2, 7, "Takes prednisone for two weeks (recorded only: its effect on counts is not modelled)."),
    Story("never-dosed", 2, 9, "Enrolled, sampled, never dosed."),
)

RECORDED = (
    Story("around-first-dose", 0, 1, "Of one event only the month of the first dose is known: nobody can say whether it began before."),
    Story("year-only", 0, 4, "Of one event and of one medication only the year of the start is known."),
    Story("boosted", 0, 7, "Antibodies to the drug before the first dose, and more than fourfold their titre after it."),
    Story("ungraded", 0, 9, "One event without grade, relation and action."),
    Story("not-tested", 1, 1, "No sample was tested for antibodies."),
    Story("before-dose", 1, 5, "A headache before the first dose, and a worse one after it."),
    Story("interrupted-dose", 1, 7, "The second injection is stopped at three fifths because of a hypersensitivity reaction."),
    Story("antinuclear", 1, 8, "Antinuclear antibodies appear late in the trial."),
    Story("no-start", 1, 9, "Of one event no start was recorded."),
    Story("not-boosted", 2, 1, "Antibodies to the drug before the first dose; their titre never rises fourfold."),
    Story("month-only", 2, 2, "Of one event only the month of the start is known."),
    Story("reduced-dose", 2, 5, "The third dose is reduced to three quarters after a liver enzyme rise."),
    Story("unanswered", 2, 8, "Did not answer the questionnaire at week 36."),
    Story("severe-reaction", 2, 10, "A severe injection site reaction after the first dose."),
)

_BY_PLACE = {(story.cohort, story.number): story.key for story in STORIES}
_RECORDED_BY_PLACE = {(story.cohort, story.number): story.key for story in RECORDED}
NOT_DOSED = ("never-dosed", "screening-only")


def find_story(cohort: int, number: int) -> str:
    """The key of the story of participant `number` (from 1) of cohort `cohort` (from 0); empty when there is none."""
    return _BY_PLACE.get((cohort, number), "")


def find_recorded(cohort: int, number: int) -> str:
    """The key of what is recorded beside the course of this participant, counted as in `find_story`; empty when there is nothing."""
    return _RECORDED_BY_PLACE.get((cohort, number), "")
