"""Drawing the panels of a page for a new view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from dash import no_update

from callbacks.sight import Sight, mark_after, panel_name
from callbacks.sync import changed
from dashboard.panels import PANELS, Panel
from dashboard.rendering import PanelContent, is_hidden, render_panel
from dashboard.scene import Scene
from dashboard.workspace import Workspace
from layouts.cards import card_class, describe_card, draw_words

# Dash writes these signs so in every answer: what is kept has them written so already, which costs it nothing the next time.
ESCAPED = {b"<": rb"\u003c", b">": rb"\u003e", b"/": rb"\u002f"}
PARTS = ("figure", "words", "shown")
Drawn = tuple[Any, Any, Any]
SAME: Drawn = (no_update, no_update, no_update)


@dataclass(frozen=True)
class Shown:
    """What the page shows of one panel: its title, the class of its card, and its mark."""

    panel: Panel
    subject: str
    title: str
    kind: str
    mark: str


def draw_panels(workspace: Workspace, scene: Scene, sight: Sight, panels: Sequence[Shown]) -> dict[str, list[Any]]:
    """Figure, words, and what is shown of each of `panels`; `no_update` for what already shows the scene.

    Of a panel that waits, the old content is hidden. A panel hidden by choice keeps its figure: it is drawn when it comes back.
    """
    drawn = [_draw_panel(workspace, scene, sight, old) for old in panels]
    return {name: [parts[place] for parts in drawn] for place, name in enumerate(PARTS)}


def read_shown(panels: Sequence[Mapping[str, str]], shown: Sequence[Mapping[str, str]]) -> list[Shown]:
    """What the page shows of `panels` (ids); `shown` as `layouts.cards.describe_card` gives it."""
    return [Shown(PANELS[where["panel"]], where["subject"], **own) for where, own in zip(panels, shown, strict=True)]


def _draw_panel(workspace: Workspace, scene: Scene, sight: Sight, old: Shown) -> Drawn:
    choice = sight.choose(panel_name(old.panel.key, old.subject), old.mark)
    if choice == "leave":
        return SAME
    mark, was = mark_after(choice, old.mark), describe_card(old.title, old.kind, old.mark)
    if choice == "wait" and not is_hidden(scene, old.panel, old.subject):
        title = old.panel.title(scene.protocol, old.subject, scene.view.x)
        return no_update, no_update, changed(describe_card(title, old.kind, mark), was)
    content = render_panel(workspace, scene, old.panel, old.subject)
    figure, words = _write_panel(workspace, scene, content, old.kind)
    return figure, words, changed(describe_card(content.title, card_class(content), mark), was)


def _write_panel(workspace: Workspace, scene: Scene, content: PanelContent, old_class: str) -> tuple[Any, Any]:
    """Figure and words of a panel as JSON, written once per view; nothing new for a panel that was hidden and stays so."""
    study = scene.protocol.key
    if content.hidden:
        return no_update, no_update if old_class == card_class(content) else draw_words(content, study)
    # What failed is tried anew the next time.
    if content.failure:
        return content.figure, draw_words(content, study)
    name = f"{content.panel.key}/{content.subject}"
    written: tuple[Any, Any] = workspace.answer(scene, name, lambda: (write_json(content.figure), write_json(draw_words(content, study))))
    return written


def write_json(part: Any) -> orjson.Fragment:
    """A part of an answer, a dictionary or a list, as JSON, which Dash passes on as it is; what is no number becomes null."""
    written = orjson.dumps(part, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)
    for sign, escaped in ESCAPED.items():
        written = written.replace(sign, escaped)
    return orjson.Fragment(written)
