"""The calendar as it is drawn: each cell of the table once, with its colour and its sign."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from dashboard.endpoints.quality.calendar import STATE_KEYS
from dashboard.figures.calendar import STATE_LOOKS
from dashboard.figures.style import unpack
from dashboard.tables import TABLES
from tests.figures.drawings import draw
from tests.panels.flagged import odd_visits
from tests.panels.scenes import odd_data, open_scene


def test_each_cell_is_drawn_in_the_state_of_the_table() -> None:
    scene = open_scene(odd_data())
    figure = draw("calendar", "-", scene)
    grid = figure["data"][0]
    names = [text.split(">")[1].split("<")[0] for text in figure["layout"]["yaxis"]["ticktext"]]
    table = TABLES["visit-calendar"].make(scene).set_index(["participant", "visit"])["state"]
    drawn = unpack(grid["z"])
    for name, numbers, signs in zip(names, drawn, grid["text"], strict=True):
        if name:
            states = table.loc[name].tolist()
            assert [list(STATE_LOOKS)[int(number)] for number in numbers] == states
            assert signs == [STATE_LOOKS[state][0] for state in states]
    assert int(np.isfinite(drawn).sum()) == len(table)


def test_every_state_has_a_sign_of_its_own_and_a_colour_that_differs_in_greyscale() -> None:
    assert set(STATE_LOOKS) == set(STATE_KEYS)
    signs = [sign for sign, _ in STATE_LOOKS.values()]
    assert len(set(signs)) == len(signs)
    assert {len(sign) for sign in signs} == {1}
    lightness = [_lightness(colour) for _, colour in STATE_LOOKS.values()]
    assert min(abs(one - other) for one, other in combinations(lightness, 2)) >= 5


def _lightness(colour: str) -> float:
    """CIE L* of a colour: 116 · Y^(1/3) − 16 of its relative luminance (WCAG's, from linear sRGB)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 116 * (0.2126 * red + 0.7152 * green + 0.0722 * blue) ** (1 / 3) - 16


def test_the_colours_of_the_scale_meet_without_a_transition() -> None:
    scale = draw("calendar", "-", open_scene(odd_visits()))["data"][0]["colorscale"]
    colours = [colour for _, colour in scale]
    assert colours[::2] == colours[1::2] == [colour for _, colour in STATE_LOOKS.values()]
    ends = [end for end, _ in scale]
    assert ends[1:-1:2] == ends[2:-1:2]
    assert (ends[0], ends[-1]) == (0, 1)


def test_records_of_no_planned_visit_stand_between_the_visits() -> None:
    # Day 470 of participant a comes after week 60, the last of 16 visits (places 0 to 15); a stands in the row under its heading.
    marks = draw("calendar", "-", open_scene(odd_visits()))["data"][1]
    assert (unpack(marks["x"]).tolist(), unpack(marks["y"]).tolist()) == ([15.5], [1.0])
    assert marks["hovertext"] == ["a: 1 record of no planned visit, after Week 60 (end of study)"]


def test_a_calendar_of_nobody_draws_no_cell() -> None:
    assert draw("calendar", "-", open_scene(odd_data(), cohort=("720",)))["data"] == []
