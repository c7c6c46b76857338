"""Antibodies to the drug and autoantibodies (IS), as titres: what binds, what neutralises, and antinuclear antibodies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.simulate import constants as known
from dashboard.simulate.domains import Trial, shape_domain
from dashboard.simulate.milestones import describe_place, select_milestones
from dashboard.simulate.visits import Sample

Row = dict[str, Any]
Ints = NDArray[np.int64]
NEGATIVE, POSITIVE = "NEGATIVE", "POSITIVE"
_COLUMNS = ("ISTESTCD", "ISTEST", "ISCAT", "ISBDAGT", "ISORRES", "ISSTRESC", "VISITNUM", "VISIT", "ISDTC", "ISDY")
# Reciprocal titres of doubling dilutions, from the least that is positive: the drug, the nucleus.
_DRUG_TITRE, _NUCLEAR_TITRE = 10, 20
_NUCLEAR_LEVELS = 7
_NUCLEAR_APPEARS = 240  # day, of those of whom this is recorded
# Without further doses titres fall by one dilution from each of these days on (assumption).
_FALLS_FROM = (300, 390)


@dataclass(frozen=True)
class _Courses:
    """Per person: whether binding and neutralising antibodies form and from which day; first level, rise and antinuclear level."""

    binding: NDArray[np.bool_]
    neutralising: NDArray[np.bool_]
    appears: Ints
    first: Ints
    rise: Ints
    nuclear: Ints


def write_immunogenicity(
    trial: Trial, samples: pd.DataFrame, stream: np.random.Generator, titre_stream: np.random.Generator
) -> pd.DataFrame:
    """IS: antibodies to the drug, and antinuclear antibodies, at dose and follow-up visits.

    Binding antibodies are NEGATIVE or a titre (“1:80”). What binds is tested for neutralisation: POSITIVE or NEGATIVE.
    """
    courses = _draw_courses(trial, stream, titre_stream)
    rows: list[Row] = []
    positives: dict[int, int] = {}
    for sample in select_milestones(trial, samples):
        wander = int(titre_stream.integers(-1, 2))
        if trial.people["recorded"].iat[sample.person] == "not-tested":
            continue
        level = _drug_level(trial, courses, sample, positives.get(sample.person, 0))
        positives[sample.person] = positives.get(sample.person, 0) + (level >= 0)
        where = describe_place(trial, sample, "IS")
        rows += [where | row for row in _drug_rows(courses, sample, level, positives[sample.person])]
        rows.append(where | _nuclear_row(trial, courses, sample, wander))
    return shape_domain("IS", trial, rows, _COLUMNS)


def _draw_courses(trial: Trial, stream: np.random.Generator, titre_stream: np.random.Generator) -> _Courses:
    size, recorded = len(trial.people), trial.people["recorded"].to_numpy()
    binding = stream.random(size) < known.BINDING_SHARE
    neutralising = binding & (stream.random(size) < known.NEUTRALISING_SHARE)
    appears = stream.integers(20, 120, size)
    nuclear = stream.integers(0, _NUCLEAR_LEVELS - 1, size)
    before = np.isin(recorded, ["boosted", "not-boosted"])
    appears[before] = -1000
    first, rise = titre_stream.integers(1, 4, size), titre_stream.integers(1, 5, size)
    first[recorded == "boosted"], rise[recorded == "boosted"] = 1, 4
    first[recorded == "not-boosted"], rise[recorded == "not-boosted"] = 3, 1
    return _Courses(binding | before, neutralising | before, appears, first, rise, nuclear)


def _drug_level(trial: Trial, courses: _Courses, sample: Sample, positives: int) -> int:
    """The dilution step of binding antibodies, −1 for none: it rises by one with every positive sample, then falls."""
    person = sample.person
    if not trial.is_dosed(person) or not courses.binding[person] or sample.day < courses.appears[person]:
        return -1
    fallen = sum(sample.day >= day for day in _FALLS_FROM)
    return max(0, int(courses.first[person] + min(positives, courses.rise[person]) - fallen))


def _drug_rows(courses: _Courses, sample: Sample, level: int, positives: int) -> Iterator[Row]:
    """`positives` counts the samples of this person that bind, this one included."""
    binds = NEGATIVE if level < 0 else f"1:{_DRUG_TITRE * 2**level}"
    yield _antibody("ADA_BAB", "Binding Antidrug Antibody", "ANTIDRUG ANTIBODY", "NT-I7", binds)
    if level >= 0:
        # The capacity to neutralise follows binding by one sample, unless the titre is high from the beginning (assumption).
        found = courses.neutralising[sample.person] and (positives > 1 or courses.first[sample.person] > 2)
        yield _antibody("ADA_NAB", "Neutralizing Antidrug Antibody", "ANTIDRUG ANTIBODY", "NT-I7", POSITIVE if found else NEGATIVE)


def _nuclear_row(trial: Trial, courses: _Courses, sample: Sample, wander: int) -> Row:
    person = sample.person
    late = trial.people["recorded"].iat[person] == "antinuclear" and sample.day >= _NUCLEAR_APPEARS
    level = min(max(int(courses.nuclear[person]) + wander, 0), _NUCLEAR_LEVELS - 1)
    result = f"1:{_NUCLEAR_TITRE * 2**level}" if late or trial.people["antinuclear"].iat[person] else NEGATIVE
    return _antibody("ANA", "Antinuclear Antibodies", "AUTOANTIBODY", "NUCLEAR ANTIGEN", result)


def _antibody(code: str, name: str, category: str, antigen: str, result: str) -> Row:
    return {"ISTESTCD": code, "ISTEST": name, "ISCAT": category, "ISBDAGT": antigen, "ISORRES": result, "ISSTRESC": result}
