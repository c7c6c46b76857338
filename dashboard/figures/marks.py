"""Open rings around the points a reader asked to see marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.style import Trace, escape, note, pack, wrap_lines

RING = "#0b5fb0"


@dataclass(frozen=True)
class Rings:
    """The marked points of one plot. `names` say who and when, `sentences` why; `details` as in `CohortLines`.

    A point may have several sentences. `without_point` counts, by reason, what was to be marked and has no point here.
    """

    what: str
    meaning: str
    x: np.ndarray
    y: np.ndarray
    names: tuple[str, ...]
    sentences: tuple[tuple[str, ...], ...]
    details: np.ndarray
    without_point: dict[str, int]

    @property
    def marks(self) -> int:
        """How many marks the rings stand for."""
        return sum(len(sentences) for sentences in self.sentences)


def draw_rings(rings: Rings, y: str = "y") -> list[Trace]:
    """One trace of open rings, wider than any marker; nothing when there is no point to mark."""
    if not len(rings.x):
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": escape(rings.what),
            "yaxis": y,
            "x": pack(rings.x),
            "y": pack(rings.y),
            "marker": {"symbol": "circle-open", "size": 13, "color": RING, "line": {"width": 2}},
            "hovertext": [_hover(name, sentences) for name, sentences in zip(rings.names, rings.sentences, strict=True)],
            "customdata": pack(rings.details),
            "hovertemplate": "%{hovertext}<extra></extra>",
            "hoverlabel": {"align": "left"},
            "cliponaxis": False,
        }
    ]


def ring_note(rings: Rings, y: str = "y", yanchor: str = "bottom") -> dict[str, object]:
    """What the rings are and how many: above the left end of the plot, or (`yanchor` top) inside it."""
    words = f"◯ {len(rings.x):,} {rings.what}" if len(rings.x) else f"none {rings.what}"
    place = {"xref": "paper", "x": 0, "xanchor": "left", "xshift": 4, "yref": f"{y} domain", "y": 1, "yanchor": yanchor}
    return note(escape(words), **place, font={"size": 10, "color": RING}, borderpad=0)


def _hover(name: str, sentences: tuple[str, ...]) -> str:
    return "<br>".join([f"<b>{escape(name)}</b>", *(wrap_lines(sentence) for sentence in sentences)])
