"""What is behind a cell about adverse events names the filter in force, also where the filter takes nothing away."""

from __future__ import annotations

import pytest

from dashboard.behind import find_behind
from dashboard.behind.words import describe_behind, describe_content
from dashboard.safety import find_events
from tests.panels.test_safety_panels import open_safety

OPEN = "Events of any relation to treatment and any grade."
RELATED = "Filter: only events related to treatment, of any grade."


def first_event(related: str) -> str:
    """The address of the related event of participant a, on day 3."""
    events = find_events(open_safety(related=related))
    own = events[(events["participant"] == "a") & (events["start_day"] == 3)].iloc[0]
    return f"event:{own['source_file']}:{own['source_row']}"


@pytest.mark.parametrize(("related", "said"), [("any", OPEN), ("yes", RELATED)])
def test_the_page_of_one_event_and_that_of_deaths_name_the_filter(related: str, said: str) -> None:
    scene = open_safety(related=related)
    for cell in (first_event(related), "events:any::all", "events:deaths::all"):
        found = find_behind(scene, cell)
        assert said in describe_behind(found, scene).caption, cell
        assert said.rstrip(".").lower() in describe_content(found).lower(), cell


def test_deaths_are_counted_whatever_the_filter_says() -> None:
    for related in ("any", "yes"):
        scene = open_safety(related=related)
        words = describe_behind(find_behind(scene, "events:deaths::all"), scene)
        assert "Deaths are not filtered: everyone who died is counted." in words.caption
