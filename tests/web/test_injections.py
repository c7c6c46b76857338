"""Sixty script-injection texts as participant, term, label, unit and title: every answer holds them as text, and as nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import openpyxl
import pandas as pd
import pytest
from flask.testing import FlaskClient

from dashboard import factory
from dashboard.audit.chain import Head, Record
from dashboard.settings import Settings
from dashboard.sight import Sighting
from dashboard.study.definitions import read_definitions
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, StudyData
from dashboard.tables import TABLES
from dashboard.web.addresses import ADDRESS_HEADER
from dashboard.web.audit_html import Shown, build_audit_page
from dashboard.web.health import Readiness
from dashboard.web.static_files import read_assets
from data_access.repository import SqlRepository
from layouts.frame import DATA_PAGES, PAGES
from tests.web.injections import INJECTIONS, MARK
from tests.web.opened_page import OpenedPage, walk

STUDY = "nct05600920"
TEXTS = ("term", "reported_term", "body_system", "outcome", "relation", "action", "visit_label", "value_text", "unit_text", "amount_unit")
TEXTS = (*TEXTS, "name", "indication", "dose_text", "label", "object", "reason", "source_file")
# What Plotly reads as markup in a text, and what our own figures write of it.
OWN_MARKUP = re.compile(r"</?(?:b|i|br|sub|sup|span|extra)(?: style=[\"'][^\"'<>]*[\"'])?/?>")
# What an HTML file of ours may hold: no element that loads, runs or sends anything.
HARMFUL = {"script", "iframe", "object", "embed", "base", "link", "form", "video", "audio", "marquee", "foreignobject", "animate", "math"}


def rename(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows twice, thirty participants as the first half of the texts and thirty as the second; every other text is one of them too."""
    people = sorted(frame["participant"].unique())
    place = {name: int(name[4:7] == "480") * 10 + int(name[4:7] == "720") * 20 + int(name[-3:]) - 1 for name in people}
    twice = []
    for half in (0, 1):
        named = {name: INJECTIONS[place[name] + 30 * half] for name in people}
        twice.append(frame.assign(participant=frame["participant"].map(named)))
    both = pd.concat(twice, ignore_index=True)
    turn = pd.Series([INJECTIONS[number % len(INJECTIONS)] for number in range(len(both))])
    texts = {name: both[name].where(both[name] == "", turn) for name in TEXTS if name in both}
    kinds = {name: frame[name].dtype for name in ("participant", *texts)}
    return both.assign(**texts).astype(kinds).sort_values("participant", kind="stable", ignore_index=True)


class Hostile(SqlRepository):
    """The demonstration as somebody would deliver it who wants to do harm."""

    def list_all(self, study: str) -> list[Snapshot]:
        return [replace(cut, label=INJECTIONS[0], created_by=INJECTIONS[10]) for cut in super().list_all(study)]

    def load(self, snapshot: Snapshot) -> StudyData:
        data = super().load(snapshot)
        return replace(data, participants=rename(data.participants), counts=rename(data.counts), doses=rename(data.doses))

    def load_records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        return rename(super().load_records(snapshot, table))


def hostile_protocol(protocol: StudyProtocol) -> StudyProtocol:
    """The study with such texts wherever a definition names something."""
    told = protocol.model_dump()
    told["study"] |= {"title": INJECTIONS[1], "short_title": INJECTIONS[14], "population": INJECTIONS[17], "cohort_word": INJECTIONS[45]}
    told["exposure"] |= {"unit": INJECTIONS[11]}
    for name in ("cohorts", "visits", "analytes", "strata", "periods"):
        told[name] = tuple(part | {"label": INJECTIONS[(7 * place + len(name)) % 60]} for place, part in enumerate(told[name]))
    told["notes"] = tuple({"title": text, "text": text, "source": text} for text in INJECTIONS[:20])
    return StudyProtocol.model_validate(told)


@pytest.fixture(scope="module")
def hostile(demo_settings: Settings, demo_repository: SqlRepository) -> Iterator[FlaskClient]:
    """A browser on the product with such a delivery."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factory, "read_definitions", lambda _folder=None: {STUDY: hostile_protocol(read_definitions()[STUDY])})
        app = factory.assemble_app(demo_settings, Hostile(demo_repository.engine), lambda: Readiness("head", "head", None))
        yield app.server.test_client()


# Parts of a layout that nobody sees as text: numbers in base64, and names by which Plotly knows its own parts again. Figures are
# looked at by themselves.
UNSEEN = ("bdata", "figure", "legendgroup", "uirevision")


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from strings(value) if key not in UNSEEN else ()
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)


def expect_literal_figure(figure: Any) -> None:
    """Whatever Plotly would read as markup in a figure is our own."""
    for text in strings(figure):
        rest = OWN_MARKUP.sub("", text)
        assert not re.search(r"<[a-zA-Z/!]", rest), text
        assert not [injected for injected in INJECTIONS if "<" in injected and injected in text], text
    # A template fills in numbers by their names; a text must not name any.
    assert not [trace for trace in figure.get("data", []) if "%{customdata[0]}&lt;" in str(trace.get("hovertemplate", ""))]


PLACES = [*PAGES, *DATA_PAGES, *(f"participants/{quote(name, safe='')}" for name in INJECTIONS[::9])]


@pytest.mark.parametrize("place", PLACES)
def test_a_page_holds_them_as_text(hostile: FlaskClient, place: str) -> None:
    answer = hostile.get("/_dash-layout", headers={ADDRESS_HEADER: f"/{STUDY}/{place}"})
    assert answer.status_code == 200
    components = list(walk(answer.get_json()))
    for kind, props in components:
        assert kind not in ("Markdown", "Iframe", "Script", "DangerouslySetInnerHTML")
        assert not [name for name in props if name.startswith(("dangerously", "on")) and props[name]]
        assert str(props.get("href", "/")).startswith(("/", "#", "http://localhost/", "https://"))
        if isinstance(props.get("figure"), dict):
            expect_literal_figure(props["figure"])
    # React writes every child as text; so what matters is that nothing was escaped before, and shown with its entities.
    shown = [text for _, props in components for text in strings(props.get("children", [])) if "&lt;" in text]
    assert not [text for text in shown if not any("&lt;" in injected and injected in text for injected in INJECTIONS)]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_holds_them_letter_by_letter(hostile: FlaskClient, name: str) -> None:
    as_json, as_csv = (hostile.get(f"/api/v1/{STUDY}/{name}.{kind}") for kind in ("json", "csv"))
    assert (as_json.status_code, as_csv.status_code) in ((200, 200), (404, 404))
    if as_json.status_code == 404:
        return
    assert as_json.content_type.startswith("application/json")
    assert as_csv.content_type.startswith("text/csv")
    told = [text for row in as_json.get_json() for text in row.values() if isinstance(text, str) and MARK in text]
    read = [cell for row in csv.reader(io.StringIO(as_csv.get_data(as_text=True))) for cell in row if MARK in cell]
    assert read == told
    if name == "participants":
        assert set(told) >= set(INJECTIONS)


def test_a_workbook_holds_them_as_text_and_a_file_for_people_harmlessly(hostile: FlaskClient) -> None:
    start = f"/{STUDY}/download/grid/-/participants"
    book = openpyxl.load_workbook(io.BytesIO(hostile.get(f"{start}.xlsx").get_data()))
    cells = [cell for row in book["Rows"].iter_rows() for cell in row if MARK in str(cell.value)]
    assert {cell.value for cell in cells} >= set(INJECTIONS)
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    lines = [line for line in hostile.get(f"{start}.csv").get_data(as_text=True).splitlines() if not line.startswith("# ")]
    named = {row["participant"] for row in csv.DictReader(lines)}
    assert {name.removeprefix("'") for name in named if name.startswith(("'=", "'@"))} == {text for text in INJECTIONS if text[0] in "=@"}
    assert not [name for name in named if name.startswith(("=", "@", "+", "-"))]


def test_the_files_of_the_listings_of_a_review_make_formulas_harmless(hostile: FlaskClient) -> None:
    page = OpenedPage(hostile, f"/{STUDY}/interim?until=to-week-36")
    hrefs = [props["href"] for kind, props in walk(page.layout) if kind == "A" and str(props.get("children", "")).endswith("columns, CSV")]
    (events,) = {href for href in hrefs if "/adverse-events.csv" in href}
    answer = hostile.get(events)
    assert answer.status_code == 200
    cells = {cell for row in csv.reader(io.StringIO(answer.text)) for cell in row}
    assert """'=HYPERLINK("//evil.example/zq7","x")""" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]


class Elements(HTMLParser):
    """The elements and attributes of an HTML file, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def expect_harmless(page: str, forms: bool = False) -> Elements:
    """An HTML file in which no text has become an element or an attribute."""
    elements = Elements(page)
    for tag, attributes in elements.found:
        allowed = {"form", "link"} if forms else set()
        assert tag not in HARMFUL - allowed, tag
        assert not [name for name in attributes if name.startswith("on") or name in ("srcdoc", "formaction", "xlink:href")], attributes
        if tag in ("form", "link", "a"):
            assert str(attributes.get("href") or attributes.get("action") or "/").startswith(("/", "#", "?", "http://localhost/"))
    return elements


def test_the_package_holds_them_as_text(hostile: FlaskClient) -> None:
    answer = hostile.get(f"/{STUDY}/download/package.html?until=to-week-36")
    assert answer.status_code == 200, answer.text[:300]
    elements = expect_harmless(answer.get_data(as_text=True))
    squeezed = re.sub(r"\s", "", elements.text)
    assert [text for text in INJECTIONS if re.sub(r"\s", "", text) not in squeezed] == []


def test_a_saved_view_holds_them_as_text(hostile: FlaskClient) -> None:
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    page = OpenedPage(hostile, f"/{STUDY}/overview")
    fingerprint, query = page.props["fingerprint"]["children"], page.props["view"]["data"]["query"]
    saved = []
    for text in INJECTIONS[::6]:
        wish = {"address": f"/{STUDY}/overview?{query}", "name": text, "note": text, "expires": "", "fingerprint": fingerprint}
        answer = hostile.post(f"/api/v1/{STUDY}/views", json=wish, headers=own)
        assert answer.status_code == 201, answer.text
        assert answer.get_json()["name"] == text
        saved.append(answer.get_json()["address"])
    # The page builds its entries from this list as texts (saved.js; tests/browser/test_saved_views.py).
    assert set(INJECTIONS[::6]) <= set(strings(hostile.get(f"/api/v1/{STUDY}/views").get_json()))
    for address, text in zip(saved, INJECTIONS[::6], strict=True):
        hostile.post(f"/api/v1/{STUDY}/views/{address.removeprefix('/v/')}/revoke", json={}, headers=own)
        ended = hostile.get(address)
        assert ended.status_code == 410
        assert text in expect_harmless(ended.get_data(as_text=True), forms=True).text


def test_the_audit_page_holds_them_as_text() -> None:
    rows = [
        Sighting(
            Record(place, "2026-01-01T00:00:00.000000+00:00", "view", text, text, text, "r", json.dumps({"participant": text}), "p", "h"),
            "by name",
        )
        for place, text in enumerate(INJECTIONS)
    ]
    fields = dict.fromkeys(("study", "participant", "user", "cut", "action", "since", "until", "before"), INJECTIONS[15])
    shown = Shown(fields, rows, True, "", (STUDY,), ("seen",), INJECTIONS[14], Head(60, "h" * 64))
    elements = expect_harmless(build_audit_page(read_assets(factory.ASSETS), shown), forms=True)
    assert [text for text in INJECTIONS if text not in elements.text] == []
