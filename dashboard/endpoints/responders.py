"""Responders: who reaches a threshold, out of whom, and how the proportion falls as the threshold rises (section 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.periods import compute_last_accepted_day, compute_visit_days
from dashboard.endpoints.proportions import compute_limits
from dashboard.endpoints.records import Analysis
from dashboard.study.choices import Denominator, IntervalMethod, ResponseRule, Who
from dashboard.study.columns import ANALYTE, COHORT, DAY, DOSED

ALL_COHORTS = "all"
SUMMARY_COLUMNS = ("cohort", "responders", "denominator", "proportion", "lower", "upper")
SWEEP_COLUMNS = ("cohort", "threshold", "responders", "denominator", "proportion")


def compute_response_level(analysis: Analysis, analyte: str, rule: ResponseRule, visit_key: str, period_key: str) -> Floats:
    """The highest threshold that each participant responds to: one value per participant, NaN without the values needed.

    at-visit   the analysed value at the visit
    ever       the highest daily value with 0 < day ≤ the upper window limit of the period's last visit: the limit, not
               the visit's nominal day, so that a response at that visit is always one of `ever`
    sustained  the best pair of neighbouring visits: the lower of the analysed values at two visits that follow each
               other in the plan, both in the period and after day 0, the pair with the highest such value. A missing
               visit breaks the pair.

    A response to a threshold c is a level ≥ c. ValueError for an unknown rule.
    """
    if rule not in get_args(ResponseRule):
        raise ValueError(f"response rule {rule!r} is none of {', '.join(get_args(ResponseRule))}")
    if rule == "ever":
        return _compute_highest(analysis, analyte, period_key)
    if rule == "at-visit":
        return _spread_visits(analysis, analyte, (visit_key,))[:, 0]
    visits = tuple(visit.key for visit in analysis.protocol.period_visits(period_key) if visit.target > 0)
    values = _spread_visits(analysis, analyte, visits)
    # The lower of two values is NaN when one is; fmax passes over such pairs.
    best: Floats = np.fmax.reduce(np.minimum(values[:, :-1], values[:, 1:]), axis=1, initial=np.nan)
    return best


@dataclass(frozen=True)
class Responses:
    """What `derive_responses` tells whatever the threshold, one entry per participant: level, baseline, and the other flags by name."""

    level: Floats = field(repr=False)
    baseline: Floats = field(repr=False)
    flags: Mapping[str, Flags] = field(repr=False)

    def responds(self, threshold: float) -> Flags:
        """Whose level is at least the threshold."""
        return self.flags["observed"] & (self.level >= threshold)

    def eligible(self, threshold: float) -> Flags:
        """Whose baseline is below the threshold."""
        return self.baseline < threshold


def compute_responses(analysis: Analysis, analyte: str, rule: ResponseRule, visit_key: str, period_key: str) -> Responses:
    """The responses of every participant; definitions as in `derive_responses`."""
    level = compute_response_level(analysis, analyte, rule, visit_key, period_key)
    due = visit_key if rule == "at-visit" else analysis.protocol.period(period_key).last_visit
    baseline = analysis.participants[f"baseline_{analyte}"].to_numpy()
    return Responses(level, baseline, _derive_denominators(analysis, ~np.isnan(level), due))


def derive_responses(
    analysis: Analysis, selected: Flags, analyte: str, threshold: float, rule: ResponseRule, visit_key: str, period_key: str
) -> pd.DataFrame:
    """One row per selected participant: participant_index, cohort and flags.

    responds  the level of `compute_response_level` is at least the threshold; never without the values needed
    enrolled  always
    dosed     at least one dose given on or before the cut
    reached   dosed, and under observation at the target day of the visit with the visit due at the cut, or observed. Who has
              not ended the study is under observation until the cut, also after the last record. For `ever` and
              `sustained` the visit is the period's last one. The target moves with the dose that the visit follows
    observed  dosed, and has the values the rule needs: the analysed value at the visit; any value after day 0; two
              neighbouring visits with values
    due       dosed, and the visit due at the data cut, or observed
    eligible  baseline below the threshold; not without baseline

    observed ⊆ reached ⊆ dosed ⊆ enrolled.
    """
    found = compute_responses(analysis, analyte, rule, visit_key, period_key)
    people = {"participant_index": np.arange(len(found.level)), "cohort": analysis.participants[COHORT]}
    flags = {"responds": found.responds(threshold), **found.flags, "eligible": found.eligible(threshold)}
    return pd.DataFrame(people | flags)[selected].reset_index(drop=True)


def count_shares(responds: Flags, counted: Flags, group: Ints, groups: int) -> tuple[Ints, Ints]:
    """Those counted who respond, and those counted, of each group 0 … groups − 1 and then of all groups together.

    One entry per participant; `group` is −1 for whoever is in none.
    """
    inside = counted & (group >= 0)
    x, n = (np.bincount(group[part], minlength=groups) for part in (inside & responds, inside))
    return np.append(x, x.sum()), np.append(n, n.sum())


def compute_shares(x: Ints, n: Ints) -> Floats:
    """x / n, NaN where n is 0."""
    return np.divide(x, n, out=np.full(n.shape, np.nan), where=n > 0)


def summarise_responders(
    responses: pd.DataFrame, cohorts: Sequence[str], denominator: Denominator, ci: IntervalMethod, who: Who
) -> pd.DataFrame:
    """SUMMARY_COLUMNS for each of `cohorts` and then `all` (the cohorts together), also where the denominator is 0.

    Responders and denominator count the same people: those of `responses` with the flag `denominator`, under `eligible`
    only those with a baseline below the threshold. proportion is missing for a denominator of 0; the 95 % interval is
    missing below 5.
    """
    counted = responses[denominator].to_numpy() & (responses["eligible"].to_numpy() | (who == "everyone"))
    group = pd.Index(pd.Series(cohorts, dtype="str")).get_indexer(pd.Index(responses["cohort"])).astype(np.int64)
    x, n = count_shares(responses["responds"].to_numpy(), counted, group, len(cohorts))
    columns = ((*cohorts, ALL_COHORTS), x, n, compute_shares(x, n), *compute_limits(x, n, ci))
    return pd.DataFrame(dict(zip(SUMMARY_COLUMNS, columns, strict=True))).astype({"cohort": "str", "proportion": "float64"})


def summarise_sweep(
    analysis: Analysis,
    selected: Flags,
    analyte: str,
    grid: Floats,
    rule: ResponseRule,
    visit_key: str,
    period_key: str,
    denominator: Denominator,
    who: Who = "everyone",
) -> pd.DataFrame:
    """SWEEP_COLUMNS for every cohort of the protocol and then `all`, each with every threshold of `grid`, in that order.

    Responders as `derive_responses` counts them, everyone selected being in; ValueError for `who` = eligible: were the
    sweep confined to participants below the threshold, its denominator would change from one threshold to the next, and
    the proportion, which never increases in the threshold for fixed people, could rise. proportion is missing for a
    denominator of 0.
    """
    if who != "everyone":
        raise ValueError(f"a sweep over thresholds is of everyone selected, not of {who!r}: eligibility changes with the threshold")
    found = compute_responses(analysis, analyte, rule, visit_key, period_key)
    responders, people = count_sweep(found, selected, analysis.cohort_codes, len(analysis.protocol.cohorts), grid, denominator)
    denominators = np.repeat(people, len(grid))
    columns = {
        "cohort": np.repeat(np.array([*analysis.protocol.cohort_keys, ALL_COHORTS], dtype=object), len(grid)),
        "threshold": np.tile(grid, len(people)),
        "responders": responders.ravel(),
        "denominator": denominators,
        "proportion": compute_shares(responders.ravel(), denominators),
    }
    return pd.DataFrame(columns).astype({"cohort": "str", "threshold": "float64"})[list(SWEEP_COLUMNS)]


def count_sweep(
    responses: Responses, selected: Flags, cohort: Ints, cohorts: int, grid: Floats, denominator: Denominator
) -> tuple[Ints, Ints]:
    """Responders by cohort, then all selected (first axis), and threshold of `grid` (second axis); and the denominators by cohort."""
    counted = responses.flags[denominator] & selected
    observed = responses.flags["observed"] & selected
    groups = [*(cohort == position for position in range(cohorts)), np.ones(len(selected), dtype=bool)]
    levels = [np.sort(responses.level[observed & inside]) for inside in groups]
    responders = np.stack([len(each) - np.searchsorted(each, grid, side="left") for each in levels])
    return responders, np.array([np.count_nonzero(counted & inside) for inside in groups])


def _derive_denominators(analysis: Analysis, has_values: Flags, due_visit: str) -> dict[str, Flags]:
    people = analysis.participants
    dosed = people[DOSED].to_numpy()
    observed = dosed & has_values
    target = compute_visit_days(analysis, due_visit)[0]
    until, cut_day = compute_observed_until(analysis)
    reached = dosed & (((until >= target) & (cut_day >= target)) | observed)
    due = observed | (dosed & (cut_day >= target))
    return {"enrolled": np.ones(len(people), dtype=bool), "dosed": dosed, "reached": reached, "observed": observed, "due": due}


def _compute_highest(analysis: Analysis, analyte: str, period_key: str) -> Floats:
    daily = analysis.daily[(analysis.daily[ANALYTE] == analyte).to_numpy()]
    person, day = daily["participant_index"].to_numpy(), daily[DAY].to_numpy(dtype=np.int64)
    kept = (day > 0) & (day <= compute_last_accepted_day(analysis, period_key)[person])
    highest = np.full(len(analysis.participants), np.nan)
    np.fmax.at(highest, person[kept], daily["value"].to_numpy()[kept])
    return highest


def _spread_visits(analysis: Analysis, analyte: str, visits: tuple[str, ...]) -> Floats:
    """Analysed values by participant (row) and visit (column), NaN where there is none."""
    daily = analysis.daily[analysis.daily["analysed"].to_numpy() & (analysis.daily[ANALYTE] == analyte).to_numpy()]
    code = pd.Index(pd.Series(visits, dtype="str")).get_indexer(pd.Index(daily["visit"]))
    values = np.full((len(analysis.participants), len(visits)), np.nan)
    inside = code >= 0
    values[daily["participant_index"].to_numpy()[inside], code[inside]] = daily["value"].to_numpy()[inside]
    return values
