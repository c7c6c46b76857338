"""Drawn figures of every panel for tests of how things are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dashboard.figures.style import Figure, unpack
from dashboard.panels import PANELS
from dashboard.scene import Scene
from dashboard.study.snapshot import StudyData
from tests.panels.scenes import drawn_trial, odd_data, open_scene

# Views that change what is drawn most.
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    "log": {"scale": "log"},
    "fold": {"scale": "log", "measure": "fold", "show": ("lines", "median", "mean", "gmean", "box"), "band": "ci95"},
    "percent": {"measure": "percent", "show": ("lines", "mean")},
    "visits": {"x": "visit", "show": ("lines", "median", "mean", "gmean", "box")},
    "doses": {"x": "dose", "show": ("lines", "median", "mean", "gmean", "box")},
    "four thresholds": {"threshold": (50.0, 100.0, 200.0, 300.0), "who": "everyone"},
    "late period": {"period": "week-36-to-60", "x": "day", "gap": None},
    "one cohort": {"cohort": ("480",), "band": "none"},
}
DATA = {"drawn": drawn_trial, "odd": odd_data}


def draw(key: str, subject: str, scene: Scene) -> Figure:
    """The figure of one panel."""
    return PANELS[key].draw(PANELS[key].summarise(scene, subject))


def draw_chosen(key: str, subject: str, data: str, choices: str) -> Figure:
    """The figure of one panel for named data and choices; a participant's panel is about the first participant."""
    rows: StudyData = DATA[data]()
    about = str(rows.participants["participant"].iloc[0]) if key == "participant" else subject
    return draw(key, about, open_scene(rows, **CHOICES[choices]))


def numbers(packed: Any) -> np.ndarray:
    """The numbers of a packed array, gaps between lines left out."""
    array = unpack(packed).astype(np.float64)
    return array[~np.isnan(array)]
