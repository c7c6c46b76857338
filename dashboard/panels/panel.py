"""What a panel is: a summary and a drawing, with title, words and tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.figures.style import Figure
from dashboard.panels.describe import Words
from dashboard.scene import Scene
from dashboard.study.protocol import StudyProtocol


@dataclass(frozen=True)
class Panel:
    """A panel: its title, the summary of a scene, the drawing of the summary, and the words under it.

    `subject` is what the panel is about where a page has several of a kind: an analyte, a participant; else NO_SUBJECT.
    `subjects` lists what a page's panels of this kind are about, where they are neither one for all nor by analyte.
    `tables` are the tables whose rows the panel draws; `rows` is how many rows a figure with a row per participant has.
    """

    key: str
    page: str
    title: Callable[[StudyProtocol, str, str], str]
    summarise: Callable[[Scene, str], Any]
    draw: Callable[[Any], Figure]
    describe: Callable[[Any, Scene], Words]
    tables: tuple[str, ...]
    by_analyte: bool = False
    rows: Callable[[Any], int] = lambda summary: 0
    subjects: Callable[[StudyProtocol], Sequence[str]] | None = None


def plain_title(words: str) -> Callable[[StudyProtocol, str, str], str]:
    """A title that is the same for every study and view."""
    return lambda protocol, subject, x: words
