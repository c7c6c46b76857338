"""From the paths a person names to the data sets in them: folders, zips and single files, in every format, checked against a manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dashboard.errors import DeliveryRefusedError, Refusal, StorageError
from data_access.formats import manifest
from data_access.formats.archive import check_directory, open_archive, refuse_nested, unpack
from data_access.formats.csv_text import read_csv
from data_access.formats.limits import MOST_FILE_BYTES, describe_size
from data_access.formats.raw_table import RawTable, refusal
from data_access.formats.sandbox import Sandbox
from data_access.formats.workroom import open_workroom
from data_access.progress import Progress, silent

SUFFIXES = (".csv", ".xpt", ".json", ".ndjson", ".parquet", ".xlsx")
ACCEPTED = "CSV (.csv), SAS transport (.xpt), Dataset-JSON (.json, .ndjson), Parquet (.parquet), Excel (.xlsx), or a zip of them"
# Files that hold data in a way that is not read: leaving them out in silence would lose data.
UNREADABLE = {
    ".xls": "the old Excel format is not read; save it as .xlsx or CSV",
    ".xlsm": "a workbook with macros is not read; save it as .xlsx or CSV",
    ".xlsb": "a binary workbook is not read; save it as .xlsx or CSV",
    ".ods": "an OpenDocument sheet is not read; save it as .xlsx or CSV",
    ".sas7bdat": "a SAS data set is not read; write a transport file (.xpt) or CSV",
    ".tsv": "a file with tabs is not read; write it with commas as .csv",
    ".zip": "a zip inside a delivery is not read; name it by itself, or unpack it",
    **dict.fromkeys((".7z", ".rar", ".gz", ".tar", ".tgz", ".bz2", ".xz"), "this kind of archive is not read; use zip"),
}
INNER = "lies in an inner folder, and inner folders are not read; move the file up, or zip the whole folder and deliver the zip"
JUNK = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Received:
    """What a delivery holds: its data sets in the order read, the files that are no data set, and whether every file was in a manifest."""

    tables: tuple[RawTable, ...]
    ignored: tuple[str, ...] = ()
    has_manifest: bool = False


@dataclass(frozen=True)
class _Source:
    """Files that were sent together: names as messages and the manifest give them, with their paths.

    Besides: what is ignored; the inner folders, and the data files in them.
    """

    files: dict[str, Path]
    ignored: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()


@dataclass
class _Reading:
    """Collects data sets and every reason to refuse."""

    sandbox: Sandbox
    progress: Progress
    tables: list[RawTable] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def receive(paths: Sequence[Path], progress: Progress = silent) -> Received:
    """Read the folders, zips and files `paths` as one delivery.

    DeliveryRefusedError lists every reason found (file, row, column, value, rule); StorageError a file that cannot be opened or a full
    disk. `progress` hears of “reading lb.csv” in bytes or rows. Zips are unpacked into a temporary folder that is gone afterwards.
    """
    try:
        with open_workroom() as folder, Sandbox(folder) as sandbox:
            reading = _Reading(sandbox, progress)
            has_manifest = _read_sources(_open_sources(paths, folder), reading)
    except OSError as error:
        raise StorageError(f"the delivery cannot be read: {error}") from error
    if reading.refusals:
        raise DeliveryRefusedError(reading.refusals)
    if not reading.tables:
        raise _without_tables(reading)
    return Received(tuple(reading.tables), tuple(reading.ignored), has_manifest)


def _without_tables(reading: _Reading) -> DeliveryRefusedError:
    held = ", ".join(reading.ignored) or "nothing"
    if reading.folders:
        names = ", ".join(f"“{name}”" for name in reading.folders)
        rule = f"holds no file that can be read beside folders, and folders inside a folder are not read; name the inner folder ({names})"
        return refusal("delivery", f"{rule}, or zip it", None, None, held)
    return refusal("delivery", f"holds no file that can be read; accepted are {ACCEPTED}", None, None, held)


def _read_sources(sources: list[_Source], reading: _Reading) -> bool:
    """Read all files; whether each source came with a manifest."""
    with_manifest = [_read_source(source, reading) for source in sources]
    reading.ignored += [name for source in sources for name in source.ignored]
    reading.folders += [name for source in sources for name in source.folders]
    return all(with_manifest)


def _open_sources(paths: Sequence[Path], folder: Path) -> list[_Source]:
    alone: dict[str, Path] = {}
    sources: list[_Source] = []
    for number, path in enumerate(paths):
        if not path.exists():
            raise refusal(path.name, "there is no such file or folder")
        if path.is_dir():
            sources += _open_folder(path)
        elif path.suffix.lower() == ".zip":
            sources.append(_open_zip(path, folder / f"zip-{number}"))
        elif path.name in alone:
            raise refusal(path.name, "is named twice")
        else:
            alone[path.name] = path
    return [*sources, *([_sorted_out(alone)] if alone else [])]


def _open_folder(path: Path) -> list[_Source]:
    """The files of a folder; with those of its inner folders where several hold data sets and it holds none (one for each trial)."""
    entries = _list(path)
    inner = [entry for entry in entries if entry.is_dir() and not _is_junk(entry.name) and not entry.name.startswith(".")]
    filled = [entry for entry in inner if any(_is_data_set(found) for found in _list(entry))]
    if len(filled) < 2 or any(_is_data_set(entry) for entry in entries):
        return [_gather(path, path, inner)]
    whole = _gather(path, path, [entry for entry in inner if entry not in filled])
    outer = replace(whole, ignored=tuple(name for name in whole.ignored if path / name not in filled))
    parts = [_gather(path, entry, [found for found in _list(entry) if found.is_dir()]) for entry in filled]
    # One manifest may describe all of them, or each its own.
    if any(name.lower() == manifest.NAME for name in outer.files):
        return [_join([outer, *parts])]
    return [replace(outer, inner=()), replace(parts[0], inner=(*outer.inner, *parts[0].inner)), *parts[1:]]


def _list(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir(), key=lambda entry: (entry.name.lower(), entry.name))
    except OSError as error:
        raise StorageError(f"{folder}: cannot be read: {error}") from error


def _gather(top: Path, folder: Path, inner: list[Path]) -> _Source:
    """The files of `folder` by their path below `top`, and the data files in its `inner` folders, which are not read."""
    entries = {entry.relative_to(top).as_posix(): entry for entry in _list(folder)}
    others = tuple(name for name, entry in entries.items() if not entry.is_file())
    source = _sorted_out({name: entry for name, entry in entries.items() if entry.is_file()}, others)
    held = tuple(found.relative_to(top).as_posix() for entry in inner for found in sorted(entry.rglob("*")) if _is_data(found))
    return replace(source, folders=tuple(f"{folder.name}/{entry.name}" for entry in inner), inner=held)


def _join(sources: list[_Source]) -> _Source:
    """Several sources as one, which one manifest describes."""
    return _Source(
        {name: path for source in sources for name, path in source.files.items()},
        tuple(name for source in sources for name in source.ignored),
        tuple(name for source in sources for name in source.folders),
        tuple(name for source in sources for name in source.inner),
    )


def _is_data(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not _is_junk(path.name) and path.is_file()


def _is_data_set(path: Path) -> bool:
    return _is_data(path) and path.name.lower() != manifest.NAME


def _open_zip(path: Path, folder: Path) -> _Source:
    with open_archive(path.name, path) as archive:
        check_directory(path.name, archive, path.stat().st_size)
        names = sorted(entry.filename for entry in archive.infolist() if not entry.is_dir())
        junk = tuple(name for name in names if _is_junk(name))
        wanted = [name for name in names if name not in junk]
        refuse_nested(path.name, wanted)
        for name in wanted:
            unpack(path.name, archive, name, folder / name)
    source = _sorted_out({name: folder / name for name in wanted})
    return _Source(source.files, (*source.ignored, *junk))


def _is_junk(name: str) -> bool:
    return any(part.lower() in JUNK or part.startswith("._") for part in name.split("/"))


def _sorted_out(files: dict[str, Path], ignored: tuple[str, ...] = ()) -> _Source:
    junk = tuple(name for name in files if _is_junk(name))
    return _Source({name: path for name, path in files.items() if name not in junk}, (*ignored, *junk))


def _read_source(source: _Source, reading: _Reading) -> bool:
    """Read the files of one source; whether they came with a manifest, or hold nothing that one could describe."""
    named = [name for name in source.files if name.split("/")[-1].lower() == manifest.NAME]
    has_data = any(path.suffix.lower() in SUFFIXES for name, path in source.files.items() if name not in named)
    try:
        stated = _read_manifest(source, named)
    except DeliveryRefusedError as error:
        reading.refusals += error.refusals
        return True
    if has_data:
        reading.refusals += [Refusal(name, INNER) for name in source.inner]
    for name, path in source.files.items():
        if name not in named:
            try:
                _read_one(name, path, stated.get(name), reading)
            except DeliveryRefusedError as error:
                reading.refusals += error.refusals
    return bool(named) or not has_data


def _read_manifest(source: _Source, named: list[str]) -> dict[str, manifest.Stated]:
    if len(named) > 1:
        raise refusal(named[1], f"is a second manifest beside {named[0]}")
    if not named:
        return {}
    # A zipped folder: names are those inside the folder of the manifest.
    prefix = named[0][: -len(manifest.NAME)]
    stated = {prefix + name: entry for name, entry in manifest.read_manifest(named[0], _content(source.files[named[0]])).items()}
    manifest.check_names(named[0], stated, [name for name in source.files if name not in named])
    return stated


def _read_one(name: str, path: Path, stated: manifest.Stated | None, reading: _Reading) -> None:
    suffix = path.suffix.lower()
    if suffix in UNREADABLE:
        raise refusal(name, UNREADABLE[suffix])
    if stated:
        manifest.check_digest(name, path, stated)
    if suffix not in SUFFIXES:
        reading.ignored.append(name)
        return
    tables = _read_tables(name, path, suffix, reading)
    if stated:
        manifest.check_rows(name, sum(table.table.num_rows for table in tables), stated)
    reading.tables += tables


def _read_tables(name: str, path: Path, suffix: str, reading: _Reading) -> list[RawTable]:
    step, size = f"reading {name}", _size(path)
    if size > MOST_FILE_BYTES:
        raise refusal(name, f"has {describe_size(size)}, more than {describe_size(MOST_FILE_BYTES)}; split it")
    reading.progress(step, 0, size)
    if suffix != ".csv":
        # Absolute: the child runs in a folder of its own.
        return reading.sandbox.read(suffix, name, path.resolve(), lambda done, total: reading.progress(step, done, total))
    tables = [read_csv(name, _content(path))]
    reading.progress(step, size, size)
    return tables


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error}") from error


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error}") from error
