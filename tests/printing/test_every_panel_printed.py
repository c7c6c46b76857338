"""What holds for the printed figure of every panel."""

from __future__ import annotations

import re

import pytest

from dashboard.printing.pages import WIDTH, choose_height, split_rows
from dashboard.printing.svg import draw_svg
from dashboard.printing.words import read_markup
from tests.endpoints.builders import build_trial
from tests.figures.drawings import DATA, draw, draw_chosen
from tests.panels.scenes import EVERY_PANEL, drawn_trial, open_scene
from tests.printing.documents import read_elements, read_texts

FEW = [case for case in EVERY_PANEL if case[1] in ("cd4", "-", "full")]
# The views that change most of what is drawn.
CASES = [(*case, data, choices) for case in FEW for data in DATA for choices in ("default", "fold", "visits", "four thresholds")]


@pytest.mark.parametrize(("key", "subject", "data", "choices"), CASES)
def test_a_printed_figure_is_well_formed_has_no_gap_in_its_numbers_and_is_the_same_twice(
    key: str, subject: str, data: str, choices: str
) -> None:
    figure = draw_chosen(key, subject, data, choices)
    svg = draw_svg(figure, WIDTH, choose_height(figure), name="f1")
    assert read_texts(svg).count("SYNTHETIC") == 1
    assert not re.search(r'[ ",](nan|inf|None)\b', re.sub(r">[^<]*<", "><", svg))
    assert svg == draw_svg(figure, WIDTH, choose_height(figure), name="f1")
    assert all(found["id"].startswith("f1-") for found in read_elements(svg, "clipPath"))


@pytest.mark.parametrize(("key", "subject"), FEW)
def test_titles_of_axes_with_their_units_and_names_in_the_legend_are_printed(key: str, subject: str) -> None:
    figure = draw(key, "p00000" if key == "participant" else subject, open_scene(drawn_trial()))
    texts = " ".join(read_texts(draw_svg(figure, WIDTH, choose_height(figure))))
    axes = [settings for key, settings in figure["layout"].items() if key.startswith(("xaxis", "yaxis")) and settings.get("visible", True)]
    titles = [
        settings["title"] if isinstance(settings["title"], str) else settings["title"]["text"] for settings in axes if "title" in settings
    ]
    named = [trace["name"] for trace in figure["data"] if trace.get("showlegend", True)] if figure["layout"]["showlegend"] else []
    assert [text for title in [*titles, *named] if title for text in plain(title) if text not in texts] == []


def plain(text: str) -> list[str]:
    return ["".join(run.text for run in line) for line in read_markup(text)]


@pytest.mark.parametrize(("key", "subject"), [case for case in FEW if case[0] in ("ribbon", "exposure", "calendar")])
def test_a_figure_with_a_row_for_each_of_many_participants_is_printed_in_parts_that_hold_every_row_once(key: str, subject: str) -> None:
    figure = draw(key, subject, open_scene(build_trial(120)))
    parts = split_rows(figure)
    assert len(parts) > 1
    rows = [text for text in figure["layout"]["yaxis"]["ticktext"] if text]
    printed = [text for part, _ in parts for text in read_texts(draw_svg(part, WIDTH, choose_height(part)))]
    assert [row for row in rows if printed.count("".join(plain(row))) != 1] == []
    assert parts[0][1].startswith("rows 1 to ")
    assert parts[-1][1].endswith(f"to {len(rows)} of {len(rows)}")
