"""What holds for every figure the product draws."""

from __future__ import annotations

import json
from typing import Any

import plotly.graph_objects as go
import pytest

from dashboard.figures.style import Figure
from tests.figures.drawings import CHOICES, DATA, draw, draw_chosen
from tests.figures.test_participant_figure import open_recorded
from tests.panels.scenes import EVERY_PANEL, drawn_trial, open_scene, scene_of

CASES = [(key, subject, data, choices) for key, subject in EVERY_PANEL for data in DATA for choices in CHOICES]
# One count stands for the five where the drawing does not depend on it.
FEW = [case for case in CASES if case[1] in ("cd4", "-", "full")]


@pytest.mark.parametrize(("key", "subject", "data", "choices"), FEW)
def test_a_figure_is_plain_small_and_one_that_plotly_accepts(key: str, subject: str, data: str, choices: str) -> None:
    figure = draw_chosen(key, subject, data, choices)
    assert len(figure["data"]) <= 40
    assert "template" not in figure["layout"]
    assert json.loads(json.dumps(figure, allow_nan=False)).keys() == {"data", "layout"}
    assert len(go.Figure(figure).data) == len(figure["data"])


def notes(figure: Figure) -> list[str]:
    return [note["text"] for note in figure["layout"]["annotations"]]


@pytest.mark.parametrize("synthetic", [True, False])
@pytest.mark.parametrize(("key", "subject"), EVERY_PANEL)
def test_a_figure_says_synthetic_exactly_when_its_data_are(key: str, subject: str, synthetic: bool) -> None:
    data = drawn_trial()
    scene = scene_of(data, open_scene(data).view, synthetic=synthetic)
    figure = draw(key, "p00000" if key == "participant" else subject, scene)
    assert notes(figure).count("SYNTHETIC") == synthetic


HOSTILE = "<img src=x onerror=alert(1)>"


def texts(node: Any) -> list[str]:
    """Every text in a figure that plotly reads as markup: names, texts, templates, titles and ticks."""
    if isinstance(node, dict):
        return [text for value in node.values() for text in texts(value)]
    if isinstance(node, list | tuple):
        return [text for value in node for text in texts(value)]
    return [node] if isinstance(node, str) else []


@pytest.mark.parametrize(("key", "subject"), EVERY_PANEL)
def test_the_name_of_a_participant_is_never_read_as_markup(key: str, subject: str) -> None:
    from tests.endpoints.builders import build_data, course

    data = build_data(course(HOSTILE, {0: 100.0, 14: 250.0, 84: 260.0, 420: 310.0}))
    scene = open_scene(data)
    figure = draw(key, HOSTILE if key == "participant" else subject, scene)
    assert [text for text in texts({**figure, "layout": {**figure["layout"], "uirevision": ""}}) if "<img" in text] == []


@pytest.mark.parametrize(("key", "subject"), EVERY_PANEL)
def test_a_hatch_laid_over_bars_has_one_ground_colour_because_plotly_reads_no_list_there(key: str, subject: str) -> None:
    """plotly.js, `coercePattern`: the contrast to the ground is taken whether or not the lines have a colour of their own."""
    figure = draw(key, "a" if key == "participant" else subject, open_recorded())
    hatched = [trace["marker"] for trace in figure["data"] if "pattern" in trace.get("marker", {})]
    laid_over = [marker for marker in hatched if marker["pattern"].get("fillmode") == "overlay"]
    assert [marker for marker in laid_over if not isinstance(marker["pattern"].get("bgcolor", marker["color"]), str)] == []
    assert all(isinstance(marker["pattern"]["fgcolor"], str) for marker in hatched)
    # The participant "a" has an event of which one date is known in part.
    assert laid_over or key != "participant"
