"""The panel of adverse events by body system and term."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.endpoints.safety.grading import NOT_GRADED
from dashboard.endpoints.safety.rates import compute_rates
from dashboard.endpoints.safety.terms import (
    TERM,
    WORST,
    TermCounts,
    TermEntries,
    TermName,
    TermRows,
    count_terms,
    derive_term_entries,
    derive_term_rows,
)
from dashboard.figures.adverse_events import TermRow, TermSummary
from dashboard.panels.adverse_events import CELLS, describe_cells
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import (
    count_not_dosed,
    describe_filter,
    describe_filtered_out,
    describe_not_dosed,
    describe_nothing,
)
from dashboard.panels.risk_groups import ALL_LABEL, Group, list_groups
from dashboard.safety import find_at_risk, find_events, find_filter, find_refusals, find_scale
from dashboard.scene import Scene
from dashboard.view.words import count_words, join_words

MAX_ROWS = 60
INDENT = ("", NO_BREAK * 4)
# The worst grades as the bars have them, mildest first; 0: not graded.
GRADES = (*range(1, WORST + 1), 0)


def summarise_term_panel(scene: Scene, subject: str = "") -> TermSummary:
    """Body systems and terms, most frequent first; the figure is about the grading scale of the view."""
    at_risk, groups, scale = find_at_risk(scene), list_groups(scene), find_scale(scene)
    entries = _find_entries(scene)
    counts = count_terms(entries, at_risk)
    events, names = int(counts.events[0, -1]), [entries.rows.names[row] for row in counts.order.tolist()]
    drawn = _draw_rows(entries.rows, counts, scale, groups[:-1])
    used = counts.worst[0, :, :, -1].sum(axis=1).tolist()
    return TermSummary(
        rows=tuple(drawn[:MAX_ROWS]),
        groups=tuple(group.label for group in groups[:-1]),
        sizes=tuple(int(at_risk.sizes[group.place]) for group in groups[:-1]),
        scale=scale,
        other_scales=tuple(name for name, n in zip(entries.rows.scales, used, strict=True) if n and name != scale),
        cells=_list_cells(scene, counts, names, groups) if events else (),
        depths=tuple(int(name.kind == TERM) for name in names) if events else (),
        events=events,
        hidden=max(0, len(drawn) - MAX_ROWS),
        nothing=f"No event graded on {scale}" if events else describe_nothing(len(find_events(scene)), scene),
        not_dosed=count_not_dosed(scene),
        synthetic=scene.snapshot.synthetic,
    )


def _find_entries(scene: Scene) -> TermEntries:
    """Who had which event under treatment that the filter leaves, whoever is selected."""
    events = find_events(scene)

    def derive() -> TermEntries:
        counted = find_refusals(scene).passes & events["emergent"].to_numpy(dtype=bool)
        rows = scene.of_cut("rows of terms", lambda: derive_term_rows(events))
        return derive_term_entries(rows, len(scene.analysis.participants), counted)

    return scene.of_cut("entries of terms", derive, find_filter(scene))


def _draw_rows(rows: TermRows, counts: TermCounts, scale: str, groups: Sequence[Group]) -> list[TermRow]:
    """The rows with an event on the scale, from top to bottom."""
    if scale not in rows.scales:
        return []
    worst = counts.worst[counts.order, rows.scales.index(scale)]
    own = worst[:, :, [group.place for group in groups]][:, GRADES]
    return [
        TermRow(_label(rows.names[row]), rows.names[row].kind == TERM, tuple(_name_grades(of) for of in zip(*cells, strict=True)))
        for row, is_drawn, cells in zip(counts.order.tolist(), worst[:, :, -1].any(axis=1).tolist(), own.tolist(), strict=True)
        if is_drawn
    ]


def _name_grades(of: Sequence[int]) -> dict[int, int]:
    """Participants by worst grade, of those that somebody has."""
    return {grade: n for grade, n in zip(GRADES, of, strict=True) if n}


def _label(name: TermName) -> str:
    return name.term or name.body_system or "Any event"


def _list_cells(scene: Scene, counts: TermCounts, names: Sequence[TermName], groups: Sequence[Group]) -> tuple[tuple[str, ...], ...]:
    rates = compute_rates(counts.n[counts.order], counts.events[counts.order], find_at_risk(scene))
    return tuple(
        describe_cells(f"{INDENT[name.kind == TERM]}{_label(name)}", rates, row, groups, ("terms", name.body_system, name.term))
        for row, name in enumerate(names)
    )


def describe_terms(summary: TermSummary, scene: Scene) -> Words:
    """How participants are counted, on which scale, and what is not in the figure."""
    elsewhere = ["without a grade" if scale == NOT_GRADED else f"on {scale}" for scale in summary.other_scales]
    others = f" Events {join_words(elsewhere)} are in the table, not in the figure." if elsewhere else ""
    scale = f" Grades of {summary.scale}.{others}" if summary.events else ""
    caption = (
        "Body systems (bold) and preferred terms by falling number of participants; each participant counts once in a row, at the worst "
        f"grade.{scale} Table: {CELLS}. {describe_filter(scene)} {describe_scene(scene)}"
    )
    hidden = (f"{count_words(summary.hidden, 'row')}: beyond the first {MAX_ROWS}; the table has them",) if summary.hidden else ()
    labels = (*summary.groups, ALL_LABEL)
    header = ("Body system and term", *labels) if summary.cells else ()
    shown = f"{count_words(summary.events, 'event')} under treatment"
    left_out = (*describe_not_dosed(summary.not_dosed), *describe_filtered_out(scene), *hidden)
    return Words(caption, shown, left_out, LEFT_OUT, header, summary.cells, summary.depths)
