"""The synthetic trial as a whole: one call makes every domain, another writes them into a folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from dashboard.simulate import sdtm
from dashboard.simulate.antibodies import write_immunogenicity
from dashboard.simulate.assays import write_concentrations, write_findings
from dashboard.simulate.domains import Trial
from dashboard.simulate.dosing import compute_amounts
from dashboard.simulate.events import draw_events, write_adverse_events
from dashboard.simulate.laboratory import measure_counts, write_counts
from dashboard.simulate.medications import write_medications
from dashboard.simulate.participants import draw_people
from dashboard.simulate.pkpd import Floats, compute_alc_fold, compute_drug_course, draw_kinetics
from dashboard.simulate.questionnaire import write_questionnaire
from dashboard.simulate.stories import RECORDED, STORIES
from dashboard.simulate.visits import draw_courses, draw_samples
from dashboard.study.definitions import BUILT_IN, read_definition
from dashboard.study.protocol import StudyProtocol

DEFINITION = "nct05600920.toml"
PARTICIPANTS_PER_COHORT, SEED = 10, 20241106
# At the interim cut the first cohort has reached week 36, most of the second and about half of the third;
# the final cut lies after everyone's week 60.
INTERIM_CUT, FINAL_CUT = date(2026, 1, 28), date(2026, 9, 30)
# A stream is told from the others by its place: new ones go to the end.
_STREAMS = ("people", "courses", "samples", "kinetics", "counts", "events", "concentrations", "antibodies", "findings", "titres", "answers")


@dataclass(frozen=True)
class _Response:
    concentrations: Floats
    folds: Floats


def simulate_trial(participants_per_cohort: int, seed: int, protocol: StudyProtocol | None = None) -> dict[str, pd.DataFrame]:
    """Every domain of the synthetic trial by name (DM, EX, LB, …), all cells text, an absent value the empty text.

    The same arguments give the same frames. `protocol` defaults to the built-in definition of NCT05600920; its cohorts must
    have doses. Both cuts are dates, not filters: the frames reach to the end of the trial.
    """
    if participants_per_cohort < 1:
        raise ValueError(f"participants per cohort must be at least 1 (found {participants_per_cohort})")
    streams = _make_streams(seed)
    plan = protocol if protocol is not None else read_definition(BUILT_IN / DEFINITION)
    people = draw_people(plan, participants_per_cohort, streams["people"])
    courses = draw_courses(plan, people, streams["courses"])
    samples = draw_samples(plan, people, courses, streams["samples"])
    trial = Trial(plan, people, courses)
    response = _respond(trial, int(samples["day"].max()), streams["kinetics"])
    counts = measure_counts(people, samples, response.folds, streams["counts"])
    return _write_domains(trial, samples, counts, response, streams)


def write_trial(
    folder: Path, participants_per_cohort: int = PARTICIPANTS_PER_COHORT, seed: int = SEED, protocol: StudyProtocol | None = None
) -> list[Path]:
    """Write the synthetic trial into `folder` (made when absent): one CSV per domain and README.txt; returns the paths.

    UTF-8, lines end with a line feed, the same arguments give the same bytes. Files of the same names are replaced.
    """
    domains = simulate_trial(participants_per_cohort, seed, protocol)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [_write_csv(folder / f"{name.lower()}.csv", frame) for name, frame in sorted(domains.items())]
    readme = folder / "README.txt"
    readme.write_text(_describe_delivery(participants_per_cohort, seed), encoding="utf-8", newline="\n")
    return [*paths, readme]


def _make_streams(seed: int) -> dict[str, np.random.Generator]:
    """One stream per concern, so that a change in one leaves the draws of the others as they were."""
    return {name: np.random.default_rng([seed, place]) for place, name in enumerate(_STREAMS)}


def _respond(trial: Trial, last_day: int, stream: np.random.Generator) -> _Response:
    kinetics = draw_kinetics(trial.people["sex"].to_numpy(), stream)
    dose_hours = 24.0 * trial.courses.dose_days
    course = compute_drug_course(kinetics, dose_hours, compute_amounts(trial), 24.0 * (last_day + 1))
    return _Response(course.concentrations, compute_alc_fold(kinetics, course))


def _write_domains(
    trial: Trial, samples: pd.DataFrame, counts: pd.DataFrame, response: _Response, streams: dict[str, np.random.Generator]
) -> dict[str, pd.DataFrame]:
    last_days = samples.groupby("person")["day"].max()
    events = draw_events(trial, streams["events"])
    return {
        "DM": sdtm.write_demographics(trial, last_days),
        **sdtm.write_exposure(trial),
        **write_counts(trial, samples, counts),
        "DS": sdtm.write_disposition(trial, last_days),
        **write_adverse_events(trial, events),
        "PC": write_concentrations(trial, samples, response.concentrations, streams["concentrations"]),
        "IS": write_immunogenicity(trial, samples, streams["antibodies"], streams["titres"]),
        "FA": write_findings(trial, samples, streams["findings"]),
        "SV": sdtm.write_visits(trial, samples),
        "VS": sdtm.write_vital_signs(trial, samples),
        "CM": write_medications(trial, events),
        "QS": write_questionnaire(trial, samples, streams["answers"]),
    }


def _write_csv(path: Path, frame: pd.DataFrame) -> Path:
    path.write_bytes(frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    return path


def _describe_delivery(participants_per_cohort: int, seed: int) -> str:
    told = sorted((s for s in (*STORIES, *RECORDED) if s.number <= participants_per_cohort), key=lambda s: (s.cohort, s.number))
    stories = "\n".join(f"  cohort {story.cohort + 1}, number {story.number:>3}  {story.sentence}" for story in told)
    return f"""SYNTHETIC data: no row in this folder describes a real person.

Made by a simulation of the trial NCT05600920 from published numbers (population model of NT-I7: Park 2025,
doi 10.2147/DDDT.S564085; every other number stands in dashboard/simulate/constants.py with its source, or is named an assumption there).
Participants per cohort: {participants_per_cohort}. Seed: {seed}. Interim cut: {INTERIM_CUT}. Final cut: {FINAL_CUT}.
Format: SDTM-like CSV, UTF-8. Identifiers begin with SYN-.

The items of the questionnaire (QS) are invented: they are no published instrument.

Participants of whom something is told in advance:
{stories}
"""
