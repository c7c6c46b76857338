"""Doses given against doses planned, dose by dose."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.endpoints.arrays import Flags, Floats
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.quality.doses import DOSE_TOLERANCE
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.rates import TOTAL, AtRisk
from dashboard.study.columns import AMOUNT, AMOUNT_UNIT, COHORT, DAY, DOSE_NUMBER, PARTICIPANT, SOURCE_FILE, SOURCE_ROW
from dashboard.study.unit_names import plain_unit

GIVEN, MISSED, ENDED, NOT_DUE, OUTSIDE = "given", "missed", "ended before", "not due", "outside the plan"
# One row per participant at risk and planned dose, and one per dose outside the plan.
#   planned_dose, planned_day    missing for a dose outside the plan
#   state        given; missed (due, under observation, not given); ended before (observation ended before the planned day); not due
#                (not more than a week past the planned day at the cut); outside the plan
#   dose_number, day             of the dose given; missing otherwise
#   delay        days later than planned on the study clock; negative = early
#   own_delay    days by which the gap to the participant's previous planned dose exceeds the planned gap: a late dose moves the next
#   amount, amount_unit          as delivered; planned_amount in the unit of the definition
#   percent      100 × amount / planned_amount, NaN where one is unknown or the units differ
EXPOSURE_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", COHORT: "str", "participant_index": "int64", "planned_dose": "Int64", "planned_day": "Int64", "state": "str",
    DOSE_NUMBER: "Int64", DAY: "Int64", "delay": "Int64", "own_delay": "Int64", AMOUNT: "float64", AMOUNT_UNIT: "str",
    "planned_amount": "float64", "percent": "float64", SOURCE_FILE: "str", SOURCE_ROW: "Int64",
}  # fmt: skip
# Per cohort and planned dose: participants in each state; late (delay of more than a week), median and longest delay in days of those
# given, and lowest and highest percent of the planned amount.
GIVEN_COLUMNS: dict[str, str] = {
    COHORT: "str", "planned_dose": "int64", "of": "int64", "given": "int64", "missed": "int64", "ended": "int64", "not_due": "int64",
    "late": "int64", "median_delay": "float64", "longest_delay": "float64", "lowest_percent": "float64", "highest_percent": "float64",
}  # fmt: skip


def derive_exposure(analysis: Analysis, at_risk: AtRisk) -> pd.DataFrame:
    """EXPOSURE_COLUMNS of the participants at risk, by participant_index, then planned day or actual day.

    A dose counts as missed by the rule of the quality flag: under observation on the planned day, not given, and the cut more than
    seven days later.
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
    return derived[list(EXPOSURE_COLUMNS)].astype(EXPOSURE_COLUMNS)


def summarise_exposure(exposure: pd.DataFrame, at_risk: AtRisk) -> pd.DataFrame:
    """GIVEN_COLUMNS of EXPOSURE_COLUMNS, for every group and planned dose; doses outside the plan are not in it."""
    rows = []
    cohort, planned = exposure[COHORT].to_numpy(dtype=object), exposure["planned_dose"].to_numpy(dtype=np.float64, na_value=np.nan)
    state, percent = exposure["state"].to_numpy(dtype=object), exposure["percent"].to_numpy()
    delay = exposure["delay"].to_numpy(dtype=np.float64, na_value=np.nan)
    for place, group in enumerate(at_risk.groups):
        own = np.full(len(exposure), fill_value=True) if group == TOTAL else cohort == group
        for number in sorted(dose.number for dose in at_risk.protocol.exposure.planned):
            dose = own & (planned == number)
            counted = _count_dose(state[dose].tolist(), delay[dose], percent[dose])
            rows.append({COHORT: group, "planned_dose": number, "of": at_risk.sizes[place], **counted})
    return pd.DataFrame(rows, columns=list(GIVEN_COLUMNS)).astype(GIVEN_COLUMNS)


def _count_dose(states: list[str], delay: Floats, percent: Floats) -> dict[str, float]:
    delay, percent = delay[~np.isnan(delay)], percent[~np.isnan(percent)]
    return {
        "given": states.count(GIVEN),
        "missed": states.count(MISSED),
        "ended": states.count(ENDED),
        "not_due": states.count(NOT_DUE),
        "late": int((delay > DOSE_TOLERANCE).sum()),
        "median_delay": float(np.median(delay)) if len(delay) else np.nan,
        "longest_delay": delay.max() if len(delay) else np.nan,
        "lowest_percent": percent.min() if len(percent) else np.nan,
        "highest_percent": percent.max() if len(percent) else np.nan,
    }


def _derive_state(frame: pd.DataFrame, analysis: Analysis) -> NDArray[np.str_]:
    until, cut = (values[frame["participant_index"]] for values in compute_observed_until(analysis))
    planned = frame["planned_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    given = frame[DAY].notna().to_numpy(dtype=bool)
    kinds = [given & np.isnan(planned), given, until < np.fmin(planned, cut), (until >= planned) & (cut > planned + DOSE_TOLERANCE)]
    return np.select(kinds, [OUTSIDE, GIVEN, ENDED, MISSED], NOT_DUE)


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
