"""Sentences and small tables under the panels. Every number comes from the summary that is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.endpoints.proportions import SMALLEST_TOTAL
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.figures.participant import ParticipantSummary
from dashboard.figures.responders import ResponderRow, ResponderSummary, SweepSummary
from dashboard.figures.ribbon import RibbonSummary
from dashboard.figures.survival import ReachedCurve, ReachedSummary
from dashboard.figures.time_above import CohortDays, TimeAboveSummary
from dashboard.figures.trajectory_summary import TrajectorySummary
from dashboard.panels.cells import link_cell
from dashboard.panels.lane_words import describe_lanes
from dashboard.panels.marks import describe_rings
from dashboard.panels.visit_words import describe_counted_days, describe_reach, name_groups
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.keys import choice_label
from dashboard.view.words import BASE_WORDS, count_words, describe_selection, join_words

OTHER_WHO = {"eligible": "everyone", "everyone": "eligible"}
NO_BREAK = "\u00a0"
LEFT_OUT = "not all are in the figure"


@dataclass(frozen=True)
class Words:
    """What stands under a figure: a sentence, what is shown, what is not (in all, and by reason), and a small table.

    `depths`, one per row or empty: a row of depth 1 folds under the nearest row of depth 0 above it.
    """

    caption: str
    shown: str
    not_shown: tuple[str, ...] = ()
    left_out: str = ""
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    depths: tuple[int, ...] = ()


def describe_scene(scene: Scene) -> str:
    """Selection, n and data cut: the end of every caption."""
    selection = describe_selection(scene.view, scene.protocol)
    synthetic = "SYNTHETIC data. " if scene.snapshot.synthetic else ""
    return f"{synthetic}{selection[:1].upper()}{selection[1:]}; n = {scene.n} of {len(scene.analysis.participants)}. {describe_cut(scene)}."


def describe_cut(scene: Scene) -> str:
    """The data cut by label, date and hash, and where its records end in a locked view."""
    lock = f", records {scene.protocol.period(scene.view.until).label} only" if scene.view.locked else ""
    return f"Data cut {scene.snapshot.label}, {scene.snapshot.cut_date.isoformat()}, {scene.snapshot.cut}{lock}"


def describe_trajectory(summary: TrajectorySummary, scene: Scene) -> Words:
    """Selection, n and cut first, then what is marked, measure, summary and band; records and participants shown and not shown."""
    return Words(
        caption=" ".join(
            part
            for part in (
                describe_scene(scene),
                describe_rings([summary.rings] if summary.rings else []),
                _measure_words(summary, scene),
                _summary_words(scene),
                _limits(summary, scene),
            )
            if part
        ),
        shown=f"{count_words(summary.records, 'record')}, {count_words(summary.participants, 'participant')}",
        not_shown=tuple(f"{count_words(n, 'record')}: {reason}" for reason, n in summary.not_shown.items()),
        left_out=f"{sum(summary.not_shown.values()):,} not shown",
    )


def _measure_words(summary: TrajectorySummary, scene: Scene) -> str:
    if summary.measure == "value":
        return ""
    return f"{choice_label('measure', summary.measure, scene.protocol).capitalize()} from baseline ({BASE_WORDS[scene.view.base]})."


def _summary_words(scene: Scene) -> str:
    view, protocol = scene.view, scene.protocol
    kinds = [choice_label("show", kind, protocol) for kind in ("median", "gmean", "mean") if kind in view.show]
    if not kinds:
        return ""
    band = "" if view.band == "none" else f"; shaded: {choice_label('band', view.band, protocol)} where n ≥ 5"
    few = "; none where n < 5" if scene.view.locked else ""
    return f"Thick: {join_words(kinds)} by {name_groups(scene.protocol)}{few}{band}."


def _limits(summary: TrajectorySummary, scene: Scene) -> str:
    view, sentences = scene.view, []
    if view.scale == "log" and not summary.log:
        sentences.append("Changes can be negative, so the axis is linear.")
    if "mean" in view.show and view.measure in ("percent", "fold"):
        sentences.append("The mean of a relative change is the geometric mean of fold.")
    if "gmean" in view.show and view.measure == "change":
        sentences.append("A change has no geometric mean.")
    if not summary.named and "lines" in view.show:
        sentences.append("With more than 300 participants the hover does not name them; a click opens one.")
    return " ".join(sentences)


def describe_responders(summary: ResponderSummary, scene: Scene) -> Words:
    """Rule, denominator and interval; n/N with interval for the chosen participants, and n/N for the other choice."""
    rows = []
    for threshold, chosen, others in zip(summary.thresholds, summary.rows, summary.others, strict=True):
        rows += [
            (
                f"≥ {threshold:g}",
                row.label,
                *(
                    _link_responders(scene, shown, threshold, who)
                    for shown, who in ((row, scene.view.who), (other, OTHER_WHO[scene.view.who]))
                ),
            )
            for row, other in zip(chosen, others, strict=True)
        ]
    caption = (
        f"{scene.protocol.analyte(scene.protocol.endpoint.analyte).short} at or above the threshold {summary.rule_words}, "
        f"{summary.who_words}; {summary.denominator_words}; {summary.interval_words}, none where N < 5."
        f"{_pending(summary)} {describe_scene(scene)}"
    )
    this, that = (choice_label("who", who, scene.protocol) for who in (scene.view.who, OTHER_WHO[scene.view.who]))
    header = ("Threshold, cells/µL", scene.protocol.study.cohort_word, f"n/N, {this}", f"n/N, {that}")
    return Words(caption, _people_shown(scene), describe_people(summary.left_out), LEFT_OUT, header, tuple(rows))


def _pending(summary: ResponderSummary) -> str:
    if not summary.pending:
        return ""
    return f" Of these, {count_words(summary.pending, 'participant')} had no visit due at the data cut and count as not responding."


def _link_responders(scene: Scene, row: ResponderRow, threshold: float, who: str) -> str:
    return link_cell(_proportion(row), encode_cell("responders", who, threshold, _cohort_key(scene, row.cohort)))


def _cohort_key(scene: Scene, position: int | None) -> str:
    return ALL_COHORTS if position is None else scene.protocol.cohort_keys[position]


def _proportion(row: ResponderRow) -> str:
    """n/N with percent and interval; below N = 5, where no interval exists, n/N alone."""
    alone = f"{row.responders}/{row.denominator}"
    if not np.isfinite(row.lower):
        return alone
    return f"{alone} ({100 * row.proportion:.0f} %; {100 * row.lower:.0f} to {100 * row.upper:.0f} %)".replace(" ", NO_BREAK)


def describe_sweep(summary: SweepSummary, scene: Scene) -> Words:
    """Why the sweep is always of everyone, and the rule."""
    caption = (
        f"Share of participants whose {summary.analyte} is at or above each level {summary.rule_words}; {summary.denominator_words}. "
        f"Always of everyone, so that one line has one denominator. {describe_scene(scene)}"
    )
    return Words(
        caption,
        _people_shown(scene),
        describe_people(summary.left_out),
        LEFT_OUT,
        (scene.protocol.study.cohort_word, "N"),
        tuple(
            (line.label, link_cell(str(line.denominator), encode_cell("sweep", _cohort_key(scene, line.cohort)))) for line in summary.lines
        ),
    )


def describe_time_above(summary: TimeAboveSummary, scene: Scene) -> Words:
    """Interpolation, gap cap and period; mean with interval, median with quartiles and the number with any day."""
    rows = [
        (f"≥ {threshold:g}", cohort.label, *_link_days(scene, cohort, threshold))
        for threshold, cohorts in zip(summary.thresholds, summary.cohorts, strict=True)
        for cohort in cohorts
    ]
    protocol = scene.protocol
    caption = (
        f"Days at or above the threshold {describe_counted_days(scene.view, protocol)}; "
        f"between two values: {choice_label('rule', summary.rule_words, protocol)}; {summary.gap_words}; never beyond the last value; "
        f"{summary.who_words}. Thin bars: bounds (both values above, either value above). "
        f"Diamonds: mean with 95 % bootstrap interval. {describe_scene(scene)}"
    )
    header = (
        "Threshold, cells/µL",
        protocol.study.cohort_word,
        "n",
        "Any day above",
        "Mean days (95 % interval)",
        "Median days (quartiles)",
        "Covered days, mean",
    )
    return Words(caption, _people_shown(scene), describe_people(summary.left_out), LEFT_OUT, header, tuple(rows))


def _link_days(scene: Scene, cohort: CohortDays, threshold: float) -> list[str]:
    """n, those with any day above, mean, median and covered days, each leading to the participants of whom it is made."""
    key = scene.protocol.cohort_keys[cohort.cohort]
    everyone, some = (encode_cell("time-above", column, threshold, key) for column in ("n", "any"))
    first = [link_cell(str(cohort.summary.n), everyone), link_cell(f"{cohort.summary.n_any}/{cohort.summary.n}", some)]
    numbers = (_mean(cohort), _median(cohort), _covered(cohort))
    return [*first, *(link_cell(text, everyone) if cohort.summary.n else text for text in numbers)]


def _mean(cohort: CohortDays) -> str:
    if not cohort.summary.n:
        return "–"
    interval = f" ({cohort.summary.mean_lower:.0f} to {cohort.summary.mean_upper:.0f})" if np.isfinite(cohort.summary.mean_lower) else ""
    return f"{cohort.summary.mean:.1f}{interval}"


def _covered(cohort: CohortDays) -> str:
    return f"{cohort.covered.mean():.0f}" if cohort.summary.n else "–"


def _median(cohort: CohortDays) -> str:
    """The median with quartiles; alone below n = 5 (section 6)."""
    if not cohort.summary.n:
        return "–"
    quartiles = f" ({cohort.summary.q1:.0f} to {cohort.summary.q3:.0f})" if cohort.summary.n >= SMALLEST_TOTAL else ""
    return f"{cohort.summary.median:.1f}{quartiles}"


def describe_ribbon(summary: RibbonSummary, scene: Scene) -> Words:
    """What the colours mean."""
    levels = join_words([f"≥ {level:g}" for level in summary.thresholds])
    hatched = "" if scene.view.gap is None else f"hatched: gap of more than {scene.view.gap} days; "
    caption = (
        f"Each row is a participant, grouped by {name_groups(scene.protocol)}, longest time above first. Grey: observed; "
        f"ever darker blue: {levels} cells/µL; {hatched}ticks: doses given. {describe_scene(scene)}"
    )
    return Words(caption, f"{count_words(len(summary.participants), 'participant')} shown", describe_people(summary.left_out), LEFT_OUT)


def describe_reached(summary: ReachedSummary, scene: Scene) -> Words:
    """Kaplan–Meier in words, with n, events and the median day by cohort."""
    rows = [
        (f"≥ {threshold:g}", curve.label, *_link_reached(scene, curve, threshold))
        for threshold, curves in zip(summary.thresholds, summary.curves, strict=True)
        for curve in curves
    ]
    caption = (
        f"Share of participants that reached the threshold at least once {describe_reach(scene.view, scene.protocol)} "
        "(one minus Kaplan–Meier; censored at the last value, ticks), "
        f"{summary.who_words}; hover for the 95 % log-log interval. {describe_scene(scene)}"
    )
    header = ("Threshold, cells/µL", scene.protocol.study.cohort_word, "Reached", "Median day (95 % interval)")
    return Words(caption, _people_shown(scene), describe_people(summary.left_out), LEFT_OUT, header, tuple(rows))


def _link_reached(scene: Scene, curve: ReachedCurve, threshold: float) -> list[str]:
    key = scene.protocol.cohort_keys[curve.cohort]
    events, everyone = (encode_cell("reached", column, threshold, key) for column in ("events", "n"))
    median = _median_day(curve)
    return [link_cell(f"{curve.events}/{curve.n}", events), link_cell(median, everyone) if curve.n else median]


def _median_day(curve: ReachedCurve) -> str:
    if not curve.n:
        return "–"
    if not np.isfinite(curve.median):
        return "not reached by half"
    limits = [f"{limit:.0f}" if np.isfinite(limit) else "–" for limit in (curve.median_lower, curve.median_upper)]
    return f"{curve.median:.0f} ({limits[0]} to {limits[1]})"


def describe_participant(summary: ParticipantSummary, scene: Scene) -> Words:
    """Doses given, what the signs of the tracks mean, and records that could not be placed on the axis."""
    doses = "; ".join(summary.dose_words) or "no dose given"
    records = sum(len(track.day) for track in summary.tracks)
    unplaced = sum(track.without_day for track in summary.tracks)
    synthetic = "SYNTHETIC data. " if summary.synthetic else ""
    rings = describe_rings([track.rings for track in summary.tracks if track.rings])
    also = f"Flagged without a point: {' '.join(summary.pointless_flags)}" if summary.pointless_flags else ""
    marks = " ".join(part for part in (describe_lanes(summary), rings, also) if part)
    return Words(
        caption=f"{synthetic}{summary.cohort_label}; {doses}. {f'{marks} ' if marks else ''}{describe_cut(scene)}.",
        shown=f"{count_words(records, 'count record')} shown",
        not_shown=(f"{count_words(unplaced, 'count record')}: no {scene.protocol.study.day_zero}, so no day",) if unplaced else (),
        left_out=f"{unplaced:,} not shown",
    )


def _people_shown(scene: Scene) -> str:
    return f"{count_words(scene.n, 'participant')} in the selection"


def describe_people(reasons: dict[str, int]) -> tuple[str, ...]:
    """How many participants are left out for each reason."""
    return tuple(f"{count_words(n, 'participant')}: {reason}" for reason, n in reasons.items())
