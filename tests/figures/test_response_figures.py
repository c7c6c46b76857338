"""How the figures of the response page are drawn, on screen and on paper, for many and for odd participants."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import pytest

from dashboard.figures.responses import response_colours, wrap_label
from dashboard.figures.style import Figure, unpack
from dashboard.panels import PANELS
from dashboard.printing.check import check_figure
from dashboard.printing.pages import WIDTH, choose_height, split_rows
from dashboard.printing.svg import draw_svg
from dashboard.scene import Scene
from tests.figures.test_every_figure import HOSTILE, texts
from tests.panels.pooled import Person, build_simpson, open_pooled
from tests.panels.test_response_panels import KEYS, PEOPLE
from tests.printing.documents import read_texts
from tests.source import ROOT

MANY = [Person(f"p{number:03d}", number % 5, ("t-all", "t-lbl")[number % 2], ("CR", "CRi", "SD")[number % 3]) for number in range(334)]
SCENES = {
    "few": PEOPLE,
    "simpson": build_simpson(),
    "many": MANY,
    "nobody responds": [Person("a", 0, best="PD"), Person("b", 1, best="PD")],
}


def draw(key: str, scene: Scene) -> Figure:
    return PANELS[key].draw(PANELS[key].summarise(scene, "-"))


@pytest.mark.parametrize("people", SCENES)
@pytest.mark.parametrize("key", KEYS)
def test_a_figure_of_responses_is_plain_small_accepted_by_plotly_and_printed(key: str, people: str) -> None:
    figure = draw(key, open_pooled(SCENES[people], compare="dose.5e5"))
    assert len(figure["data"]) <= 40
    json.dumps(figure, allow_nan=False)
    assert len(go.Figure(figure).data) == len(figure["data"])
    check_figure(figure)
    printed = draw_svg(figure, WIDTH, choose_height(figure), name="f1")
    assert read_texts(printed).count("SYNTHETIC") == 1


@pytest.mark.parametrize("key", KEYS)
def test_a_name_in_the_figures_of_responses_is_never_read_as_markup(key: str) -> None:
    scene = open_pooled([Person(HOSTILE, best="CR", sizes=((28, -50.0),), milestones=(("RELAPSE", 40),)), *PEOPLE])
    figure = draw(key, scene)
    assert [text for text in texts({**figure, "layout": {**figure["layout"], "uirevision": ""}}) if "<img" in text] == []


def test_the_courses_of_many_are_printed_in_parts_that_name_everybody_once() -> None:
    figure = draw("response-courses", open_pooled(MANY))
    parts = split_rows(figure)
    assert len(parts) > 1
    printed = [text for part, _ in parts for text in read_texts(draw_svg(part, WIDTH, choose_height(part)))]
    assert [person.name for person in MANY if printed.count(person.name) != 1] == []


def test_rows_of_a_forest_are_the_same_in_both_facets_and_the_second_stands_below() -> None:
    layout = draw("response-forest", open_pooled(PEOPLE))["layout"]
    assert layout["yaxis"]["ticktext"] == layout["yaxis2"]["ticktext"]
    assert layout["yaxis"]["domain"][0] > layout["yaxis2"]["domain"][1]
    assert layout["xaxis"]["range"] == layout["xaxis2"]["range"]


def test_a_larger_trial_has_a_larger_square() -> None:
    people = [Person(f"{trial}-{number}", trial, best="CR" if number else "SD") for trial, n in ((0, 40), (1, 10)) for number in range(n)]
    traces = draw("response-forest", open_pooled(people))["data"]
    squares = next(trace for trace in traces if trace.get("marker", {}).get("symbol") == "square")
    # The square root of the share of the weight: 0.8 and 0.2.
    assert squares["marker"]["size"] == pytest.approx([6 + 10 * 0.8**0.5, 6 + 10 * 0.2**0.5])


def test_the_browser_listens_for_clicks_on_every_figure_whose_signs_open_participants() -> None:
    listened = (ROOT / "assets" / "actions.js").read_text(encoding="utf-8").partition("OPENS_PARTICIPANTS =")[2].partition(";")[0]
    scene = open_pooled(PEOPLE)
    opening = [key for key in KEYS if any(trace.get("meta") == "participants" for trace in draw(key, scene)["data"])]
    assert opening == ["response-sizes", "response-courses"]
    assert [key for key in opening if f'"{key}"' not in listened] == []


def test_bars_of_best_responses_are_whole() -> None:
    figure = draw("response-best", open_pooled(PEOPLE))
    shares = sum(unpack(trace["x"]) for trace in figure["data"])
    rows = PANELS["response-best"].summarise(open_pooled(PEOPLE), "-").rows
    people = [sum(row.n) for row in rows if not row.is_heading]
    assert shares.tolist() == pytest.approx([100.0 if n else 0.0 for n in people], abs=1e-4)


def test_each_response_has_a_colour_of_its_own_and_the_worst_is_not_on_the_scale_of_the_best() -> None:
    assert len(set(response_colours(5))) == 5
    assert response_colours(1) == response_colours(5)[:1]
    assert response_colours(3)[-1] == response_colours(5)[-1]


def test_long_names_of_rows_stand_in_lines() -> None:
    assert wrap_label("no marrow involvement, or not reported", is_heading=False) == "no marrow involvement, or<br>not reported"
    assert wrap_label("Days < 180", is_heading=True) == "<b>Days &lt; 180</b>"
