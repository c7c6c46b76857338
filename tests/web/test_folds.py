"""Tables whose rows fold: every row is in the page, and a button says whether it is open."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

from layouts.cards import draw_table


def _parts(component: Any, kind: str) -> list[Any]:
    children = getattr(component, "children", None) or []
    below = children if isinstance(children, list | tuple) else [children]
    own = [component] if isinstance(component, Component) and type(component).__name__ == kind else []
    return [*own, *(part for child in below for part in _parts(child, kind))]


ROWS = [("All", "3"), ("Skin", "2"), ("Rash", "1"), ("Itch", "1"), ("Eye", "1")]


def test_rows_of_depth_one_stand_in_the_body_of_the_row_above_them() -> None:
    table = draw_table(("Term", "n"), ROWS, depths=(0, 0, 1, 1, 0))
    bodies = _parts(table, "Tbody")
    assert [len(_parts(body, "Tr")) for body in bodies] == [1, 3, 1]
    assert [getattr(row, "className", None) for row in _parts(bodies[1], "Tr")] == [None, "fold-row", "fold-row"]


def test_only_a_row_with_others_under_it_has_a_button_which_says_that_it_is_closed() -> None:
    everything, *folds = _parts(draw_table(("Term", "n"), ROWS, depths=(0, 0, 1, 1, 0)), "Button")
    assert everything.to_plotly_json()["props"]["data-fold-all"] == "rows"
    assert [(fold.children, fold.to_plotly_json()["props"]["aria-expanded"]) for fold in folds] == [("Skin", "false")]


def test_a_table_without_depths_is_one_body_without_buttons() -> None:
    table = draw_table(("Term", "n"), ROWS)
    assert (len(_parts(table, "Tbody")), _parts(table, "Button")) == (1, [])
