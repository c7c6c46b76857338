"""What cannot be printed is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.figures.style import Figure
from dashboard.printing.document import Table
from dashboard.printing.svg import draw_svg
from tests.printing.documents import plain_figure

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "trace type": ({"type": "violin"}, "trace of type 'violin' cannot be printed; types are scatter, bar, heatmap, box"),
    "trace setting": ({"stackgroup": "one"}, "scatter trace with stackgroup cannot be printed"),
    "mode": ({"mode": "dots"}, "scatter mode 'dots' cannot be printed"),
    "fill": ({"fill": "tozeroy"}, "fill 'tozeroy' cannot be printed"),
    "line shape": ({"mode": "lines", "line": {"shape": "spline"}}, "line shape 'spline' cannot be printed"),
    "line style": ({"mode": "lines", "line": {"dash": "5px"}}, "line style '5px' is none that can be printed"),
    "marker": ({"marker": {"symbol": "hexagon"}}, "marker 'hexagon' is none that can be printed"),
    "colour": ({"marker": {"color": 'red" onload="alert(1)'}}, "is none that can be printed; colours are #rrggbb"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_trace_with_something_unknown_is_refused_by_its_name(what: str) -> None:
    trace, message = REFUSED[what]
    with pytest.raises(ValueError, match=r"cannot be printed|none that can be printed") as refused:
        draw_svg(plain_figure(**trace), 680, 370)
    assert message in str(refused.value)


def with_layout(**layout: Any) -> Figure:
    figure = plain_figure()
    return {"data": figure["data"], "layout": {**figure["layout"], **layout}}


ARROW = {"text": "look", "x": 1, "y": 1, "showarrow": True}
LAYOUTS: dict[str, tuple[Figure, str]] = {
    "axis type": (with_layout(xaxis={"type": "date"}), "axis of type 'date' cannot be printed"),
    "axis setting": (with_layout(xaxis={"rangebreaks": []}), "xaxis with rangebreaks cannot be printed"),
    "layout": (with_layout(polar={}), "layout with polar cannot be printed"),
    "shape": (with_layout(shapes=[{"type": "circle", "x0": 0, "x1": 1, "y0": 0, "y1": 1}]), "shape 'circle' cannot be printed"),
    "arrow": (with_layout(annotations=[ARROW]), "annotation 'look' has an arrow"),
    "margins": (with_layout(margin={"l": 400, "r": 260, "t": 0, "b": 0}), "leaves no room for data"),
}


@pytest.mark.parametrize("what", LAYOUTS)
def test_a_layout_with_something_unknown_is_refused_by_its_name(what: str) -> None:
    figure, message = LAYOUTS[what]
    with pytest.raises(ValueError, match=r"print|room") as refused:
        draw_svg(figure, 680, 370)
    assert message in str(refused.value)


def test_a_row_that_does_not_fit_its_header_is_refused_with_its_number() -> None:
    with pytest.raises(ValueError, match=r"table 'Counts', row 2: 1 cells under 2 names of columns"):
        Table("Counts", ("a", "b"), (("1", "2"), ("3",)))
