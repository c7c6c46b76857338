"""Delivering: a card with a place that `assets/deliver.js` fills, or the reason why nobody may deliver this way."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from layouts.attributes import data

WHAT_HAPPENS = (
    "The files are read and checked as a whole; the report comes before anything is published. One bad row refuses the delivery, "
    "and nothing of it is stored."
)


NO_RIGHT = "Your role in this study does not allow delivering data cuts. Its statisticians deliver, publish and withdraw them."


def draw_deliver(study_key: str, allowed: bool) -> Component:
    """The card: the place of the form, or the sentence that stands instead of it when delivering is not `allowed`."""
    if not allowed:
        body = [html.H2("Deliver", className="card-title"), html.P(NO_RIGHT, className="notice")]
        return html.Section(body, className="card card-text card-deliver")
    place = html.Div(className="deliver", **data(study=study_key))
    command = f"python -m dashboard import {study_key} FOLDER --label LABEL --cut-date YYYY-MM-DD --publish"
    return html.Section(
        [
            html.H2("Deliver", className="card-title"),
            html.P(WHAT_HAPPENS),
            place,
            html.Details([html.Summary("The same on the command line"), html.Code(command)], className="shown"),
        ],
        className="card card-text card-deliver",
    )
