"""What trials say together, in words: heterogeneity, and where the naive pool misleads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dashboard.endpoints.pooled.comparing import DIFFERING

Row = Mapping[str, Any]


def describe_heterogeneity(row: Row) -> str:
    """“Q = 3.2 on 4 degrees of freedom (p = 0.52), I² = 0 %”; that there are too few trials, without Q."""
    if not np.isfinite(row["q"]):
        return "fewer than two trials, so no Q and no I²"
    p = f"p = {row['p_value']:.2f}" if row["p_value"] >= 0.01 else f"p = {row['p_value']:.3f}" if row["p_value"] >= 0.001 else "p < 0.001"
    freedom = int(row["degrees_of_freedom"])
    return f"Q = {row['q']:.1f} on {freedom} degree{'' if freedom == 1 else 's'} of freedom ({p}), I² = {row['i_squared']:.0f} %"


def describe_limits(row: Row, unit: str) -> str:
    """“86.3 % (82.1 to 89.8)” of a row with value, lower and upper; without limits the value alone, “–” without a value."""
    if not np.isfinite(row["value"]):
        return "–"
    limits = f" ({_sign(row['lower'])} to {_sign(row['upper'])})" if np.isfinite(row["lower"]) else ""
    return f"{_sign(row['value'])}{f' {unit}' if unit else ''}{limits}"


def _sign(share: float) -> str:
    # Rounded first, so that nothing reads “−0.0”.
    return f"{round(100 * share, 1) + 0.0:.1f}".replace("-", "−")


def warn_of_pool(rows: Sequence[Row], rate: str) -> tuple[str, ...]:
    """What a reader of one pooled rate must know first, in sentences; nothing where the trials agree.

    With weights by trial size the naive value is that of the stratified estimate; it can only leave the interval by rounding, and is
    checked all the same. Rows: those of `pool_rate`.
    """
    naive, stratified = (next(row for row in rows if row["kind"] == kind) for kind in ("naive", "stratified"))
    found = []
    if _leaves(naive["value"], stratified):
        found.append(
            f"Warning, {rate}: the naive estimate, {describe_limits(naive, '%')}, lies outside the interval of the stratified one, "
            f"{describe_limits(stratified, '%')}."
        )
    if stratified["p_value"] < DIFFERING:
        found.append(f"{rate}: the trials differ more than chance would make them, so one figure for all hides something.")
    moved = [row["label"] for row in rows if row["kind"] == "without" and _leaves(row["value"], stratified)]
    if moved:
        found.append(f"{rate}: without {', or without '.join(moved)} the estimate lies outside the interval of all trials.")
    return tuple(found)


def _leaves(value: float, interval: Row) -> bool:
    return bool(value < interval["lower"] - 1e-12 or value > interval["upper"] + 1e-12)


def warn_of_comparison(rows: Sequence[Row], rate: str, group: str) -> tuple[str, ...]:
    """What a reader of two groups compared over trials must know first; rows: those of `compare_groups`."""
    naive, stratified = (next(row for row in rows if row["kind"] == kind) for kind in ("naive", "stratified"))
    codes = stratified["disagreements"].split()
    one, other = (group, "the others") if naive["value"] > 0 else ("the others", group)
    sentences = {
        "reversed": (
            f"Warning, {rate} (Simpson's paradox): every trial in which they differ favours {other}, but all trials pooled naively favour "
            f"{one}. The share of the groups differs between the trials, and so does the rate: read the stratified estimate."
        ),
        "opposed": f"{rate}: the naive pool favours {one}, the stratified estimate {other}. Read the stratified one.",
        "outside": (
            f"Warning, {rate}: the naive difference, {describe_limits(naive, 'points')}, lies outside the interval of the stratified one, "
            f"{describe_limits(stratified, 'points')}."
        ),
        "differing": f"{rate}: the trials differ in this comparison ({describe_heterogeneity(stratified)}).",
    }
    return tuple(sentences[code] for code in codes)
