"""Study definition files: each fault is named by file, key and rule, and what ships is valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.errors import DefinitionError
from dashboard.study.definitions import BUILT_IN, definition_fingerprint, read_definition, read_definitions

GOOD = (BUILT_IN / "nct05600920.toml").read_text(encoding="utf-8")
SHIPPED = sorted(BUILT_IN.glob("*.toml"))


def write(folder: Path, *changes: tuple[str, str], name: str = "nct05600920") -> Path:
    """The shipped definition with pieces of text exchanged; each piece must occur."""
    text = GOOD
    for old, new in changes:
        assert old in text, f"the definition no longer holds {old!r}"
        text = text.replace(old, new, 1)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def fault(path: Path) -> str:
    with pytest.raises(DefinitionError) as caught:
        read_definition(path)
    return str(caught.value)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_definition_that_ships_is_valid_and_named_by_its_file(path: Path) -> None:
    assert read_definition(path).key == path.stem


def test_the_two_studies_ship() -> None:
    assert {"cdiscpilot01", "nct05600920"} <= set(read_definitions())


# (what is written instead, words the message must hold: key, rule or allowed values, value found)
FAULTS = {
    "unknown key": (
        ('short = "ALC"', 'short = "ALC"\ncolour = "red"'),
        ("analytes.0.colour", "key, label, short, codes, loinc, thresholds"),
    ),
    "missing key": (('sponsor = "National', 'notes_on = "National'), ("study.sponsor", "required")),
    "wrong type": (("target = -28", 'target = "-28"'), ("visits.0.target", "integer", "'-28'")),
    "number where text belongs": (('title = "Long', 'title = 12 # "Long'), ("study.title", "string", "12")),
    "not a key": (('key = "240"', 'key = "2 40"'), ("cohorts.0.key", "pattern", "'2 40'")),
    "empty text": (('label = "240 µg/kg"', 'label = ""'), ("cohorts.0.label", "at least 1 character")),
    "not positive": (("dose = 240.0", "dose = 0.0"), ("cohorts.0.dose", "greater than 0", "0.0")),
    "not a choice": (("[study]\n", 'interim = "open"\n[study]\n'), ("interim", "'open-label' or 'closed'", "'open'")),
    "not a column": (('cohort_column = "ARMCD"', 'cohort_column = "ARM CD"'), ("delivery.cohort_column", "pattern", "'ARM CD'")),
    "target outside window": (("target = 14\nlow = 1\n", "target = 0\nlow = 1\n"), ("visits.3", "dose-1-day-14", "1 … 21")),
    "open window passed": (("high = -10", "high = -29"), ("visits.0", "screening", "-29")),
    "key used twice": (('key = "480"', 'key = "240"'), ("cohorts", "240", "twice")),
    "code claimed twice": (('codes = ["NTI7-480", ', 'codes = ["NTI7-240", '), ("cohorts", "NTI7-240", "twice")),
    "findings of a domain twice": (('domain = "PC"', 'domain = "IS"'), ("findings", "IS", "twice")),
    "findings of a domain with its own reader": (('domain = "FA"', 'domain = "LB"'), ("findings", "LB is no domain of findings")),
    "findings of no domain": (('domain = "FA"', 'domain = "FAC"'), ("findings.2.domain", "pattern", "'FAC'")),
    "loinc claimed twice": (('loinc = ["14135-8"]', 'loinc = ["24467-3"]'), ("analytes", "24467-3", "twice")),
    "unit claimed twice": (('"G/L"', '"/uL"'), ("units", "/uL", "twice")),
    "period ends nowhere": (('last_visit = "week-60"', 'last_visit = "week-61"'), ("periods.to-week-60", "“week-61”", "week-36, week-48")),
    "milestone nowhere": (
        ('visit = "week-36"\nlabel = "Interim"', 'visit = "interim"\nlabel = "x"'),
        ("milestones", "“interim”", "week-36"),
    ),
    "endpoint visit nowhere": (('visit = "week-60"\ngap_cap', 'visit = "end"\ngap_cap'), ("endpoint.visit", "“end”", "week-60")),
    "endpoint analyte nowhere": (('analyte = "cd4"', 'analyte = "cd3"'), ("endpoint.analyte", "“cd3”", "alc, cd4, cd8, b, nk")),
    "dose nowhere": (("moves_with_dose = 1", "moves_with_dose = 4"), ("visits.dose-1-day-14.moves_with_dose", "4")),
    "level not listed": (("time_above_threshold = 200.0", "time_above_threshold = 250.0"), ("endpoint.time_above_threshold", "thresholds")),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_by_file_key_and_rule(name: str, tmp_path: Path) -> None:
    change, words = FAULTS[name]
    message = fault(write(tmp_path, change))
    assert message.startswith("nct05600920.toml: ")
    assert [word for word in words if word not in message] == [], message


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    message = fault(write(tmp_path, ("planned = 10", "planned = -1"), ("dose = 480.0", 'dose = "480"')))
    assert [line.split(": ")[1] for line in message.splitlines()] == ["cohorts.0.planned", "cohorts.1.dose"]


def test_text_that_is_no_toml_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text('[study]\nkey = = "broken"\n', encoding="utf-8")
    message = fault(path)
    assert message.startswith("broken.toml: ")
    assert "line 2" in message


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff\xfe[study]")
    assert fault(path).startswith("bytes.toml: ")


def test_a_study_key_must_be_the_name_of_its_file(tmp_path: Path) -> None:
    message = fault(write(tmp_path, name="other"))
    assert "study.key" in message
    assert "“nct05600920”" in message
    assert "“other”" in message


def test_a_study_key_used_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(DefinitionError, match=r"nct05600920\.toml.*already in use"):
        read_definitions(tmp_path)


def test_a_further_study_stands_beside_the_built_in_ones(tmp_path: Path) -> None:
    write(tmp_path, ('key = "nct05600920"', 'key = "second"'), name="second")
    assert set(read_definitions(tmp_path)) == {*read_definitions(), "second"}


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="nowhere: is not a folder"):
        read_definitions(tmp_path / "nowhere")


def test_the_fingerprint_follows_the_meaning_and_not_the_layout(tmp_path: Path) -> None:
    shipped = definition_fingerprint(read_definition(BUILT_IN / "nct05600920.toml"))
    commented = definition_fingerprint(read_definition(write(tmp_path, ("[study]\n", "# a remark\n[study]\n\n"))))
    changed = definition_fingerprint(read_definition(write(tmp_path, ("target = -28", "target = -29"))))
    assert commented == shipped
    assert changed != shipped
