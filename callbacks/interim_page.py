"""The interim page of a scene: its review, locked to a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dash import no_update
from dash.development.base_component import Component

from dashboard.interim import Section, compose_review, describe_lock_shortly, open_listings
from dashboard.panels import PANELS
from dashboard.rendering import render_panel
from dashboard.scene import Scene
from dashboard.view.codec import encode_view
from dashboard.view.state import default_view
from dashboard.workspace import Workspace
from layouts.cards import draw_card
from layouts.frame import page_address
from layouts.interim import draw_review, draw_review_words

PAGE = "interim"


def interim_page(workspace: Workspace, scene: Scene) -> Sequence[Component]:
    """What stands under the frame of the interim page."""
    sections = compose_review(scene)
    panels = [panel for section in sections for panel in section.panels]
    study = scene.protocol.key
    cards = {(key, subject): draw_card(render_panel(workspace, scene, PANELS[key], subject), study) for key, subject in panels}
    return draw_review(sections, cards, _draw_words(scene, sections))


def rewrite_review(workspace: Workspace, view: Any, parts: Sequence[str]) -> list[Any]:
    """Those `parts` of the review that are no panels, for a new view; `no_update` when the view has not changed."""
    if view is no_update or not parts:
        return [no_update] * len(parts)
    scene, _ = workspace.open(view["study"], view["query"])
    words = _draw_words(scene, compose_review(scene))
    return [words[part] for part in parts]


def _draw_words(scene: Scene, sections: Sequence[Section]) -> dict[str, list[Component]]:
    study, listed = scene.protocol.key, open_listings(scene).query
    tables = {listing.table for section in sections for listing in section.listings if listing.table}
    files = {table: f"/api/v1/{study}/{table}.csv?{listed}" for table in tables}
    start = f"/{study}/download/package"
    packages = [
        (words, f"{start}.{kind}?{scene.query}") for words, kind in (("PDF, to print", "pdf"), ("One HTML file, works offline", "html"))
    ]
    progress = f"{start}.json?{scene.query}"
    return draw_review_words(sections, describe_lock_shortly(scene), _list_locks(scene), files, packages, progress)


def _list_locks(scene: Scene) -> list[tuple[str, str, bool]]:
    """The periods that the review can be locked to, each with its address."""
    shown = scene.view.until
    return [(period.label, _address(scene, period.key), period.key == shown) for period in scene.protocol.periods]


def _address(scene: Scene, until: str) -> str:
    usual = default_view(scene.protocol)
    view = replace(scene.view, until=until, period=usual.period, visit=usual.visit)
    return page_address(scene.protocol.key, PAGE, encode_view(view, scene.protocol))
