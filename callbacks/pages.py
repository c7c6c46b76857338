"""From an address to a page: the product's own router."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import pandas as pd
from dash.development.base_component import Component

from callbacks.behind_page import behind_page, load_behind
from callbacks.data_pages import WRITERS
from callbacks.interim_page import interim_page
from dashboard.errors import NoDataError, NotFoundError, WithdrawnError
from dashboard.interim import choose_lock
from dashboard.panels import PANELS, page_panels
from dashboard.panels.participant_facts import (
    describe_entries,
    describe_history,
    describe_threshold_times,
    find_participant_neighbours,
)
from dashboard.panels.participants import describe_groups, has_baseline_below_limit, table_participants, table_participants_in_words
from dashboard.panels.reported import describe_reported
from dashboard.rendering import render_panel
from dashboard.scene import Scene
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot
from dashboard.view.state import CHANGES_PAGE
from dashboard.workspace import Workspace
from layouts.cards import draw_card
from layouts.cells import BEHIND
from layouts.deliver import draw_deliver
from layouts.frame import DATA_PAGES, INTERIM_PAGE, PAGES, draw_frame, draw_message_page, offer_pages, page_address, require_data
from layouts.legend import draw_legend
from layouts.overview import draw_overview, draw_studies
from layouts.participants import draw_entries, draw_grid, draw_participant_head, draw_person, draw_threshold_times

POOLED_PAGE = "pooled"
POOLED_ONLY = "Until the final release of this study only the monitoring board sees figures by cohort. You see those of everybody together."


@dataclass(frozen=True)
class Address:
    """A path taken apart. The root has no study; a study alone means its overview."""

    study: str = ""
    page: str = ""
    subject: str = ""


def read_path(path: str) -> Address:
    """The address of `path`; NotFoundError for a path of a shape no page has."""
    parts = [unquote(part) for part in path.strip("/").split("/") if part]
    if not parts:
        return Address()
    if len(parts) == 3 and parts[1] == "participants":
        return Address(parts[0], "participant", parts[2])
    if len(parts) == 3 and parts[1] == BEHIND:
        return Address(parts[0], BEHIND, parts[2])
    page = "/".join(parts[1:]) or "overview"
    if page not in PAGES and page not in DATA_PAGES:
        raise NotFoundError("page", page)
    return Address(parts[0], page)


def build_page(workspace: Workspace, path: str, query: str) -> tuple[Component, int]:
    """The page of an address and its HTTP status: 200, or 404 with a page that says what there is instead.

    What a page shows is noticed when it is found, and not what was looked at to say that there is none.
    """
    seen: list[Scene] = []
    page, status = _build(replace(workspace, notice=seen.append), path, query)
    for scene in seen if status == 200 else ():
        workspace.notice(scene)
    return page, status


def _build(workspace: Workspace, path: str, query: str) -> tuple[Component, int]:
    study = path.strip("/").split("/")[0]
    try:
        address = read_path(path)
        if not address.study:
            return draw_studies(_studies(workspace), workspace.pooled), 200
        study = workspace.protocol(address.study).key
        scene, problems = workspace.open(address.study, query, compares=address.page == CHANGES_PAGE)
        require_data(scene, address.page)
        if address.page == INTERIM_PAGE:
            scene = workspace.scene(scene.protocol, choose_lock(scene.protocol, scene.view))
        body = _BODIES[address.page](workspace, scene, address)
        return draw_frame(scene, address.page, problems, body, address.subject, _current(workspace, scene, address)), 200
    except NotFoundError as error:
        if workspace.pooled(study):
            return _pooled_only(workspace, workspace.protocol(study), path), 404
        return _not_found(workspace, study, query, error), 404


def _pooled_only(workspace: Workspace, protocol: StudyProtocol, path: str) -> Component:
    """The page of every address of a study of which the reader is shown pooled figures alone; those who deliver do so at its own."""
    study, deliver = protocol.key, f"/{protocol.key}/data"
    delivering = [("Deliver a data cut", deliver)] if workspace.delivers(study) else []
    ways = [("Pooled figures", page_address(study, POOLED_PAGE, "")), *delivering, ("All studies", "/")]
    form = [draw_deliver(study, workspace.delivers(study))] if path.rstrip("/") == deliver else []
    return draw_message_page(f"{protocol.study.short_title}: pooled figures only", POOLED_ONLY, ways, *form)


def _current(workspace: Workspace, scene: Scene, address: Address) -> str:
    """The page whose link stands out: that of a cell is the one of its table."""
    return load_behind(workspace, scene, address.subject).page if address.page == BEHIND else address.page


def _not_found(workspace: Workspace, study: str, query: str, error: NotFoundError) -> Component:
    ways = [("All studies", "/")]
    protocol = workspace.protocols.get(study)
    if protocol is None:
        return draw_message_page(error.heading, str(error), ways)
    name = protocol.study.short_title
    if not workspace.has_data(study):
        return _no_data(protocol, ways, workspace.delivers(study), error if isinstance(error, WithdrawnError) else None)
    # A cell is missing in one view of the study: the pages lead on in that view.
    asked = query if isinstance(error, NoDataError) or error.kind == "cell" else ""
    offered = offer_pages(workspace.open(study, asked)[0])
    pages = [(f"{name}: {title}", page_address(study, page, asked)) for page, title in offered.items()]
    if isinstance(error, NoDataError):
        return draw_message_page(f"{PAGES[error.name]}: no data", str(error), pages + ways)
    told = NotFoundError("page", error.name, list(offered | DATA_PAGES)) if error.kind == "page" else error
    hint = " The cells of a table belong to one view: other filters or another data cut may not have them." if error.kind == "cell" else ""
    return draw_message_page(error.heading, f"{told}{hint}", pages + ways)


def _no_data(protocol: StudyProtocol, ways: list[tuple[str, str]], delivers: bool, withdrawn: WithdrawnError | None) -> Component:
    """The page of every address of a study of which the reader sees no data cut; the form only for a reader who `delivers`."""
    title, name = withdrawn.heading if withdrawn else f"{protocol.study.short_title}: no data yet", protocol.study.registry_id
    told = f"{withdrawn} " if withdrawn else ""
    if not delivers:
        return draw_message_page(title, f"{told}There is no data cut of {name} that you may see.", ways)
    sentence = f"{told}No data cut of {name} is published. Deliver one here or on the command line."
    return draw_message_page(title, sentence, ways, draw_deliver(protocol.key, True))


def _studies(workspace: Workspace) -> list[tuple[StudyProtocol, Snapshot | None]]:
    cuts = {key: workspace.repository.list_published(key) for key in workspace.protocols}
    listed = [(protocol, cuts[key][0] if cuts[key] else None) for key, protocol in workspace.protocols.items()]
    return sorted(listed, key=lambda pair: (pair[1] is None, pair[0].key))


def _panel_body(workspace: Workspace, scene: Scene, address: Address) -> Sequence[Component]:
    cards = [
        draw_card(render_panel(workspace, scene, panel, subject), scene.protocol.key)
        for panel, subject in page_panels(address.page, scene.protocol)
    ]
    return [*cards, draw_legend(scene.protocol, scene.snapshot.synthetic)] if address.page == "trajectories" else cards


def _overview_body(workspace: Workspace, scene: Scene, address: Address) -> Sequence[Component]:
    people = scene.analysis.participants
    baseline = people[f"baseline_{scene.protocol.endpoint.analyte}"].notna()
    rows = []
    for cohort in scene.protocol.cohorts:
        members = people["cohort"] == cohort.key
        planned = "not stated" if cohort.planned is None else str(cohort.planned)
        counts = [members, members & people["dosed"], members & baseline, members & (people["status"] == "ongoing")]
        rows.append((cohort.label, planned, *(str(int(count.sum())) for count in counts)))
    return draw_overview(scene, workspace.repository.list_published(scene.protocol.key), rows, describe_reported(scene))


def _grid_body(workspace: Workspace, scene: Scene, address: Address) -> Sequence[Component]:
    return draw_grid(scene.protocol, scene.view, scene.query, grid_rows(scene), len(table_participants(scene)))


def grid_rows(scene: Scene) -> list[dict[str, Any]]:
    """The rows of the participants grid: the selection in words, missing as None."""
    table = table_participants_in_words(scene)
    return table.astype(object).where(table.notna(), None).to_dict("records")  # type: ignore[return-value]


def _participant_body(workspace: Workspace, scene: Scene, address: Address) -> Sequence[Component]:
    row = scene.participant(address.subject)
    if row is None:
        raise NotFoundError("participant", address.subject)
    panel = render_panel(workspace, scene, PANELS["participant"], address.subject)
    header, rows = describe_entries(scene, address.subject)
    person = draw_person(scene.protocol.key, address.subject, participant_head(scene, address.subject))
    return [person, draw_card(panel, scene.protocol.key), draw_entries(header, rows)]


def participant_head(scene: Scene, name: str) -> list[Component]:
    """The head of a participant's page: neighbours, facts, time above the thresholds with response, own history."""
    row = scene.participant(name)
    if row is None:
        raise NotFoundError("participant", name)
    analyte = scene.protocol.analyte(scene.protocol.endpoint.analyte).short
    return [
        draw_participant_head(participant_facts(scene, row), scene.protocol.key, scene.query, find_participant_neighbours(scene, name)),
        draw_threshold_times(*describe_threshold_times(scene, name), analyte, *describe_history(scene, name)),
    ]


def participant_facts(scene: Scene, row: int) -> list[tuple[str, str]]:
    """What the header of a participant's page says; what is missing is called “not recorded” or “no baseline”."""
    person, protocol = scene.analysis.participants.iloc[row], scene.protocol
    strata = {stratum.key: stratum.label for stratum in protocol.strata}
    facts = [
        ("Participant", str(person["participant"])),
        (protocol.study.cohort_word, protocol.cohort(str(person["cohort"])).label),
        *describe_groups(scene, row),
        ("Sex", {"F": "female", "M": "male"}.get(str(person["sex"]), "not recorded")),
        ("Age", _number(person["age"], " years", "not recorded")),
        ("Baseline stratum", strata.get(str(person["stratum"]), "no baseline")),
        ("Doses given", _number(person["doses"], "", "none")),
        ("Last day", _number(person["last_day"], "", "not recorded")),
        ("Status", str(person["status"])),
    ]
    return facts + [(f"{a.short} baseline", _baseline(scene, row, a.key)) for a in protocol.analytes]


def _baseline(scene: Scene, row: int, analyte: str) -> str:
    text = _number(scene.analysis.participants[f"baseline_{analyte}"].iloc[row], " cells/µL", "no baseline")
    return f"{text} (half of the limit)" if has_baseline_below_limit(scene, row, analyte) else text


def _number(value: Any, unit: str, absent: str) -> str:
    return absent if pd.isna(value) else f"{float(value):,.6g}{unit}"


Body = Callable[[Workspace, Scene, Address], Sequence[Component]]


def _behind_body(workspace: Workspace, scene: Scene, address: Address) -> Sequence[Component]:
    return behind_page(workspace, scene, address.subject)


def _data_body(write: Callable[[Workspace, Scene], Sequence[Component]]) -> Body:
    return lambda workspace, scene, address: write(workspace, scene)


_BODIES: dict[str, Body] = {
    "overview": _overview_body,
    "trajectories": _panel_body,
    "thresholds": _panel_body,
    "safety": _panel_body,
    "response": _panel_body,
    "survival": _panel_body,
    "exploratory": _panel_body,
    "interim": lambda workspace, scene, address: interim_page(workspace, scene),
    "participants": _grid_body,
    "participant": _participant_body,
    BEHIND: _behind_body,
    **{page: _data_body(write) for page, write in WRITERS.items()},
}
