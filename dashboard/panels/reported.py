"""The figures of a source beside those of the data cut: the table of both, and their words on the overview page."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.endpoints.pooled.measures import Evidence
from dashboard.endpoints.pooled.reported import summarise_reported
from dashboard.panels.describe import NO_BREAK, describe_cut
from dashboard.scene import Scene

Cells = Mapping[Hashable, Any]
HEADER = ("Figure", "As reported", "In this data cut", "Agreement", "Mark")
SAME = {"yes": "same", "no": "differs", "": ""}
MADE_TO_AGREE = "The synthetic participants are made to give the counts of the source: that they agree says nothing about the trials. "
WHAT = (
    "Percentages of this data cut have their exact (Clopper–Pearson) 95 % interval, medians the lowest and the highest value. Times to an "
    "event are medians of the times observed, ended by no transplant, as the source seems to give them; the Kaplan–Meier median of the "
    "same data follows."
)


@dataclass(frozen=True)
class ReportedWords:
    """The figures as a table, and what must be known of those that carry a mark: mark, the figures it is on, and the words."""

    caption: str
    rows: tuple[tuple[str, ...], ...]
    doubts: tuple[tuple[str, str, str], ...]
    header: tuple[str, ...] = HEADER


def table_reported(scene: Scene) -> pd.DataFrame:
    """REPORTED_COLUMNS of `endpoints.pooled.reported`: every figure of the definition, of everyone in the data cut."""
    found: pd.DataFrame = scene.of_cut(
        "reported", lambda: summarise_reported(Evidence(scene.analysis, scene.traits, scene.records)), scene.protocol.by
    )
    return found


def describe_everyone(scene: Scene) -> str:
    """Who is counted: everyone, whatever the filters of the address."""
    dosed = int(scene.analysis.participants["dosed"].sum())
    return f"All participants of the data cut who were dosed, whatever filters the address names: {dosed:,}."


def describe_reported(scene: Scene) -> ReportedWords | None:
    """The words of the overview page; None for a study whose definition reports no figure."""
    if not scene.protocol.reported:
        return None
    table = table_reported(scene).to_dict("records")
    synthetic = f"SYNTHETIC data. {MADE_TO_AGREE}" if scene.snapshot.synthetic else ""
    caption = f"{synthetic}{describe_everyone(scene)} {WHAT} {describe_cut(scene)}."
    rows = tuple((row["label"], _reported(row), _found(row), SAME[row["agrees"]], row["doubt"]) for row in table)
    return ReportedWords(caption, rows, _list_doubts(table))


def _list_doubts(table: list[dict[Hashable, Any]]) -> tuple[tuple[str, str, str], ...]:
    """Figures with the same words stand together."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for row in table:
        if row["note"]:
            grouped.setdefault((row["doubt"] or "Note", row["note"]), []).append(row["label"])
    return tuple((doubt, "; ".join(labels), note) for (doubt, note), labels in grouped.items())


def _reported(row: Cells) -> str:
    if _is_missing(row["reported_n"]):
        return _spread(row, "reported_")
    percent = "" if _is_missing(row["reported_percent"]) else f" ({row['reported_percent']:.1f} %)"
    return _together(f"{row['reported_n']}/{row['reported_of']}{percent}")


def _found(row: Cells) -> str:
    if row["missing"]:
        return f"not computed: {row['missing']}"
    if not _is_missing(row["of"]):
        between = "" if _is_missing(row["lower"]) else f"; {row['lower']:.1f} to {row['upper']:.1f}"
        return _together(f"{row['n']}/{row['of']}" + ("" if _is_missing(row["percent"]) else f" ({row['percent']:.1f} %{between})"))
    return f"{_spread(row, '')}, n{NO_BREAK}={NO_BREAK}{row['n']}{_kaplan_meier(row)}"


def _spread(row: Cells, which: str) -> str:
    unit = f" {row['unit']}" if row["unit"] else ""
    low, high = row[f"{which}low"], row[f"{which}high"]
    between = "" if _is_missing(low) else f" ({low:,g} to {high:,g})"
    return _together(f"{row[f'{which}value']:,g}{between}{unit}")


def _kaplan_meier(row: Cells) -> str:
    """The Kaplan–Meier median where times to an event were observed, also when the curve does not reach one half."""
    if not row["measure"].startswith("observed."):
        return ""
    median, lower, upper = (
        "not reached" if _is_missing(row[name]) else f"{row[name]:,g}" for name in ("km_median", "km_lower", "km_upper")
    )
    limits = "" if _is_missing(row["km_lower"]) else f" ({lower} to {upper})"
    return f"; Kaplan–Meier {_together(f'{median}{limits}')}"


def _is_missing(value: Any) -> bool:
    return bool(pd.isna(value))


def _together(text: str) -> str:
    """What a line break must not part."""
    return text.replace(" ", NO_BREAK)
