"""From scene to what a panel shows. A panel that fails shows its own message; the other panels stand."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass

from dashboard.errors import UnreachableError
from dashboard.figures.style import Figure, message_figure
from dashboard.panels import Panel
from dashboard.panels.describe import Words
from dashboard.scene import Scene
from dashboard.workspace import Workspace

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PanelContent:
    """What one panel shows: title, figure, words; whether it is hidden by choice; a reference when it failed."""

    panel: Panel
    subject: str
    title: str
    figure: Figure
    words: Words
    query: str
    hidden: bool = False
    rows: int = 0
    failure: str = ""


def is_hidden(scene: Scene, panel: Panel, subject: str) -> bool:
    """Whether the reader has chosen not to see the panel."""
    return panel.by_analyte and subject not in scene.view.analytes(scene.protocol)


def render_panel(workspace: Workspace, scene: Scene, panel: Panel, subject: str) -> PanelContent:
    """The content of `panel` for `scene`; a failure becomes a message with a reference that the log explains."""
    title = panel.title(scene.protocol, subject, scene.view.x)
    if is_hidden(scene, panel, subject):
        return PanelContent(panel, subject, title, message_figure("", synthetic=False), Words("", ""), scene.query, hidden=True)
    try:
        name = f"{panel.key}/{subject}"
        content: PanelContent = workspace.content(scene, name, lambda: _compute_content(workspace, scene, panel, subject, title))
        return content
    except UnreachableError:
        # Nothing is wrong with this panel: the whole answer is asked for again.
        raise
    # Whatever goes wrong inside one panel must never leave its old figure standing, nor take the others down.
    except Exception:
        reference = secrets.token_hex(4)
        logger.exception("panel %s failed, reference %s, snapshot %s", panel.key, reference, scene.snapshot.cut)
        return failed_panel(panel, subject, title, scene, reference)


def _compute_content(workspace: Workspace, scene: Scene, panel: Panel, subject: str, title: str) -> PanelContent:
    summary = workspace.summary(scene, f"{panel.key}/{subject}", lambda: panel.summarise(scene, subject))
    return PanelContent(panel, subject, title, panel.draw(summary), panel.describe(summary, scene), scene.query, rows=panel.rows(summary))


def failed_panel(panel: Panel, subject: str, title: str, scene: Scene, reference: str) -> PanelContent:
    """The content of a panel that could not be computed."""
    sentence = (
        f"This figure could not be computed. Nothing is shown in its place. Reference {reference}. The other figures are "
        "not affected. Change a choice or reload the page; if it happens again, report the reference."
    )
    figure = message_figure("Could not be computed", synthetic=scene.snapshot.synthetic)
    return PanelContent(panel, subject, title, figure, Words(sentence, ""), scene.query, failure=reference)
