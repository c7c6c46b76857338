"""Where things are drawn, by arithmetic shown here and by constants of plotly.js."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dashboard.figures.style import base_layout, pack
from dashboard.printing.axes import Area, Axis, choose_step, list_ticks, write_tick
from dashboard.printing.extremes import Extremes, find_range
from dashboard.printing.legend import Legend
from dashboard.printing.pages import choose_height
from dashboard.printing.paint import draw_dash, draw_path
from dashboard.printing.scatter import place_points
from dashboard.printing.stage import open_stage
from dashboard.printing.svg import draw_svg, fit_stage
from dashboard.printing.symbols import draw_symbol
from tests.printing.documents import plain_figure, read_elements, read_texts


def axis(name: str, low: float, high: float, start: float, length: float, kind: str = "linear", **settings: object) -> Axis:
    return Axis(name, settings, kind, low, high, start, length)


def test_a_value_lies_at_its_share_of_the_axis_from_the_left_and_from_the_bottom() -> None:
    # 25 of 0 to 100 is a quarter: 60 + 0.25 · 400 = 160 from the left, 20 + 0.75 · 200 = 170 from the top.
    assert axis("x", 0, 100, 60, 400).place([25]).tolist() == [160]
    assert axis("y", 0, 100, 20, 200).place([25]).tolist() == [170]


def test_a_log_axis_places_powers_of_ten_at_equal_distances_and_zero_nowhere() -> None:
    places = axis("x", 1, 3, 0, 200, "log").place([10, 100, 1000, 0, -5])
    assert places[:3].tolist() == [0, 100, 200]
    assert np.isnan(places[3:]).all()


def test_a_reversed_axis_runs_from_top_to_bottom() -> None:
    assert axis("y", 3.6, -0.4, 0, 400).place([0, 3]).tolist() == pytest.approx([40, 340])


def test_packed_numbers_lie_where_listed_ones_lie() -> None:
    x = axis("x", 0, 10, 0, 100)
    assert x.place(pack(np.array([1.5, np.nan, 4]))).tolist()[::2] == x.place([1.5, None, 4]).tolist()[::2] == [15, 40]


def test_domains_divide_the_area() -> None:
    figure = plain_figure(xaxis="x2", yaxis="y2")
    figure["layout"] |= {"xaxis2": {"domain": [0.5, 1], "range": [0, 10]}, "yaxis2": {"domain": [0, 0.25], "range": [0, 10]}}
    stage = open_stage(figure, Area(100, 50, 400, 200), "f")
    # The right half: 100 + 0.5 · 400 = 300, its middle 400. The lowest quarter: 50 + 0.75 · 200 = 200, its middle 225.
    points = place_points(figure["data"][0], stage.axes["x2"], stage.axes["y2"])
    assert (points.x.tolist(), points.y.tolist()) == ([400], [225])


def test_a_range_leaves_room_for_markers_and_a_twentieth_of_the_axis() -> None:
    # 0 to 10 on 200 pixels, 5 pixels for the marker and 10 (5 %) at either end: 170 pixels for 10, so 15 pixels are 15/17.
    extremes = Extremes()
    extremes.add(np.array([0.0, 4.0, 10.0]), below=5, above=5, extra=True)
    assert find_range(extremes, 200, to_zero=False) == pytest.approx((-15 / 17, 10 + 15 / 17))


def test_a_range_to_zero_starts_at_zero_and_pads_the_other_end_alone() -> None:
    # 15 of 200 pixels above: 185 pixels for 10, so the end is 10 · 200 / 185.
    extremes = Extremes()
    extremes.add(np.array([4.0, 10.0]), below=5, above=5, extra=True)
    assert find_range(extremes, 200, to_zero=True) == pytest.approx((0, 10 * 200 / 185))


def test_the_more_padded_of_two_levels_may_decide_the_range() -> None:
    # 9 with 40 pixels of padding needs 9 · 200/160 = 11.25; 10 without padding needs 10.
    extremes = Extremes()
    extremes.add(np.array([0.0, 10.0]))
    extremes.add(np.array([9.0]), above=40)
    assert find_range(extremes, 200, to_zero=True) == pytest.approx((0, 11.25))


@pytest.mark.parametrize(("level", "to_zero", "expected"), [(5.0, False, (4, 6)), (0.0, True, (0, 1)), (8.0, True, (0, 8))])
def test_a_single_level_gets_a_range_around_it_or_from_zero(level: float, to_zero: bool, expected: tuple[float, float]) -> None:
    extremes = Extremes()
    extremes.add(np.array([level]))
    assert find_range(extremes, 200, to_zero=to_zero) == expected


def test_an_axis_without_data_gets_the_range_of_plotly() -> None:
    assert find_range(Extremes(), 200, to_zero=False) == (-1, 6)


@pytest.mark.parametrize(
    ("low", "high", "length", "n", "step"),
    # 600 pixels across: 600/80 + 1 = 8.5 ticks. 100/8.5 = 11.8: 20; 35/8.5 = 4.1: 5; 8.5/8.5 = 1: 1; 70/8.5 = 8.2: 10.
    [(0, 100, 600, 0, 20), (0, 35, 600, 0, 5), (0, 8.5, 600, 0, 1), (0, 70, 600, 0, 10), (0, 3.9, 80, 4, 1), (0, 4.1, 80, 4, 2)],
)
def test_steps_of_ticks_are_1_2_or_5_times_a_power_of_ten(low: float, high: float, length: float, n: int, step: float) -> None:
    settings = {"nticks": n} if n else {}
    assert choose_step(axis("x", low, high, 0, length, **settings)) == pytest.approx(step)


def test_ticks_lie_within_the_range_and_have_all_their_digits() -> None:
    ticks = list_ticks(axis("x", -600, 1700, 0, 300, dtick=500))
    assert [tick.level for tick in ticks] == [-500, 0, 500, 1000, 1500]
    assert [tick.lines[0][0].text for tick in ticks] == ["−500", "0", "500", "1,000", "1,500"]
    assert write_tick(0.1 + 0.2) == "0.3"


def test_a_path_breaks_at_gaps_and_a_shape_is_closed_in_each_part() -> None:
    x, y = np.array([0, 1, np.nan, 2, 3]), np.array([0, 1, 5, 2, 3.456])
    assert draw_path(x, y) == "M0,0L1,1M2,2L3,3.46"
    assert draw_path(x, y, closed=True) == "M0,0L1,1ZM2,2L3,3.46Z"


def test_steps_go_across_before_they_go_up() -> None:
    figure = plain_figure(mode="lines", x=[0, 5, 10], y=[0, 10, 5], line={"shape": "hv", "color": "#000000", "width": 1})
    svg = draw_svg(figure, 680, 370)
    # Margins of 60 + 20 and 30 + 40 leave 600 × 300.
    assert "M60,330L360,330L360,30L660,30L660,180" in svg


def test_dashes_are_multiples_of_the_width_which_counts_as_three_at_least() -> None:
    # plotly.js, `drawing.dashStyle`: dlw = max(lw, 3); dash 3, 3; dot 1, 1; longdashdot 5, 2, 1, 2.
    assert [draw_dash("dash", 2), draw_dash("dot", 4), draw_dash("longdashdot", 1), draw_dash("solid", 2)] == ["9,9", "4,4", "15,6,3,6", ""]


def test_symbols_have_the_outlines_of_plotly() -> None:
    # plotly.js, `symbol_defs`, for size 10: a square of ±5, a diamond of ±6.5, an upright line of ±7.
    assert draw_symbol("square", 10) == "M5,5L-5,5L-5,-5L5,-5Z"
    assert draw_symbol("diamond-open", 10) == "M6.5,0L0,6.5L-6.5,0L0,-6.5Z"
    assert draw_symbol("line-ns", 10) == "M0,7L0,-7"


def test_markers_outside_the_range_are_not_drawn() -> None:
    svg = draw_svg(plain_figure(x=[5, 11, 5], y=[5, 5, -1], marker={"color": "#000000"}), 680, 370)
    assert [path["transform"] for path in read_elements(svg, "path") if "transform" in path] == ["translate(360 180)"]


def test_words_with_a_shadow_are_printed_with_an_edge_of_paper_and_lines_between_lie_under_them() -> None:
    figure = plain_figure(mode="text", text=["5 items"], x=[5], y=[5], textfont={"size": 10, "color": "#000000", "shadow": "0 0 2px #fff"})
    line = {"type": "line", "layer": "between", "x0": 5, "x1": 5, "y0": 0, "y1": 10, "line": {"color": "#123456", "width": 1}}
    figure["layout"] = {**figure["layout"], "shapes": [line]}
    svg = draw_svg(figure, 680, 370)
    (words,) = [found for found in read_elements(svg, "text") if "paint-order" in found]
    assert (words["paint-order"], words["stroke"], words["fill"]) == ("stroke", "#ffffff", "#000000")
    assert svg.index("#123456") < svg.index("5 items")


def test_error_bars_reach_from_the_value_to_both_limits_with_caps() -> None:
    bars = {"array": [2], "arrayminus": [1], "color": "#000000", "width": 3, "thickness": 1}
    # 5 − 1 and 5 + 2 of 0 to 10 on 600 pixels from 60: 300 and 480; at height 180, caps of ±3.
    assert "M300,180H480M300,177V183M480,177V183" in draw_svg(plain_figure(error_x=bars, marker={"color": "#000000"}), 680, 370)


def bar_figure(mode: str, *traces: dict[str, object]) -> dict[str, object]:
    layout = base_layout(synthetic=False, key="bars") | {"barmode": mode, "bargap": 0.2}
    layout["margin"] = {"l": 60, "r": 20, "t": 30, "b": 40}
    layout["xaxis"], layout["yaxis"] = {"range": [-0.5, 1.5]}, {"range": [0, 10]}
    return {"data": [{"type": "bar", "marker": {"color": "#123456"}, "x": [0, 1], **trace} for trace in traces], "layout": layout}


def boxes(figure: dict[str, object]) -> list[list[float]]:
    svg = draw_svg(figure, 680, 370)
    return [
        [float(rect[key]) for key in ("x", "y", "width", "height")] for rect in read_elements(svg, "rect") if rect.get("fill") == "#123456"
    ]


def test_bars_beside_each_other_share_the_room_of_their_place() -> None:
    # A place is 300 pixels wide; 80 % are 240, shared by two: 0 ± 0.4 is 90 to 330, so 90 to 210 and 210 to 330. 10 units are 300 pixels.
    drawn = boxes(bar_figure("group", {"y": [2, 4]}, {"y": [6, 8]}))
    assert drawn[0] == [90, 270, 120, 60]
    assert drawn[2] == [210, 150, 120, 180]


def test_stacked_bars_stand_on_each_other() -> None:
    drawn = boxes(bar_figure("stack", {"y": [2, 4]}, {"y": [6, 1]}))
    # The second stands from 2 to 8: top 30 + 0.2 · 300 = 90, 180 high.
    assert drawn[2] == [90, 90, 240, 180]


def test_bars_with_a_base_lie_from_it_to_its_sum_with_the_length() -> None:
    layout_figure = bar_figure("overlay", {"orientation": "h", "x": [1.0], "y": [5], "base": [0.25], "width": 2})
    # −0.5 to 1.5 on 600 pixels: 0.25 at 285, 1.25 at 585. 4 to 6 of 10: from 150 to 210.
    assert boxes(layout_figure) == [[285, 150, 300, 60]]


def test_a_heatmap_has_its_cells_around_whole_numbers_and_colours_between_the_stops() -> None:
    layout = bar_figure("group")["layout"]
    cells = {"type": "heatmap", "z": [[0, 5]], "zmin": 0, "zmax": 10, "colorscale": [[0, "#000000"], [1, "#ff0000"]]}
    layout["yaxis"] = {"range": [-0.5, 0.5]}
    svg = draw_svg({"data": [cells], "layout": layout}, 680, 370)
    rects = [(rect["x"], rect["width"], rect["fill"]) for rect in read_elements(svg, "rect") if rect.get("fill") in ("#000000", "#800000")]
    assert rects == [("60", "300", "#000000"), ("360", "300", "#800000")]


def test_labels_below_an_axis_that_would_run_into_each_other_are_turned() -> None:
    figure = plain_figure()
    figure["layout"]["xaxis"] |= {"tickvals": list(range(10)), "ticktext": [f"a long label {n}" for n in range(10)]}
    svg = draw_svg(figure, 680, 370)
    assert len(re.findall(r"rotate\(-90 ", svg)) == 10
    assert [text for text in read_texts(svg) if text.startswith("a long")] == [f"a long label {n}" for n in range(10)]


def test_a_very_long_label_of_a_row_is_cut_and_leaves_the_data_their_room() -> None:
    figure = plain_figure()
    figure["layout"]["yaxis"] |= {"tickvals": [5], "ticktext": ["W" * 500]}
    stage = fit_stage(figure, 720, 400, "f", Legend((), 10))
    assert stage.area.width > 0.6 * 720
    [label] = [text for text in read_texts(draw_svg(figure, 720, 400)) if text.startswith("W")]
    assert label.endswith("…")


def test_the_legend_stands_above_the_notes_above_the_plot() -> None:
    figure = plain_figure(name="first")
    figure["layout"] |= {"showlegend": True}
    figure["layout"]["annotations"] = [
        {"text": "above", "showarrow": False, "xref": "paper", "x": 0, "yref": "paper", "y": 1, "yanchor": "bottom"}
    ]
    svg = draw_svg(figure, 680, 370)
    heights = [float(attributes["y"]) for attributes in read_elements(svg, "text")]
    texts = dict(zip(read_texts(svg), heights, strict=True))
    # Baselines are a line of 11 pixels or more apart.
    assert texts["first"] + 11 < texts["above"] < 370 / 2


def test_a_figure_that_holds_a_sentence_takes_little_room_and_one_with_rows_a_line_for_each() -> None:
    empty = {"data": [], "layout": plain_figure()["layout"]}
    rows = plain_figure()
    rows["layout"]["yaxis"] = {"tickvals": list(range(40)), "ticktext": ["a<br>b"] * 40, "range": [39.6, -0.6], "tickfont": {"size": 10}}
    assert choose_height(empty) < 200 < choose_height(plain_figure()) < 400
    # 40.2 rows of two lines of 13 pixels and a gap of 6, margins of 70 and 40 for what stands around the plot.
    assert choose_height(rows) == pytest.approx(40.2 * 32 + 70 + 40)
