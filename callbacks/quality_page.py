"""The quality page of a scene: flags by kind, the rows of one kind, and the calendar of planned visits."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from dash.development.base_component import Component

from dashboard.panels import NO_SUBJECT, PANELS
from dashboard.panels.describe import describe_scene
from dashboard.quality import calendar_analyte, table_quality_flags, table_quality_summary
from dashboard.rendering import render_panel
from dashboard.scene import Scene
from dashboard.study.choices import QUALITY_FLAGS
from dashboard.study.references import Reference, encode_reference
from dashboard.view.codec import encode_view
from dashboard.view.words import count_words
from dashboard.workspace import Workspace
from layouts.cards import draw_card
from layouts.frame import page_address
from layouts.quality import FlagKind, FlagList, FlagRow, draw_calendar_choice, draw_quality

PAGE = "data/quality"
MAX_ROWS = 200


def quality_page(workspace: Workspace, scene: Scene) -> list[Component]:
    """What stands under the frame of the quality page."""
    calendar = render_panel(workspace, scene, PANELS["calendar"], NO_SUBJECT)
    listed = list_flags(scene) if scene.view.flag else None
    return [
        *draw_quality(list_kinds(scene), _describe_flags(scene), _files(scene, "quality-summary", "Flags by kind"), listed),
        draw_calendar_choice(_calendar_choices(scene)),
        draw_card(calendar, scene.protocol.key),
    ]


def list_kinds(scene: Scene) -> list[FlagKind]:
    """Every kind of flag with what the selection has of it."""
    summary, names = table_quality_summary(scene), ("code", "title", "sentence", "rows", "participants")
    return [
        FlagKind(title, sentence, rows, participants, _address(scene, flag=code), code == scene.view.flag)
        for code, title, sentence, rows, participants in zip(*(summary[name].tolist() for name in names), strict=True)
    ]


def list_flags(scene: Scene) -> FlagList:
    """The first MAX_ROWS rows of the kind of flag that the view names."""
    flags = table_quality_flags(scene)
    shown = [_flag_row(scene, flag) for flag in flags.head(MAX_ROWS).astype(object).to_dict("records")]
    files = _files(scene, "quality-flags", "These rows")
    return FlagList(QUALITY_FLAGS[scene.view.flag], shown, len(flags), files, _address(scene, flag=""))


def _flag_row(scene: Scene, flag: Mapping[Hashable, Any]) -> FlagRow:
    protocol, name = scene.protocol, str(flag["participant"])
    analyte = (flag["analyte"],) if flag["analyte"] else scene.view.analyte
    query = encode_view(replace(scene.view, mark="flags", flag="", analyte=analyte), protocol)
    return FlagRow(
        participant=name,
        href=page_address(protocol.key, "participants", query, name),
        analyte=protocol.analyte(flag["analyte"]).short if flag["analyte"] else "–",
        visit=protocol.visit(flag["visit"]).label if flag["visit"] else "–",
        day="–" if pd.isna(flag["day"]) else f"{flag['day']}".replace("-", "−"),
        sentence=str(flag["sentence"]),
        source=f"{flag['source_file']}, row {flag['source_row']}" if flag["source_file"] else "nothing delivered",
        origin=_origin(scene, flag),
    )


def _origin(scene: Scene, flag: Mapping[Hashable, Any]) -> str:
    """The address of the derivation of what is flagged: a count, or a baseline that is missing; "" when it is neither."""
    name, analyte, day = str(flag["participant"]), str(flag["analyte"]), flag["day"]
    if not analyte or not (flag["source_file"] or flag["code"] == "no-baseline"):
        return ""
    if flag["code"] == "no-baseline":
        reference = Reference("baseline", participant=name, analyte=analyte)
    else:
        reference = Reference("count", participant=name, analyte=analyte, day=None if pd.isna(day) else int(day))
    query = encode_view(replace(scene.view, flag="", of=encode_reference(reference)), scene.protocol)
    return page_address(scene.protocol.key, "data/provenance", query)


def _describe_flags(scene: Scene) -> str:
    flags = table_quality_flags(replace(scene, view=replace(scene.view, flag="")))
    people = count_words(int(flags["participant"].nunique()), "participant")
    found = f"{count_words(len(flags), 'row')} of {people}. " if len(flags) else ""
    return f"{found}A flag says what is odd and never changes a value. {describe_scene(scene)}"


def _address(scene: Scene, **choices: Any) -> str:
    return page_address(scene.protocol.key, PAGE, encode_view(replace(scene.view, **choices), scene.protocol))


def _files(scene: Scene, table: str, words: str) -> list[tuple[str, str]]:
    start = f"/{scene.protocol.key}/download/quality/{NO_SUBJECT}/{table}"
    return [(f"{words}, {word}", f"{start}.{kind}?{scene.query}") for kind, word in (("csv", "CSV"), ("xlsx", "Excel"))]


def _calendar_choices(scene: Scene) -> list[tuple[str, str, bool]]:
    shown = calendar_analyte(scene)
    return [(part.short, _address(scene, analyte=(part.key,)), part.key == shown) for part in scene.protocol.analytes]
