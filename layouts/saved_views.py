"""Saving a view from the header, and the list of a study's saved views. assets/saved.js fills both; names and notes are set as text."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from layouts.attributes import UNCOUNTED, data

MEETINGS = "Meetings: an agenda of saved views, one page that moves the others’, decisions and comments"
WHAT = "A saved view has a short address. It opens only for readers who may see its study and data cut; it gives nobody a right."


def draw_save_form(study: str) -> Component:
    """What folds out of the header: name, note, last day; the script makes its fields when it is opened."""
    place = html.Div(className="save-form", **data(save_view=f"/api/v1/{study}/views"))
    return html.Details([html.Summary("Save view", className="action"), place], className="save-view", **UNCOUNTED)


def draw_saved_views(study: str) -> list[Component]:
    """The card with every saved view of the study, newest first."""
    place = html.Div(className="saved-views", **data(saved_views=f"/api/v1/{study}/views"))
    meetings = html.P(html.A(MEETINGS, href=f"/{study}/meetings"))
    body = [html.H2("Saved views", className="card-title"), html.P(WHAT, className="caption"), meetings, place]
    return [html.Section(body, className="card card-text card-saved")]
