"""One change of address or control, answered: address and controls in step, and the panels and listings of the new view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import ALL, no_update

from callbacks.interim_page import rewrite_review
from callbacks.panels import draw_panels, read_shown
from callbacks.sight import read_sight
from callbacks.sync import choose_scene, is_from_address, synchronise
from dashboard import ids
from dashboard.workspace import Workspace

Places = dict[str, tuple[Any, str]]
EVERY: Any = ALL


def _part(name: str) -> Any:
    return ids.panel_part(name, EVERY, EVERY)


CHOSEN: Places = {
    "search": (ids.URL, "search"),
    "control": (ids.control(EVERY), "value"),
    "filter": (ids.grid(EVERY), "filterModel"),
    "order": (ids.grid(EVERY), "columnState"),
}
WOKEN: Places = {"sight": (ids.SIGHT, "data")}
SHOWN: Places = {
    "shown": (_part(ids.CARD), "shown"),
    "review_mark": (ids.review_mark(EVERY), "className"),
    "view": (ids.VIEW, "data"),
    "notices": (ids.NOTICES, "content"),
}
DRAWN: Places = {
    "figure": (_part(ids.FIGURE), "figure"),
    "words": (_part(ids.CARD), "words"),
    "review": (ids.review(EVERY), "content"),
    "fingerprint": (ids.FINGERPRINT, "children"),
}


@dataclass(frozen=True)
class Page:
    """What a page holds: its controls by key, its panels (ids), the parts of its review; and what has changed on it."""

    controls: Sequence[str]
    panels: Sequence[Mapping[str, str]]
    parts: Sequence[str]
    triggered: Sequence[Mapping[str, Any]]


def answer_change(workspace: Workspace, page: Page, asked: Mapping[str, Any], seen: str | None) -> dict[str, Any]:
    """The next value of everything in CHOSEN, SHOWN and DRAWN, by name; `no_update` for what already shows it.

    `asked` are the values of CHOSEN, WOKEN and SHOWN on the page; `seen` is the header that says what the reader has in sight.
    """
    view, controls = asked["view"], dict(zip(page.controls, asked["control"], strict=True))
    from_address = is_from_address(workspace, page.triggered, view, controls)
    choice = (from_address, view, asked["search"], controls, asked["filter"], asked["order"])
    scene, problems = choose_scene(workspace, *choice)
    answer = synchronise(scene, problems, *choice, asked["notices"])
    sight = read_sight(answer["view"] is not no_update, seen)
    shown = read_shown(page.panels, asked["shown"])
    panels = draw_panels(workspace, scene, sight, shown)
    return answer | panels | rewrite_review(workspace, scene, sight, page.parts, asked["review_mark"])
