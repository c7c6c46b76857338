"""A figure of ours as SVG text, drawn without a browser; data lie where plotly puts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dashboard.figures.style import PAPER, Figure, Trace
from dashboard.printing.axes import Area, Axis
from dashboard.printing.bars import draw_bars, draw_hatch
from dashboard.printing.check import check_figure
from dashboard.printing.decorations import draw_note, draw_shapes, place_notes
from dashboard.printing.frame import depth_of, draw_frame, draw_grid, edge_of, is_visible, label_depth, title_of
from dashboard.printing.grids import draw_box_plots, draw_heatmap
from dashboard.printing.legend import Legend, arrange_legend, draw_legend
from dashboard.printing.paint import element, join, lines_height, paint
from dashboard.printing.scatter import draw_scatter
from dashboard.printing.stage import Stage, draw_clips, open_stage
from dashboard.printing.words import write_literal

FAMILY = "Inter, 'Helvetica Neue', Arial, sans-serif"
# From the back to the front.
TRACES = ("heatmap", "bar", "box", "scatter")
EDGE, NEAR = 3, 1.0
# Labels of rows take at most this share of the width; longer ones are cut, and stand in full in the tables.
MOST_LABELS = 0.34


def draw_svg(figure: Figure, width: float, height: float, *, name: str = "figure", title: str = "") -> str:
    """`figure` as one SVG element of `width` × `height` pixels. `name` begins every id in it; `title` is what it is called when heard.

    Margins grow where labels need more room than the figure leaves them. ValueError for anything that is not known here:
    nothing is left out in silence.
    """
    check_figure(figure)
    legend = arrange_legend(figure, width - 2 * EDGE - figure["layout"]["margin"]["l"])
    stage = fit_stage(figure, width, height, name, legend)
    ground = element("rect", x=0, y=0, width=width, height=height, **paint("fill", PAPER))
    layers = [_defs(figure, stage), ground, *_layers(figure, stage, legend)]
    heard = element("title", write_literal(title).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) if title else ""
    return element(
        "svg",
        "\n" + join([heard, *layers]) + "\n",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        font_family=FAMILY,
        role="img",
    )


def _pairs(figure: Figure) -> list[tuple[str, str]]:
    return list(dict.fromkeys((trace.get("xaxis", "x"), trace.get("yaxis", "y")) for trace in figure["data"]))


def _defs(figure: Figure, stage: Stage) -> str:
    inside = draw_clips(stage, _pairs(figure)) + draw_hatch(stage, figure["data"])
    return element("defs", inside) if inside else ""


def _layers(figure: Figure, stage: Stage, legend: Legend) -> list[str]:
    """From the back to the front."""
    layout, axes = figure["layout"], list(stage.axes.values())
    shapes, room = layout.get("shapes", []), _label_room(stage)
    notes = place_notes(stage, layout.get("annotations", []))
    top = min([stage.area.top, *(note.box[1] for note in notes)]) - legend.height - EDGE
    return [
        *(draw_grid(stage, axis) for axis in axes),
        draw_shapes(stage, shapes, below=True),
        *_draw_traces(figure["data"], stage, layout),
        draw_shapes(stage, shapes, below=False),
        *(draw_frame(stage, axis, room) for axis in axes),
        *(draw_note(note) for note in notes),
        draw_legend(legend, stage.area.left, max(top, EDGE), stage.hatch),
    ]


def _draw_traces(traces: Sequence[Trace], stage: Stage, layout: Figure) -> list[str]:
    drawn = []
    for kind in TRACES:
        chosen = [trace for trace in traces if trace["type"] == kind]
        for x, y in dict.fromkeys((trace.get("xaxis", "x"), trace.get("yaxis", "y")) for trace in chosen):
            plot = [trace for trace in chosen if (trace.get("xaxis", "x"), trace.get("yaxis", "y")) == (x, y)]
            drawn += [draw_bars(plot, stage, layout)] if kind == "bar" else [_draw_trace(trace, stage, x, y) for trace in plot]
    return drawn


def _draw_trace(trace: Trace, stage: Stage, x: str, y: str) -> str:
    across, up = stage.axes[x], stage.axes[y]
    draw = {"heatmap": draw_heatmap, "box": draw_box_plots, "scatter": draw_scatter}[trace["type"]]
    return draw(trace, across, up, stage.clip(x, y))


def fit_stage(figure: Figure, width: float, height: float, name: str, legend: Legend) -> Stage:
    """The stage of `figure` whose margins hold labels, titles, notes and legend; they are measured once with the margins as given."""
    margin = figure["layout"]["margin"]
    area = Area(margin["l"], margin["t"], width - margin["l"] - margin["r"], height - margin["t"] - margin["b"])
    first = open_stage(figure, area, name)
    left = max(float(margin["l"]), min(_depth_at(first, "left"), MOST_LABELS * width) + EDGE)
    bottom = max(float(margin["b"]), _depth_at(first, "bottom") + EDGE)
    above = max([_depth_at(first, "top"), *(area.top - note.box[1] for note in place_notes(first, figure["layout"]["annotations"]))])
    top = max(float(margin["t"]), above + EDGE, above + legend.height + 2 * EDGE if legend.rows else 0.0)
    right = max(float(margin["r"]), _overhang(first, width))
    fitted = replace(area, left=left, top=top, width=width - left - right, height=height - top - bottom)
    if min(fitted.width, fitted.height) < 40:
        raise ValueError(f"a figure of {width:g} × {height:g} pixels leaves no room for data beside its labels")
    return open_stage(figure, fitted, name)


def _depth_at(stage: Stage, side: str) -> float:
    """The most that the axes at one side of the area need beyond it."""
    area = stage.area
    ends = {"left": area.left, "bottom": area.top + area.height, "top": area.top}
    depths = [depth_of(axis) for axis in stage.axes.values() if _side(axis) == side and abs(edge_of(stage, axis)[0] - ends[side]) < NEAR]
    return max(depths, default=0.0)


def _side(axis: Axis) -> str:
    return str(axis.settings.get("side", "bottom" if axis.across else "left"))


def _overhang(stage: Stage, width: float) -> float:
    """Half of the last label below an axis, where it would reach beyond the figure."""
    return EDGE + 6.0


def _label_room(stage: Stage) -> float:
    """The pixels for the labels left of the plots, beside the title of their axis."""
    titles = [
        lines_height(title_of(axis)[0], title_of(axis)[1]) + 4
        for axis in stage.axes.values()
        if not axis.across and is_visible(axis) and title_of(axis)[0] and label_depth(axis)
    ]
    return stage.area.left - 10 - max(titles, default=0.0)
