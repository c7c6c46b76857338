"""Which points of a figure are marked: those with a quality flag, or those that changed since another data cut."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from dashboard.changes import find_changes, find_other
from dashboard.endpoints.changes.points import changed_points
from dashboard.endpoints.changes.reasons import AFTER_CUT
from dashboard.endpoints.quality.words import describe_day
from dashboard.figures.marks import Rings
from dashboard.quality import find_flags
from dashboard.scene import Scene
from dashboard.study.choices import QUALITY_FLAGS
from dashboard.view.words import join_words

NO_RECORD, NO_DAY, NOT_HERE = "about something absent", "without a day", "on records that this view leaves out"
REMOVED, NEW = "removed since", "new since (recorded after that cut)"
KEY = ["participant", "day"]
MARK_COLUMNS = [*KEY, "sentence", "source_file", "source_row", "reason"]


def find_rings(scene: Scene, analyte: str, rows: pd.DataFrame, x: np.ndarray, y: np.ndarray, who: str = "") -> Rings | None:
    """The rings among `rows` (records of `Analysis.counts` that a plot of `analyte` shows at `x`, `y`); None when nothing is to be marked.

    Marks about participants that are not selected are left out; with `who` only those of that participant count, selected or not.
    """
    if scene.view.mark == "none":
        return None
    marks, what, meaning = _MARKS[scene.view.mark](scene, analyte)
    concerned = [who] if who else scene.analysis.participants["participant"][scene.selection.mask]
    marks = marks[marks["participant"].isin(concerned)]
    place = np.where(marks["reason"] == "", _match(marks, rows), -1)
    reasons = np.where((marks["reason"] == "") & (place < 0), NOT_HERE, marks["reason"])[place < 0]
    points = np.unique(place[place >= 0])
    sentences = [tuple(marks["sentence"].to_numpy()[place == point]) for point in points.tolist()]
    picked = rows.iloc[points]
    return Rings(what, meaning, x[points], y[points], _names(picked), tuple(sentences), _details(picked), _count(reasons))


def _count(reasons: np.ndarray) -> dict[str, int]:
    names, sizes = np.unique(reasons.astype(str), return_counts=True)
    return {str(name): int(size) for name, size in zip(names, sizes, strict=True)}


def _match(marks: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """For each mark the place of its record in `rows`, −1 for none: by source where it names a record, else by participant and day."""
    by_source = {key: place for place, key in enumerate(zip(rows["source_file"], rows["source_row"], strict=True))}
    by_day = {key: place for place, key in enumerate(zip(rows["participant"], rows["day"], strict=True))}
    sources, days = (list(zip(*(marks[name] for name in names), strict=True)) for names in (["source_file", "source_row"], KEY))
    found = [by_source.get(source, -1) if source[0] else by_day.get(day, -1) for source, day in zip(sources, days, strict=True)]
    return np.array(found, dtype=np.int64)


def _names(rows: pd.DataFrame) -> tuple[str, ...]:
    return tuple(f"{name}, {describe_day(int(day))}" for name, day in zip(rows["participant"], rows["day"], strict=True))


def _details(rows: pd.DataFrame) -> np.ndarray:
    names = ("day", "value", "change", "days_since_dose", "participant_index")
    return np.column_stack([rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names])


Marked = tuple[pd.DataFrame, str, str]


def _find_flagged(scene: Scene, analyte: str) -> Marked:
    flags = find_flags(scene)
    flags = flags[flags["analyte"] == analyte]
    absent, undated = flags["source_file"] == "", flags["day"].isna()
    # A claim stands in a row of its own; the point it is about is the participant's value of that day.
    source = flags["source_file"].where(flags["code"] != "claim-disagrees", "")
    marks = flags.assign(reason=np.select([absent, undated], [NO_RECORD, NO_DAY], ""), source_file=source)
    sentences = flags["code"].map(QUALITY_FLAGS) + ": " + flags["sentence"]
    return marks.assign(sentence=sentences)[MARK_COLUMNS], "with a quality flag", "Rings: points with a quality flag"


def find_pointless_flags(scene: Scene, name: str) -> tuple[str, ...]:
    """The sentences of a participant's flags that are about a visit or a dose, so that no count can show them."""
    flags = find_flags(scene)
    return tuple(flags.loc[(flags["participant"] == name) & (flags["analyte"] == ""), "sentence"].tolist())


def _find_changed(scene: Scene, analyte: str) -> Marked:
    changes, other = find_changes(scene), find_other(scene)
    if changes is None or other is None:
        none = pd.DataFrame({name: pd.Series(dtype="object") for name in MARK_COLUMNS})
        return none, "compared: there is no other data cut", "No other data cut to compare with; points marked as changed"
    points = changed_points(changes.records)
    points = points[points["analyte"] == analyte]
    points = points.assign(source_file="", source_row=-1, reason=np.where(points["reason"] == AFTER_CUT, NEW, ""))
    rest = changes.records.changes
    rest = rest[(rest["table"] == "count") & (rest["analyte"] == analyte) & ((rest["change"] == "removed") | rest["day_after"].isna())]
    rest = rest.assign(day=rest["day_after"], source_file="", source_row=-1, reason=np.where(rest["change"] == "removed", REMOVED, NO_DAY))
    marks = pd.concat([part[MARK_COLUMNS] for part in (points, rest) if len(part)] or [points[MARK_COLUMNS]], ignore_index=True)
    meaning = f"Rings: points changed since the data cut {other.label} of {other.cut_date.isoformat()}"
    return marks, "changed", meaning


_MARKS: dict[str, Callable[[Scene, str], Marked]] = {"flags": _find_flagged, "changes": _find_changed}


def describe_rings(every: list[Rings]) -> str:
    """What the rings of a figure mean, how many points they mark, and how many marks have no point here; "" without rings."""
    if not every:
        return ""
    points, marks = sum(len(rings.x) for rings in every), sum(rings.marks for rings in every)
    several = f" ({marks:,} marks)" if marks != points else ""
    without: dict[str, int] = {}
    for rings in every:
        for reason, number in rings.without_point.items():
            without[reason] = without.get(reason, 0) + number
    said = f" Not marked: {join_words([f'{number:,} {reason}' for reason, number in without.items()])}." if without else ""
    return f"{every[0].meaning}: {points:,}{several}.{said}"
