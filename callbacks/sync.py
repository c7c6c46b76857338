"""Keeping address, controls and view in step. The address is the only state; everything else shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import no_update

from dashboard import ids
from dashboard.interim import choose_lock
from dashboard.scene import Scene
from dashboard.study.protocol import StudyProtocol
from dashboard.view.codec import decode_values, decode_view, write_values
from dashboard.view.grid import participant_columns, read_filter_model, write_filter_model
from dashboard.view.keys import KEY_BY_NAME
from dashboard.view.state import CHANGES_PAGE, ViewState
from dashboard.workspace import Workspace, describe_uncompared
from layouts.controls import read_controls, write_control
from layouts.frame import INTERIM_PAGE, draw_notices
from layouts.participants import column_state

# The texts by which a control or a view says “no restriction”; the address leaves such keys out.
UNSET = {
    "cut": "none",
    "age": "-",
    "sort": "",
    "where": "",
    "cohort": "",
    "sex": "",
    "stratum": "",
    "having": "",
    "analyte": "",
    "flag": "",
    "against": "",
    "of": "",
}


def is_from_address(
    workspace: Workspace, triggered: Sequence[Mapping[str, Any]], view: Mapping[str, str], controls: Mapping[str, Any]
) -> bool:
    """Whether the address says what the reader wants to see.

    Quick changes in a row can arrive as one call with several triggers; as soon as a control is among them, the
    controls are what the reader sees and means. A call for the rest of a page can take the place of either: then the controls
    count if they differ from the `view` that the page shows.
    """
    sources = {trigger["prop_id"].split(".")[0] for trigger in triggered}
    if sources != {ids.SIGHT}:
        return sources <= {ids.URL, ids.SIGHT}
    protocol = workspace.protocol(view["study"])
    texts = write_values(decode_view(view["query"], protocol)[0])
    return all(write_control(name, texts, protocol) == value for name, value in controls.items())


def choose_scene(
    workspace: Workspace,
    from_address: bool,
    view: Mapping[str, str],
    search: str,
    controls: Mapping[str, Any],
    filters: Sequence[Any],
    orders: Sequence[Any],
) -> tuple[Scene, tuple[str, ...]]:
    """The scene the reader asks for, and the sentences on what was not applied.

    `from_address`: the address alone changed; otherwise a control, or a table's own order or filter.
    """
    protocol = workspace.protocol(view["study"])
    chosen, problems = _choose(protocol, from_address, search, controls, filters, orders)
    # An address of the review may lack its lock, or name one that is no period; the review is locked all the same.
    chosen = choose_lock(protocol, chosen) if view["page"] == INTERIM_PAGE else chosen
    scene = workspace.scene(protocol, chosen, compares=view["page"] == CHANGES_PAGE)
    return scene, (*problems, *describe_uncompared(chosen, scene))


def synchronise(
    scene: Scene,
    problems: Sequence[str],
    from_address: bool,
    view: Mapping[str, str],
    search: str,
    controls: Mapping[str, Any],
    filters: Sequence[Any],
    orders: Sequence[Any],
    notices: Sequence[Any] | None,
) -> dict[str, Any]:
    """The next value of everything that shows the view; `no_update` for what already shows it. Arguments as of `choose_scene`."""
    protocol, texts = scene.protocol, write_values(scene.view)
    drawn = draw_notices(scene, view["page"], problems, view["subject"])
    is_new = scene.query != view["query"]
    return {
        "search": changed(f"?{scene.query}", search) if not from_address else no_update,
        "control": [changed(write_control(name, texts, protocol), value) for name, value in controls.items()],
        "filter": [changed(write_filter_model(scene.view.where, participant_columns(protocol)), model or {}) for model in filters],
        "order": [no_update if _sort_of(state) == scene.view.sort else column_state(protocol, scene.view.sort) for state in orders],
        "fingerprint": scene.fingerprint if is_new else no_update,
        "view": {**view, "query": scene.query} if is_new else no_update,
        "notices": drawn if drawn or notices else no_update,
    }


def _choose(
    protocol: StudyProtocol, from_address: bool, search: str, controls: Mapping[str, Any], filters: Sequence[Any], orders: Sequence[Any]
) -> tuple[ViewState, tuple[str, ...]]:
    """The view the reader asks for: the address when that changed, else the address with the controls laid over it."""
    addressed, problems = decode_view(search or "", protocol)
    if from_address:
        return addressed, problems
    texts = write_values(addressed) | read_controls(list(controls.items()))
    if texts["by"] != addressed.by:
        # The cohorts that were chosen are none of the new split.
        texts["cohort"] = ""
    problems = tuple(_nothing_ticked(controls))
    if filters:
        try:
            texts["where"] = read_filter_model(filters[0] or {})
        except ValueError as error:
            problems += (f"The table's filter was not applied: {error}.",)
    if orders and orders[0]:
        texts["sort"] = _sort_of(orders[0])
    chosen, refused = decode_values({name: text for name, text in texts.items() if text != UNSET.get(name)}, protocol, addressed)
    return chosen, (*problems, *refused)


def _nothing_ticked(controls: Mapping[str, Any]) -> list[str]:
    emptied = [KEY_BY_NAME[name].label for name, value in controls.items() if value == [] and name in UNSET]
    return [f"{label}: at least one must be chosen, so all are shown." for label in emptied]


def changed(new: Any, old: Any) -> Any:
    """`new`, or `no_update` when the page has it already."""
    return no_update if new == old else new


def _sort_of(state: Sequence[Mapping[str, Any]] | None) -> str:
    """The order of a grid's column state as the address writes it."""
    sorted_columns = [column for column in state or () if column.get("sort")]
    sorted_columns.sort(key=lambda column: column.get("sortIndex") or 0)
    return ",".join(f"{column['colId']}.{column['sort']}" for column in sorted_columns)
