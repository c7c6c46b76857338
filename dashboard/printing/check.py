"""What of a figure can be printed. Anything else is refused by name, so that nothing is left out in silence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboard.figures.style import Figure

# What a reader does with a figure on a screen, and room for labels that a narrow screen turns: paper is wide enough.
SCREEN: tuple[str, ...] = ("hover", "custom", "spike", "showspikes", "captureevents", "fixedrange")
SCREEN += ("automargin", "uirevision", "dragmode", "meta", "legendgroup")
_COMMON = {"type", "name", "x", "y", "xaxis", "yaxis", "showlegend", "opacity", "cliponaxis"}
_COMMON |= {"text", "textfont", "textposition", "textangle"}
_CELLS = {"z", "x0", "dx", "y0", "dy", "xgap", "ygap", "colorscale", "zmin", "zmax", "showscale", "texttemplate"}
TRACES: dict[str, set[str]] = {
    "scatter": _COMMON | {"mode", "line", "marker", "fill", "fillcolor", "error_x", "error_y", "connectgaps"},
    "bar": _COMMON | {"base", "width", "orientation", "marker", "insidetextanchor"},
    "heatmap": (_COMMON - {"x", "y"}) | _CELLS,
    "box": _COMMON | {"lowerfence", "q1", "median", "q3", "upperfence", "width", "line", "fillcolor"},
}
_LAYOUT = {"annotations", "shapes", "bargap", "barmode", "font", "legend", "margin", "paper_bgcolor", "plot_bgcolor", "showlegend"}
_AXIS = {"anchor", "domain", "dtick", "tick0", "nticks", "range", "rangemode", "side", "title", "type", "visible", "zeroline"}
_AXIS |= {"showgrid", "gridcolor", "linecolor", "showline", "showticklabels", "tickangle", "tickcolor", "tickfont", "tickformat"}
_AXIS |= {"ticklen", "ticks", "ticktext", "tickvals"}
_SHAPE = {"type", "layer", "line", "fillcolor", "xref", "yref", "x0", "x1", "y0", "y1"}
_NOTE = {"text", "showarrow", "font", "bgcolor", "borderpad", "borderwidth", "xref", "yref", "x", "y"}
_NOTE |= {"xanchor", "yanchor", "xshift", "yshift"}


def check_figure(figure: Figure) -> None:
    """ValueError for a trace type or a setting that cannot be printed."""
    for trace in figure["data"]:
        if trace["type"] not in TRACES:
            raise ValueError(f"trace of type {trace['type']!r} cannot be printed; types are {', '.join(TRACES)}")
        _check(f"{trace['type']} trace", trace, TRACES[trace["type"]])
    layout = figure["layout"]
    axes = [key for key in layout if key.startswith(("xaxis", "yaxis"))]
    _check("layout", [key for key in layout if key not in axes], _LAYOUT)
    for key in axes:
        _check(key, layout[key], _AXIS)
    for what, known in (("shapes", _SHAPE), ("annotations", _NOTE)):
        for part in layout.get(what, ()):
            _check(what, part, known)


def _check(what: str, keys: Iterable[Any], known: set[str]) -> None:
    strange = sorted(key for key in keys if key not in known and not str(key).startswith(SCREEN))
    if strange:
        raise ValueError(f"{what} with {', '.join(strange)} cannot be printed; known are {', '.join(sorted(known))}")
