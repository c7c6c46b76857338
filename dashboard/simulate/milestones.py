"""The visits at which more than counts is recorded, and where a row of any domain says that it belongs."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard.simulate.domains import Trial
from dashboard.simulate.visits import Sample, list_samples

Row = dict[str, Any]


def select_milestones(trial: Trial, samples: pd.DataFrame) -> list[Sample]:
    """The first sample of every dose visit and of every follow-up visit that keeps the study clock."""
    days = {dose.day for dose in trial.protocol.exposure.planned}
    visits = enumerate(trial.protocol.visits)
    wanted = {str(place + 1) for place, v in visits if v.target in days or (v.target > 0 and not v.moves_with_dose)}
    chosen = samples[samples["number"].isin(wanted)].drop_duplicates(["person", "number"])
    return list_samples(chosen)


def describe_place(trial: Trial, sample: Sample, domain: str) -> Row:
    """`person`, visit, date with time, and study day of a sample, in the columns of `domain`."""
    when = trial.write_date(sample.person, sample.day, sample.minute)
    day = trial.write_study_day(sample.person, sample.day)
    return {"person": sample.person, "VISITNUM": sample.number, "VISIT": sample.visit, f"{domain}DTC": when, f"{domain}DY": day}
