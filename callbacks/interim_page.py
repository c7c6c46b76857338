"""The interim page of a scene: its review, locked to a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from dash import no_update
from dash.development.base_component import Component

from callbacks.panels import write_json
from callbacks.sight import Sight, mark_after, review_name
from callbacks.sync import changed
from dashboard.interim import Plan, describe_lock_shortly, open_listings, plan_review
from dashboard.panels import PANELS
from dashboard.rendering import render_panel
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from dashboard.view.codec import encode_view
from dashboard.view.state import default_view
from dashboard.workspace import Workspace
from layouts.cards import draw_card
from layouts.frame import page_address
from layouts.interim import HEAD, draw_head, draw_listings, draw_review
from layouts.legend import draw_legend
from layouts.plain import Plain

PAGE = "interim"


def interim_page(workspace: Workspace, scene: Scene) -> Sequence[Component]:
    """What stands under the frame of the interim page."""
    plans, study = plan_review(scene), scene.protocol.key
    panels = [panel for plan in plans for panel in plan.panels]
    cards = {(key, subject): draw_card(render_panel(workspace, scene, PANELS[key], subject), study) for key, subject in panels}
    parts = (HEAD, *(str(number) for number in range(1, len(plans) + 1)))
    legends = {"trajectory": draw_legend(scene.protocol, scene.snapshot.synthetic)}
    return draw_review(plans, cards, {part: _draw_part(scene, plans, part) for part in parts}, legends)


def rewrite_review(
    workspace: Workspace, scene: Scene, sight: Sight, parts: Sequence[str], marks: Sequence[str | None]
) -> dict[str, list[Any]]:
    """Content and mark of those `parts` of the review that are no panels; `no_update` for what already shows the scene."""
    choices = [sight.choose(review_name(part), old) for part, old in zip(parts, marks, strict=True)]
    if "draw" in choices:
        write = partial(_write_part, workspace, scene, plan_review(scene), (*scene.archive.published(), *scene.archive.withdrawn()))
    return {
        "review": [write(part) if choice == "draw" else no_update for part, choice in zip(parts, choices, strict=True)],
        "review_mark": [changed(mark_after(choice, old), old or "") for choice, old in zip(choices, marks, strict=True)],
    }


def _write_part(workspace: Workspace, scene: Scene, plans: Sequence[Plan], others: Sequence[Snapshot], part: str) -> Any:
    """A part as JSON. It may say which data cut was released before or withdrawn, which may change while cut and view stay."""
    known = (review_name(part), scene.snapshot, *others)
    return workspace.answer(scene, known, lambda: write_json(_draw_part(scene, plans, part)))


def _draw_part(scene: Scene, plans: Sequence[Plan], part: str) -> list[Plain]:
    if part == HEAD:
        return _draw_head(scene, [plan.title for plan in plans])
    study, listed = scene.protocol.key, open_listings(scene).query
    return draw_listings(plans[int(part) - 1].compose().listings, lambda table: f"/{study}/download/interim/-/{table}.csv?{listed}")


def _draw_head(scene: Scene, titles: Sequence[str]) -> list[Plain]:
    start = f"/{scene.protocol.key}/download/package"
    kinds = (("PDF, to print", "pdf"), ("One HTML file, works offline", "html"))
    packages = [(words, f"{start}.{kind}?{scene.query}") for words, kind in kinds]
    return draw_head(titles, describe_lock_shortly(scene), _list_locks(scene), packages, f"{start}.json?{scene.query}")


def _list_locks(scene: Scene) -> list[tuple[str, str, bool]]:
    """The periods that the review can be locked to, each with its address."""
    shown = scene.view.until
    return [(period.label, _address(scene, period.key), period.key == shown) for period in scene.protocol.periods]


def _address(scene: Scene, until: str) -> str:
    usual = default_view(scene.protocol)
    view = replace(scene.view, until=until, period=usual.period, visit=usual.visit)
    return page_address(scene.protocol.key, PAGE, encode_view(view, scene.protocol))
