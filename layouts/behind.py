"""The page of what is behind a cell of a table: participants, source rows, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.behind.words import BehindWords
from layouts.attributes import data
from layouts.cards import draw_table

PEOPLE_HEADER = ("Participant", "Cohort", "Sex", "Age, years", "What was recorded")
ROW_HEADER = ("Participant", "Kind", "What", "As delivered", "Day", "More", "File and row")
NO_ROWS = "No row of the delivery stands behind this cell."
Link = tuple[str, str]


def draw_behind(
    words: BehindWords, participant: Callable[[str], str], back: Link, files: Sequence[Link], near: Sequence[Link], origin: str
) -> list[Component]:
    """The cards of the page. `participant` gives the address of a participant's page; links are words and address."""
    return [
        _draw_head(words, back, files, near, origin),
        _draw_card("Participants", PEOPLE_HEADER, words.people, participant, "Nobody is counted in this cell."),
        _draw_card("Rows of the delivery", ROW_HEADER, words.rows, participant, NO_ROWS, words.more),
        *([_draw_others(words, participant)] if words.others else []),
    ]


def _draw_head(words: BehindWords, back: Link, files: Sequence[Link], near: Sequence[Link], origin: str) -> Component:
    ways = [html.A(back[0], href=back[1], **data(internal="yes"))]
    ways += [html.A("How the number is made", href=origin)] if origin else []
    further = [html.Ul([html.Li(_inner(text, href)) for text, href in near], className="behind-near")] if near else []
    saved = html.Div([html.A(text, href=href, className="action", download="") for text, href in files], className="actions")
    return html.Section(
        [
            html.H2(words.title, className="card-title"),
            html.P(words.sentence, className="behind-number"),
            html.P(words.caption, className="caption"),
            html.P(ways, className="behind-ways"),
            *further,
            saved,
        ],
        className="card card-text card-behind",
    )


def _draw_card(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]], participant: Callable[[str], str], nothing: str, more: str = ""
) -> Component:
    # A column that nothing fills says nothing.
    filled = [place for place in range(1, len(header)) if any(row[place] for row in rows)]
    header = (header[0], *(header[place] for place in filled))
    linked = [(_inner(row[0], participant(row[0])), *(row[place] for place in filled)) for row in rows]
    body = draw_table(header, linked, title, words=True, stacked=True) if rows else html.P(nothing)
    note = [html.P(more, className="caption")] if more else []
    return html.Section([html.H2(title, className="card-title"), body, *note], className="card card-text card-behind")


def _draw_others(words: BehindWords, participant: Callable[[str], str]) -> Component:
    names = html.Ul([html.Li(_inner(name, participant(name))) for name in words.others], className="behind-others")
    return html.Section(html.Details([html.Summary(words.others_words), names], className="shown"), className="card card-text card-behind")


def _inner(text: str, href: str) -> Component:
    return html.A(text, href=href, **data(internal="yes"))
