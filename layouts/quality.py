"""The quality page: the kinds of flags, and the rows of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from layouts.attributes import aria
from layouts.cards import draw_table


@dataclass(frozen=True)
class FlagKind:
    """A kind of flag and what was found of it; `href` lists its rows."""

    title: str
    sentence: str
    rows: int
    participants: int
    href: str
    is_chosen: bool


@dataclass(frozen=True)
class FlagRow:
    """One flagged record, or absent thing. `href` leads to the participant's figure, `origin` to the source row ("" for none)."""

    participant: str
    href: str
    analyte: str
    visit: str
    day: str
    sentence: str
    source: str
    origin: str


@dataclass(frozen=True)
class FlagList:
    """The rows of the kind of flag that the view names: the first of them, how many there are in all, and their files."""

    title: str
    rows: Sequence[FlagRow]
    total: int
    files: Sequence[tuple[str, str]]
    all_kinds: str


def draw_quality(kinds: Sequence[FlagKind], about: str, files: Sequence[tuple[str, str]], listed: FlagList | None) -> list[Component]:
    """The card of flags by kind; below it the rows of the kind that is chosen. `about` says whose data; `files` are words and address."""
    return [_draw_kinds(kinds, about, files), *([_draw_list(listed)] if listed else [])]


def draw_calendar_choice(choices: Sequence[tuple[str, str, bool]]) -> Component:
    """Links to the calendars of the counts: (short name, address, whether it is the one shown)."""
    links = [
        html.A(
            name, href=href, className="page-link page-link-current" if shown else "page-link", **(aria(current="true") if shown else {})
        )
        for name, href, shown in choices
    ]
    return html.Nav(["Planned visits, by record of ", *links], className="calendar-choice", **aria(label="Count of the calendar"))


def _draw_kinds(kinds: Sequence[FlagKind], about: str, files: Sequence[tuple[str, str]]) -> Component:
    found = [kind for kind in kinds if kind.rows]
    clear = [kind for kind in kinds if not kind.rows]
    rows = [(_kind_link(kind), kind.sentence, f"{kind.rows:,}", f"{kind.participants:,}") for kind in found]
    table = (
        draw_table(("Flag", "Raised when", "Rows", "Participants"), rows, "Quality flags by kind")
        if found
        else html.P("Nothing is flagged.")
    )
    return html.Section(
        [
            html.H2("Quality flags", className="card-title"),
            html.P(about, className="caption"),
            table,
            *([_draw_clear(clear)] if clear else []),
            _draw_files(files),
        ],
        className="card card-text card-flags",
    )


def _kind_link(kind: FlagKind) -> Component:
    return html.A(kind.title, href=kind.href, **(aria(current="true") if kind.is_chosen else {}))


def _draw_clear(kinds: Sequence[FlagKind]) -> Component:
    """One line for the checks that found nothing; it opens to say what each of them looks for."""
    names = ", ".join(kind.title[:1].lower() + kind.title[1:] for kind in kinds)
    checks = "1 check" if len(kinds) == 1 else f"{len(kinds)} checks"
    return html.Details(
        [html.Summary(f"{checks} found nothing: {names}"), html.Ul([html.Li(f"{kind.title}: {kind.sentence}") for kind in kinds])],
        className="shown",
    )


def _draw_list(listed: FlagList) -> Component:
    rest = listed.total - len(listed.rows)
    more = [html.P(f"The first {len(listed.rows):,} rows; the files have {rest:,} more.", className="caption")] if rest else []
    header = ("Participant", "Count", "Visit", "Day", "What is odd", "Source")
    rows = [_cells(row) for row in listed.rows]
    size = "1 row" if listed.total == 1 else f"{listed.total:,} rows"
    body = draw_table(header, rows, f"{listed.title}: {size}") if rows else html.P("No row in this selection.")
    links = html.P(
        ["A participant opens with the flagged points marked, a source with the way from its row. ", html.A("Close", href=listed.all_kinds)]
    )
    return html.Section(
        [html.H2(f"{listed.title}: {size}", className="card-title"), links, body, *more, _draw_files(listed.files)],
        className="card card-text card-flag-rows",
    )


def _cells(row: FlagRow) -> tuple[Component | str, ...]:
    source: Component | str = html.A(row.source, href=row.origin) if row.origin else row.source
    return html.A(row.participant, href=row.href), row.analyte, row.visit, row.day, row.sentence, source


def _draw_files(files: Sequence[tuple[str, str]]) -> Component:
    return html.Div([html.A(words, href=href, className="action", download="") for words, href in files], className="actions")
