"""Drawing the panels of a page for a new view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import no_update

from callbacks.sync import changed
from dashboard.panels import PANELS
from dashboard.rendering import PanelContent, render_panel
from dashboard.workspace import Workspace
from layouts.cards import card_class, draw_words

PARTS = ("figure", "title", "words", "card")


def draw_panels(
    workspace: Workspace, view: Any, panels: Sequence[Mapping[str, str]], titles: Sequence[str], cards: Sequence[str]
) -> dict[str, list[Any]]:
    """Figure, title, words and card class of each of `panels` (ids); `no_update` for what already shows it.

    `view` is `no_update` when the view has not changed. A hidden panel keeps its figure: it is drawn when it comes back.
    """
    if view is no_update:
        return {name: [no_update] * len(panels) for name in PARTS}
    scene, _ = workspace.open(view["study"], view["query"])
    contents = [render_panel(workspace, scene, PANELS[where["panel"]], where["subject"]) for where in panels]
    return {
        "figure": [no_update if content.hidden else content.figure for content in contents],
        "title": [changed(content.title, old) for content, old in zip(contents, titles, strict=True)],
        "words": [_draw_words(content, view["study"], old) for content, old in zip(contents, cards, strict=True)],
        "card": [changed(card_class(content), old) for content, old in zip(contents, cards, strict=True)],
    }


def _draw_words(content: PanelContent, study: str, old_class: str) -> Any:
    """The words of a panel; nothing new for one that was hidden and stays so."""
    return no_update if content.hidden and old_class == card_class(content) else draw_words(content, study)
