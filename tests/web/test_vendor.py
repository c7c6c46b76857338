"""The third-party files in the repository are the ones they say they are."""

from __future__ import annotations

import hashlib
import re
import struct

import brotli
from plotly.offline import get_plotlyjs_version

from tests.web.bare_app import ASSETS, BUNDLE, FONT

VENDOR = ASSETS / "vendor"
# What the pages, figures and captions write beyond letters, digits and ASCII punctuation.
WRITTEN = "→←↑↓−±×·≤≥≈≠µμ°²³⁹–—…“”‘’•†‡½\u00a0\u202f\u2009ΔéüßÅ%"


def read_number(data: bytes, at: int) -> tuple[int, int]:
    """A UIntBase128 of the WOFF2 format (section 4.1 of the W3C recommendation) and the position after it."""
    value = 0
    while True:
        value = value << 7 | data[at] & 0x7F
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def read_table(font: bytes, wanted: int) -> bytes:
    """The table with the known-tag number `wanted` of a WOFF2 file (section 5), which must be an untransformed one."""
    (tables,) = struct.unpack_from(">H", font, 12)
    (packed_size,) = struct.unpack_from(">I", font, 20)
    at, start, found = 48, 0, (0, 0)
    for _ in range(tables):
        flags = font[at]
        at += 1
        tag = flags & 0x3F
        at += 4 if tag == 63 else 0
        size, at = read_number(font, at)
        # Outlines (glyf, loca) are plain in version 3, every other table in version 0; a transformed size follows otherwise.
        if flags >> 6 != (3 if tag in {10, 11} else 0):
            size, at = read_number(font, at)
        if tag == wanted:
            found = (start, size)
        start += size
    return brotli.decompress(font[at : at + packed_size])[found[0] : sum(found)]


def read_characters(cmap: bytes) -> set[int]:
    """Code points of a format 4 or format 12 subtable of a `cmap` table (OpenType specification)."""
    (count,) = struct.unpack_from(">H", cmap, 2)
    offsets = [struct.unpack_from(">I", cmap, 8 + 8 * index)[0] for index in range(count)]
    (format_4,) = {offset for offset in offsets if struct.unpack_from(">H", cmap, offset)[0] == 4}
    (segments,) = struct.unpack_from(">H", cmap, format_4 + 6)
    ends = struct.unpack_from(f">{segments // 2}H", cmap, format_4 + 14)
    starts = struct.unpack_from(f">{segments // 2}H", cmap, format_4 + 16 + segments)
    return {code for start, end in zip(starts, ends, strict=True) for code in range(start, end + 1)} - {0xFFFF}


def listed_characters() -> set[int]:
    ranges = re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", (VENDOR / "unicodes.txt").read_text())
    return {code for first, last in ranges for code in range(int(first, 16), int(last or first, 16) + 1)}


def test_the_bundle_is_the_plotly_js_the_python_package_is_made_for() -> None:
    first_lines = (ASSETS / BUNDLE).read_text(encoding="utf-8")[:200]
    assert f"plotly.js (cartesian - minified) v{get_plotlyjs_version()}\n" in first_lines


def test_the_font_has_every_character_the_product_writes() -> None:
    characters = read_characters(read_table((ASSETS / FONT).read_bytes(), 0))
    assert set(map(chr, range(0x20, 0x7F))) | set(WRITTEN) <= set(map(chr, characters))


def test_the_font_has_exactly_the_listed_characters() -> None:
    assert read_characters(read_table((ASSETS / FONT).read_bytes(), 0)) == listed_characters()


def test_the_font_has_tabular_figures_and_a_weight_axis() -> None:
    font = (ASSETS / FONT).read_bytes()
    gsub_tag, fvar_tag = 28, 47
    assert b"tnum" in read_table(font, gsub_tag)
    fvar = read_table(font, fvar_tag)
    (axes_at,) = struct.unpack_from(">H", fvar, 4)
    tag, low, _, high = struct.unpack_from(">4s3i", fvar, axes_at)
    assert (tag, low / 65536, high / 65536) == (b"wght", 400, 700)


def test_every_vendored_file_has_its_licence_and_its_line_in_the_readme() -> None:
    words = (VENDOR / "README.md").read_text(encoding="utf-8")
    files = sorted(path for path in VENDOR.iterdir() if path.suffix in {".js", ".woff2", ".css"})
    assert [path.name for path in files] == ["inter-subset.woff2", "plotly-cartesian.min.js"]
    for path in files:
        licence = VENDOR / f"{path.name.split('.')[0]}.LICENSE.txt"
        assert f"`{path.name}`" in words
        assert f"`{licence.name}`" in words
        assert re.search(r"MIT License|SIL OPEN FONT LICENSE", licence.read_text(encoding="utf-8"))


def test_a_vendored_file_is_the_one_that_was_reviewed() -> None:
    # SHA-256 of package/plotly-cartesian.min.js of the npm package plotly.js-cartesian-dist-min 4.1.1, by sha256sum
    assert hashlib.sha256((ASSETS / BUNDLE).read_bytes()).hexdigest() == "79542150855a52c567260e3137095dbe2b744e6d702a5cabe67da246942fba7a"
