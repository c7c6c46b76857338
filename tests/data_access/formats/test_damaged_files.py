"""A file damaged at any place is read or refused; no reader ends in any other way."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dashboard.errors import DeliveryRefusedError
from data_access.formats.child import read_in_format
from data_access.formats.csv_text import read_csv
from tests.data_access.formats.samples import WRITERS, ignore

COLUMNS = {"USUBJID": ["P-001", "é2", 'q"x'] * 3, "VALUE": [1.5, None, 3.0] * 3, "WORD": ["a,b", "", "zz"] * 3}
TRIALS = 150


def _damaged(whole: bytes, chance: random.Random) -> bytes:
    content, place = bytearray(whole), chance.randrange(len(whole))
    if chance.random() < 0.6:
        content[place] ^= 1 << chance.randrange(8)
    elif chance.random() < 0.5:
        del content[place : place + chance.randint(1, 40)]
    else:
        content[place:place] = chance.randbytes(chance.randint(1, 9))
    return bytes(content)


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_damaged_file_is_read_or_refused_with_its_name(tmp_path: Path, suffix: str) -> None:
    whole = WRITERS[suffix](tmp_path / f"dm{suffix}", COLUMNS).read_bytes()
    chance, path, refused, unnamed = random.Random(7), tmp_path / f"damaged{suffix}", 0, 0
    for _ in range(TRIALS):
        content = _damaged(whole, chance)
        path.write_bytes(content)
        try:
            read_csv(path.name, content) if suffix == ".csv" else read_in_format(suffix, path.name, path, ignore)
        except DeliveryRefusedError as error:
            refused += all(refusal.file.startswith(path.name) for refusal in error.refusals)
            unnamed += not error.refusals[0].file.startswith(path.name)
    # Without checksums a changed digit is another value, so not every damage can be found.
    assert refused > TRIALS // 10
    assert unnamed == 0
