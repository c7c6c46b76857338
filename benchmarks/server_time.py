"""How long the server works when a reader changes a filter: on the trajectories page with its five panels, and on the other pages.

The other pages are longer than a screen: first what is in sight is answered, then the rest. A reader waits for the first.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.measuring import Measurement
from benchmarks.reader import Reader, open_client
from tests.serving import own_environment, run_command

STUDY, FIRST_PAGE = "/nct05600920", "trajectories"
OTHER_PAGES = ("thresholds", "safety", "exploratory", "interim")
WARM_MS, NEW_MS, LARGE_MS = 15, 40, 60
LARGE_COHORT = 333
TIMES = 25
YOUNGEST = 20
IN_SIGHT = 2


def measure_server_time(folder: Path) -> list[Measurement]:
    """A view asked before and one never asked before, with 30 and with 999 participants; with 30 on the other pages too."""
    small, large = _load(folder / "small", 10), _load(folder / "large", LARGE_COHORT)
    return [
        *_report(small, FIRST_PAGE, "30 participants", WARM_MS, NEW_MS, parts=True),
        *_report(large, FIRST_PAGE, "999 participants", LARGE_MS, LARGE_MS, parts=False),
        *(row for page in OTHER_PAGES for row in _report_long(small, page)),
    ]


def _load(var: Path, per_cohort: int) -> Path:
    run_command("load-demo", "--participants-per-cohort", str(per_cohort), environment=own_environment(var))
    return var


def _report(var: Path, page: str, people: str, warm_limit: float, new_limit: float, *, parts: bool) -> list[Measurement]:
    reader = Reader(open_client(var), f"{STUDY}/{page}")
    cohorts = reader.value("cohort")
    for chosen in (cohorts[:-1], cohorts):
        reader.choose("cohort", chosen)
    warm = [reader.choose("cohort", cohorts if turn % 2 else cohorts[:-1]) for turn in range(TIMES)]
    new = [reader.choose("age-from", str(age)) for age in range(YOUNGEST, YOUNGEST + TIMES)]
    rows = [
        Measurement(f"server, view asked before, {people}", "ms", tuple(sum(times.values()) for times in warm), warm_limit),
        Measurement(f"server, view never asked before, {people}", "ms", tuple(sum(times.values()) for times in new), new_limit),
    ]
    if parts:
        rows += [Measurement(f"  of it {part}, never asked before", "ms", tuple(times[part] for times in new)) for part in new[0]]
    return rows


def _report_long(var: Path, page: str) -> list[Measurement]:
    """A page of which IN_SIGHT panels are on the screen, another place of the page at each change."""
    reader = Reader(open_client(var), f"{STUDY}/{page}")
    cohorts, panels = reader.value("cohort"), reader.panels()
    for chosen in (cohorts[:-1], cohorts):
        reader.choose("cohort", chosen)
    warm = [sum(reader.choose("cohort", cohorts if turn % 2 else cohorts[:-1]).values()) for turn in range(TIMES)]
    first, rest = [], []
    for turn in range(TIMES):
        place = turn % (len(panels) - IN_SIGHT + 1)
        first.append(sum(reader.choose("age-from", str(YOUNGEST + turn), panels[place : place + IN_SIGHT]).values()))
        rest.append(reader.draw_rest())
    return [
        Measurement(f"server, {page}: view asked before, whole page", "ms", tuple(warm), WARM_MS),
        Measurement(f"server, {page}: view never asked before, in sight", "ms", tuple(first), NEW_MS),
        Measurement(f"  the rest of {page}, asked for when that stands", "ms", tuple(rest)),
    ]
