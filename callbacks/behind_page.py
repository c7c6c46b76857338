"""The page of what is behind a cell of a table."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from dash.development.base_component import Component

from dashboard.behind import find_behind
from dashboard.behind.parts import Behind
from dashboard.behind.words import describe_behind
from dashboard.scene import Scene
from dashboard.view.codec import encode_view
from dashboard.workspace import Workspace
from layouts.behind import draw_behind
from layouts.cells import behind_address
from layouts.frame import PAGES, page_address


def load_behind(workspace: Workspace, scene: Scene, cell: str) -> Behind:
    """What is behind `cell`, found once per view; NotFoundError when the view has no such cell."""
    found: Behind = workspace.summary(scene, f"behind/{cell}", lambda: find_behind(scene, cell))
    return found


def behind_page(workspace: Workspace, scene: Scene, cell: str) -> list[Component]:
    """What stands under the frame of the page of a cell."""
    found, study = load_behind(workspace, scene, cell), scene.protocol.key
    origin = page_address(study, "data/provenance", encode_view(replace(scene.view, of=found.of), scene.protocol)) if found.of else ""
    start = f"/{study}/download/behind/{quote(cell, safe='')}/behind"
    return draw_behind(
        describe_behind(found, scene),
        lambda name: page_address(study, "participants", scene.query, name),
        (f"Back to the page {PAGES[found.page]}", page_address(study, found.page, scene.query)),
        [(f"These rows, {word}", f"{start}.{kind}?{scene.query}") for kind, word in (("csv", "CSV"), ("xlsx", "Excel"))],
        [(words, behind_address(study, near, scene.query)) for words, near in found.near],
        origin,
    )
