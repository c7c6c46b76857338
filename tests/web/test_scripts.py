"""Which scripts a page loads, and that together they bring what each of them needs."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

STUDY = "/nct05600920"
SCRIPT = re.compile(r'<script src="([^"]+)"')


def scripts_of(client: FlaskClient, page: str) -> dict[str, str]:
    """The text of each script of a page by its address."""
    addresses = SCRIPT.findall(client.get(f"{STUDY}/{page}", follow_redirects=True).text)
    return {address: client.get(address).text for address in addresses}


@pytest.mark.parametrize("page", ["trajectories", "participants"])
def test_a_page_has_no_script_for_old_browsers_and_lacks_nothing_of_it(client: FlaskClient, page: str) -> None:
    scripts = scripts_of(client, page)
    assert not any("polyfill" in address for address in scripts)
    using = [address for address, text in scripts.items() if "regeneratorRuntime.mark" in text]
    bringing = [address for address, text in scripts.items() if "globalThis.regeneratorRuntime=" in text]
    # Dash's scripts use it once the page is built, when all of them are there.
    assert len(using) >= 3
    assert bringing


def test_only_the_page_with_a_grid_loads_the_grids_script(client: FlaskClient) -> None:
    held = {page: any("ag_grid" in address for address in scripts_of(client, page)) for page in ("trajectories", "participants")}
    assert held == {"trajectories": False, "participants": True}
