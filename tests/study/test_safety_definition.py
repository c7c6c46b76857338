"""What a definition may say of safety, and that nothing is assumed where the trial record is silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.errors import DefinitionError
from dashboard.study.definitions import BUILT_IN, read_definition

SHIPPED = BUILT_IN / "nct05600920.toml"
CTCAE = '[[safety.scales]]\nkey = "ctcae-5"'


def _read_changed(folder: Path, old: str, new: str) -> str:
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / SHIPPED.name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        read_definition(folder / SHIPPED.name)
    return str(refused.value)


def test_what_the_record_does_not_give_is_absent_and_a_note_says_so() -> None:
    study = read_definition(SHIPPED)
    safety = study.safety
    assert (safety.dose_limiting, safety.target, safety.decisions, safety.mappings) == (None, None, (), ())
    assert safety.body_weight is not None
    assert (safety.body_weight.adjusted_from_bmi, safety.body_weight.visit, safety.body_weight.formula) == (30.0, "screening", None)
    assert all(rule.lower_limit_of_normal is None for rule in safety.laboratory)
    assert {"Grading scale", "Dose-limiting events", "Events of special interest", "Adjusted body weight"} <= {n.title for n in study.notes}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (CTCAE, '[[safety.scales]]\nkey = "ctcae-6"', "there is no scale “ctcae-5” among safety.scales"),
        ('key = "crs"', 'key = "iris"', "safety.special_interest: the key iris is used twice"),
        (
            'analyte = "cd4"\nscale = "daids-2-1"',
            'analyte = "cd3"\nscale = "daids-2-1"',
            "safety.laboratory.cd4-low-daids: “cd3” is none of",
        ),
        ('visit = "screening"\nsource', 'visit = "week-9"\nsource', "safety.body_weight.visit: “week-9” is none of"),
        ('visit = "screening"\nsource', 'formula = "devine"\nsource', "formula and factor belong together"),
        ("{ grade = 3, above = 20000.0 }", "{ grade = 3, below = 20.0 }", "the limits must all be below, or all above"),
        ("{ grade = 3, above = 20000.0 }", "{ grade = 3, above = 2000.0 }", "a higher grade needs a limit farther out"),
        ("{ grade = 3, above = 20000.0 }", "{ grade = 3 }", "grade 3 needs exactly one of below, above and below_normal"),
        ("expected = true", "expekted = true", "safety.laboratory.4.expekted: is not a key a definition has here"),
    ],
)
def test_a_wrong_safety_part_is_refused_with_its_rule(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in _read_changed(tmp_path, old, new)


def test_rules_for_mappings_decisions_and_escalation_name_what_exists(tmp_path: Path) -> None:
    added = '[[safety.mappings]]\nfrom_scale = "severity"\nto_scale = "grades"\ngrades = [1, 2, 3]\nsource = "x"\n\n'
    assert "safety.mappings.to_scale: there is no scale “grades”" in _read_changed(tmp_path, CTCAE, added + CTCAE)
    added = '[[safety.decisions]]\ncohort = "960"\non = 2025-01-01\ntext = "x"\nsource = "x"\n\n'
    assert "safety.decisions: “960” is none of 240, 480, 720" in _read_changed(tmp_path, CTCAE, added + CTCAE)
    added = '[safety.dose_limiting]\ntext = "x"\nscale = "x"\nmin_grade = 3\nwindow_days = 28\nsource = "x"\n\n'
    assert "safety.dose_limiting.scale: there is no scale “x”" in _read_changed(tmp_path, CTCAE, added + CTCAE)
