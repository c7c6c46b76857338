"""Traits of participants in every format, and pooled deliveries with several trials."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from dashboard.errors import DeliveryRefusedError
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, StudyData
from data_access.delivery import Delivery, read_delivery
from data_access.mapping_values import derive_mapping, describe_values
from data_access.simple_export import write_simple
from data_access.text_tables import TextTable
from tests.data_access.deliveries import Rows, write_csv
from tests.study.third import third
from tests.study.third_delivery import PEOPLE, write_delivery

DM = {"STUDYID": "T-1", "DOMAIN": "DM", "USUBJID": "P1", "DISEASE": "LYMPHOMA", "INVOLVE": "BOTH", "SEX": "F", "AGE": "41"}
EX = {"STUDYID": "T-1", "DOMAIN": "EX", "USUBJID": "P1", "EXTRT": "CELLS", "EXDOSE": "1", "EXDOSU": "10^6/kg", "EXSTDTC": "2024-03-04"}
SUPP = {"STUDYID": "T-1", "RDOMAIN": "DM", "USUBJID": "P1", "IDVAR": "", "IDVARVAL": "", "QNAM": "BLASTS", "QVAL": "35"}
ADSL = {"STUDYID": "T-2", "USUBJID": "P2", "DISEASE": "Leukaemia", "INVOLVE": "marrow", "BLASTS": "5", "SEX": "M", "AGE": "30",
        "TRTSDT": "2024-03-04", "SAFFL": "Y"}  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> StudyProtocol:
    return third(tmp_path)


def read(study: StudyProtocol, folder: Path, **tables: Rows) -> Delivery:
    folder.mkdir()
    for name, rows in tables.items():
        write_csv(folder / f"{name}.csv", rows)
    return read_delivery(study, [folder])


def values(delivery: Delivery) -> dict[tuple[str, str], str]:
    table = delivery.records["trait"]
    return {(who, trait): text for who, trait, text in table[["participant", "trait", "value_text"]].itertuples(index=False)}


def refusals(study: StudyProtocol, folder: Path, **tables: Rows) -> list[str]:
    with pytest.raises(DeliveryRefusedError) as caught:
        read(study, folder, **tables)
    return str(caught.value).splitlines()


def test_dm_and_its_supplement_hold_traits_and_the_cohort(study: StudyProtocol, tmp_path: Path) -> None:
    delivery = read(study, tmp_path / "sdtm", dm=[DM], ex=[EX], suppdm=[SUPP])
    assert values(delivery) == {("P1", "trial"): "T-1", ("P1", "involvement"): "BOTH", ("P1", "blasts"): "35"}
    assert delivery.participants["cohort"].tolist() == ["lymphoma"]
    table = delivery.records["trait"].set_index("trait")
    assert table.loc["blasts", "value"] == 35.0
    assert pd.isna(table.loc["trial", "value"])
    assert (table["source_file"] == "dm").all()
    assert "unknown-column" not in {note.code for note in delivery.report.notes}


def test_a_cohort_column_may_stand_in_the_supplement(study: StudyProtocol, tmp_path: Path) -> None:
    dm = {name: text for name, text in DM.items() if name != "DISEASE"}
    delivery = read(study, tmp_path / "sdtm", dm=[dm], ex=[EX], suppdm=[{**SUPP, "QNAM": "DISEASE", "QVAL": "LEUKAEMIA"}])
    assert delivery.participants["cohort"].tolist() == ["leukaemia"]


def test_adsl_holds_traits_and_the_cohort(study: StudyProtocol, tmp_path: Path) -> None:
    delivery = read(study, tmp_path / "adam", adsl=[ADSL])
    assert values(delivery) == {("P2", "trial"): "T-2", ("P2", "involvement"): "marrow", ("P2", "blasts"): "5"}
    assert delivery.participants["cohort"].tolist() == ["leukaemia"]


def test_several_trials_may_stand_in_one_dm_or_in_one_for_each(study: StudyProtocol, tmp_path: Path) -> None:
    other = {**DM, "STUDYID": "T-3", "USUBJID": "P3", "INVOLVE": "MARROW"}
    dose = {**EX, "STUDYID": "T-3", "USUBJID": "P3"}
    supplements = [SUPP, {**SUPP, "STUDYID": "T-3", "USUBJID": "P3", "QVAL": "1"}]
    one = read(study, tmp_path / "one", dm=[DM, other], ex=[EX, dose], suppdm=supplements)
    each = read(study, tmp_path / "each", dm1=[DM], dm3=[other], ex1=[EX], ex3=[dose], suppdm1=supplements[:1], suppdm3=supplements[1:])
    assert values(one) == values(each)
    assert values(each)[("P3", "trial")] == "T-3"
    assert each.participants.equals(one.participants)
    assert set(each.records["trait"]["source_file"]) == {"dm1", "dm3"}


def test_a_participant_in_two_trials_is_refused(study: StudyProtocol, tmp_path: Path) -> None:
    told = refusals(study, tmp_path / "twice", dm1=[DM], dm2=[{**DM, "STUDYID": "T-2"}], ex=[EX])
    assert told == ["delivery, column USUBJID: the participant is in two data sets DM (value 'P1')"]


def test_a_word_of_no_category_and_a_text_that_is_no_number_are_refused_by_row(study: StudyProtocol, tmp_path: Path) -> None:
    told = refusals(study, tmp_path / "wrong", dm=[{**DM, "INVOLVE": "LIVER"}], ex=[EX], suppdm=[{**SUPP, "QVAL": "many"}])
    assert told == [
        "dm.csv, row 1, column INVOLVE: is no category of “Involvement”; its codes are MARROW, BOTH, ELSEWHERE (value 'LIVER')",
        "dm.csv, row 1, column BLASTS: is no category of “Blasts in marrow”; its ranges are below 20 %, 20 % or more (value 'many')",
    ]


def test_an_absent_value_is_counted_and_a_missing_column_is_noted(study: StudyProtocol, tmp_path: Path) -> None:
    delivery = read(study, tmp_path / "sparse", dm=[{**DM, "INVOLVE": "Unknown"}], ex=[EX])
    assert values(delivery) == {("P1", "trial"): "T-1"}
    tally = delivery.report.tallies["traits"]
    assert (tally.read, tally.stored, dict(tally.left_out)) == (3, 1, {"no value delivered": 2})
    notes = {note.code: note.text for note in delivery.report.notes}
    assert notes["trait-missing"] == "no column BLASTS is delivered: nobody has a value of “Blasts in marrow”"


def test_traits_findings_and_milestones_of_the_simple_format_are_read(study: StudyProtocol, tmp_path: Path) -> None:
    delivery = read_delivery(study, [write_delivery(tmp_path / "simple")])
    assert delivery.synthetic
    assert {name: text for (name, trait), text in values(delivery).items() if trait == "trial"} == {
        person.name: f"TEST-{person.trial}" for person in PEOPLE
    }
    best = delivery.records["finding"].query("test == 'BESTRESP'")
    assert dict(zip(best["participant"], best["value_text"], strict=True)) == {person.name: person.response for person in PEOPLE}
    sizes = delivery.records["finding"].query("test == 'SPDCHG'")
    assert dict(zip(sizes["participant"], sizes["value"], strict=True)) == {"A-3": -20.0, "B-1": -30.0, "B-2": -40.0, "C-3": -80.0}
    events = delivery.records["milestone"]
    assert sorted(events[["participant", "term", "day"]].itertuples(index=False, name=None)) == sorted(
        (person.name, term, day) for person in PEOPLE for term, day in person.events
    )


def test_written_out_and_read_again_the_traits_are_the_same(study: StudyProtocol, tmp_path: Path) -> None:
    delivery = read_delivery(study, [write_delivery(tmp_path / "simple")])
    instant = datetime(2025, 1, 1, tzinfo=UTC)
    snapshot = Snapshot(study.key, "0" * 64, "", delivery.cut_date, "draft", delivery.synthetic, instant)
    data = StudyData(snapshot, delivery.participants, delivery.counts, delivery.doses)
    write_simple(data, delivery.records, tmp_path / "again")
    again = read_delivery(study, [tmp_path / "again"])
    assert values(again) == values(delivery)
    assert again.records["trait"]["value"].tolist() == pytest.approx(delivery.records["trait"]["value"].tolist(), nan_ok=True)


def test_map_says_which_words_are_in_a_category(study: StudyProtocol, tmp_path: Path) -> None:
    tables = [TextTable("dm.csv", frame_of({**DM, "INVOLVE": "LIVER", "BLASTS": "35"})), TextTable("ex.csv", frame_of(EX))]
    mapping = derive_mapping(study, tables)
    assert {(one.where, one.value, one.target) for one in mapping.values if one.kind in ("cohort", "group")} == {
        ("DM.DISEASE", "LYMPHOMA", "lymphoma"), ("DM.STUDYID", "T-1", "trial.t-1"), ("DM.INVOLVE", "LIVER", ""),
        ("DM.BLASTS", "35", "blasts.ge20"),
    }  # fmt: skip
    assert "categories of the groupings: 2 mapped, 1 not mapped" in describe_values(mapping)


def frame_of(row: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame([row], index=pd.RangeIndex(1, 2)).astype("str")
