"""The panels that pool over trials: forest plots of the rates, and of one group against the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dashboard.endpoints.pooled.pools import LEFT_OUT as WITHOUT
from dashboard.endpoints.pooled.pools import NAIVE, STRATIFIED, TRIAL
from dashboard.endpoints.pooled.wording import describe_heterogeneity, describe_limits, warn_of_comparison, warn_of_pool
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.figures import forest
from dashboard.figures.forest import ForestFacet, ForestRow, ForestSummary
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_people, describe_scene
from dashboard.panels.response import AMONG_WORDS, count_left_out, describe_absence, find_nothing
from dashboard.response import compare_rates, find_denominator, list_comparisons, pool_rates
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words, describe_interval, join_words

Row = Mapping[str, Any]
Rows = dict[str, list[Row]]
ONE_TRIAL = "One trial: nothing is pooled."
POOLED_LABELS = {NAIVE: "All, naive", STRATIFIED: "All, stratified by trial"}
DISAGREEMENTS = {
    "reversed": "direction reverses (Simpson)",
    "opposed": "directions differ",
    "outside": "naive outside",
    "differing": "trials differ",
}
COMPARISON_HEADER = (
    "Group against the others", "Rate", "n/N", "n/N of the others", "Naive difference, points", "Stratified difference, points",
    "Odds ratio, stratified", "I², %", "Disagreement",
)  # fmt: skip
HEADINGS = {TRIAL: "Trial", NAIVE: "All trials", WITHOUT: "Stratified, without"}


def _by_rate(rates: Sequence[Sequence[Row]]) -> Rows:
    return {str(rows[0]["rate"]): list(rows) for rows in rates}


def _empty(scene: Scene, key: str, nothing: str) -> ForestSummary:
    return ForestSummary(key, (), (), (), (), "", 0, {}, nothing, scene.snapshot.synthetic)


def summarise_forest_panel(scene: Scene, subject: str = "") -> ForestSummary:
    """Each rate by trial, pooled naively, stratified by trial, and without each trial."""
    nothing = find_nothing(scene)
    if nothing:
        return _empty(scene, "response-forest", nothing)
    by_rate = _by_rate(pool_rates(scene))
    first = next(iter(by_rate.values()))
    span = _span(by_rate)
    facets = tuple(
        ForestFacet(str(rows[0]["rate_label"]), _forest_rows(rows), "responders, %", span, reference=100 * _find(rows, STRATIFIED)["value"])
        for rows in by_rate.values()
    )
    return ForestSummary(
        key="response-forest",
        facets=facets,
        header=("", *(str(rows[0]["rate_label"]) for rows in by_rate.values()), "Weight, %"),
        cells=tuple(_pool_cells(scene, rows) for rows in zip(*by_rate.values(), strict=True)),
        warnings=tuple(words for rows in by_rate.values() for words in warn_of_pool(rows, str(rows[0]["rate_label"]))),
        words="; ".join(f"{rows[0]['rate_label']}: {describe_heterogeneity(_find(rows, STRATIFIED))}" for rows in by_rate.values()),
        shown=sum(row["kind"] == TRIAL for row in first),
        left_out=count_left_out(scene),
        nothing="" if any(row["of"] for row in first) else f"No participant {AMONG_WORDS[scene.view.among]}.",
        synthetic=scene.snapshot.synthetic,
    )


def _find(rows: list[Row], kind: str) -> Row:
    return next(row for row in rows if row["kind"] == kind)


def _span(by_rate: Rows) -> tuple[float, float]:
    """One axis for all rates, wide enough for every interval."""
    ends = [100 * row[name] for rows in by_rate.values() for row in rows for name in ("value", "lower") if np.isfinite(row[name])]
    return max(-3.0, 10 * float(np.floor(min([100.0, *ends]) / 10)) - 3), 103.0


def _forest_rows(rows: list[Row], unit: str = "%") -> tuple[ForestRow, ...]:
    """Headings and rows as they are drawn, in percent or points."""
    drawn: list[ForestRow] = []
    kinds = {TRIAL: forest.TRIAL, NAIVE: forest.POOLED, STRATIFIED: forest.POOLED, WITHOUT: forest.LEFT_OUT}
    for place, row in enumerate(rows):
        if row["kind"] in HEADINGS and (place == 0 or rows[place - 1]["kind"] != row["kind"]):
            drawn.append(ForestRow(HEADINGS[row["kind"]]))
        value, lower, upper = (100 * row[name] for name in ("value", "lower", "upper"))
        weight = 0.0 if np.isnan(row["weight"]) else float(row["weight"])
        drawn.append(ForestRow(_label(row), kinds[row["kind"]], value, lower, upper, describe_limits(row, unit), weight))
    return tuple(drawn)


def shorten(label: str) -> str:
    """The label of a rate without what stands in brackets."""
    return label.partition(" (")[0]


def _label(row: Row) -> str:
    return POOLED_LABELS.get(row["kind"]) or str(row["label"])


def _pool_cells(scene: Scene, rows: tuple[Row, ...]) -> tuple[str, ...]:
    name = f"without {rows[0]['label']}" if rows[0]["kind"] == WITHOUT else _label(rows[0])
    weight = "" if np.isnan(rows[0]["weight"]) else f"{100 * rows[0]['weight']:.1f}"
    return (name, *(_pool_cell(scene, row) for row in rows), weight)


def _pool_cell(scene: Scene, row: Row) -> str:
    text = f"{row['n']}/{row['of']} · {describe_limits(row, '%')}".replace(" ", NO_BREAK)
    if row["kind"] == WITHOUT:
        return text
    where = ("trial", row["trial"]) if row["kind"] == TRIAL and scene.protocol.members else (ALL_COHORTS, ALL_COHORTS)
    return link_cell(text, encode_cell("rates", row["rate"], *where, scene.view.among))


def describe_forest(summary: ForestSummary, scene: Scene) -> Words:
    """The warnings first; then what is pooled how, and how far the trials differ."""
    if summary.nothing:
        return describe_absence(summary.nothing, scene)
    one = f"{ONE_TRIAL} " if summary.shown < 2 else ""
    caption = (
        f"{_warn(summary)}{one}Participants {AMONG_WORDS[scene.view.among]}, by trial. Squares: trials, larger with weight; diamonds: "
        "all trials, naive (as if one trial) and stratified by trial (Mantel–Haenszel: for one proportion the weights are the sizes of the "
        "trials, so that the value is the naive one, while the interval uses the variance within trials); rings: stratified, "
        f"without the trial named. Trials and naive: {describe_interval(scene.view, scene.protocol)}; "
        f"stratified: 95 % Wilson interval by Yan and Su. {summary.words}. {describe_scene(scene)}"
    )
    shown = f"{count_words(summary.shown, 'trial')}, {count_words(int(find_denominator(scene).sum()), 'participant')}"
    return Words(caption, shown, describe_people(summary.left_out), LEFT_OUT, summary.header, summary.cells)


def _warn(summary: ForestSummary) -> str:
    return "".join(f"{sentence} " for sentence in summary.warnings)


def summarise_comparison_panel(scene: Scene, subject: str = "") -> ForestSummary:
    """The group that the view chooses against the others of its grouping, by trial and pooled; every comparison in the table."""
    nothing, key = find_nothing(scene), "response-comparison"
    chosen = next((each for each in list_comparisons(scene) if f"{each[0]}.{each[1]}" == scene.view.compare), None)
    if nothing or chosen is None:
        return _empty(scene, key, nothing or "The study definition names no groups to compare.")
    by_rate = _by_rate(compare_rates(scene, chosen[0], chosen[1], chosen[3]))
    every = _compare_each(scene)
    group, words = f"{chosen[2]}: {chosen[3]}", {each[0]: each[2] for each in list_comparisons(scene)}
    reach = _reach(by_rate)
    facets = tuple(_compare_facet(rows, reach) for rows in by_rate.values())
    first = next(iter(by_rate.values()))
    return ForestSummary(
        key=key,
        facets=facets,
        header=COMPARISON_HEADER,
        cells=tuple(_comparison_cells(scene, rows, words) for rows in every),
        warnings=(*_warn_of_chosen(by_rate, group), *_warn_of_others(every, chosen, words)),
        words=f"{group}, against the others of this grouping",
        shown=sum(row["kind"] == TRIAL for row in first),
        left_out=count_left_out(scene) | _count_ungrouped(scene, first),
        nothing="" if any(np.isfinite(row["value"]) for row in first) else f"{group}: no two groups to compare in this selection.",
        synthetic=scene.snapshot.synthetic,
    )


def _warn_of_chosen(by_rate: Rows, group: str) -> list[str]:
    return [words for rows in by_rate.values() for words in warn_of_comparison(rows, str(rows[0]["rate_label"]), group)]


def _warn_of_others(every: list[list[Row]], chosen: tuple[str, str, str, str], words: Mapping[str, str]) -> list[str]:
    """The other comparisons in which the pool misleads about the direction, which a reader of the chosen one would not see."""
    named: dict[str, None] = {}
    for rows in every:
        stratified = _find(rows, STRATIFIED)
        codes = set(stratified["disagreements"].split())
        is_other = (stratified["grouping"], stratified["category"]) != chosen[:2]
        if is_other and ("reversed" in codes or {"opposed", "outside"} <= codes):
            named[f"{words[stratified['grouping']]}: {stratified['category_label']}"] = None
    return [f"Warning: pooling turns the direction round for {join_words(list(named))} (see the table)."] if named else []


def _count_ungrouped(scene: Scene, rows: list[Row]) -> dict[str, int]:
    naive = _find(rows, NAIVE)
    outside = int(find_denominator(scene).sum()) - int(naive["of"]) - int(naive["other_of"])
    return {"without a value of the grouping": outside} if outside else {}


def _reach(by_rate: Rows) -> float:
    """How far the axis of differences goes to either side, in points."""
    every = [row[name] for rows in by_rate.values() for row in rows for name in ("value", "lower", "upper")]
    return 1.05 * max([10.0, *(abs(100 * end) for end in every if np.isfinite(end))])


def _compare_facet(rows: list[Row], reach: float) -> ForestFacet:
    stratified = _find(rows, STRATIFIED)
    return ForestFacet(
        title=str(stratified["rate_label"]),
        rows=_forest_rows(rows, "points"),
        axis_words="difference, percentage points",
        span=(-reach, reach),
        reference=100 * stratified["value"],
        zero=True,
        warned=_is_warned(stratified),
    )


def _is_warned(stratified: Row) -> bool:
    return bool({"reversed", "opposed", "outside"} & set(stratified["disagreements"].split()))


def _compare_each(scene: Scene) -> list[list[Row]]:
    """The rows of each comparison and rate for which both sides have participants, in the order of the definition."""
    listed = [compare_rates(scene, grouping, key, label, by_trial=False) for grouping, key, _, label in list_comparisons(scene)]
    every: list[list[Row]] = [list(rows) for rates in listed for rows in rates]
    return [rows for rows in every if np.isfinite(_find(rows, NAIVE)["value"])]


def _comparison_cells(scene: Scene, rows: list[Row], words: Mapping[str, str]) -> tuple[str, ...]:
    naive, stratified = _find(rows, NAIVE), _find(rows, STRATIFIED)
    where = (naive["rate"], naive["grouping"], naive["category"])
    counts = [
        link_cell(f"{naive[n]}/{naive[of]}", encode_cell("compared", *where, side, ALL_COHORTS, scene.view.among))
        for n, of, side in (("n", "of", "group"), ("other_n", "other_of", "others"))
    ]
    values = (describe_limits(naive, ""), describe_limits(stratified, ""), _describe_odds(stratified))
    spread = "–" if np.isnan(stratified["i_squared"]) else f"{stratified['i_squared']:.0f}"
    label = f"{words[naive['grouping']]}: {naive['category_label']}"
    fixed = (text.replace(" ", NO_BREAK) for text in values)
    return (label, shorten(naive["rate_label"]), *counts, *fixed, spread, _describe_codes(stratified))


def _describe_odds(row: Row) -> str:
    if not np.isfinite(row["odds_ratio"]) or not np.isfinite(row["odds_lower"]):
        return "–"
    return f"{row['odds_ratio']:.2f} ({row['odds_lower']:.2f} to {row['odds_upper']:.2f})"


def _describe_codes(row: Row) -> str:
    words = {
        "reversed": "direction reverses (Simpson)",
        "opposed": "directions differ",
        "outside": "naive outside",
        "differing": "trials differ",
    }
    return ", ".join(words[code] for code in row["disagreements"].split()) or "none"


def describe_comparison(summary: ForestSummary, scene: Scene) -> Words:
    """The warnings first; then who is compared, and how."""
    if summary.nothing and not summary.cells:
        return describe_absence(summary.nothing, scene)
    caption = (
        f"{_warn(summary)}{f'{summary.nothing} ' if summary.nothing else ''}{summary.words}: difference of the share of responders among "
        f"participants {AMONG_WORDS[scene.view.among]} (right of 0 the group responds more often), by "
        "trial (Newcombe interval), pooled naively (as if one trial), and stratified by trial "
        "(Mantel–Haenszel, interval by Sato); no interval where a group has fewer than 5 or, stratified, all or none of it respond; rings: "
        "stratified, without the trial named. Table: every comparison, with the "
        "Mantel–Haenszel odds ratio; no adjustment for their number, and no cause is claimed: groups were not drawn by lot. "
        f"{describe_scene(scene)}"
    )
    shown = f"{count_words(summary.shown, 'trial')} compared"
    return Words(caption, shown, describe_people(summary.left_out), LEFT_OUT, summary.header, summary.cells)
