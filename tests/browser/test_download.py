"""What is saved is what is drawn: rows, workbook and image of a panel against the HTTP table and the points of the figure."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.journeys import PLOT, READ_FIGURE, cut_of, open_view, panel, query_of, read_table
from tests.serving import Served

VIEW = "/trajectories?cohort=240,480&sex=F&measure=change"


def save(card: Locator, role: str, name: str) -> Path:
    """Open the panel's Save menu and save what `name` offers; the path of the saved file."""
    if not card.get_by_role(role, name=name).is_visible():
        card.get_by_text("Save", exact=True).click()
    with card.page.expect_download() as download:
        card.get_by_role(role, name=name).click()
    # Under its own name, because a workbook is known by its ending.
    path = Path(download.value.path()).with_name(download.value.suggested_filename)
    download.value.save_as(path)
    return path


def drawn_points(card: Locator) -> list[tuple[str, int, float]]:
    """(participant, day, change) of every point on the participants' lines, as the browser has them."""
    traces: list[dict[str, Any]] = card.locator(PLOT).evaluate(READ_FIGURE)
    points = []
    for trace in (trace for trace in traces if trace.get("text") and trace["mode"] == "lines"):
        details = np.array(trace["customdata"]["numbers"], dtype=object).reshape(-1, 5)
        points += [(name, int(day), round(y, 2)) for name, y, (day, *_) in zip(trace["text"], trace["y"], details, strict=True) if name]
    return sorted(points)


def test_csv_workbook_http_table_and_figure_hold_the_same_numbers(page: Page, served: Served) -> None:
    open_view(page, VIEW)
    card = panel(page, "CD4 by")
    text = save(card, "link", "Count records, CSV").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("# ")))
    answered = read_table(served.url, "trajectories", f"{query_of(page)}&analyte=cd4")
    assert rows == answered
    assert drawn_points(card) == sorted((row["participant"], int(row["day"]), round(float(row["change"]), 2)) for row in rows)
    book = openpyxl.load_workbook(save(card, "link", "Count records, Excel"))
    head, *cells = book["Rows"].iter_rows(values_only=True)
    assert list(head) == list(rows[0])
    assert [[_read_cell(cell) for cell in row] for row in cells] == [[_read_cell(text) for text in row.values()] for row in rows]
    page.assert_clean()


def _read_cell(cell: object) -> object:
    """A cell as it is compared; a workbook holds sixteen digits of a number, a CSV file all of them."""
    if isinstance(cell, bool):
        return str(cell).lower()
    number = isinstance(cell, int | float) or re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?", str(cell))
    return float(f"{float(str(cell)):.14g}") if number else str(cell or "")


@pytest.mark.parametrize("kind", ["CSV", "Excel"])
def test_a_saved_table_says_its_cut_selection_n_date_and_that_it_is_synthetic(page: Page, kind: str) -> None:
    open_view(page, VIEW)
    saved = save(panel(page, "CD4 by"), "link", f"Count records, {kind}")
    if kind == "CSV":
        about = dict(line[2:].split(": ", 1) for line in saved.read_text(encoding="utf-8").splitlines() if line.startswith("# "))
    else:
        about = dict(openpyxl.load_workbook(saved)["About"].iter_rows(values_only=True, max_col=2))
    assert about["Data"].startswith("SYNTHETIC")
    assert about["Data cut"] == f"Final, 2026-09-30, {cut_of(page)}"
    assert about["Selection"] == "240 µg/kg and 480 µg/kg; women"
    assert re.fullmatch(r"n = \d+ of 30 in the data cut", about["Participants"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", about["Downloaded"])
    expect(panel(page, "CD4 by")).to_contain_text(about["Participants"].removesuffix(" in the data cut"))
    page.assert_clean()


def test_the_link_inside_a_saved_table_opens_the_same_view(page: Page) -> None:
    open_view(page, VIEW)
    lines = save(panel(page, "CD4 by"), "link", "Count records, CSV").read_text(encoding="utf-8").splitlines()
    (address,) = [line.removeprefix("# View: ") for line in lines if line.startswith("# View: ")]
    opened = page.goto(address)
    assert opened is not None
    assert opened.status == 200
    expect(panel(page, "CD4 by")).to_contain_text("Change from baseline")
    expect(panel(page, "CD4 by")).to_contain_text("240 µg/kg and 480 µg/kg; women")
    page.assert_clean()


def test_a_saved_image_carries_title_caption_legend_and_synthetic(page: Page) -> None:
    open_view(page, VIEW)
    card = panel(page, "CD4 by")
    drawing = ElementTree.parse(save(card, "button", "Figure, SVG"))  # noqa: S314  (our own file)
    words = " ".join(" ".join(drawing.getroot().itertext()).split())
    assert drawing.getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert "CD4 by weeks since first dose" in words
    assert "SYNTHETIC" in words
    assert " ".join((card.locator(".caption").text_content() or "").split()) in words
    assert "NCT05600920" in words
    assert query_of(page) in words.replace(" ", "")
    assert all(label in words for label in ("240 µg/kg", "480 µg/kg"))
    assert save(card, "button", "Figure, PNG").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    page.assert_clean()


@pytest.mark.parametrize("title", ["CD4 responders by cohort", "Days with CD4", "Time to the first CD4", "CD4 above the thresholds"])
def test_every_figure_of_the_thresholds_page_can_be_saved(page: Page, title: str) -> None:
    open_view(page, "/thresholds")
    card = panel(page, title)
    words = " ".join(ElementTree.parse(save(card, "button", "Figure, SVG")).getroot().itertext())  # noqa: S314  (our own file)
    assert title in words
    assert "SYNTHETIC" in words
    page.assert_clean()
