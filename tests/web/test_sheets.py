"""Tables as texts: what the browser is sent, and the links it makes of it."""

from __future__ import annotations

import json

from dashboard.panels.cells import CellPart, LinkedText, link_cell, link_participant
from layouts.sheets import write_sheet
from tests.web.built_tables import build_table
from tests.web.opened_page import Props, walk


def links(written: str) -> list[Props]:
    return [props for kind, props in walk(build_table(written)) if kind == "A"]


def test_a_number_leads_behind_its_cell_in_the_view_and_is_called_by_row_and_column() -> None:
    row = ("Any event", link_cell("3/9", "events:any:NCI 5/0:240"))
    (link,) = links(write_sheet(("Row", "240 µg/kg"), [row], [False, False], links=("nct", "cut=1&sex=F")))
    assert link == {
        "children": "3/9",
        "href": "/nct/behind/events:any:NCI%205%2F0:240?cut=1&sex=F",
        "className": "cell-link",
        "aria-label": "3/9: Any event, 240 µg/kg",
        "data-internal": "yes",
    }


def test_of_several_numbers_in_a_cell_each_says_which_it_is() -> None:
    cell = LinkedText(
        (CellPart("1", "shift:a", "as the worst grade"), CellPart(" · "), CellPart("2", "shift:b", "as the last grade"), CellPart(""))
    )
    written = write_sheet(("Shift", "All"), [("0 → 1", cell)], [False, False], links=("nct", ""))
    assert [link["aria-label"] for link in links(written)] == ["1 as the worst grade: , All", "2 as the last grade: , All"]
    assert {link["className"] for link in links(written)} == {"cell-link cell-part"}


def test_the_name_of_a_participant_leads_to_the_participant() -> None:
    written = write_sheet(("Who", "Day"), [(link_participant("A/1"), "3")], [False, False], links=("nct", "cut=1"))
    assert [(link["href"], link["aria-label"]) for link in links(written)] == [("/nct/participants/A%2F1?cut=1", "A/1: A/1, Who")]


def test_a_table_without_a_view_has_no_links_and_is_sent_as_its_texts() -> None:
    written = write_sheet(("Row", "n"), [("Any", link_cell("3", "events:any::240"))], [False, True], stacked=True)
    assert json.loads(written)["rows"] == [["Any", "3"]]
    assert links(written) == []
    assert [props for kind, props in walk(build_table(written)) if kind == "Td"] == [
        {"children": "3", "className": "column-words", "data-label": "n"}
    ]
