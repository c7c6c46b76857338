"""The fingerprint of a view."""

from __future__ import annotations

import subprocess

import pytest

from dashboard.view.fingerprint import ALPHABET, compute_fingerprint

PARTS = ("nct05600920", "ab" * 32, "cut=abababababab", "code")


def test_the_fingerprint_is_the_first_forty_bits_of_sha_256_in_base_32() -> None:
    text = "\n".join(PARTS)
    digest = subprocess.run(["sha256sum"], input=text.encode(), capture_output=True, check=True).stdout.decode()[:10]
    bits = f"{int(digest, 16):040b}"
    expected = "".join(ALPHABET[int(bits[start : start + 5], 2)] for start in range(0, 40, 5))
    assert compute_fingerprint(*PARTS) == expected


@pytest.mark.parametrize("place", range(len(PARTS)))
def test_any_other_part_gives_another_fingerprint(place: int) -> None:
    other = [f"{part}x" if at == place else part for at, part in enumerate(PARTS)]
    assert compute_fingerprint(*other) != compute_fingerprint(*PARTS)


def test_no_letter_can_be_taken_for_another() -> None:
    assert not set("ILOU") & set(ALPHABET)
    assert len(set(ALPHABET)) == 32
