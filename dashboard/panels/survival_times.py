"""The times of a scene to the endpoints of the definition: who is in a curve, who is not and why, and the table of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints, compute_codes
from dashboard.endpoints.pooled.response import derive_best_responses, is_response
from dashboard.endpoints.pooled.sightings import CONTACT
from dashboard.endpoints.pooled.times import (
    RESPONSE_DURATION,
    TIME_COLUMNS,
    Course,
    derive_course,
    derive_delivered_times,
    derive_first_events,
    derive_response_times,
    derive_times,
)
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.survival_landmarks import select_at_landmark
from dashboard.figures.survival_curves import ALL_LABEL
from dashboard.panels.selected_times import Known, Times
from dashboard.scene import Scene
from dashboard.study.columns import COHORT, DOSED
from dashboard.study.groupings import NOT_REPORTED, TRIAL
from dashboard.study.pooled import Survival, SurvivalEndpoint
from dashboard.study.protocol import StudyProtocol
from dashboard.view.words import lower_first

CENSORINGS = ("no", "yes")
NO_RESPONSE = "no response"
SURVIVAL_COLUMNS = [
    "participant", "cohort", "trial", "endpoint", "censor", "time", "event", "ended_by", "partial", "reason", "source_file", "source_row",
]  # fmt: skip


def find_endpoint(protocol: StudyProtocol, key: str) -> SurvivalEndpoint | None:
    """The endpoint of the definition with this key; None without one."""
    parts = protocol.survival.endpoints if protocol.survival else ()
    return next((part for part in parts if part.key == key), None)


def list_endpoints(protocol: StudyProtocol) -> dict[str, str]:
    """Key and label of every endpoint with times: those of the definition, then the duration of response where it names responses."""
    if protocol.survival is None:
        return {}
    duration = {RESPONSE_DURATION: "Duration of response"} if protocol.response else {}
    return {part.key: part.label for part in protocol.survival.endpoints} | duration


def list_groups(scene: Scene) -> list[tuple[str, str]]:
    """Key and label of what has a curve of its own: the cohorts shown, or all together."""
    if scene.view.curves == "all":
        return [(ALL_COHORTS, ALL_LABEL)]
    return [(key, scene.protocol.cohort(key).label) for key in scene.view.cohorts(scene.protocol)]


def list_censorings(scene: Scene, endpoint: str) -> tuple[str, ...]:
    """The values of `censor` that the view shows of an endpoint; delivered times are as they stand."""
    if is_delivered(scene, endpoint):
        return CENSORINGS[:1]
    return CENSORINGS if scene.view.censor == "both" else (scene.view.censor,)


def is_delivered(scene: Scene, endpoint: str) -> bool:
    """Whether the times of an endpoint are those of the delivery: it states them, and the data cut has no milestone of the definition."""
    return scene.of_cut("times are delivered", lambda: _is_delivered(scene, endpoint), endpoint)


def _is_delivered(scene: Scene, endpoint: str) -> bool:
    part = find_endpoint(scene.protocol, endpoint)
    if part is None or not part.parameter:
        return False
    delivered = scene.records("time_to_event")["parameter"].str.casefold() == part.parameter.casefold()
    return bool(delivered.any()) and not has_milestones(scene)


def has_milestones(scene: Scene) -> bool:
    """Whether a row of the delivery names a milestone of the definition."""
    survival = scene.protocol.survival
    if survival is None:
        return False
    return scene.of_cut("has milestones", lambda: bool((find_course(scene, survival).sightings.rows["source_file"] != "").any()))


def find_course(scene: Scene, survival: Survival) -> Course:
    """What the milestones of the data cut say of everybody."""
    return scene.of_cut("survival course", lambda: derive_course(scene.analysis, scene.records("milestone"), survival))


def find_times(scene: Scene, endpoint: str, censor: str, landmark: float | None = None) -> Times:
    """The times of the selection to an endpoint (or RESPONSE_DURATION); from `landmark` on of those event-free after it, when given."""
    survival = scene.protocol.survival
    if survival is None:
        columns = TIME_COLUMNS | {"participant": "str", COHORT: "str"}
        return _select(scene, _read(scene, pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})))
    known = scene.of_cut(
        "known times", lambda: _read(scene, _name(scene, find_everybody(scene, survival, endpoint, censor))), endpoint, censor
    )
    found = _select(scene, known, of_response=endpoint == RESPONSE_DURATION)
    if landmark is None:
        return found
    later = select_at_landmark(found.days, landmark)
    ended = found.n - int(later.sum())
    words = {f"event, or last contact, by day {landmark:g}": ended} if ended else {}
    return replace(found, place=found.place[later], left_out=found.left_out | words, start=landmark)


def find_first_events(scene: Scene) -> Times:
    """The first of the competing events of everybody in the selection."""
    survival = scene.protocol.survival
    if survival is None:
        return find_times(scene, "", CENSORINGS[0])

    def read() -> Known:
        return _read(scene, _name(scene, derive_first_events(find_course(scene, survival), survival)))

    return _select(scene, scene.of_cut("known first events", read))


def _read(scene: Scene, rows: pd.DataFrame) -> Known:
    cohorts = scene.protocol.cohort_keys
    reason = rows["reason"].to_numpy(dtype=object)
    return Known(
        rows=rows,
        cohorts=cohorts,
        time=rows["time"].to_numpy(dtype=np.float64),
        event=rows["event"].to_numpy(dtype=bool),
        person=rows["participant_index"].to_numpy(dtype=np.int64),
        cohort=compute_codes(rows[COHORT], cohorts, "cohorts"),
        in_curve=reason == "",
        participant=rows["participant"].to_numpy(dtype=object),
        ended_by=rows["ended_by"].to_numpy(dtype=object),
        reason=reason,
    )


def _select(scene: Scene, known: Known, *, of_response: bool = False) -> Times:
    """The times of the selection; `of_response`: only responders have a row."""
    mine = scene.selection.mask[known.person]
    # Most first, as they come where they are as many.
    left_out = dict(Counter(known.reason[mine & ~known.in_curve].tolist()).most_common())
    without = scene.n - int(mine.sum())
    return Times(known, np.flatnonzero(mine & known.in_curve), {NO_RESPONSE: without} | left_out if of_response and without else left_out)


def find_everybody(scene: Scene, survival: Survival, endpoint: str, censor: str) -> pd.DataFrame:
    """TIME_COLUMNS of an endpoint of everybody in the data cut, whoever is selected."""
    return scene.of_cut("survival times", lambda: _derive(scene, survival, endpoint, censor), endpoint, censor)


def _derive(scene: Scene, survival: Survival, endpoint: str, censor: str) -> pd.DataFrame:
    part, course, at_censor = find_endpoint(scene.protocol, endpoint), find_course(scene, survival), censor == "yes"
    if part is None:
        return derive_response_times(course, survival, _find_responders(scene), at_censor=at_censor)
    if is_delivered(scene, endpoint):
        return derive_delivered_times(scene.analysis, scene.records("time_to_event"), part)
    return derive_times(course, survival, part, at_censor=at_censor)


def _find_responders(scene: Scene) -> pd.DataFrame:
    response = scene.protocol.response
    if response is None:
        return pd.DataFrame({"participant_index": pd.Series(dtype="int64"), "response_day": pd.Series(dtype="Int64")})
    best = derive_best_responses(scene.analysis, scene.records("finding"), response)
    dosed = scene.analysis.participants[DOSED].to_numpy(dtype=bool)
    return best[is_response(best["best"], response.rates[0].categories) & dosed]


def _name(scene: Scene, rows: pd.DataFrame) -> pd.DataFrame:
    people = scene.analysis.participants.iloc[rows["participant_index"].to_numpy(dtype=np.int64)]
    return rows.assign(participant=people["participant"].to_numpy(), cohort=people[COHORT].to_numpy())


def name_ends(scene: Scene) -> dict[str, str]:
    """What ends a time, in words inside a sentence, by `ended_by`."""
    parts = scene.protocol.survival.milestones if scene.protocol.survival else ()
    return {CONTACT: "last contact"} | {part.key: lower_first(part.label) for part in parts}


def find_trials(scene: Scene) -> pd.Series | None:
    """The trial of every participant (key of the grouping `trial`, NOT_REPORTED for none); None in a study of one trial."""
    if not scene.protocol.members:
        return None
    trials: pd.Series = scene.traits[TRIAL]
    return trials


def find_strata(scene: Scene, times: Times) -> Ints | None:
    """The trial of each time as 0, 1, …; None where there is nothing to stratify by, or the groups are the trials themselves."""
    trials = find_trials(scene)
    if trials is None or scene.view.by == TRIAL:
        return None
    codes: Ints = scene.of_cut("strata of trials", lambda: pd.factorize(trials)[0].astype(np.int64))
    return codes[times.person]


def table_survival(scene: Scene) -> pd.DataFrame:
    """SURVIVAL_COLUMNS: each endpoint, censoring shown and participant of the selection, with the reason of who is in no curve."""
    survival, people = scene.protocol.survival, scene.analysis.participants
    if survival is None:
        return pd.DataFrame(columns=SURVIVAL_COLUMNS)
    parts = [
        find_everybody(scene, survival, key, censor).assign(censor=censor)
        for key in list_endpoints(scene.protocol)
        for censor in list_censorings(scene, key)
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[scene.selection.mask[rows["participant_index"].to_numpy()]]
    trials = find_trials(scene)
    place = rows["participant_index"].to_numpy()
    trial = np.full(len(rows), "") if trials is None else trials.replace(NOT_REPORTED, "").to_numpy()[place]
    named = rows.assign(participant=people["participant"].to_numpy()[place], cohort=people[COHORT].to_numpy()[place], trial=trial)
    return named[SURVIVAL_COLUMNS].reset_index(drop=True)
