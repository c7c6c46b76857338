"""One folder for each trial of a pooled study, with files of the same names; and folders that are no such delivery."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from dashboard.errors import DeliveryRefusedError
from dashboard.study.protocol import StudyProtocol
from data_access.delivery import Delivery, read_delivery
from tests.data_access.deliveries import Rows, nct05600920, write_csv, write_sdtm
from tests.study.third import third

DM = {"STUDYID": "T-1", "DOMAIN": "DM", "USUBJID": "P1", "DISEASE": "LYMPHOMA", "INVOLVE": "BOTH", "BLASTS": "35", "SEX": "F", "AGE": "41"}
EX = {"STUDYID": "T-1", "DOMAIN": "EX", "USUBJID": "P1", "EXTRT": "CELLS", "EXDOSE": "1", "EXDOSU": "10^6/kg", "EXSTDTC": "2024-03-04"}
RS = {"STUDYID": "T-1", "DOMAIN": "RS", "USUBJID": "P1", "RSSEQ": "1", "RSTESTCD": "BESTRESP", "RSORRES": "CR", "RSDTC": "2024-04-01"}
DS = {"STUDYID": "T-1", "DOMAIN": "DS", "USUBJID": "P1", "DSDECOD": "DEATH", "DSTERM": "DEATH", "DSSTDTC": "2024-06-01"}
OTHER = {"STUDYID": "T-2", "USUBJID": "P2"}


@pytest.fixture
def study(tmp_path: Path) -> StudyProtocol:
    return third(tmp_path)


def write_folders(folder: Path, **more: dict[str, Rows]) -> Path:
    """Two trials, each in a folder of its own with the same names of files; `more` are further files by folder."""
    files: dict[str, dict[str, Rows]] = {
        "T1": {"dm": [DM], "ex": [EX], "rs": [RS], "ds": [DS]},
        "T2": {"dm": [{**DM, **OTHER}], "ex": [{**EX, **OTHER}], "rs": [{**RS, **OTHER, "RSORRES": "PR"}], "ds": [{**DS, **OTHER}]},
    }
    for name, tables in files.items():
        (folder / name).mkdir(parents=True)
        for table, rows in (tables | more.get(name, {})).items():
            write_csv(folder / name / f"{table}.csv", rows)
    return folder


def refusals(study: StudyProtocol, folder: Path) -> list[str]:
    with pytest.raises(DeliveryRefusedError) as caught:
        read_delivery(study, [folder])
    return str(caught.value).splitlines()


def sources(delivery: Delivery, table: str) -> list[tuple[str, str, int]]:
    rows = delivery.records[table] if table in delivery.records else delivery.frames[table]
    return sorted(rows[["participant", "source_file", "source_row"]].itertuples(index=False, name=None))


def test_folders_of_trials_are_read_together_and_each_file_is_named_with_its_folder(study: StudyProtocol, tmp_path: Path) -> None:
    delivery = read_delivery(study, [write_folders(tmp_path / "pool")])
    assert delivery.participants["participant"].tolist() == ["P1", "P2"]
    assert sources(delivery, "finding") == [("P1", "t1/rs", 1), ("P2", "t2/rs", 1)]
    assert sources(delivery, "dose") == [("P1", "t1/ex", 1), ("P2", "t2/ex", 1)]
    assert sources(delivery, "milestone") == [("P1", "t1/ds", 1), ("P2", "t2/ds", 1)]
    assert set(delivery.records["trait"]["source_file"]) == {"t1/dm", "t2/dm"}
    assert {file.file for file in delivery.report.files} == {
        f"{trial}/{name}.csv" for trial in ("T1", "T2") for name in ("dm", "ex", "rs", "ds")
    }


def test_the_same_folders_zipped_give_the_same_rows(study: StudyProtocol, tmp_path: Path) -> None:
    folder = write_folders(tmp_path / "pool")
    with zipfile.ZipFile(tmp_path / "pool.zip", "w") as archive:
        for path in sorted(folder.rglob("*.csv")):
            archive.write(path, path.relative_to(folder).as_posix())
    one, other = (read_delivery(study, [path]) for path in (folder, tmp_path / "pool.zip"))
    assert all(frame.equals(other.frames[name]) for name, frame in one.frames.items())


def test_a_refused_row_is_named_with_its_folder(study: StudyProtocol, tmp_path: Path) -> None:
    told = refusals(study, write_folders(tmp_path / "pool", T2={"dm": [{**DM, **OTHER, "INVOLVE": "LIVER"}]}))
    assert [line.partition(":")[0] for line in told] == ["T2/dm.csv, row 1, column INVOLVE"]
    twice = refusals(study, write_folders(tmp_path / "twice", T2={"dm": [{**DM, "STUDYID": "T-2"}]}))
    assert twice == ["delivery, column USUBJID: the participant is in two data sets DM (value 'P1')"]


def test_names_of_one_folder_alone_stay_as_they_are(study: StudyProtocol, tmp_path: Path) -> None:
    folder = write_folders(tmp_path / "pool", T1={"rs1": [{**RS, "RSSEQ": "2", "RSDTC": "2024-05-01"}]})
    assert ("P1", "rs1", 1) in sources(read_delivery(study, [folder]), "finding")


def test_each_folder_may_have_its_manifest_or_all_of_them_one(study: StudyProtocol, tmp_path: Path) -> None:
    folder = write_folders(tmp_path / "pool")
    (folder / "read me.txt").write_text("x", encoding="utf-8")

    def state(place: Path, files: list[Path]) -> None:
        entries = [
            {"name": path.relative_to(place).as_posix(), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "rows": 1}
            for path in files
        ]
        (place / "manifest.json").write_text(json.dumps({"files": entries}), encoding="utf-8")

    for trial in ("T1", "T2"):
        state(folder / trial, sorted((folder / trial).glob("*.csv")))
    delivery = read_delivery(study, [folder])
    assert "no-manifest" not in {note.code for note in delivery.report.notes}
    (folder / "T2" / "rs.csv").write_text("STUDYID\n", encoding="utf-8")
    assert refusals(study, folder)[0].startswith("T2/rs.csv: is not the file that manifest.json names")
    (folder / "read me.txt").unlink()
    write_csv(folder / "T2" / "rs.csv", [{**RS, **OTHER}])
    for trial in ("T1", "T2"):
        (folder / trial / "manifest.json").unlink()
    state(folder, sorted(folder.rglob("*.csv")))
    assert "no-manifest" not in {note.code for note in read_delivery(study, [folder]).report.notes}


def test_a_study_of_one_trial_takes_no_folder_for_each(tmp_path: Path) -> None:
    for name in ("interim", "final"):
        write_sdtm(tmp_path / "cuts" / name)
    told = refusals(nct05600920(), tmp_path / "cuts")
    why = "only a study that pools trials takes a folder for each of them: name the folder that holds this delivery"
    assert f"interim/dm.csv: the data set “dm” is delivered more than once; {why}" in told


def test_the_simple_format_is_not_read_from_several_folders(study: StudyProtocol, tmp_path: Path) -> None:
    for name in ("T1", "T2"):
        (tmp_path / "pool" / name).mkdir(parents=True)
        write_csv(tmp_path / "pool" / name / "participants.csv", [{"participant": name}])
    why = "only SDTM is read from a folder for each trial: join the files of this name into one"
    assert refusals(study, tmp_path / "pool")[0] == f"T1/participants.csv: the data set “participants” is delivered more than once; {why}"


def test_data_sets_still_deeper_are_refused_and_not_left_out(study: StudyProtocol, tmp_path: Path) -> None:
    folder = write_folders(tmp_path / "pool")
    (folder / "T3" / "sdtm").mkdir(parents=True)
    write_csv(folder / "T3" / "sdtm" / "dm.csv", [DM])
    (folder / "T1" / "old").mkdir()
    write_csv(folder / "T1" / "old" / "rs.csv", [RS])
    told = refusals(study, folder)
    assert [line.partition(":")[0] for line in told] == ["T3/sdtm/dm.csv", "T1/old/rs.csv"]
    assert all("lies in an inner folder" in line for line in told)
