"""The responses of a scene: best response of each participant, rates by group, pools over trials, sizes and courses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.pooled.comparing import Tables
from dashboard.endpoints.pooled.courses import derive_courses
from dashboard.endpoints.pooled.pools import (
    COMPARISON_COLUMNS,
    POOL_COLUMNS,
    PoolRow,
    compare_groups,
    compare_pooled,
    frame_rows,
    pool_rate,
)
from dashboard.endpoints.pooled.rates import (
    BEST,
    RATE,
    UNRANKED_LABELS,
    Group,
    RateRow,
    count_by_trial,
    derive_measures,
    flag_among,
    flag_measures,
    list_rates,
    summarise_rates,
)
from dashboard.endpoints.pooled.response import derive_best_responses, derive_best_sizes
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.scene import Scene
from dashboard.study.groupings import NOT_REPORTED, TRIAL
from dashboard.study.pooled import Response, ResponseRate
from dashboard.study.protocol import StudyProtocol

# What stands in the place of a response section in a study that has none.
NO_RESPONSE = "The study definition names no response."
NO_RECORDS = "No response is recorded in this data cut"
OTHERS = "others"
RESPONSE_COLUMNS = [
    "participant", "cohort", "best", "label", "word", "basis", "best_day", "response_day", "evaluable", "infused", "disagrees",
]  # fmt: skip
SOURCE = ["source_file", "source_row"]
RATE_NAMES = ["rate", "rate_label"]
COMPARED_NAMES = [*RATE_NAMES, "grouping", "category", "category_label"]
SUMMARY_COLUMNS = [
    "grouping", "category", "label", "kind", "measure", "measure_label", "among", "n", "of", "proportion", "lower", "upper", "ci",
]  # fmt: skip


def find_best(scene: Scene) -> pd.DataFrame:
    """BEST_COLUMNS of `endpoints.pooled.response`: every participant of the data cut, whoever is selected."""
    response = _section(scene)
    return scene.of_cut("best responses", lambda: derive_best_responses(scene.analysis, scene.records("finding"), response))


def _section(scene: Scene) -> Response:
    if scene.protocol.response is None:
        raise ValueError(NO_RESPONSE)
    return scene.protocol.response


def find_all_sizes(scene: Scene) -> pd.DataFrame:
    """SIZE_COLUMNS of `endpoints.pooled.response` of every participant of the data cut, whoever is selected."""
    response = _section(scene)
    return scene.of_cut("best sizes", lambda: derive_best_sizes(scene.analysis, scene.records("finding"), response))


def find_sizes(scene: Scene) -> pd.DataFrame:
    """As `find_all_sizes`, of the participants of the selection who were infused."""
    sizes = find_all_sizes(scene)
    return sizes[find_infused(scene)[sizes["participant_index"].to_numpy()]].reset_index(drop=True)


def find_courses(scene: Scene) -> pd.DataFrame:
    """The courses of `endpoints.pooled.courses`: every participant of the data cut, whoever is selected."""
    survival = scene.protocol.survival
    return scene.of_cut("courses", lambda: derive_courses(scene.analysis, scene.records("milestone"), survival))


def find_infused(scene: Scene) -> Flags:
    """Who of the participants is in the selection and was infused."""
    infused: Flags = scene.selection.mask & scene.analysis.participants["dosed"].to_numpy()
    return infused


def find_among(scene: Scene) -> dict[str, Flags]:
    """Who of the participants of the data cut is in each denominator."""
    return scene.of_cut("response denominators", lambda: flag_among(find_best(scene)))


def find_denominator(scene: Scene) -> Flags:
    """Who of the participants is in the selection and in the denominator that the view chooses."""
    return scene.keep("response denominator", lambda: scene.selection.mask & find_among(scene)[scene.view.among])


def find_flags(scene: Scene) -> dict[tuple[str, str], Flags]:
    """Who of the participants counts for each rate and best response, as `flag_measures` says."""
    response = _section(scene)
    return scene.of_cut("response flags", lambda: flag_measures(find_best(scene), response))


def list_measures(response: Response) -> dict[tuple[str, str], str]:
    """The label of every rate and of every best response, by kind and key."""
    rates = {(RATE, rate.key): rate.label for rate in response.rates}
    categories = {(BEST, category.key): category.label for category in response.categories}
    return rates | categories | {(BEST, key): label for key, label in UNRANKED_LABELS.items()}


def list_splits(protocol: StudyProtocol) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Every way to split the participants: key, label, and its categories with their labels; the cohorts first.

    A grouping that follows from events after day 0 is none, unless the reader splits by it: who lives long and responds has more time
    for a transplant, so a response rate by such a group says little about the group.
    """
    whole = protocol.whole
    splits = [(whole.study.cohort_key, whole.study.cohort_word, [(cohort.key, cohort.label) for cohort in whole.cohorts])]
    for grouping in protocol.groupings:
        if grouping.derived and grouping.key != protocol.by:
            continue
        listed = [(category.key, category.label) for category in grouping.categories]
        splits.append((grouping.key, grouping.label, [*listed, (NOT_REPORTED, grouping.absent_label)]))
    return splits


def list_groups(scene: Scene) -> tuple[Group, ...]:
    """Everybody of the selection, then each category of each grouping; those of participants without a value only where there are any."""
    return scene.keep("groups of responses", lambda: _list_groups(scene))


def _list_groups(scene: Scene) -> tuple[Group, ...]:
    selected, groups = scene.selection.mask, scene.of_cut("groups of responses", lambda: _list_every_group(scene))
    shown = (replace(group, members=selected & group.members) for group in groups)
    return tuple(group for group in shown if group.category != NOT_REPORTED or group.members.any())


def _list_every_group(scene: Scene) -> tuple[Group, ...]:
    """Of everybody in the data cut."""
    groups = [Group(ALL_COHORTS, ALL_COHORTS, "All shown", np.ones(len(scene.traits), dtype=bool))]
    for key, _, categories in list_splits(scene.protocol):
        values = scene.traits[key].to_numpy()
        listed = categories if (values != NOT_REPORTED).any() else []
        groups += [Group(key, category, label, values == category) for category, label in listed]
    return tuple(groups)


def list_trials(scene: Scene) -> tuple[Group, ...]:
    """The member trials with their participants of the selection; the whole study as one where it has no members."""
    trials = tuple(group for group in list_groups(scene) if group.grouping == TRIAL)
    return trials or (Group(TRIAL, scene.protocol.key, scene.protocol.study.registry_id, scene.selection.mask),)


def flag_group(scene: Scene, grouping: str, category: str) -> Flags:
    """Who of the selection is in a category of a grouping, in any for `all`, or in another reported one for `others` of it."""
    own = [group for group in list_groups(scene) if group.grouping == grouping]
    flags: Flags = np.any([group.members for group in own if group.category == category], axis=0)
    return flags


def flag_others(scene: Scene, grouping: str, category: str) -> Flags:
    """Who of the selection is in another category of the grouping; who has no value is in none."""
    others = [g.members for g in list_groups(scene) if g.grouping == grouping and g.category not in (category, NOT_REPORTED)]
    flags: Flags = np.any(others, axis=0) if others else np.zeros(len(scene.selection.mask), dtype=bool)
    return flags


def table_response(scene: Scene) -> pd.DataFrame:
    """One row per participant of the selection: RESPONSE_COLUMNS, then groups, rates, days of the course, change of tumour size, SOURCE.

    in_<rate>: whether the best response is one of the rate's; <milestone>_day: its first day. Without rows where the definition names
    no response, as the other tables of this page.
    """
    response = scene.protocol.response
    if response is None:
        return pd.DataFrame(columns=[*RESPONSE_COLUMNS, *SOURCE])
    best, courses = find_best(scene), find_courses(scene)
    labels = {key: label for (kind, key), label in list_measures(response).items() if kind == BEST}
    flags = find_flags(scene)
    table = best.assign(
        cohort=scene.analysis.participants["cohort"].to_numpy(),
        label=best["best"].map(labels).astype("str"),
        **{f"in_{rate.key.replace('-', '_')}": flags[(RATE, rate.key)] for rate in response.rates},
        **{key: scene.traits[key].to_numpy() for key, _, _ in list_splits(scene.protocol)},
        **{
            f"{name}_day": days.to_numpy() for name, days in courses.drop(columns=["participant_index", "until", "ongoing", "died"]).items()
        },
        last_day=courses["until"].to_numpy(),
        ongoing=courses["ongoing"].to_numpy(),
        size_change=_spread_sizes(scene),
    )
    rest = [name for name in table.columns if name not in (*RESPONSE_COLUMNS, *SOURCE, "participant_index")]
    return table[scene.selection.mask][[*RESPONSE_COLUMNS, *rest, *SOURCE]].reset_index(drop=True)


def _spread_sizes(scene: Scene) -> np.ndarray:
    sizes = find_sizes(scene)
    change = np.full(len(scene.analysis.participants), np.nan)
    change[sizes["participant_index"].to_numpy()] = sizes["change"].to_numpy()
    return change


def list_rate_rows(scene: Scene, kind: str) -> list[RateRow]:
    """The rows of every rate, or of every best response, of every group; those of best responses are counts alone, without limits."""
    measures = scene.of_cut("measures of responses", lambda: derive_measures(find_best(scene), _section(scene)))
    return list_rates(measures, list_groups(scene), kind, scene.view.ci if kind == RATE else None)


def table_response_summary(scene: Scene) -> pd.DataFrame:
    """SUMMARY_COLUMNS: every rate of every group among the evaluable and the infused, and every best response among the infused.

    Groups: all shown, the cohorts, the categories of each grouping. kind is rate or best; measure is the key of the rate or response.
    """
    response = scene.protocol.response
    if response is None:
        return pd.DataFrame(columns=SUMMARY_COLUMNS)

    def summarise() -> pd.DataFrame:
        table = summarise_rates(find_best(scene), list_groups(scene), response, scene.view.ci)
        labels = list_measures(response)
        named = [labels[pair] for pair in zip(table["kind"], table["measure"], strict=True)]
        return table.assign(measure_label=pd.array(named, dtype="str"), ci=scene.view.ci)[SUMMARY_COLUMNS]

    return scene.keep("response summary", summarise)


def _count_groups(scene: Scene) -> dict[str, tuple[Ints, Ints]]:
    """By rate, responders and participants in the denominator of the view: a row for each of `list_groups`, a column for each trial."""
    groups, trials = ([group.members for group in listed] for listed in (list_groups(scene), list_trials(scene)))
    inside, flags = find_denominator(scene), find_flags(scene)
    return {rate.key: count_by_trial(inside, flags[(RATE, rate.key)], groups, trials) for rate in _section(scene).rates}


def pool_rates(scene: Scene) -> list[list[PoolRow]]:
    """The rows of POOL_COLUMNS of every rate in the denominator of the view, with RATE_NAMES and `among`."""
    trials, counts = list_trials(scene), scene.keep("groups by trial", lambda: _count_groups(scene))

    def pool(rate: ResponseRate) -> list[PoolRow]:
        named = {"rate": rate.key, "rate_label": rate.label, "among": scene.view.among}
        # The first group is everybody shown.
        events, totals = (part[0] for part in counts[rate.key])
        return [named | row for row in pool_rate(events, totals, trials, scene.view.ci)]

    return [pool(rate) for rate in _section(scene).rates]


def table_response_pooled(scene: Scene) -> pd.DataFrame:
    """RATE_NAMES, among, then POOL_COLUMNS: each rate by trial, pooled naively, stratified, and without each trial."""
    rows = pool_rates(scene) if scene.protocol.response else []
    return frame_rows([row for rate in rows for row in rate], [*RATE_NAMES, "among", *POOL_COLUMNS])


def list_comparisons(scene: Scene) -> list[tuple[str, str, str, str]]:
    """The groups that can be compared with the others of their grouping: keys and labels of grouping and category."""
    splits = [split for split in list_splits(scene.protocol) if split[0] != TRIAL]
    return [
        (grouping, category, words, label)
        for grouping, words, categories in splits
        for category, label in categories
        if category != NOT_REPORTED and sum(key != NOT_REPORTED for key, _ in categories) > 1
    ]


def compare_rates(scene: Scene, grouping: str, category: str, label: str, *, by_trial: bool = True) -> list[list[PoolRow]]:
    """The rows of COMPARISON_COLUMNS of every rate, for a group against the others of its grouping, with COMPARED_NAMES and `among`.

    Without `by_trial` the naive and the stratified row alone.
    """
    trials, counts = list_trials(scene), scene.keep("groups by trial", lambda: _count_groups(scene))
    own, others = _find_rows(scene, grouping, category)
    compared = []
    for rate in _section(scene).rates:
        named = {"rate": rate.key, "rate_label": rate.label, "grouping": grouping, "category": category, "category_label": label}
        events, totals = counts[rate.key]
        tables = Tables(*(part[rows].sum(axis=0) for rows in (own, others) for part in (events, totals)))
        rows = compare_groups(tables, trials) if by_trial else compare_pooled(tables)
        compared.append([named | {"among": scene.view.among} | row for row in rows])
    return compared


def _find_rows(scene: Scene, grouping: str, category: str) -> tuple[list[int], list[int]]:
    """The places in `list_groups` of a group, and of the others of its grouping; who has no value is in none."""
    listed = [(place, group.category) for place, group in enumerate(list_groups(scene)) if group.grouping == grouping]
    own = [place for place, key in listed if key == category]
    return own, [place for place, key in listed if key not in (category, NOT_REPORTED)]


def table_response_comparison(scene: Scene) -> pd.DataFrame:
    """COMPARED_NAMES, among, then COMPARISON_COLUMNS, of every group that can be compared with the others of its grouping."""
    listed = list_comparisons(scene) if scene.protocol.response else []
    compared = [compare_rates(scene, grouping, category, label) for grouping, category, _, label in listed]
    rows = [row for rates in compared for rate in rates for row in rate]
    return frame_rows(rows, [*COMPARED_NAMES, "among", *COMPARISON_COLUMNS])
