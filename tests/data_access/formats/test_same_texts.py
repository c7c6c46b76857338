"""The same data give the same texts in every format, as far as the format can hold them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access.formats.child import read_in_format
from data_access.formats.csv_text import read_csv
from data_access.formats.raw_table import RawTable
from data_access.text_tables import read_text_table
from tests.data_access.formats.samples import WRITERS, Columns, ignore, plain, refusal_of, texts

CHILD_FORMATS = [suffix for suffix in WRITERS if suffix != ".csv"]


def _read(path: Path) -> RawTable:
    if path.suffix == ".csv":
        return read_csv(path.name, path.read_bytes())
    return read_in_format(path.suffix, path.name, path, ignore)[0]


@pytest.mark.parametrize("suffix", [*WRITERS, ".XPT", ".Csv"])
def test_ids_numbers_and_words_are_the_same_texts_in_every_format(tmp_path: Path, suffix: str) -> None:
    columns: Columns = {
        "USUBJID": ["0012", "12", "NA", "1e5", "é–µ"],
        "LBORRES": ["410", "<5", "", "1,5", "-3"],
        "LBSTRESN": [410.0, 0.1, None, 1e-7, 83.33333333333333],
        "BIG": [1234567890123456.0, 0.0, -3.5, 1e17, 2.11],
    }
    path = tmp_path / f"lb{suffix}"
    WRITERS[suffix.lower()](tmp_path / f"lb{suffix.lower()}", columns).rename(path)
    table = read_text_table(path)
    assert (table.name, table.frame.index.tolist()) == ("lb", [1, 2, 3, 4, 5])
    assert table.frame.to_dict("list") == {
        "USUBJID": ["0012", "12", "NA", "1e5", "é–µ"],
        "LBORRES": ["410", "<5", "", "1,5", "-3"],
        "LBSTRESN": ["410", "0.1", "", "1e-07", "83.33333333333333"],
        "BIG": ["1234567890123456", "0", "-3.5", "1e+17", "2.11"],
    }


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=8).filter(
    lambda text: "\ufeff" not in text
)
# Magnitudes that an IBM double of XPT holds exactly, with at most 15 digits, which is what a spreadsheet stores.
NUMBERS = st.integers(-(10**9), 10**9).flatmap(lambda whole: st.sampled_from([1.0, 1e3, 1e6]).map(lambda scale: float(whole) / scale))


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(st.just("P"), WORDS, NUMBERS), min_size=1, max_size=6),
    suffix=st.sampled_from(CHILD_FORMATS),
)
def test_generated_data_sets_are_the_same_in_csv_and_every_other_format(rows: Sequence[tuple[str, str, float]], suffix: str) -> None:
    columns = dict(zip(("ID", "WORD", "VALUE"), (list(column) for column in zip(*rows, strict=True)), strict=True))
    with tempfile.TemporaryDirectory() as folder:
        path, plain_path = Path(folder) / f"dm{suffix}", Path(folder) / "dm.csv"
        expected = texts(_read(WRITERS[".csv"](plain_path, columns)))
        assert texts(_read(WRITERS[suffix](path, columns))) == expected
    assert expected["VALUE"] == [plain(row[2]) for row in rows]
    assert expected["WORD"] == [row[1].strip() for row in rows]


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_data_set_without_rows_has_its_columns_in_every_format(tmp_path: Path, suffix: str) -> None:
    path = WRITERS[suffix](tmp_path / f"dm{suffix}", {"ID": [], "X": []})
    table = read_text_table(path)
    assert (len(table.frame), list(table.frame.columns)) == (0, ["ID", "X"])


# XML 1.0 cannot hold U+0007, so a workbook cannot either.
@pytest.mark.parametrize(
    ("suffix", "character"),
    [(suffix, character) for suffix in WRITERS for character in "\x07\x7f\u0085\ufeff" if (suffix, character) != (".xlsx", "\x07")],
)
def test_control_characters_are_refused_with_row_and_column_in_every_format(tmp_path: Path, suffix: str, character: str) -> None:
    path = WRITERS[suffix](tmp_path / f"dm{suffix}", {"ID": ["a", "b"], "X": ["c", f"d{character}e"]})
    assert refusal_of(lambda: _read(path)).startswith(f"dm{suffix}, row 2, column X: holds ")
