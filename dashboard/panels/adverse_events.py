"""The panel of the overview of adverse events, and the cells of tables of rates."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.overview import OverviewCounts, OverviewEntries, count_overview, derive_overview_entries, flag_overview
from dashboard.endpoints.safety.rates import AtRisk, Rates, compute_rates
from dashboard.figures.adverse_events import IncidenceRow, OverviewSummary
from dashboard.figures.responders import ResponderRow
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import NONE_IN_CUT, count_not_dosed, describe_filter, describe_filtered_out, describe_not_dosed
from dashboard.panels.risk_groups import Group, list_groups
from dashboard.safety import find_at_risk, find_chosen, find_events, find_filter, find_refusals
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words, describe_interval

SPECIAL = "special-interest:"
BETWEEN = f"{NO_BREAK}·{NO_BREAK}"
CELLS = "n/N (%) · events · events per 100 participant-weeks"


def summarise_overview_panel(scene: Scene, subject: str = "") -> OverviewSummary:
    """The overview of the dosed participants of the selection; without a single event in the data cut there is none."""
    counts, at_risk, groups = count_overview(_find_entries(scene), find_at_risk(scene)), find_at_risk(scene), list_groups(scene)
    has_events = len(find_events(scene)) > 0
    main, special = compute_rates(counts.n, counts.events, at_risk, scene.view.ci), _rate_special(counts, at_risk)
    named = [(row, scale, f"{label} ({scale})" if scale else label) for row, label, scale in counts.rows]
    cells = [describe_cells(label, main, at, groups, ("events", row, scale)) for at, (row, scale, label) in enumerate(named)]
    for at, group in enumerate(scene.protocol.safety.special_interest):
        label, address = f"Of special interest: {group.label}", ("events", f"{SPECIAL}{group.key}", "")
        cells.append(describe_cells(label, special, at, groups, address))
    delivered, before, partial = _find_tallies(scene)[:, scene.selection.mask].sum(axis=1).tolist()
    return OverviewSummary(
        rows=tuple(IncidenceRow(label, _shares(main, at, groups)) for at, (_, _, label) in enumerate(named)) if has_events else (),
        groups=tuple(group.label for group in groups) if has_events else (),
        cells=tuple(cells) if has_events else (),
        delivered=delivered,
        before=before,
        partial=partial,
        unknown=_unknown(counts),
        nothing=NONE_IN_CUT,
        not_dosed=count_not_dosed(scene),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _find_entries(scene: Scene) -> OverviewEntries:
    """Who is counted in which row, of the events that the filter leaves, whoever is selected."""
    flags = scene.of_cut("rows of the overview", lambda: flag_overview(find_events(scene), scene.protocol.safety))
    return scene.of_cut(
        "entries of the overview", lambda: derive_overview_entries(flags, scene.analysis, find_refusals(scene).passes), find_filter(scene)
    )


def _find_tallies(scene: Scene) -> Ints:
    """Of each participant (second axis) the events that the filter leaves: all, those not emergent, emergent ones with a partial date."""

    def derive() -> Ints:
        events, size = find_chosen(scene), len(scene.analysis.participants)
        person = events["participant_index"].to_numpy(dtype=np.int64)
        emergent, partial = (events[name].to_numpy(dtype=bool) for name in ("emergent", "partial"))
        return np.array([np.bincount(person[kept], minlength=size) for kept in (emergent | ~emergent, ~emergent, partial & emergent)])

    return scene.of_cut("tallies of events", derive, find_filter(scene))


def _rate_special(counts: OverviewCounts, at_risk: AtRisk) -> Rates:
    """The table alone shows these groups, without intervals."""
    return compute_rates(counts.special, counts.special_events, at_risk)


def _shares(rates: Rates, row: int, groups: Sequence[Group]) -> tuple[ResponderRow, ...]:
    n, of, *parts = (getattr(rates, name)[row].tolist() for name in ("n", "of", "percent", "lower", "upper"))
    return tuple(
        ResponderRow(
            None if group.key == ALL_COHORTS else group.place,
            group.label,
            n[group.place],
            of[group.place],
            *(part[group.place] / 100 for part in parts),
        )
        for group in groups
    )


def describe_cells(label: str, rates: Rates, row: int, groups: Sequence[Group], address: tuple[str, str, str]) -> tuple[str, ...]:
    """A row of a table of rates: its label, then a cell for each group, which leads to what `address` and the group name."""
    n, of, percent, events, rate = (getattr(rates, name)[row].tolist() for name in ("n", "of", "percent", "events", "rate"))
    cells = [
        link_cell(_describe_cell(n[at], of[at], percent[at], events[at], rate[at]), encode_cell(*address, key)) for key, _, at in groups
    ]
    return (label, *cells)


def _describe_cell(n: int, of: int, percent: float, events: int, rate: float) -> str:
    """n/N with percent, events, and events per 100 participant-weeks, “–” where the time at risk is unknown."""
    share = f"{NO_BREAK}({percent:.0f}{NO_BREAK}%)" if of else ""
    return f"{n}/{of}{share}{BETWEEN}{events}{BETWEEN}{f'{rate:.2f}' if isfinite(rate) else '–'}"


def _unknown(counts: OverviewCounts) -> tuple[str, ...]:
    return tuple(
        f"{count_words(n, 'event')}: the delivery does not say whether “{label}” applies"
        for (_, label, _), n in zip(counts.rows, counts.unknown[:, -1].tolist(), strict=True)
        if n > 0
    )


def describe_overview(summary: OverviewSummary, scene: Scene) -> Words:
    """What counts as an event, what the cells hold, and what the delivery leaves open."""
    partial = (
        f" {count_words(summary.partial, 'event')} with a partial start date counted, because it may lie on or after the first dose."
        if summary.partial
        else ""
    )
    deaths = "" if find_filter(scene).is_open else " Deaths from any cause are counted whatever the filter."
    caption = (
        "Participants with at least one event that began, or led to death, on or after the first dose, of those dosed, with the "
        f"{describe_interval(scene.view, scene.protocol)}, none where N < 5. Table: {CELLS}; time at risk runs from the first dose to "
        f"the end of observation.{partial} No comparison is tested. {describe_filter(scene)}{deaths} {describe_scene(scene)}"
    )
    before = (f"{count_words(summary.before, 'event')}: not under treatment",) if summary.before else ()
    return Words(
        caption,
        f"{count_words(summary.delivered - summary.before, 'event')} under treatment",
        (*describe_not_dosed(summary.not_dosed), *before, *describe_filtered_out(scene), *summary.unknown),
        LEFT_OUT,
        ("Event", *summary.groups) if summary.rows else (),
        summary.cells,
    )
