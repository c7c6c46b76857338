"""The panels of response rates and of best responses by group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dashboard.endpoints.pooled.rates import AMONG, BEST, INFUSED, RATE, UNRANKED_LABELS
from dashboard.endpoints.pooled.response import NOT_EVALUABLE, NOT_RECORDED, UNCLASSIFIED, list_ranks
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.figures.responses import UNRANKED_COLOURS, Best, BestRow, BestSummary, RateRow, RateSummary, response_colours
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_people, describe_scene
from dashboard.response import (
    NO_RECORDS,
    NO_RESPONSE,
    find_best,
    find_denominator,
    find_flags,
    find_infused,
    list_rate_rows,
    list_splits,
)
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.study.pooled import Response
from dashboard.view.words import count_words, describe_interval

AMONG_WORDS = {"evaluable": "evaluable for response", "infused": "infused"}
NOT_COUNTED = {
    NOT_EVALUABLE: "response not evaluable",
    UNCLASSIFIED: "response in words that the study definition does not know",
    NOT_RECORDED: "no response recorded",
}
Row = Mapping[str, Any]


def find_nothing(scene: Scene) -> str:
    """Why there is no response to show, "" where there is one."""
    if scene.protocol.response is None:
        return NO_RESPONSE
    is_there = scene.of_cut("has a best response", lambda: bool((find_best(scene)["basis"] != "").any()))
    return "" if is_there else f"{NO_RECORDS}."


def list_best(response: Response) -> tuple[Best, ...]:
    """Every best response as it is drawn, best first, then what could not be ranked."""
    colours = (*response_colours(len(response.categories)), *UNRANKED_COLOURS)
    labels = {category.key: category.label for category in response.categories} | dict(UNRANKED_LABELS)
    return tuple(Best(key, labels[key], colour, key in UNRANKED_LABELS) for key, colour in zip(list_ranks(response), colours, strict=True))


def count_left_out(scene: Scene) -> dict[str, int]:
    """Participants of the selection outside the chosen denominator, each once, by the first reason that applies."""
    flags, reasons = find_flags(scene), dict[str, int]()
    outside = scene.selection.mask & ~find_denominator(scene)
    infused = scene.analysis.participants["dosed"].to_numpy()
    if (outside & ~infused).any():
        reasons["not infused"] = int((outside & ~infused).sum())
    for key, words in NOT_COUNTED.items():
        n = int((outside & infused & flags[BEST, key]).sum())
        reasons |= {words: n} if n else {}
    return reasons


def _shown_splits(scene: Scene, rows: dict[tuple[str, str], list[Row]]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The groupings with those categories that have rows; everybody first, without a heading."""
    splits: list[tuple[str, str, list[tuple[str, str]]]] = [(ALL_COHORTS, "", [(ALL_COHORTS, "All shown")])]
    shown = set(scene.view.cohorts(scene.protocol))
    for key, label, categories in list_splits(scene.protocol):
        of_view = [part for part in categories if (key, part[0]) in rows and (key != scene.protocol.by or part[0] in shown)]
        splits += [(key, label, of_view)] if of_view else []
    return splits


def _by_group(scene: Scene, kind: str) -> dict[tuple[str, str], list[Row]]:
    rows: dict[tuple[str, str], list[Row]] = {}
    for row in list_rate_rows(scene, kind):
        rows.setdefault((row["grouping"], row["category"]), []).append(row)
    return rows


def summarise_rate_panel(scene: Scene, subject: str = "") -> RateSummary:
    """Every rate of everybody shown and of every group, in the denominator that the view chooses; both in the table."""
    nothing, response = find_nothing(scene), scene.protocol.response
    rows: list[RateRow] = []
    cells: list[tuple[str, ...]] = []
    if response and not nothing:
        groups = _by_group(scene, RATE)
        for key, label, categories in _shown_splits(scene, groups):
            rows += [RateRow(label, is_heading=True)] if label else []
            cells += [(label, *[""] * (len(AMONG) * len(response.rates)))] if label else []
            rows += [_rate_row(scene, words, groups[key, category]) for category, words in categories]
            cells += [(words, *(_rate_cell(row) for row in groups[key, category])) for category, words in categories]
    return RateSummary(
        rates=tuple(rate.label for rate in response.rates) if response else (),
        rows=tuple(rows),
        header=_name_rates(response) if cells and response else (),
        cells=tuple(cells),
        among_words=AMONG_WORDS[scene.view.among],
        left_out={} if nothing else count_left_out(scene),
        disagreeing=0 if nothing else int((find_best(scene)["disagrees"].to_numpy() & scene.selection.mask).sum()),
        nothing=nothing,
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _name_rates(response: Response) -> tuple[str, ...]:
    """The columns of the table: each rate, without what stands in brackets, among each."""
    return ("Group", *(f"{rate.label.partition(' (')[0]}, {name}" for rate in response.rates for name in AMONG))


def _rate_row(scene: Scene, label: str, rows: list[Row]) -> RateRow:
    own = [row for row in rows if row["among"] == scene.view.among]
    is_cohort = own[0]["grouping"] == scene.protocol.by
    return RateRow(
        label,
        cohort=scene.protocol.cohort_keys.index(own[0]["category"]) if is_cohort else None,
        n=tuple(row["n"] for row in own),
        of=own[0]["of"],
        lower=tuple(row["lower"] for row in own),
        upper=tuple(row["upper"] for row in own),
    )


def _rate_cell(row: Row) -> str:
    return link_cell(describe_share(row), encode_cell("rates", row["measure"], row["grouping"], row["category"], row["among"]))


def describe_share(row: Row) -> str:
    """n/N with percent and, from N = 5 on, the interval, in one cell."""
    if not row["of"]:
        return f"{row['n']}/{row['of']}"
    limits = f"; {100 * row['lower']:.1f} to {100 * row['upper']:.1f}" if np.isfinite(row["lower"]) else ""
    return f"{row['n']}/{row['of']} ({100 * row['proportion']:.1f} %{limits})".replace(" ", NO_BREAK)


def describe_rates(summary: RateSummary, scene: Scene) -> Words:
    """What counts, out of whom, with which interval, and who is in no denominator."""
    if summary.nothing:
        return describe_absence(summary.nothing, scene)
    disagreeing = (
        f" For {count_words(summary.disagreeing, 'participant')} the best assessment is another than the delivered best response, which "
        "counts."
        if summary.disagreeing
        else ""
    )
    caption = (
        f"Participants by best response, as delivered; figure: of those {summary.among_words}; table: n/N (percent; "
        f"{describe_interval(scene.view, scene.protocol)}, none where N < 5) of those evaluable and of all infused. Who was infused "
        f"and not assessed counts as not responding among the infused, and not at all among the evaluable.{disagreeing} Groups are not "
        f"compared by a test. {describe_scene(scene)}"
    )
    shown = f"{count_words(int(find_denominator(scene).sum()), 'participant')} {summary.among_words}"
    return Words(caption, shown, describe_people(summary.left_out), LEFT_OUT, summary.header, summary.cells)


def describe_absence(nothing: str, scene: Scene) -> Words:
    """The words of a panel that has nothing to show."""
    return Words(f"{nothing} {describe_scene(scene)}", count_words(scene.n, "participant"))


def summarise_best_panel(scene: Scene, subject: str = "") -> BestSummary:
    """The best responses of everybody infused and of every group of them."""
    nothing, response = find_nothing(scene), scene.protocol.response
    best, rows, cells = list_best(response) if response else (), list[BestRow](), list[tuple[str, ...]]()
    groups = {} if nothing else _by_group(scene, BEST)
    kept = [place for place in range(len(best)) if not best[place].unranked or any(group[place]["n"] for group in groups.values())]
    for key, label, categories in [] if nothing else _shown_splits(scene, groups):
        rows += [BestRow(label, is_heading=True)] if label else []
        cells += [(label, *[""] * (len(kept) + 1))] if label else []
        for category, words in categories:
            own = [groups[key, category][place] for place in kept]
            rows.append(BestRow(words, n=tuple(row["n"] for row in own)))
            cells.append((words, str(own[0]["of"]), *(_best_cell(row) for row in own)))
    outside = int((scene.selection.mask & ~find_infused(scene)).sum())
    return BestSummary(
        best=tuple(best[place] for place in kept),
        rows=tuple(rows),
        header=("Group", "Infused", *(best[place].label for place in kept)) if cells else (),
        cells=tuple(cells),
        left_out={"not infused": outside} if outside else {},
        nothing=nothing,
        synthetic=scene.snapshot.synthetic,
    )


def _best_cell(row: Row) -> str:
    return link_cell(str(row["n"]), encode_cell("best", row["measure"], row["grouping"], row["category"]))


def describe_best(summary: BestSummary, scene: Scene) -> Words:
    """Where the best response comes from, and what the parts of a bar are."""
    if summary.nothing:
        return describe_absence(summary.nothing, scene)
    caption = (
        "Participants infused by best response, best first; numbers in the bars are participants, those of narrow parts stand in the "
        f"table. The best response is the one delivered, else the best assessment after the {scene.protocol.study.day_zero}. "
        f"{describe_scene(scene)}"
    )
    n = int(find_infused(scene).sum())
    words = describe_people(summary.left_out)
    return Words(caption, f"{count_words(n, 'participant')} {INFUSED}", words, LEFT_OUT, summary.header, summary.cells)
