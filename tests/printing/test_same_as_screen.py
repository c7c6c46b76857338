"""The printed figures put data where plotly.js puts them, measured in a browser; and no two texts of a figure lie on each other."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from dashboard.figures.style import Figure
from dashboard.printing.axes import list_ticks
from dashboard.printing.legend import arrange_legend
from dashboard.printing.pages import LEAST, WIDTH, choose_height
from dashboard.printing.stage import Stage
from dashboard.printing.svg import draw_svg, fit_stage
from tests.figures.drawings import draw_chosen
from tests.panels.scenes import EVERY_PANEL
from tests.printing.documents import read_elements
from tests.source import ROOT

pytestmark = pytest.mark.slow
VENDOR = ROOT / "assets" / "vendor"
FEW = [case for case in EVERY_PANEL if case[1] in ("cd4", "-", "full")]
CASES = [(key, subject, choices) for key, subject in FEW for choices in ("default", "fold")]
# Of every axis: range, first pixel, length and levels of ticks; of every marker and bar: its place in the figure.
DRAWN = """([figure, layout]) => Plotly.newPlot('plot', figure.data, layout, {displayModeBar: false}).then(() => {
  const plot = document.getElementById('plot'), full = plot._fullLayout, axes = {};
  for (const key in full) if (/^[xy]axis[0-9]*$/.test(key)) {
    const axis = full[key];
    axes[key.replace('axis', '')] = {range: axis.range.map(Number), start: axis._offset, length: axis._length,
      ticks: axis.visible ? (axis._vals || []).map(tick => tick.x) : null};
  }
  const origin = plot.getBoundingClientRect();
  const middle = node => { const box = node.getBoundingClientRect();
    return [box.left + box.width / 2 - origin.left, box.top + box.height / 2 - origin.top]; };
  const bars = [...plot.querySelectorAll('.barlayer .point path')].map(node => {
    const box = node.getBoundingClientRect();
    return [box.left - origin.left, box.top - origin.top, box.right - origin.left, box.bottom - origin.top]; });
  return {axes, markers: [...plot.querySelectorAll('.scatterlayer .points path.point')].map(middle), bars};
})"""


@pytest.fixture(scope="module")
def screen(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 900, "height": 1600})
    font = b64encode((VENDOR / "inter-subset.woff2").read_bytes()).decode("ascii")
    face = f"@font-face {{font-family: Inter; src: url(data:font/woff2;base64,{font}); font-weight: 400 700}}"
    page.set_content(
        f"<style>{face} body {{margin: 0; font-family: Inter}}</style><p>a <b>b</b></p><div id=plot></div><div id=paper></div>"
    )
    page.add_script_tag(path=VENDOR / "plotly-cartesian.min.js")
    yield page
    page.close()


def height_of(figure: Figure) -> float:
    """The printed height; a figure that holds a sentence instead of data is printed lower than a screen shows it."""
    return max(choose_height(figure), LEAST)


def fitted(figure: Figure) -> Stage:
    legend = arrange_legend(figure, WIDTH - 6 - figure["layout"]["margin"]["l"])
    return fit_stage(figure, WIDTH, height_of(figure), "f", legend)


def on_screen(screen: Page, figure: Figure, stage: Stage) -> dict[str, Any]:
    """What plotly draws of the figure with the margins of paper."""
    area, height = stage.area, height_of(figure)
    ends = {"r": WIDTH - area.left - area.width, "b": height - area.top - area.height}
    margin = {"l": area.left, "t": area.top, **ends, "autoexpand": False, "pad": 0}
    layout = {**figure["layout"], "width": WIDTH, "height": height, "margin": margin}
    return dict(screen.evaluate(DRAWN, [figure, layout]))


@pytest.mark.parametrize(("key", "subject", "choices"), CASES)
def test_axes_run_over_the_range_of_the_screen_within_a_pixel_and_have_its_ticks(
    screen: Page, key: str, subject: str, choices: str
) -> None:
    figure = draw_chosen(key, subject, "drawn", choices)
    stage = fitted(figure)
    for name, drawn in on_screen(screen, figure, stage)["axes"].items():
        axis = stage.axes[name]
        ends = np.abs(axis.place_levels(drawn["range"]) - axis.place_levels([axis.low, axis.high]))
        assert ends.max() < 1, (name, drawn["range"], axis.low, axis.high)
        assert abs(axis.start - drawn["start"]) < 1
        assert abs(axis.length - drawn["length"]) < 1
        if drawn["ticks"] is not None:
            assert sorted(tick.level for tick in list_ticks(axis)) == pytest.approx(sorted(drawn["ticks"]))


def moved(path: dict[str, str]) -> list[float]:
    return [float(number) for number in re.findall(r"[-0-9.]+", path["transform"])]


def far_from(places: list[list[float]], others: list[list[float]]) -> list[list[float]]:
    """The places that are a pixel or more from each of the others."""
    if not places:
        return []
    distance = np.abs(np.array(places)[:, None, :] - np.array(others)[None, :, :]).max(axis=2)
    return [place for place, near in zip(places, distance.min(axis=1).tolist(), strict=True) if near >= 1]


def even(figure: Figure) -> Figure:
    """The figure with circles for all markers, and without a legend, whose samples are markers, too."""
    data = [
        {**trace, "marker": {**trace["marker"], "symbol": "circle"}} if "marker" in trace and trace["type"] == "scatter" else trace
        for trace in figure["data"]
    ]
    return {"data": data, "layout": {**figure["layout"], "showlegend": False, "meta": {}}}


@pytest.mark.parametrize(("key", "subject", "choices"), CASES)
def test_markers_and_bars_lie_where_the_screen_has_them_within_a_pixel(screen: Page, key: str, subject: str, choices: str) -> None:
    figure = even(draw_chosen(key, subject, "drawn", choices))
    drawn = on_screen(screen, figure, fitted(figure))
    svg = draw_svg(figure, WIDTH, height_of(figure))
    markers = [moved(path) for path in read_elements(svg, "path") if "transform" in path]
    assert far_from(markers, drawn["markers"]) == []
    bars = [edges(rect) for rect in read_elements(svg, "rect") if "opacity" in rect]
    assert len(bars) == sum(right > left and bottom > top for left, top, right, bottom in drawn["bars"])
    # The screen widens what is narrower than a pixel, so that it can be seen.
    assert far_from([bar for bar in bars if bar[2] - bar[0] >= 1], drawn["bars"]) == []


def edges(rect: dict[str, str]) -> list[float]:
    left, top, width, height = (float(rect[side]) for side in ("x", "y", "width", "height"))
    return [left, top, left + width, top + height]


OVERLAPS = """() => {
  const texts = [...document.querySelectorAll('#paper text')].filter(text => text.textContent.trim() && text.textContent !== 'SYNTHETIC');
  const boxes = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
  const found = [];
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const [a, b] = [boxes[i][1], boxes[j][1]];
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left), down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (across > 2 && down > 3) found.push([boxes[i][0], boxes[j][0], across, down]);
  }
  const figure = document.querySelector('#paper svg').getBoundingClientRect();
  const cut = boxes.filter(([, box]) => box.left < figure.left - 1 || box.right > figure.right + 1 || box.top < figure.top - 1
    || box.bottom > figure.bottom + 1).map(([text]) => text);
  return {found, cut};
}"""


@pytest.mark.parametrize(("key", "subject"), FEW)
def test_no_text_of_a_printed_figure_lies_on_another_or_is_cut_off(screen: Page, key: str, subject: str) -> None:
    figure = draw_chosen(key, subject, "drawn", "default")
    svg = draw_svg(figure, WIDTH, choose_height(figure))
    screen.evaluate("svg => { document.getElementById('paper').innerHTML = svg; }", svg)
    assert screen.evaluate(OVERLAPS) == {"found": [], "cut": []}
