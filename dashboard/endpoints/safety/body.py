"""Weight, height, body mass index, and the weight that the dose follows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, encode_integers
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import AFTER_DOSE, COHORT, DAY, PARTICIPANT, SEX, UNIT_TEXT, VALUE
from dashboard.study.protocol import StudyProtocol
from dashboard.study.safety import BodyWeight

# Factors to kg, cm and kg/m²; a value in another unit is not used.
UNITS: dict[str, dict[str, float]] = {
    "WEIGHT": {"kg": 1.0, "g": 0.001, "lb": 0.45359237},
    "HEIGHT": {"cm": 1.0, "m": 100.0, "mm": 0.1, "in": 2.54},
    "BMI": {"kg/m2": 1.0, "kg/m^2": 1.0, "kg/m²": 1.0},
}
INCH = 2.54
IDEAL_AT_60_INCHES = {"M": 50.0, "F": 45.5}
KG_PER_INCH = 2.3
ACTUAL, ADJUSTED, NO_FORMULA, UNKNOWN = "actual", "adjusted", "no formula", "unknown"
# One row per participant. weight in kg, height in cm, bmi in kg/m² (delivered, or computed from weight and height: bmi_computed), NaN
# for none; dosing_weight in kg.
#   weight_visit  key of the visit whose weight counts, "" when it is the last one up to the first dose
#   basis         actual; adjusted; no formula (BMI at or above the limit, but the definition names no formula: no dosing weight);
#                 unknown (weight, BMI, height or sex is missing); "" when the definition has no rule
BODY_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", COHORT: "str", "weight": "float64", "weight_day": "Int64", "weight_visit": "str", "height": "float64",
    "bmi": "float64", "bmi_computed": "bool", "dosing_weight": "float64", "basis": "str",
}  # fmt: skip


def derive_body_measures(analysis: Analysis, findings: pd.DataFrame, mask: Flags) -> pd.DataFrame:
    """BODY_COLUMNS of the participants `mask` marks, in their order, from the `finding` records of domain VS.

    Weight: the last in the window of the visit that the rule of the definition names, else the last up to the first dose (day ≤ 0, not
    known to be taken after it). Height: the last up to the first dose, else the first after it. BMI likewise: delivered with the
    weight's own day, else weight / height².
    """
    people, protocol = analysis.participants, analysis.protocol
    vital = _read_vital_signs(findings, people[PARTICIPANT].tolist())
    weight, weight_day, from_visit = _choose_weight(vital["WEIGHT"], len(people), protocol)
    height = _choose_height(vital["HEIGHT"], len(people))
    stated = _take_on(vital["BMI"], weight_day, len(people))
    computed = np.isnan(stated) & ~np.isnan(weight) & ~np.isnan(height)
    bmi = np.where(computed, weight / (height / 100) ** 2, stated)
    rule = protocol.safety.body_weight
    dosing, basis = derive_dosing_weight(weight, height, bmi, people[SEX], rule)
    known = ~np.isnan(weight)
    days = np.nan_to_num(weight_day).astype(np.int64)
    visit = np.where(from_visit, rule.visit if rule and rule.visit else "", "")
    frame = people[[PARTICIPANT, COHORT]].assign(weight=weight, weight_day=encode_integers(days, known), weight_visit=visit, height=height)
    frame = frame.assign(bmi=bmi, bmi_computed=computed, dosing_weight=dosing, basis=basis)
    return frame[mask].reset_index(drop=True).astype(BODY_COLUMNS)


def derive_dosing_weight(
    weight: Floats, height: Floats, bmi: Floats, sex: pd.Series, rule: BodyWeight | None
) -> tuple[Floats, pd.api.extensions.ExtensionArray]:
    """The weight in kg that the dose follows, and its basis as in BODY_COLUMNS; weight in kg, height in cm, bmi in kg/m².

    From `adjusted_from_bmi` on (inclusive) the adjusted weight. `devine`: ideal weight 50 kg (men) or 45.5 kg (women) + 2.3 kg × (height in
    inches − 60); adjusted = ideal + factor × (actual − ideal).
    """
    if rule is None:
        return np.full(len(weight), np.nan), pd.array([""] * len(weight), dtype="str")
    heavy = bmi >= rule.adjusted_from_bmi
    unknown = np.isnan(weight) | np.isnan(bmi)
    ideal = sex.map(IDEAL_AT_60_INCHES).to_numpy(dtype=np.float64) + KG_PER_INCH * (height / INCH - 60)
    adjusted = np.full(len(weight), np.nan) if rule.factor is None else ideal + rule.factor * (weight - ideal)
    unknown |= heavy & np.isnan(adjusted) & (rule.formula is not None)
    basis = np.select([unknown, ~heavy, np.full(len(weight), rule.formula is None)], [UNKNOWN, ACTUAL, NO_FORMULA], ADJUSTED)
    dosing = np.select([basis == ACTUAL, basis == ADJUSTED], [weight, adjusted], np.nan)
    return dosing, pd.array(basis.astype(object), dtype="str")


def _read_vital_signs(findings: pd.DataFrame, participants: list[str]) -> dict[str, pd.DataFrame]:
    """Per test participant_index, day (float, NaN for none), after_dose and value in the test's own unit; sorted by day, no NaN value."""
    signs = {}
    for test, units in UNITS.items():
        rows = findings[(findings["domain"] == "VS") & (findings["test"] == test)]
        value = rows[VALUE].to_numpy() * rows[UNIT_TEXT].str.strip().str.lower().map(units).to_numpy(dtype=np.float64)
        person = compute_codes(rows[PARTICIPANT], participants, "participants of findings")
        day = rows[DAY].to_numpy(dtype=np.float64, na_value=np.nan)
        frame = pd.DataFrame({"participant_index": person, "day": day, "after_dose": rows[AFTER_DOSE].to_numpy(), "value": value})
        signs[test] = frame[frame["value"].notna() & (frame["value"] > 0)].sort_values("day", kind="stable")
    return signs


def _choose_weight(rows: pd.DataFrame, people: int, protocol: StudyProtocol) -> tuple[Floats, Floats, Flags]:
    """Weight, its day, and whether it is that of the visit the rule names."""
    rule = protocol.safety.body_weight
    before = rows[(rows["day"] <= 0) & ~rows["after_dose"]]
    value, day = _take_last(before, people)
    from_visit = np.zeros(people, dtype=bool)
    if rule and rule.visit:
        visit = protocol.visit(rule.visit)
        inside = (rows["day"] <= visit.high) & (rows["day"] >= (-np.inf if visit.low is None else visit.low))
        own, own_day = _take_last(rows[inside], people)
        from_visit = ~np.isnan(own)
        value, day = np.where(from_visit, own, value), np.where(from_visit, own_day, day)
    return value, day, from_visit


def _choose_height(rows: pd.DataFrame, people: int) -> Floats:
    before, _ = _take_last(rows[(rows["day"] <= 0) & ~rows["after_dose"]], people)
    first, _ = _take_last(rows.iloc[::-1], people)
    return np.where(np.isnan(before), first, before)


def _take_last(rows: pd.DataFrame, people: int) -> tuple[Floats, Floats]:
    value, day = np.full(people, np.nan), np.full(people, np.nan)
    # Of several entries for one participant the last assignment stands.
    person: Ints = rows["participant_index"].to_numpy()
    value[person], day[person] = rows["value"], rows["day"]
    return value, day


def _take_on(rows: pd.DataFrame, days: Floats, people: int) -> Floats:
    same = rows[rows["day"].to_numpy() == days[rows["participant_index"].to_numpy()]]
    return _take_last(same, people)[0]
