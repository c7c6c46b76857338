"""Settings: read once, checked, and each one in README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from dashboard.errors import SettingsError
from dashboard.settings import Settings, read_settings

README = Path(__file__).parent.parent / "README.md"
CONTRACT = {"PORT": "8050", "HOST": "127.0.0.1", "AUTH": "none"}


def test_without_any_variable_the_defaults_hold() -> None:
    assert read_settings({}) == Settings()
    assert {name: str(getattr(Settings(), name.lower())) for name in CONTRACT} == CONTRACT


def test_an_empty_variable_is_no_value() -> None:
    assert read_settings({"PORT": "", "HOST": ""}) == Settings()


def test_other_variables_are_ignored() -> None:
    assert read_settings({"PATH": "/bin", "port": "1"}) == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "eighty"),
        ("PORT", "80.5"),
        ("AUTH", "ldap"),
        ("LOG_LEVEL", "loud"),
        ("HOST", "0.0.0.0"),  # noqa: S104
        ("HOST", "example.org"),
        ("HOST", "192.168.1.2"),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_variable_and_value(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({variable: value})
    assert str(caught.value).startswith(f"{variable}: ")
    assert repr(value) in str(caught.value)


def test_every_wrong_value_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"PORT": "x", "LOG_LEVEL": "y"})
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["PORT", "LOG_LEVEL"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_loopback_address_is_accepted(host: str) -> None:
    assert read_settings({"HOST": host}).host == host


def test_the_database_is_embedded_unless_one_is_named(tmp_path: Path) -> None:
    assert read_settings({"VAR": str(tmp_path)}).database == f"sqlite:///{tmp_path / 'lymphotrace.sqlite'}"
    assert read_settings({"DATABASE_URL": "postgresql://host/x"}).database == "postgresql://host/x"


def test_settings_cannot_be_changed_after_the_start() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


def documented() -> dict[str, list[str]]:
    """The rows of README's table of settings: name to default and meaning, without Markdown's quotation marks."""
    text = README.read_text(encoding="utf-8")
    table = re.search(r"^\| *Setting *\| *Default *\| *Meaning *\|\n\|[-| :]+\|\n((?:\|.*\|\n?)+)", text, re.MULTILINE)
    assert table, "README has no table with the columns Setting, Default, Meaning"
    rows = [[cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")] for line in table[1].splitlines()]
    return {row[0]: row[1:] for row in rows}


def test_readme_lists_every_setting_and_no_other() -> None:
    assert set(documented()) == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_readme_gives_the_default_and_a_meaning_of(name: str) -> None:
    default, meaning = documented()[name.upper()]
    real = Settings.model_fields[name].default
    assert default == ("" if real in (None, "") else str(real)) or (real in (None, "") and default.lower() in ("none", "empty", "not set"))
    assert len(meaning) > 10
