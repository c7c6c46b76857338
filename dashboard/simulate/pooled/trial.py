"""The synthetic pooled analysis as a whole: one call makes every domain, another writes them into a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from dashboard.simulate.pooled import targets
from dashboard.simulate.pooled.calendar import draw_calendar
from dashboard.simulate.pooled.counts import measure_counts, write_counts
from dashboard.simulate.pooled.courses import draw_courses
from dashboard.simulate.pooled.domains import check_calendar, write_demographics, write_disposition, write_infusions
from dashboard.simulate.pooled.people import draw_people
from dashboard.simulate.pooled.pool import Pool
from dashboard.simulate.pooled.responses import draw_assessments, write_responses, write_sizes
from dashboard.simulate.pooled.syndromes import CRS, draw_syndromes, write_events, write_treatments
from dashboard.simulate.pooled.visits import draw_visits

SEED = 20251106
# A stream is told from the others by its place: new ones go to the end.
_STREAMS = ("people", "courses", "calendar", "syndromes", "treatments", "assessments", "responses", "sizes", "visits", "counts")


def simulate_pooled(seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Every domain of the synthetic pooled analysis by name (DM, EX, LB, …), all cells text, an absent value the empty text.

    The same seed gives the same frames. ValueError when a target of `targets` does not come out.
    """
    streams = {name: np.random.default_rng([seed, place]) for place, name in enumerate(_STREAMS)}
    people = draw_people(streams["people"])
    courses = draw_courses(people, streams["courses"])
    pool = Pool(people, courses, draw_calendar(people, courses, streams["calendar"]))
    check_calendar(pool)
    domains = _write_domains(pool, streams)
    deviations = targets.find_deviations(domains)
    if deviations:
        raise ValueError("the synthetic participants miss their targets: " + "; ".join(deviations))
    return domains


def write_pooled(folder: Path, seed: int = SEED) -> list[Path]:
    """Write the synthetic pooled analysis into `folder` (made when absent): one CSV per domain and README.txt; returns the paths.

    UTF-8, lines end with a line feed, the same seed gives the same bytes. Files of the same names are replaced.
    """
    domains = simulate_pooled(seed)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [_write_csv(folder / f"{name.lower()}.csv", frame) for name, frame in sorted(domains.items())]
    readme = folder / "README.txt"
    readme.write_text(_describe_delivery(domains, seed), encoding="utf-8", newline="\n")
    return [*paths, readme]


def _write_domains(pool: Pool, streams: dict[str, np.random.Generator]) -> dict[str, pd.DataFrame]:
    events = draw_syndromes(pool, streams["syndromes"])
    assessments = draw_assessments(pool, streams["assessments"])
    visits = draw_visits(pool.courses["last"].to_numpy(), streams["visits"])
    severe = np.isin(np.arange(pool.size), events.loc[(events["term"] == CRS) & events["grade"].isin(("3", "4")), "person"])
    return {
        **write_demographics(pool),
        "EX": write_infusions(pool),
        "DS": write_disposition(pool),
        **write_events(pool, events),
        "CM": write_treatments(pool, events, streams["treatments"]),
        "RS": write_responses(pool, assessments, streams["responses"]),
        "TR": write_sizes(pool, assessments, streams["sizes"]),
        **write_counts(pool, visits, measure_counts(pool, visits, severe, streams["counts"])),
    }


def _write_csv(path: Path, frame: pd.DataFrame) -> Path:
    path.write_bytes(frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    return path


def _describe_delivery(domains: dict[str, pd.DataFrame], seed: int) -> str:
    checks = [f"  {check.name}: {check.found} ({check.source})" for check in targets.list_checks(domains)]
    figures = "\n".join(checks)
    return f"""SYNTHETIC data: no row in this folder describes a real person.

334 participants of five trials, made so that every count of the abstract of the pooled NS7CAR analysis comes out exactly. How the trials
divide them, who had what together, every date and every count of cells are assumptions.
Seed: {seed}. Data cut: {targets.CUT}. Format: SDTM-like CSV, UTF-8. Identifiers begin with SYN-.

What the files say:
{figures}
"""
