"""`map` on categories that the definition does not have: what it proposes, pasted into the definition, lets the delivery be read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from dashboard.errors import DeliveryRefusedError
from dashboard.study.definitions import read_definition
from dashboard.study.protocol import StudyProtocol
from data_access.delivery import read_delivery
from data_access.mapping_proposal import propose_lines
from data_access.mapping_values import derive_mapping
from data_access.text_tables import read_text_tables
from tests.data_access.deliveries import write_csv
from tests.study.third import DEFINITION, third

ROW = {"STUDYID": "T-1", "DOMAIN": "DM", "DISEASE": "LYMPHOMA", "INVOLVE": "BOTH", "BLASTS": "35", "SEX": "F", "AGE": "41"}
DOSE = {"STUDYID": "T-1", "DOMAIN": "EX", "EXTRT": "CELLS", "EXDOSE": "1", "EXDOSU": "10^6/kg", "EXSTDTC": "2024-03-04"}


def deliver(folder: Path, *people: dict[str, str]) -> Path:
    """A delivery of participants that differ from ROW as said, each with one dose."""
    folder.mkdir()
    rows = [{**ROW, "USUBJID": f"P{number}", **changes} for number, changes in enumerate(people, 1)]
    write_csv(folder / "dm.csv", rows)
    write_csv(folder / "ex.csv", [{**DOSE, "STUDYID": row["STUDYID"], "USUBJID": row["USUBJID"]} for row in rows])
    return folder


def propose(study: StudyProtocol, folder: Path) -> str:
    return propose_lines(study, derive_mapping(study, read_text_tables([folder]).tables))


def split_parts(text: str) -> dict[str, str]:
    """The parts of a TOML file by header and key (by place where a part has none)."""
    parts: dict[str, str] = {}
    for block in re.split(r"(?m)^(?=\[)", text):
        header, key = block.partition("\n")[0], re.search(r'(?m)^key = "(.*)"', block)
        name = header if block.startswith("[") else "top"
        parts[f"{name} {key[1] if key and '[[' in header else len(parts) if '[[' in header else ''}"] = block
    return parts


def paste(folder: Path, proposal: str) -> StudyProtocol:
    """The definition with the parts of the proposal in the place of those with the same name and key, the others added."""
    parts = split_parts(DEFINITION) | {name: block for name, block in split_parts(proposal).items() if not name.startswith("top")}
    text = "\n".join(f"{block.rstrip()}\n" for name, block in sorted(parts.items(), key=lambda pair: not pair[0].startswith("top")))
    path = folder / "third.toml"
    path.write_text(text, encoding="utf-8")
    return read_definition(path)


@pytest.fixture
def study(tmp_path: Path) -> StudyProtocol:
    return third(tmp_path)


def test_words_in_no_category_are_proposed_and_pasted_let_the_delivery_be_read(study: StudyProtocol, tmp_path: Path) -> None:
    given = ({"INVOLVE": "Liver"}, {"INVOLVE": "BONE MARROW"}, {"INVOLVE": "Unk"}, {"INVOLVE": "else-where"}, {"INVOLVE": "Liver"})
    folder = deliver(tmp_path / "new", *given)
    with pytest.raises(DeliveryRefusedError, match="is no category of “Involvement”"):
        read_delivery(study, [folder])
    proposal = propose(study, folder)
    (grouping,) = tomllib.loads(proposal)["groupings"]
    assert grouping == {
        "key": "involvement",
        "label": "Involvement",
        "column": "INVOLVE",
        "categories": [
            {"key": "marrow", "label": "Marrow", "codes": ["MARROW", "BONE MARROW"]},
            {"key": "both", "label": "Marrow and elsewhere", "codes": ["BOTH"]},
            {"key": "elsewhere", "label": "Elsewhere", "codes": ["ELSEWHERE", "else-where"]},
            {"key": "liver", "label": "Liver", "codes": ["Liver"]},
        ],
        "absent_codes": ["NOT REPORTED", "UNKNOWN", "Unk"],
    }
    traits = read_delivery(paste(tmp_path, proposal), [folder]).records["trait"]
    assert traits[traits["trait"] == "involvement"]["value_text"].tolist() == ["Liver", "BONE MARROW", "else-where", "Liver"]


def test_a_new_trial_is_proposed_as_a_study_id_a_category_and_a_member(study: StudyProtocol, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "new", {}, {"STUDYID": "NCT01234567"})
    proposal = propose(study, folder)
    read = tomllib.loads(proposal)
    assert read["members"] == [{"key": "nct01234567", "label": "NCT01234567", "registry_id": "NCT01234567"}]
    assert read["groupings"][0]["categories"][-1] == {"key": "nct01234567", "label": "NCT01234567", "codes": ["NCT01234567"]}
    assert "NCT01234567" in read["delivery"]["study_ids"]
    pasted = paste(tmp_path, proposal)
    assert [member.key for member in pasted.members] == ["t-1", "t-2", "t-3", "nct01234567"]
    assert sorted(read_delivery(pasted, [folder]).records["trait"]["value_text"].tolist()) == [
        "35",
        "35",
        "BOTH",
        "BOTH",
        "NCT01234567",
        "T-1",
    ]


def test_what_only_a_person_can_say_is_a_comment(study: StudyProtocol, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "new", {"BLASTS": ">20"}, {"INVOLVE": "MARROW BOTH\n[x]"}, {"BLASTS": "N/A"})
    proposal = propose(study, folder)
    assert '# [[groupings]]\n# key = "blasts"\n# “>20” is in none of its ranges: below 20 %, 20 % or more' in proposal
    assert "looks like several of its categories: marrow, both" in proposal
    (grouping,) = tomllib.loads(proposal)["groupings"]
    assert (grouping["key"], grouping["absent_codes"]) == ("blasts", ["NOT REPORTED", "UNKNOWN", "N/A"])


@pytest.mark.parametrize(("word", "key"), [("no marrow", "no-marrow"), ("all", "all-2"), ("***", "cohort")])
def test_a_word_that_is_called_like_no_category_becomes_one_of_its_own(study: StudyProtocol, tmp_path: Path, word: str, key: str) -> None:
    (grouping,) = tomllib.loads(propose(study, deliver(tmp_path / "new", {"INVOLVE": word})))["groupings"]
    assert grouping["categories"][-1] == {"key": key, "label": word, "codes": [word]}


def test_of_a_delivery_whose_words_are_all_known_nothing_is_proposed(study: StudyProtocol, tmp_path: Path) -> None:
    assert propose(study, deliver(tmp_path / "known", {}, {"INVOLVE": "unknown", "BLASTS": ""})).startswith("# Nothing is missing")
