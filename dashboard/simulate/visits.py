"""The course of every participant: doses given, end of observation, and the samples taken at which day and time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.simulate import constants as known
from dashboard.simulate.stories import NOT_DOSED
from dashboard.study.protocol import StudyProtocol, Visit

Floats = NDArray[np.float64]
DOSE_DELAY = 21  # days, of the story "delayed-dose"
HOURS_AFTER_DOSE = 4  # of a sample after the dose: the time of the greatest concentration after an intramuscular dose (Lee 2020)
DOSE_MINUTE, FIRST_MINUTE, LAST_MINUTE = 12 * 60, 8 * 60, 11 * 60  # of the day: the dose, the samples
PRE_DOSE, POST_DOSE = "PRE-DOSE", "POST-DOSE"
COMPLETED, WITHDRAWN, LOST, DIED = "COMPLETED", "WITHDRAWAL BY SUBJECT", "LOST TO FOLLOW-UP", "DEATH"
_ENDS = {"lost": (290, LOST), "withdrew": (128, WITHDRAWN), "died": (205, DIED), "never-dosed": (-1, WITHDRAWN)}


@dataclass(frozen=True)
class Courses:
    """Per person: `dose_days`, shape (persons, planned doses), NaN = not given; last day observed and why it ended."""

    dose_days: Floats
    end_day: NDArray[np.int64]
    end_reason: list[str]


@dataclass(frozen=True)
class Sample:
    """One blood draw. `person` is a position in the people frame; `spoilt`: drawn, but without a result."""

    person: int
    number: str
    visit: str
    day: int
    minute: int
    timepoint: str = ""
    remote: bool = False
    spoilt: bool = False


def draw_courses(protocol: StudyProtocol, people: pd.DataFrame, stream: np.random.Generator) -> Courses:
    """Doses and the end of observation of every person: as told by the story, else as planned with small delays."""
    last, size = protocol.visits[-1], len(people)
    leaves = stream.random(size) < known.LEAVER_SHARE
    leaving_day = stream.integers(last.target // 4, last.target, size)
    end_day, end_reason = np.full(size, last.high, dtype=np.int64), [COMPLETED] * size
    for person, story in enumerate(people["story"]):
        if story in _ENDS:
            end_day[person], end_reason[person] = _ENDS[story]
        elif story == "screening-only":
            end_day[person], end_reason[person] = protocol.visits[0].high, WITHDRAWN
        elif leaves[person] and not story:
            end_day[person], end_reason[person] = leaving_day[person], WITHDRAWN if person % 2 else LOST
    return Courses(_draw_dose_days(protocol, people, end_day, stream), end_day, end_reason)


def draw_samples(protocol: StudyProtocol, people: pd.DataFrame, courses: Courses, stream: np.random.Generator) -> pd.DataFrame:
    """Every blood draw, by person and time, with the fields of `Sample` as columns; none lies after the end of observation."""
    shape = (len(people), len(protocol.visits))
    jitter, missed = stream.standard_normal(shape), stream.random(shape) < known.MISSED_VISIT_SHARE
    minutes = stream.integers(FIRST_MINUTE, LAST_MINUTE, shape)
    unscheduled = stream.random(len(people)) < known.UNSCHEDULED_SHARE
    samples: list[Sample] = []
    for person, story in enumerate(people["story"]):
        planned = list(_planned_samples(protocol, courses.dose_days[person], person, jitter[person], minutes[person]))
        by_chance = missed[person] & (story == "")
        kept = [s for s, may_miss in planned if not (_misses(s.visit, story, protocol) or (may_miss and by_chance[int(s.number) - 1]))]
        told = list(_tell(story, kept, protocol)) + list(_unscheduled(story, kept, bool(unscheduled[person])))
        remote = story == "remote-laboratory" or person % 3 == 2
        samples += [replace(s, remote=remote and (story == "remote-laboratory" or not s.timepoint)) for s in told]
    frame = pd.DataFrame(samples)
    frame = frame[frame["day"] <= courses.end_day[frame["person"]]]
    return frame.sort_values(["person", "day", "minute"], kind="stable").reset_index(drop=True)


def list_samples(frame: pd.DataFrame) -> list[Sample]:
    """The rows of a frame that `draw_samples` made, in its order."""
    return [Sample(**{str(name): value for name, value in row.items()}) for row in frame.to_dict("records")]


def _misses(visit: str, story: str, protocol: StudyProtocol) -> bool:
    """Whether the story says that this visit (by its label) was missed: the fifth and the last but one of the plan."""
    return story == "missed-visits" and visit in (visit_label(protocol.visits[4]), visit_label(protocol.visits[-2]))


def visit_label(visit: Visit) -> str:
    """The name of a planned visit in the delivery: its first alias, else its label in capitals."""
    return visit.aliases[0] if visit.aliases else visit.label.upper()


def _draw_dose_days(protocol: StudyProtocol, people: pd.DataFrame, end_day: NDArray[np.int64], stream: np.random.Generator) -> Floats:
    planned = np.array([dose.day for dose in protocol.exposure.planned], dtype=float)
    shift = stream.integers(-1, 2, (len(people), len(planned))).astype(float)
    shift[:, planned == 0] = 0
    days = planned + shift
    story = people["story"].to_numpy()
    if len(planned) > 1:
        days[story == "delayed-dose", 1] = planned[1] + DOSE_DELAY
        days[story == "missed-dose", -1] = np.nan
    days[np.isin(story, NOT_DOSED)] = np.nan
    return np.where(days <= end_day[:, None], days, np.nan)


def _planned_samples(
    protocol: StudyProtocol, dose_days: Floats, person: int, jitter: Floats, minutes: NDArray[np.int64]
) -> Iterator[tuple[Sample, bool]]:
    """The planned samples of one person, each with whether chance may make it missed (not the doses, not the first and last visit)."""
    planned_days = {dose.number: dose.day for dose in protocol.exposure.planned}
    first_dosed = not np.isnan(dose_days[0])
    for place, visit in enumerate(protocol.visits):
        number = visit.moves_with_dose or 1
        dose_day, planned_day = dose_days[number - 1], planned_days[number]
        is_dose = visit.target in planned_days.values()
        if (visit.target >= planned_day and visit.moves_with_dose and np.isnan(dose_day)) or (visit.target >= 0 and not first_dosed):
            continue
        delay = 0 if not visit.moves_with_dose or np.isnan(dose_day) else int(dose_day) - planned_day
        day = visit.target + delay + (0 if is_dose else _jitter_days(visit, jitter[place]))
        timepoint = PRE_DOSE if is_dose else ""
        sample = Sample(person, str(place + 1), visit_label(visit), day, int(minutes[place]), timepoint)
        yield sample, not is_dose and 0 < place < len(protocol.visits) - 1


def _jitter_days(visit: Visit, normal: float) -> int:
    """Whole days off target: a quarter of the shorter way to the window's edge as SD, at most half of it."""
    reach = visit.high - visit.target if visit.low is None else min(visit.high - visit.target, visit.target - visit.low)
    return int(np.clip(np.round(reach / 4 * normal), -(reach // 2), reach // 2))


def _tell(story: str, samples: list[Sample], protocol: StudyProtocol) -> Iterator[Sample]:
    follow_up = [visit for visit in protocol.visits if visit.target > 0 and not visit.moves_with_dose]
    late_label, late_day = visit_label(follow_up[0]), (follow_up[1].low or follow_up[1].target) + 3
    for place, sample in enumerate(samples):
        late = story == "late-visit" and sample.visit == late_label
        yield replace(sample, day=late_day if late else sample.day, spoilt=story == "no-baseline" and sample.day <= 0)
        if story == "time-points" and sample.timepoint:
            yield replace(sample, minute=DOSE_MINUTE + 60 * HOURS_AFTER_DOSE, timepoint=POST_DOSE)
        if story == "two-samples" and place in (3, 7):
            yield replace(sample, minute=sample.minute + (150 if place == 3 else 0))


def _unscheduled(story: str, samples: list[Sample], by_chance: bool) -> Iterator[Sample]:
    """Two unscheduled visits for the story, one for some others: days after a planned visit, numbered after it."""
    after = [(3, 7), (12, 30)] if story == "unscheduled" else [(4, 9)] if by_chance and not story else []
    for place, days in after:
        if place < len(samples):
            base = samples[place]
            number = f"{base.number}.1"
            yield replace(base, number=number, visit=f"UNSCHEDULED {number}", day=base.day + days, timepoint="")
