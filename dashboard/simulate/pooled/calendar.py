"""When and in which trial everyone was infused, and what they are called."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from dashboard.simulate.pooled import targets
from dashboard.simulate.pooled.drawing import Ints, draw_members
from dashboard.simulate.pooled.visits import TARGETS

# Participants lost to follow-up beside those whose last contact lies before the last possible follow-up (assumption).
LOST = 9
# The months in which the trials infused, as days since the first infusion (assumption: the abstract gives one period for all five).
_PERIODS = {
    "NCT04572308": (0, 900),
    "NCT05626400": (740, 1654),
    "NCT04916860": (200, 1300),
    "NCT04928105": (200, 1300),
    "NCT04938115": (220, 1400),
}


def draw_calendar(people: pd.DataFrame, courses: pd.DataFrame, stream: np.random.Generator) -> pd.DataFrame:
    """One row per participant: trial, start (days since the first infusion of all), lost (lost to follow-up), usubjid.

    Whoever is alive was last seen some weeks before the data cut; who died, or was lost, may have been infused at any time.
    """
    last, died = courses["last"].to_numpy(), courses["died"].to_numpy()
    cut, latest = ((day - targets.FIRST_INFUSION).days for day in (targets.CUT, targets.LAST_INFUSION))
    lost = _draw_lost(last, died, cut - latest, stream)
    anywhere = np.floor(stream.uniform(0, 1, len(last)) * (np.minimum(latest, cut - last - 40 * lost) + 1))
    start = np.where(died | lost, anywhere, cut - last - _draw_gap(last, cut, cut - latest, stream)).astype(np.int64)
    frame = pd.DataFrame({"trial": _draw_trial(people["disease"], start, stream), "start": start, "lost": lost})
    return frame.assign(usubjid=_name(frame))


def write_day(start: int, day: int) -> str:
    """The ISO 8601 date of a day since the infusion of somebody infused `start` days after the first of all."""
    return (targets.FIRST_INFUSION + timedelta(days=int(start) + int(day))).isoformat()


def _draw_lost(last: Ints, died: np.ndarray, shortest: int, stream: np.random.Generator) -> np.ndarray:
    """Who was last seen earlier than everyone infused could be is lost, and so are a few others."""
    lost = ~died & (last < shortest)
    able = ~died & ~lost & (last > 100) & (last < 1000)
    lost[draw_members(able.astype(float), LOST, stream)] = True
    return lost


def _draw_gap(last: Ints, cut: int, shortest: int, stream: np.random.Generator) -> Ints:
    """Days from the last contact to the data cut: too few for a planned visit to lie between them."""
    due = np.array([min((day for day in TARGETS if day > here), default=2 * cut) for here in last.tolist()])
    most = np.minimum(np.minimum(due - 1, cut) - last, 60)
    return np.clip(np.floor(stream.uniform(0, 1, len(last)) * (most + 1)), np.maximum(shortest - last, 0), most).astype(np.int64)


def _draw_trial(disease: pd.Series, start: Ints, stream: np.random.Generator) -> np.ndarray:
    """The trials of each disease in their numbers; who was infused earlier tends to be in the trial that began earlier."""
    trial = np.full(len(disease), "", dtype=object)
    for place, name in enumerate(targets.DISEASES):
        members = np.flatnonzero((disease == name).to_numpy())
        slots = np.repeat(np.array(list(targets.TRIALS), dtype=object), [row[place] for row in targets.TRIALS.values()])
        when = np.array([stream.uniform(*_PERIODS[slot]) for slot in slots])
        order: Ints = members[np.argsort(start[members], kind="stable")]
        trial[order] = slots[np.argsort(when, kind="stable")]
    return trial


def _name(frame: pd.DataFrame) -> pd.Series:
    """SYN, the last four digits of the trial, and a number in the order of infusion."""
    number = frame.groupby("trial")["start"].rank(method="first").astype(int)
    return "SYN-" + frame["trial"].str[-4:] + "-" + number.map("{:03d}".format)
