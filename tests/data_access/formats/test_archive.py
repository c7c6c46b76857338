"""Zips: what the directory announces is checked before unpacking, what comes out is counted."""

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from dashboard.errors import StorageError
from data_access.formats.archive import open_archive, unpack
from data_access.formats.receiving import receive
from tests.data_access.formats.samples import refusal_of, texts

DM = b"USUBJID,AGE\nP1,63\n"


def _zip(path: Path, *entries: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def test_folders_in_a_zip_are_read_and_files_of_the_system_ignored_and_listed(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / "cut.ZIP", ("trial/sdtm/dm.csv", DM), ("__MACOSX/trial/._dm.csv", b"x"), ("trial/.DS_Store", b"x"), ("read me.txt", b"x")
    )
    received = receive([path])
    assert [(table.file, texts(table)) for table in received.tables] == [("trial/sdtm/dm.csv", {"USUBJID": ["P1"], "AGE": ["63"]})]
    assert received.ignored == ("read me.txt", "__MACOSX/trial/._dm.csv", "trial/.DS_Store")


@pytest.mark.parametrize("name", ["../dm.csv", "/dm.csv", "a/../../dm.csv", "C:/dm.csv", "a\\..\\dm.csv"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    assert "an entry has a path that leaves its folder" in refusal_of(lambda: receive([_zip(tmp_path / "cut.zip", (name, DM))]))
    assert [entry.name for entry in tmp_path.iterdir()] == ["cut.zip"]


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("dm.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "cut.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "an entry is a link or a device (value 'dm.csv')" in refusal_of(lambda: receive([tmp_path / "cut.zip"]))


def test_one_name_twice_is_refused_in_whatever_case(tmp_path: Path) -> None:
    path = _zip(tmp_path / "cut.zip", ("dm.csv", DM), ("DM.CSV", DM))
    assert "two entries have the same name" in refusal_of(lambda: receive([path]))


@pytest.mark.parametrize("name", ["inner.zip", "a/inner.7z", "dm.csv.gz"])
def test_an_archive_inside_is_refused(tmp_path: Path, name: str) -> None:
    assert "holds an archive inside" in refusal_of(lambda: receive([_zip(tmp_path / "cut.zip", (name, b"x"))]))


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "cut.zip", *((f"{number}.txt", b"") for number in range(501)))
    assert "cut.zip: holds 501 entries, more than 500" in refusal_of(lambda: receive([path]))


def test_a_ratio_that_no_data_set_reaches_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "cut.zip", ("dm.csv", b"USUBJID\n" + b"1\n" * 10_000_000))
    assert "an entry unpacks to more than 200 times its size" in refusal_of(lambda: receive([path]))


def test_too_large_a_sum_is_refused_before_a_byte_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_access.formats.archive.check_directory.__defaults__", (1_000_000,))
    path = _zip(tmp_path / "cut.zip", ("dm.csv", b"x" * 1_000_000), ("ex.csv", b"x"))
    # One byte too many is told as more than the limit.
    assert "unpacks to 1.1 MB, more than 1 MB" in refusal_of(lambda: receive([path]))


@pytest.mark.parametrize("stated", [5, 4_000])
def test_a_directory_that_lies_about_a_size_is_refused(tmp_path: Path, stated: int) -> None:
    path = _zip(tmp_path / "cut.zip", ("dm.csv", DM * 50))
    content = path.read_bytes()
    size = struct.pack("<L", len(DM * 50))
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, struct.pack("<L", stated)))
    assert "an entry is" in refusal_of(lambda: receive([path]))


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "cut.zip", ("dm.csv", DM))
    content = bytearray(path.read_bytes())
    # General purpose flags: 6 bytes into the local header, 8 into that of the directory.
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "an entry is encrypted (value 'dm.csv')" in refusal_of(lambda: receive([path]))


def test_another_compression_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cut.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("dm.csv", DM)
    assert "compressed in a way other than deflate" in refusal_of(lambda: receive([tmp_path / "cut.zip"]))


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "cut.zip", ("dm.csv", DM * 50))
    content = path.read_bytes()
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry = content[start:end]
    copies = b"".join(entry.replace(b"dm.csv", f"d{number}.csv".encode()) for number in range(9))
    tail = content[end : end + 8] + struct.pack("<HHLLH", 9, 9, len(copies), start, 0)
    path.write_bytes(content[:start] + copies + tail)
    words = refusal_of(lambda: receive([path]))
    assert "its entries overlap" in words or "damaged" in words


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", DM])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cut.zip").write_bytes(content)
    assert "cut.zip: is no zip file, or is damaged" in refusal_of(lambda: receive([tmp_path / "cut.zip"]))


def test_a_zip_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = _zip(tmp_path / "whole.zip", ("dm.csv", DM), ("ex.csv", DM)).read_bytes()
    path = tmp_path / "cut.zip"
    for length in range(0, len(whole), 5):
        path.write_bytes(whole[:length])
        refusal_of(lambda: receive([path]))


def test_a_changed_byte_in_a_packed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("dm.csv", DM)
    path.write_bytes(path.read_bytes().replace(b"P1,63", b"P1,64"))
    assert "an entry is damaged" in refusal_of(lambda: receive([path]))


def test_a_disk_that_does_not_take_the_files_is_an_error_of_the_environment(tmp_path: Path) -> None:
    # A folder where the file should be stands for a disk that refuses it.
    path = _zip(tmp_path / "cut.zip", ("dm.csv", DM))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "dm.csv").mkdir()
    with open_archive("cut.zip", path) as archive, pytest.raises(StorageError, match="cannot be unpacked"):
        unpack("cut.zip", archive, "dm.csv", tmp_path / "out" / "dm.csv")
