"""What the signs of a participant's tracks mean; only of those that the figure holds."""

from __future__ import annotations

from dashboard.figures.participant import ParticipantSummary
from dashboard.figures.participant_lanes import EVENT, GAP, MEDICATION, STEROID, thin_texts
from dashboard.view.words import count_words, join_words, lower_first


def describe_lanes(summary: ParticipantSummary) -> str:
    """A sentence for each kind of track and of sign in the figure; empty when there is none."""
    kinds = {bar.kind for bar in summary.lanes.bars}
    marks = {mark.kind for mark in summary.lanes.marks}
    own = [track.own for track in summary.shown if track.own]
    accompanied = any(track.cohort is not None and len(track.cohort.others_day) for track in summary.shown)
    banded = any(track.cohort is not None and len(track.cohort.day) for track in summary.shown)
    named = bool(summary.profiles)
    assays = ", ".join(profile.label for profile in summary.profiles)
    sentences = {
        "Open circles: unscheduled; triangles: below the limit.": bool(summary.shown),
        "Dashed: median of the cohort, shaded: its quartiles where n ≥ 5.": banded,
        "Pale lines: the others of the cohort, cut off where they leave the axis.": accompanied,
        "Green ground: the person's own range before treatment, inside which a change is not reliable.": bool(own),
        _describe_no_range(summary): any(track.no_range for track in summary.shown),
        "◇: first later value beyond it.": any(each.first_day is not None for each in own),
        "Events: the number is the grade; ◆ related, ▲ serious, ▸ ongoing when observation ended.": EVENT in kinds,
        "Hatched: dates known in part.": any(bar.hatched for bar in summary.lanes.bars),
        "Hatched in the threshold's lane: gap beyond the cap.": GAP in kinds,
        "▸ beside a medication: ongoing when observation ended.": any(
            bar.kind in (MEDICATION, STEROID) and "▸" in bar.text for bar in summary.lanes.bars
        ),
        "Where marks stand close, only some have their words; point at the others.": _has_thinned(summary),
        "Antibodies: ● positive, ○ negative.": bool(marks & {"positive", "negative"}),
        f"Concentrations: {assays}; the numbers are the Cmax of each dose.": named,
        f"Without a day, so in the list only: {count_words(summary.undated, 'record')}.": bool(summary.undated),
        f"{summary.cut_name[:1].upper()}{summary.cut_name[1:]}: day {summary.cut_day}, beyond the end of the axis.": summary.is_cut_beyond,
        "In parentheses: highest value, sampled too late for Cmax.": any(not all(profile.peak_sampled) for profile in summary.profiles),
    }
    return " ".join(sentence for sentence, is_shown in sentences.items() if is_shown)


def _has_thinned(summary: ParticipantSummary) -> bool:
    shown = thin_texts(summary.lanes.marks, summary.low, summary.high)
    return sum(bool(mark.text) for mark in shown) < sum(bool(mark.text) for mark in summary.lanes.marks)


def _describe_no_range(summary: ParticipantSummary) -> str:
    """Of which counts there is no own range, and why: “No own range of CD4 and B: The history is too short: …”."""
    reasons: dict[str, list[str]] = {}
    for track in summary.shown:
        if track.no_range:
            reasons.setdefault(track.no_range, []).append(track.analyte)
    return " ".join(f"No own range of {join_words(names)}: {lower_first(note)}" for note, names in reasons.items())
