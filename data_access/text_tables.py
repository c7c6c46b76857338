"""Data sets as tables of text: nothing is guessed from the content, every check that needs no schema is made by `formats`.

All values are text without surrounding blanks, an absent value is the empty text. Rows count from 1 after the header.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.errors import StorageError
from data_access.formats.raw_table import RawTable, refusal
from data_access.formats.receiving import receive
from data_access.progress import Progress, silent


@dataclass(frozen=True)
class TextTable:
    """A file read as text. `frame` is indexed by row (from 1); its columns have upper-case names, all values are `str`.

    `headers` are the names as delivered, in the order of the columns. `folder` tells it from data sets of the same name in other folders.
    """

    file: str
    frame: pd.DataFrame = field(repr=False)
    headers: tuple[str, ...] = field(default=(), repr=False)
    folder: str = ""

    @property
    def name(self) -> str:
        """The name of the data set in lower case, the same in every format: of the file without suffix, or of the sheet (`all.xlsx/lb`)."""
        return Path(self.file).stem.lower()

    @property
    def source(self) -> str:
        """How its rows name it: its name, after its folder where that tells data sets apart (`nct04572308/rs`)."""
        return f"{self.folder}/{self.name}" if self.folder else self.name

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self.frame.columns

    def text(self, column: str) -> pd.Series:
        """The texts of a column; empty texts when the file has no such column."""
        if self.has(column):
            return self.frame[column]
        return pd.Series("", index=self.frame.index, dtype="str")

    def only(self, keep: pd.Series) -> TextTable:
        """The rows for which `keep` is true, under their own row numbers."""
        return replace(self, frame=self.frame[keep])


@dataclass(frozen=True)
class ReceivedTables:
    """The data sets of a delivery, the files in it that are none, and whether each part of it came with a manifest."""

    tables: list[TextTable]
    ignored: tuple[str, ...]
    has_manifest: bool


def read_text_tables(paths: Sequence[Path], progress: Progress = silent) -> ReceivedTables:
    """Read folders, zips and files in any format; errors as `formats.receiving.receive`."""
    received = receive(paths, progress)
    return ReceivedTables([_as_text_table(raw) for raw in received.tables], received.ignored, received.has_manifest)


def read_text_table(path: Path) -> TextTable:
    """Read one file that holds one data set; DeliveryRefusedError names file, row, column and rule, StorageError an unreadable file."""
    if not path.exists():
        raise StorageError(f"{path}: cannot be read: there is no such file")
    tables = read_text_tables([path]).tables
    if len(tables) != 1:
        raise refusal(path.name, f"holds {len(tables)} data sets where one is expected")
    return tables[0]


def find_words(texts: pd.Series, known: Mapping[Any, str], absent: str = "") -> pd.Series:
    """The word of every text by `known`, `absent` for others; always `str`, also when nothing is known."""
    words = {text: known.get(text, absent) for text in texts.unique()}
    return texts.map(words).astype("str")


def _as_text_table(raw: RawTable) -> TextTable:
    columns = {name.upper(): pd.array(column, dtype="str") for name, column in zip(raw.headers, raw.table.columns, strict=True)}
    frame = pd.DataFrame(columns, index=pd.RangeIndex(1, raw.table.num_rows + 1), copy=False)
    return TextTable(raw.file, frame, raw.headers)
