"""Doses given against doses planned, dose by dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.quality.doses import DOSE_TOLERANCE
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.rates import TOTAL, AtRisk
from dashboard.study.columns import AMOUNT, AMOUNT_UNIT, COHORT, DAY, DOSE_NUMBER, PARTICIPANT, SOURCE_FILE, SOURCE_ROW
from dashboard.study.plan import PlannedDose
from dashboard.study.unit_names import plain_unit

GIVEN, MISSED, ENDED, NOT_DUE, OUTSIDE = "given", "missed", "ended before", "not due", "outside the plan"
STATES = (GIVEN, MISSED, ENDED, NOT_DUE, OUTSIDE)
# One row per participant at risk and planned dose, and one per dose outside the plan.
#   planned_dose, planned_day    missing for a dose outside the plan
#   state        given; missed (due, under observation, not given); ended before (observation ended before the planned day); not due
#                (not more than a week past the planned day at the cut); outside the plan
#   dose_number, day             of the dose given; missing otherwise
#   delay        days later than planned on the study clock; negative = early
#   own_delay    days by which the gap to the participant's previous planned dose exceeds the planned gap: a late dose moves the next
#   amount, amount_unit          as delivered; planned_amount in the unit of the definition
#   percent      100 × amount / planned_amount, NaN where one is unknown or the units differ
#   reason       why the dose was adjusted, in the delivery's words; "" for none
EXPOSURE_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", COHORT: "str", "participant_index": "int64", "planned_dose": "Int64", "planned_day": "Int64", "state": "str",
    DOSE_NUMBER: "Int64", DAY: "Int64", "delay": "Int64", "own_delay": "Int64", AMOUNT: "float64", AMOUNT_UNIT: "str",
    "planned_amount": "float64", "percent": "float64", SOURCE_FILE: "str", SOURCE_ROW: "Int64", "reason": "str",
}  # fmt: skip
# Per cohort and planned dose: participants in each state; late (delay of more than a week), median and longest delay in days of those
# given, and lowest and highest percent of the planned amount.
GIVEN_COLUMNS: dict[str, str] = {
    COHORT: "str", "planned_dose": "int64", "of": "int64", "given": "int64", "missed": "int64", "ended": "int64", "not_due": "int64",
    "late": "int64", "median_delay": "float64", "longest_delay": "float64", "lowest_percent": "float64", "highest_percent": "float64",
}  # fmt: skip


def derive_exposure(analysis: Analysis, at_risk: AtRisk, adjustments: pd.DataFrame | None = None) -> pd.DataFrame:
    """EXPOSURE_COLUMNS of the participants at risk, by participant_index, then planned day or actual day.

    A dose counts as missed by the rule of the quality flag: under observation on the planned day, not given, and the cut more than
    seven days later. `adjustments` are the rows of `dose_adjustment` of the snapshot (none: no reason is known).
    """
    people = at_risk.frame["participant_index"].to_numpy()
    planned = sorted(analysis.protocol.exposure.planned, key=lambda dose: dose.day)
    plan = pd.DataFrame({"planned_dose": [dose.number for dose in planned], "planned_day": [dose.day for dose in planned]}, dtype="Int64")
    frame = pd.DataFrame({"participant_index": people}).merge(plan, how="cross")
    doses = analysis.doses[at_risk.cohort_of[analysis.doses["participant_index"]] >= 0]
    columns = ["participant_index", "planned_dose", DOSE_NUMBER, DAY, AMOUNT, AMOUNT_UNIT, SOURCE_FILE, SOURCE_ROW]
    frame = frame.merge(doses.loc[doses["planned_dose"].notna(), columns], how="left", validate="one_to_one")
    frame = pd.concat([frame, doses.loc[doses["planned_dose"].isna(), columns]], ignore_index=True)
    frame = frame.astype({DAY: "Int64", "planned_day": "Int64", DOSE_NUMBER: "Int64", SOURCE_ROW: "Int64"})
    frame = frame.assign(**{name: frame[name].fillna("") for name in (AMOUNT_UNIT, SOURCE_FILE)})
    frame = frame.assign(clock=frame["planned_day"].fillna(frame[DAY])).sort_values(["participant_index", "clock"], kind="stable")
    frame = frame.reset_index(drop=True)
    shown = analysis.participants.iloc[frame["participant_index"]]
    named = frame.assign(participant=shown[PARTICIPANT].to_numpy(), cohort=shown[COHORT].to_numpy())
    derived = named.assign(state=_derive_state(frame, analysis), **_derive_delays(frame), **_derive_amounts(frame, analysis))
    derived = derived.assign(reason=_find_reasons(frame, adjustments))
    return derived[list(EXPOSURE_COLUMNS)].astype(EXPOSURE_COLUMNS)


@dataclass(frozen=True)
class DoseCodes:
    """Rows of EXPOSURE_COLUMNS as numbers: whose, the planned dose (NaN outside the plan), and the state by its position in STATES."""

    person: Ints = field(repr=False)
    planned: Floats = field(repr=False)
    state: Ints = field(repr=False)
    delay: Floats = field(repr=False)
    percent: Floats = field(repr=False)


def encode_doses(exposure: pd.DataFrame) -> DoseCodes:
    """EXPOSURE_COLUMNS as numbers, row by row."""
    person = exposure["participant_index"].to_numpy(dtype=np.int64)
    planned, delay = (exposure[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("planned_dose", "delay"))
    state = np.array([STATES.index(state) for state in exposure["state"].tolist()], dtype=np.int64)
    return DoseCodes(person, planned, state, delay, exposure["percent"].to_numpy(dtype=np.float64))


def summarise_exposure(exposure: pd.DataFrame, at_risk: AtRisk) -> pd.DataFrame:
    """GIVEN_COLUMNS of EXPOSURE_COLUMNS, for every group and planned dose; doses outside the plan are not in it."""
    codes = encode_doses(exposure)
    cohort, plan = at_risk.cohort_of[codes.person], at_risk.protocol.exposure.planned
    rows = []
    for place, group in enumerate(at_risk.groups):
        counted = count_doses(codes, np.flatnonzero((cohort == place) | (group == TOTAL)), plan)
        rows += [{COHORT: group, "of": at_risk.sizes[place], **dose} for dose in counted]
    return pd.DataFrame(rows, columns=list(GIVEN_COLUMNS)).astype(GIVEN_COLUMNS)


def count_doses(codes: DoseCodes, rows: Ints, plan: Sequence[PlannedDose]) -> list[dict[str, float]]:
    """GIVEN_COLUMNS but cohort and `of`, of the given `rows` of `codes`, for each dose of the `plan` by its number."""
    planned = codes.planned[rows]
    return [_count_dose(codes, rows[planned == number], number) for number in sorted(dose.number for dose in plan)]


def _count_dose(codes: DoseCodes, rows: Ints, number: int) -> dict[str, float]:
    delay, percent = codes.delay[rows], codes.percent[rows]
    delay, percent = np.sort(delay[~np.isnan(delay)]), percent[~np.isnan(percent)]
    given, missed, ended, not_due, _ = np.bincount(codes.state[rows], minlength=len(STATES)).tolist()
    return {
        "planned_dose": number,
        "given": given,
        "missed": missed,
        "ended": ended,
        "not_due": not_due,
        "late": int(np.count_nonzero(delay > DOSE_TOLERANCE)),
        # The middle of the sorted delays, or the mean of the two in the middle.
        "median_delay": (delay[(len(delay) - 1) // 2] + delay[len(delay) // 2]) / 2 if len(delay) else np.nan,
        "longest_delay": delay[-1] if len(delay) else np.nan,
        "lowest_percent": percent.min() if len(percent) else np.nan,
        "highest_percent": percent.max() if len(percent) else np.nan,
    }


def _derive_state(frame: pd.DataFrame, analysis: Analysis) -> NDArray[np.str_]:
    until, cut = (values[frame["participant_index"]] for values in compute_observed_until(analysis))
    planned = frame["planned_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    given = frame[DAY].notna().to_numpy(dtype=bool)
    kinds = [given & np.isnan(planned), given, until < np.fmin(planned, cut), (until >= planned) & (cut > planned + DOSE_TOLERANCE)]
    return np.select(kinds, [OUTSIDE, GIVEN, ENDED, MISSED], NOT_DUE)


def _find_reasons(frame: pd.DataFrame, adjustments: pd.DataFrame | None) -> list[str]:
    """The reason stated in the source row of each dose."""
    if adjustments is None or adjustments.empty:
        return [""] * len(frame)
    columns = (adjustments[name].tolist() for name in (SOURCE_FILE, SOURCE_ROW, "reason"))
    stated = {(file, row): reason for file, row, reason in zip(*columns, strict=True)}
    return [stated.get(place, "") for place in zip(frame[SOURCE_FILE].tolist(), frame[SOURCE_ROW].tolist(), strict=True)]


def _derive_delays(frame: pd.DataFrame) -> dict[str, pd.Series | pd.api.extensions.ExtensionArray]:
    delay = (frame[DAY] - frame["planned_day"]).astype("Int64")
    # Doses outside the plan, and doses not given, do not move the next one.
    placed = delay[delay.notna()]
    before = placed.groupby(frame["participant_index"]).shift(1).reindex(frame.index).astype("Int64")
    return {"delay": delay, "own_delay": delay - before.fillna(0)}


def _derive_amounts(frame: pd.DataFrame, analysis: Analysis) -> dict[str, Floats]:
    outside = frame["planned_dose"].isna().to_numpy(dtype=bool)
    planned = np.where(outside, np.nan, analysis.planned_amounts[frame["participant_index"]])
    own = plain_unit(analysis.protocol.exposure.unit)
    comparable: Flags = frame[AMOUNT_UNIT].map({unit: plain_unit(unit) == own for unit in frame[AMOUNT_UNIT].unique()}).to_numpy(dtype=bool)
    percent = np.where(comparable, 100 * frame[AMOUNT].to_numpy(dtype=np.float64) / planned, np.nan)
    return {"planned_amount": planned, "percent": percent}
