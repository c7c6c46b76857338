"""The pooled study in a browser: response and survival by group, from a number or a bar to participants, and recovery by CRS grade."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.journeys import PLOT, READ_FIGURE, Check, cut_of, panels, query_of, read_table, wait_for_view
from tests.browser.test_download import save
from tests.serving import Served

# Pages of 334 participants take a browser long.
pytestmark = pytest.mark.slow

POOLED = "/ns7car"
RATES, FOREST = "Response rates by group", "Response rates by trial and pooled"
COURSES = "Course of each participant since the infusion"
# The first opening of a split derives the records of 334 participants, milliseconds.
FIRST = 30_000
PFS, OS = "Progression-free survival", "Overall survival"
# Where the middle of a bar is on the screen, and whose it is: the words of the hover.
FIRST_BAR = """plot => {
  const trace = plot._fullData.find(trace => trace.type === 'bar'), {xaxis, yaxis} = plot._fullLayout;
  const box = plot.getBoundingClientRect();
  return {
    words: trace.hovertext[0],
    x: box.x + xaxis._offset + xaxis.c2p(trace.x[0] / 2), y: box.y + yaxis._offset + yaxis.c2p(trace.y[0]),
  };
}"""


def card(page: Page, title: str) -> Locator:
    """The card with this title, and not those of which it is the beginning."""
    return page.get_by_role("region", name=title, exact=True)


def read_traces(page: Page, title: str) -> list[dict[str, Any]]:
    """The traces of a panel's figure, as the browser has them."""
    traces: list[dict[str, Any]] = card(page, title).locator(PLOT).evaluate(READ_FIGURE)
    return traces


def read_bars(page: Page) -> dict[str, float]:
    """Each participant with a bar, and the last day seen that the bar ends at."""
    bars = [trace for trace in read_traces(page, COURSES) if trace["type"] == "bar"]
    assert bars
    return {words.split(":")[0]: day for trace in bars for words, day in zip(trace["hovertext"], trace["x"], strict=True)}


def open_pooled(page: Page, path: str) -> None:
    """Open an address of the pooled study and wait until its panels show it."""
    page.goto(f"{POOLED}{path}")
    expect(panels(page).first).to_be_visible(timeout=FIRST)
    wait_for_view(page)


def choose(page: Page, name: str, label: str) -> None:
    """Choose in a list of the rail, and wait until the panels show it."""
    before = query_of(page)
    page.get_by_role("combobox", name=name, exact=True).select_option(label=label)
    expect(page).not_to_have_url(re.compile(rf"\?{re.escape(before)}(#main)?$"))
    wait_for_view(page)


def test_rates_and_forest_follow_the_split_and_the_groups_left_of_it(page: Page, served: Served) -> None:
    open_pooled(page, "/response")
    cut, whole = cut_of(page), card(page, RATES).get_by_role("row", name=re.compile("^All shown"))
    expect(whole).to_contain_text("284/329")
    expect(card(page, FOREST).get_by_role("row", name=re.compile("^NCT04938115"))).to_contain_text("13/18")
    page.get_by_role("group", name="Split by").get_by_role("link", name="Trial", exact=True).click()
    expect(page).to_have_url(re.compile(rf"\?cut={cut}&by=trial(#main)?$"))
    expect(panels(page).first).to_be_visible(timeout=FIRST)
    wait_for_view(page)
    expect(card(page, COURSES).get_by_role("columnheader").first).to_have_text("Trial")
    page.get_by_role("group", name="Trial", exact=True).get_by_label("NCT04938115").press(" ")
    expect(page).to_have_url(re.compile("cohort=nct04572308,nct05626400,nct04916860,nct04928105"))
    wait_for_view(page)
    # 13 of 18 evaluable participants of the trial left out responded: 284 − 13 of 329 − 18.
    expect(whole).to_contain_text("271/311")
    expect(card(page, FOREST).get_by_role("row", name=re.compile("^NCT04938115"))).to_have_count(0)
    pooled = read_table(served.url, "response-pooled", query_of(page), POOLED)
    shown = [(row["label"], row["n"], row["of"]) for row in pooled if row["rate"] == "orr" and row["kind"] == "trial"]
    assert [label for label, _, _ in shown] == ["NCT04572308", "NCT05626400", "NCT04916860", "NCT04928105"]
    for label, n, of in shown:
        expect(card(page, FOREST).get_by_role("row", name=re.compile(f"^{label}"))).to_contain_text(f"{n}/{of}")
    page.go_back()
    wait_for_view(page, f"cut={cut}&by=trial")
    expect(whole).to_contain_text("284/329")
    page.assert_clean()


def test_a_rate_opens_its_responders_and_says_how_it_is_made(page: Page, axe: Check) -> None:
    open_pooled(page, "/response")
    card(page, RATES).get_by_role("row", name=re.compile("^MPAL")).get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(rf"{POOLED}/behind/rates:orr:disease:mpal:evaluable\?"))
    said = page.locator(".behind-number")
    n, of = re.findall(r"\d+", said.inner_text())[:2]
    expect(said).to_contain_text("participants evaluable for response")
    people = page.get_by_role("region", name="Participants", exact=True).get_by_role("rowheader")
    expect(people).to_have_count(int(n))
    name = people.first.inner_text()
    page.get_by_role("link", name="How the number is made").click()
    counted = page.get_by_role("region", name="Details").filter(has=page.get_by_role("link", name=name))
    expect(counted.locator("tr", has=page.locator("td:last-child", has_text=re.compile("^yes$")))).to_have_count(int(n))
    expect(page.get_by_text(f"; {of} in N.")).to_be_visible()
    axe(page)
    counted.get_by_role("link", name=name).click()
    expect(page.get_by_role("region", name=re.compile("^Source rows")).first.get_by_role("row").nth(1)).to_contain_text("rs")
    page.go_back()
    page.go_back()
    page.get_by_role("link", name="Back to the page Response").click()
    expect(card(page, RATES).get_by_role("row", name=re.compile("^MPAL"))).to_contain_text(f"{n}/{of}")
    page.assert_clean()


def test_courses_turn_page_by_page_as_their_saved_rows_say_and_a_bar_opens_its_participant(page: Page, axe: Check) -> None:
    open_pooled(page, "/response?cohort=t-all")
    axe(page)
    text = save(card(page, COURSES), "link", re.compile("CSV")).read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("# ")))
    days = {row["participant"]: float(row["last_day"]) for row in rows if row["infused"] == "true"}
    assert len(days) == 159
    assert read_bars(page) == days
    parts = []
    for label, n in (("rows 1 to 60", 60), ("rows 61 to 120", 60), ("rows 121 to 180", 39)):
        choose(page, "Courses shown", label)
        parts.append(read_bars(page))
        assert len(parts[-1]) == n
    # Longest observed first, and each participant on one page.
    assert [day for part in parts for day in sorted(part.values(), reverse=True)] == sorted(days.values(), reverse=True)
    assert parts[0] | parts[1] | parts[2] == days
    page.go_back()
    wait_for_view(page)
    assert read_bars(page) == parts[1]
    plot = card(page, COURSES).locator(PLOT)
    # The figure is taller than the window.
    page.evaluate("top => window.scrollBy(0, top)", plot.evaluate(FIRST_BAR)["y"] - 400)
    bar = plot.evaluate(FIRST_BAR)
    page.mouse.move(bar["x"], bar["y"])
    expect(plot.locator(".hoverlayer")).to_contain_text(bar["words"].split(":")[0])
    page.mouse.click(bar["x"], bar["y"])
    expect(page.get_by_role("heading", level=1, name=f"Participant {bar['words'].split(':')[0]}")).to_be_attached()
    page.assert_clean()


def test_curves_with_and_without_censoring_from_a_landmark_on_and_back(page: Page, served: Served, axe: Check) -> None:
    open_pooled(page, "/survival?curves=all")
    cut = cut_of(page)
    rows = card(page, PFS).get_by_role("region", name="Table").get_by_role("row")
    expect(rows).to_have_count(2)
    assert at_risk_of(page, OS) == at_risk_by_table(served, query_of(page), "os")
    choose(page, "Censored", "both ways, two curves")
    expect(rows).to_have_count(3)
    expect(rows.last).to_contain_text("All shown, to transplant")
    thin = next(trace for trace in read_traces(page, PFS) if "to transplant" in trace.get("name", ""))
    steps = [row for row in read_table(served.url, "survival-curve", query_of(page), POOLED) if row["endpoint"] == "pfs"]
    ended = [row for row in steps if row["censor"] == "yes"]
    assert thin["x"][-1] == float(ended[-1]["time"])
    assert abs(thin["y"][-1] - 100 * float(ended[-1]["survival"])) < 0.001
    choose(page, "Survival of", "event-free on day 90")
    assert query_of(page) == f"cut={cut}&curves=all&censor=both&landmark=90"
    expect(card(page, PFS).locator(".xtitle")).to_have_text("days since day 90")
    expect(card(page, PFS).locator(".caption")).to_contain_text("Only who was event-free and under observation after day 90")
    assert at_risk_of(page, OS) == at_risk_by_table(served, query_of(page), "os")
    axe(page)
    page.go_back()
    wait_for_view(page, f"cut={cut}&curves=all&censor=both")
    page.go_back()
    wait_for_view(page, f"cut={cut}&curves=all")
    expect(rows).to_have_count(2)
    page.go_forward()
    wait_for_view(page, f"cut={cut}&curves=all&censor=both")
    expect(rows).to_have_count(3)
    page.assert_clean()


def at_risk_of(page: Page, title: str) -> dict[int, int]:
    """The first row of numbers under the axis of a figure, by the day they stand at."""
    notes: list[dict[str, Any]] = (
        card(page, title)
        .locator(PLOT)
        .evaluate(
            "plot => plot.layout.annotations.filter(note => note.xref === 'x' && /^[0-9]+$/.test(note.text.replace(/<[^>]*>/g, '')))"
            ".map(note => ({day: note.x, n: Number(note.text.replace(/<[^>]*>/g, '')), below: note.yshift}))"
        )
    )
    assert notes
    top = max(note["below"] for note in notes)
    return {round(note["day"]): note["n"] for note in notes if note["below"] == top}


def at_risk_by_table(served: Served, query: str, endpoint: str) -> dict[int, int]:
    """How many times of the table of participants reach each of the round days of the axis; who has a time ended at the last contact."""
    rows = read_table(served.url, "survival", query, POOLED)
    landmark = int(found[1]) if (found := re.search(r"landmark=(\d+)", query)) else None
    times = [float(row["time"]) for row in rows if row["endpoint"] == endpoint and row["censor"] == "no" and row["time"]]
    times = times if landmark is None else [time - landmark for time in times if time > landmark]
    return {day: sum(time >= day for time in times) for day in range(0, int(max(times)) + 1, 365)}


def test_recovery_by_crs_grade_leaves_out_the_counts_after_a_transplant(page: Page, axe: Check) -> None:
    open_pooled(page, "/trajectories?analyte=cd3")
    aplasia = card(page, "CD3 T cells below 50 cells/µL, by visit")
    marked = aplasia.get_by_role("row", name=re.compile("^All shown")).inner_text()
    page.get_by_role("group", name="Split by").get_by_role("link", name="Worst grade of CRS", exact=True).click()
    expect(aplasia.locator('.caption[data-view*="by=crs"]')).to_be_visible(timeout=FIRST)
    choose(page, "Later counts", "after transplant: left out")
    expect(page).to_have_url(re.compile("by=crs&analyte=cd3&after=left-out"))
    expect(aplasia.locator(".caption")).to_contain_text("Counts after transplant are left out.")
    expect(aplasia.get_by_role("row", name=re.compile("^CRS grade ≥ 3"))).to_be_visible()
    left = aplasia.get_by_role("row", name=re.compile("^All shown")).inner_text()
    # The first visit is before any transplant (day 28 at the earliest); at the last one fewer than all have a count before theirs.
    before, after = ([int(of) for of in re.findall(r"/(\d+)", text)] for text in (marked, left))
    assert before[0] == after[0]
    assert after[-1] < before[-1]
    axe(page)
    page.assert_clean()
