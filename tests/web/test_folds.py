"""Tables whose rows fold: every row is in the page, and a button says whether it is open."""

from __future__ import annotations

from typing import Any

from layouts.cards import draw_table
from tests.web.opened_page import Props, unfold, walk


def _parts(table: Any, kind: str) -> list[Props]:
    """The properties of the parts of a kind, as the browser is sent them."""
    return [props for found, props in walk(unfold(table)) if found == kind]


ROWS = [("All", "3"), ("Skin", "2"), ("Rash", "1"), ("Itch", "1"), ("Eye", "1")]


def test_rows_of_depth_one_stand_in_the_body_of_the_row_above_them() -> None:
    table = draw_table(("Term", "n"), ROWS, depths=(0, 0, 1, 1, 0))
    bodies = _parts(table, "Tbody")
    assert [len(_parts(body, "Tr")) for body in bodies] == [1, 3, 1]
    assert [row.get("className") for row in _parts(bodies[1], "Tr")] == [None, "fold-row", "fold-row"]


def test_only_a_row_with_others_under_it_has_a_button_which_says_that_it_is_closed() -> None:
    everything, *folds = _parts(draw_table(("Term", "n"), ROWS, depths=(0, 0, 1, 1, 0)), "Button")
    assert everything["data-fold-all"] == "rows"
    assert [(fold["children"], fold["aria-expanded"]) for fold in folds] == [("Skin", "false")]


def test_a_table_without_depths_is_one_body_without_buttons() -> None:
    table = draw_table(("Term", "n"), ROWS)
    assert (len(_parts(table, "Tbody")), _parts(table, "Button")) == (1, [])
