"""The times of a scene to the endpoints of the definition: who is in a curve, who is not and why, and the table of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
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


@dataclass(frozen=True)
class Times:
    """The times of one endpoint of the selection, one row per participant in a curve.

    rows      TIME_COLUMNS with participant and cohort, of those in a curve
    left_out  how many of the selection are in none, by reason
    """

    rows: pd.DataFrame = field(repr=False)
    left_out: dict[str, int]

    @property
    def days(self) -> Floats:
        """The times, in days."""
        return np.asarray(self.rows["time"], dtype=np.float64)

    @property
    def event(self) -> Flags:
        """Whether each time ended with an event."""
        return np.asarray(self.rows["event"], dtype=bool)

    @property
    def person(self) -> Ints:
        """The row of each participant in the data cut."""
        return np.asarray(self.rows["participant_index"], dtype=np.int64)

    def of(self, cohort: str) -> Times:
        """The times of one cohort, or of all."""
        return self if cohort == ALL_COHORTS else Times(self.rows[self.rows[COHORT] == cohort], {})


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
    part, survival = find_endpoint(scene.protocol, endpoint), scene.protocol.survival
    if part is None or survival is None or not part.parameter:
        return False
    delivered = scene.records("time_to_event")["parameter"].str.casefold() == part.parameter.casefold()
    return bool(delivered.any()) and not (find_course(scene, survival).sightings.rows["source_file"] != "").any()


def find_course(scene: Scene, survival: Survival) -> Course:
    """What the milestones of the data cut say of everybody."""
    return scene.of_cut("survival course", lambda: derive_course(scene.analysis, scene.records("milestone"), survival))


def find_times(scene: Scene, endpoint: str, censor: str, landmark: float | None = None) -> Times:
    """The times of the selection to an endpoint (or RESPONSE_DURATION); from `landmark` on of those event-free after it, when given."""
    survival = scene.protocol.survival
    if survival is None:
        columns = TIME_COLUMNS | {"participant": "str", COHORT: "str"}
        return Times(pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()}), {})
    whole = find_everybody(scene, survival, endpoint, censor)
    mine = whole[scene.selection.mask[whole["participant_index"].to_numpy()]]
    left_out = count_reasons(mine)
    if endpoint == RESPONSE_DURATION and scene.n > len(mine):
        left_out = {NO_RESPONSE: scene.n - len(mine)} | left_out
    kept = _name(scene, mine[mine["reason"] == ""])
    if landmark is None:
        return Times(kept, left_out)
    later = select_at_landmark(kept["time"].to_numpy(), landmark)
    ended = int((~later).sum())
    words = {f"event, or last contact, by day {landmark:g}": ended} if ended else {}
    return Times(kept[later].assign(time=kept.loc[later, "time"] - landmark), left_out | words)


def find_first_events(scene: Scene) -> Times:
    """The first of the competing events of everybody in the selection."""
    survival = scene.protocol.survival
    if survival is None:
        return find_times(scene, "", CENSORINGS[0])
    whole = scene.of_cut("first events", lambda: derive_first_events(find_course(scene, survival), survival))
    mine = whole[scene.selection.mask[whole["participant_index"].to_numpy()]]
    return Times(_name(scene, mine[mine["reason"] == ""]), count_reasons(mine))


def count_reasons(rows: pd.DataFrame) -> dict[str, int]:
    """How many rows have each reason, most first."""
    found = rows.loc[rows["reason"] != "", "reason"].value_counts()
    return {str(reason): int(n) for reason, n in found.items()}


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
    codes: Ints = pd.factorize(trials)[0].astype(np.int64)
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
