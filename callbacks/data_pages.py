"""The pages about the data: deliver, data cuts, changes between two of them, and where a number comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dash.development.base_component import Component

from callbacks.quality_page import quality_page
from dashboard.changes import find_other, summarise_changes
from dashboard.errors import NotFoundError
from dashboard.provenance import describe_derivation, offer_numbers
from dashboard.scene import Scene
from dashboard.study.choices import Who
from dashboard.view.codec import encode_view
from dashboard.workspace import Workspace
from layouts.changes import draw_changes, draw_no_other
from layouts.deliver import draw_deliver
from layouts.frame import page_address
from layouts.provenance import draw_choice, draw_problem, draw_steps
from layouts.saved_views import draw_saved_views
from layouts.snapshots import draw_snapshots

Writer = Callable[[Workspace, Scene], Sequence[Component]]


def _deliver(workspace: Workspace, scene: Scene) -> Sequence[Component]:
    return [draw_deliver(scene.protocol.key, workspace.delivers(scene.protocol.key))]


def _snapshots(workspace: Workspace, scene: Scene) -> Sequence[Component]:
    return draw_snapshots(scene, scene.archive.every(), workspace.delivers(scene.protocol.key))


def _changes(workspace: Workspace, scene: Scene) -> Sequence[Component]:
    """The comparison with the data cut that the address names, or with the one before."""
    other = find_other(scene)
    others = [cut for cut in scene.archive.published() if cut.cut != scene.snapshot.cut]
    return draw_no_other(scene, others) if other is None else draw_changes(scene, other, others, summarise_changes(scene, other))


def _provenance(workspace: Workspace, scene: Scene) -> Sequence[Component]:
    """The derivation that the address asks for, or what can be asked about."""

    def address(of: str, who: Who | None = None) -> str:
        view = replace(scene.view, of=of, who=who or scene.view.who)
        return page_address(scene.protocol.key, "data/provenance", encode_view(view, scene.protocol))

    if not scene.view.of:
        return [draw_choice(choice, address) for choice in offer_numbers(scene)]
    try:
        found = describe_derivation(scene)
    except NotFoundError as error:
        return [draw_problem(str(error)), *(draw_choice(choice, address) for choice in offer_numbers(scene))]
    return [draw_steps(found.title, found.steps, address), *(draw_choice(choice, address) for choice in found.more)]


def _views(workspace: Workspace, scene: Scene) -> Sequence[Component]:
    return draw_saved_views(scene.protocol.key)


WRITERS: Mapping[str, Writer] = {
    "data": _deliver,
    "data/quality": quality_page,
    "data/snapshots": _snapshots,
    "data/changes": _changes,
    "data/provenance": _provenance,
    "data/views": _views,
}
