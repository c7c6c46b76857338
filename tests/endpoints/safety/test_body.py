from __future__ import annotations

import numpy as np
import pytest

from dashboard.endpoints.safety.body import derive_body_measures
from dashboard.study.protocol import StudyProtocol
from dashboard.study.safety import BodyWeight
from tests.endpoints.builders import everyone
from tests.endpoints.safety.trial import analyse, build_findings, of_row, study

DEVINE = BodyWeight(adjusted_from_bmi=30.0, formula="devine", factor=0.4, source="made for this test")
Row = tuple[str, str, int | None, float, str]


def _measures(*rows: Row, sex: str = "M", using: StudyProtocol | None = None) -> dict[str, object]:
    analysis = analyse({"a": {"cohort": "240", "sex": sex}}, using=using)
    return of_row(derive_body_measures(analysis, build_findings(rows), everyone(analysis)), participant="a")


def test_the_weight_is_that_of_the_screening_visit_else_the_last_up_to_the_first_dose() -> None:
    screened = _measures(("a", "WEIGHT", -20, 80.0, "kg"), ("a", "WEIGHT", -5, 82.0, "kg"))
    assert (screened["weight"], screened["weight_day"], screened["weight_visit"]) == (80.0, -20, "screening")
    later = _measures(("a", "WEIGHT", -5, 82.0, "kg"), ("a", "WEIGHT", 84, 90.0, "kg"))
    assert (later["weight"], later["weight_day"], later["weight_visit"]) == (82.0, -5, "")
    assert np.isnan(_measures(("a", "WEIGHT", 84, 90.0, "kg"))["weight"])


def test_units_are_converted_and_an_unknown_one_is_not_used() -> None:
    pounds = _measures(("a", "WEIGHT", -20, 200.0, "LB"), ("a", "HEIGHT", -20, 70.0, "in"))
    assert pounds["weight"] == pytest.approx(90.718474)
    assert pounds["height"] == pytest.approx(177.8)
    # 90.718474 kg / 1.778² m² = 28.6964…
    assert pounds["bmi"] == pytest.approx(90.718474 / 3.161284)
    assert pounds["bmi_computed"]
    assert np.isnan(_measures(("a", "WEIGHT", -20, 12.0, "stone"))["weight"])


def test_a_delivered_bmi_of_the_same_day_comes_before_the_computed_one() -> None:
    rows: tuple[Row, ...] = (("a", "WEIGHT", -20, 80.0, "kg"), ("a", "HEIGHT", 3, 200.0, "cm"))
    assert _measures(*rows, ("a", "BMI", -20, 21.0, "kg/m2"))["bmi"] == 21.0
    assert _measures(*rows, ("a", "BMI", -5, 21.0, "kg/m2"))["bmi"] == 20.0


@pytest.mark.parametrize(
    ("sex", "weight", "dosing"),
    [
        # Height 180.34 cm is 71 inches: ideal 50 + 2.3 · 11 = 75.3 kg (men), 70.8 kg (women).
        # 120 kg: BMI 36.9; 75.3 + 0.4 · 44.7 = 93.18 and 70.8 + 0.4 · 49.2 = 90.48.
        ("M", 120.0, 93.18),
        ("F", 120.0, 90.48),
        # 90 kg: BMI 27.7, so the actual weight.
        ("M", 90.0, 90.0),
    ],
)
def test_from_the_limit_on_the_dose_follows_the_adjusted_weight(sex: str, weight: float, dosing: float) -> None:
    row = _measures(("a", "WEIGHT", -20, weight, "kg"), ("a", "HEIGHT", -20, 180.34, "cm"), sex=sex, using=study(body_weight=DEVINE))
    assert row["dosing_weight"] == pytest.approx(dosing)
    assert row["basis"] == ("actual" if dosing == weight else "adjusted")


def test_a_bmi_of_exactly_the_limit_is_adjusted() -> None:
    rows: tuple[Row, ...] = (("a", "WEIGHT", -20, 120.0, "kg"), ("a", "HEIGHT", -20, 200.0, "cm"))
    assert _measures(*rows, using=study(body_weight=DEVINE))["basis"] == "adjusted"


def test_without_a_formula_no_adjusted_weight_is_invented() -> None:
    rows: tuple[Row, ...] = (("a", "WEIGHT", -20, 120.0, "kg"), ("a", "HEIGHT", -20, 180.0, "cm"))
    row = _measures(*rows)
    assert row["basis"] == "no formula"
    assert np.isnan(row["dosing_weight"])
    assert _measures(*rows, using=study(body_weight=None))["basis"] == ""


@pytest.mark.parametrize(
    ("rows", "sex"),
    [
        ((("a", "HEIGHT", -20, 180.0, "cm"),), "M"),
        ((("a", "WEIGHT", -20, 80.0, "kg"),), "M"),
        ((("a", "WEIGHT", -20, 120.0, "kg"), ("a", "HEIGHT", -20, 180.0, "cm")), ""),
    ],
)
def test_a_missing_measure_leaves_the_dosing_weight_unknown(rows: tuple[Row, ...], sex: str) -> None:
    row = _measures(*rows, sex=sex, using=study(body_weight=DEVINE))
    assert row["basis"] == "unknown"
    assert np.isnan(row["dosing_weight"])
